FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/repairdesk --create-home repairdesk

WORKDIR /srv/repairdesk
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt

COPY . .
RUN SECRET_KEY=only-while-building VAR_DIR=/tmp/build python manage.py compile_words \
    && python -m compileall -q . \
    && rm -rf /tmp/build

USER repairdesk
ENV VAR_DIR=/var/lib/repairdesk HOST=0.0.0.0 PORT=8000 DEMO=0 PYTHONUNBUFFERED=1
VOLUME /var/lib/repairdesk
EXPOSE 8000
CMD ["gunicorn", "--config", "python:repairdesk.gunicorn", "repairdesk.wsgi"]
