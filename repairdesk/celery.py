"""The Celery application: clocks and outbox."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "repairdesk.settings")

app = Celery("repairdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_own_logging(**_: object) -> None:
    """A receiver is all it takes: Celery then leaves the root logger and its filter for private matter alone."""
