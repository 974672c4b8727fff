"""Every setting of Repairdesk in one file; docs/settings.md holds the table of variables and a test compares the two."""

import secrets
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from repairdesk import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var", "folder of everything written: database, media, prints, logs")


def kept_secret() -> str:
    """A key made at the first start and kept beside the database, so that sessions outlive a restart."""
    place = VAR_DIR / "secret_key"
    if not place.exists():
        place.touch(mode=0o600)
        place.write_text(secrets.token_urlsafe(50))
    return place.read_text()


DEBUG = env.flag("DEBUG", False, "developer's error pages; never on a public host")
GIVEN_SECRET = env.text(
    "SECRET_KEY",
    "",
    "signs sessions and links; empty: made at the first start and kept in VAR_DIR, which HTTPS=1 refuses",
)
SECRET_KEY = GIVEN_SECRET or kept_secret()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver", "host names the site answers to")
TRUSTED_PROXY = env.text(
    "TRUSTED_PROXY", "", "address of the proxy whose X-Forwarded-For is believed when guesses are counted"
)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "", "origins behind a proxy, e.g. https://desk.example.cn")
HTTPS = env.flag("HTTPS", False, "the site is reached by HTTPS: secure cookies, HSTS, redirect")

INSTALLED_APPS = [
    "repairdesk",
    "people",
    "core",
    "places",
    "papers",
    "tickets",
    "workorders",
    "billing",
    "callbacks",
    "alerts",
    "reports",
    "desk",
    "field",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_fsm",
    "simple_history",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.SessionLimits",
    "desk.middleware.NoTelephoneInAddress",
    "people.middleware.OwnLanguage",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "core.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "repairdesk.urls"
WSGI_APPLICATION = "repairdesk.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "core.templatetags.words"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "desk.context.frame",
            ],
        },
    }
]

# Database -----------------------------------------------------------------
DATABASE_URL = env.text(
    "DATABASE_URL", f"sqlite:///{VAR_DIR / 'repairdesk.sqlite3'}", "sqlite:///… or postgres://user:password@host/name"
)
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: deferred transactions that read first and write later fail with "database is locked" under two writers.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People --------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_IDLE_SECONDS = 60 * 60
SESSION_LONGEST_SECONDS = 12 * 60 * 60
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "core.refusals.csrf_failure"

# Language and time: people see Asia/Shanghai, the database keeps UTC ---------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "repairdesk.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files -----------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "repairdesk.storage.ModuleStorage"
    },
}
PHOTO_LARGEST_BYTES = 15 * 1024 * 1024
PHOTO_LARGEST_PIXELS = 50_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Security ----------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Plain HTTP inside one office is allowed; with HTTPS=1 none of these is silenced.
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]

# The clocks: beat and worker; the web process never speaks to Redis --------------
REDIS_URL = env.text("REDIS_URL", "", "redis://host:port/0; empty: make run starts its own on REDIS_PORT")
REDIS_PORT = env.number("REDIS_PORT", 6390, "port of the Redis that make run starts; taken: the next free one")
CELERY_BROKER_URL = REDIS_URL or f"redis://127.0.0.1:{REDIS_PORT}/0"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 0.3,
    "socket_timeout": 0.3,
    "max_retries": 0,
}
CELERY_BEAT_ENABLE_REMOTE_CONTROL = True
CELERY_BEAT_REMOTE_CONTROL_MAX_TICK_AGE = 10.0
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ROUTES = {"alerts.tasks.sweep": {"queue": "clocks"}}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "alerts.tasks.sweep", "schedule": 1.0, "options": {"queue": "clocks", "expires": 2.0}},
    "relay": {"task": "tickets.tasks.relay", "schedule": 2.0, "options": {"expires": 4.0}},
    "tidy": {"task": "tickets.tasks.tidy", "schedule": 3600.0, "options": {"expires": 600.0}},
}

env.refuse_unsafe(
    debug=DEBUG, https=HTTPS, hosts=ALLOWED_HOSTS, secret=GIVEN_SECRET, addresses=[DATABASE_URL, REDIS_URL]
)

# Repairdesk's own ------------------------------------------------------------------
PULSE_STALE_SECONDS = 30
BACKDATE_LONGEST_MINUTES = 30
HOST = env.text(
    "HOST",
    "127.0.0.1",
    "address the web server listens on; 0.0.0.0: every PC of the office (then name the host in ALLOWED_HOSTS)",
)
PORT = env.number("PORT", 8000, "port of the web server")
DEMO = env.flag(
    "DEMO", True, "1: make the demonstration estate at the first start; 0: start empty with a first administrator"
)
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", "how much is logged", ("DEBUG", "INFO", "WARNING", "ERROR"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "core.logs.Private"}, "once_a_minute": {"()": "core.logs.OnceAMinute"}},
    "formatters": {"json": {"()": "core.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["private"], "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "gunicorn.error": {"handlers": [], "propagate": True},
        # Every second a tick: said aloud only when one fails, and then once a minute.
        "celery.beat": {"level": "WARNING", "filters": ["once_a_minute"]},
        "celery.worker.consumer.consumer": {"filters": ["once_a_minute"]},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING", "filters": ["once_a_minute"]},
    },
}
