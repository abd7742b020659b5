"""All settings of the deployment, read from the environment (docs/settings.md). What a city may change by itself is a
declared `Setting` stored per organisation, not here."""

import secrets
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from parvis.kernel.packages import discover
from parvis.project import environment

SOURCE = Path(__file__).resolve().parent.parent
ROOT = SOURCE.parent.parent

PARVIS_HOME = environment.directory("PARVIS_HOME", "var")
PARVIS_DATABASE_URL = environment.url("PARVIS_DATABASE_URL", "", "postgresql", "postgres")
PARVIS_MQTT_URL = environment.url("PARVIS_MQTT_URL", "", "mqtt", "mqtts")
PARVIS_SITE_URL = environment.url("PARVIS_SITE_URL", "http://127.0.0.1:8000", "http", "https").rstrip("/")
PARVIS_TILES_STYLE_URL = environment.url("PARVIS_TILES_STYLE_URL", "", "http", "https")
PARVIS_GEOMETRY_URL = environment.url("PARVIS_GEOMETRY_URL", "https://geo.api.gouv.fr", "http", "https").rstrip("/")
PARVIS_DEMO = environment.flag("PARVIS_DEMO", False)

# The broker. An open one lets everybody do everything: `parvis serve --open-broker` sets it, on loopback addresses only.
PARVIS_OPEN_BROKER = environment.flag("PARVIS_OPEN_BROKER", False)
PARVIS_BROKER_ALIAS = environment.text("PARVIS_BROKER_ALIAS")
PARVIS_DEFAULT_CONTEXT = environment.choice(
    "PARVIS_DEFAULT_CONTEXT", "core" if PARVIS_OPEN_BROKER else "parvis", "parvis", "core"
)
PARVIS_FORGET_WITH_ENTITY = environment.flag("PARVIS_FORGET_WITH_ENTITY", PARVIS_OPEN_BROKER)
PARVIS_TEMPORAL_PAGE = environment.number("PARVIS_TEMPORAL_PAGE", 10 if PARVIS_OPEN_BROKER else 10_000, at_least=1)
PARVIS_OUTGOING_ALLOWED = environment.networks(
    "PARVIS_OUTGOING_ALLOWED", "0.0.0.0/0,::/0" if PARVIS_OPEN_BROKER else ""
)
PARVIS_LAKE_PATH = environment.directory("PARVIS_LAKE_PATH", str(PARVIS_HOME / "lake"))
PARVIS_LAKE_ENGINE = environment.url("PARVIS_LAKE_ENGINE", "", "sc")
PARVIS_LAKE_URL = environment.text("PARVIS_LAKE_URL").rstrip("/")
NODE_MODULES = environment.directory("PARVIS_NODE_MODULES", str(ROOT / "node_modules"))


def secret_key() -> str:
    """`PARVIS_SECRET_KEY`, else one made at the first start and kept, readable by its owner only."""
    if given := environment.text("PARVIS_SECRET_KEY"):
        return given
    path = PARVIS_HOME / "secret-key"
    if not path.exists():
        PARVIS_HOME.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


SECRET_KEY = secret_key()
DEBUG = False
HTTPS = PARVIS_SITE_URL.startswith("https://")
ALLOWED_HOSTS = environment.listed("PARVIS_ALLOWED_HOSTS", "127.0.0.1,localhost,.localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = [PARVIS_SITE_URL]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    *(package.module for package in discover()),
    "django.forms",  # after the packages: design replaces some of its widget templates
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "parvis.project.middleware.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "parvis.foundations.organisations.middleware.PortalMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "parvis.project.middleware.BodySizeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "parvis.project.middleware.RefusalMiddleware",
    "parvis.foundations.identity.middleware.AccessMiddleware",
]
ROOT_URLCONF = "parvis.project.urls"
AUTH_USER_MODEL = "identity.User"
LOGIN_URL = "portal:identity:sign_in"
LOGIN_REDIRECT_URL = "/"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "parvis.capabilities.design.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "parvis.capabilities.design.forms.Renderer"


def database() -> dict[str, object]:
    """libpq keywords of the URL; a unix socket directory is a host. Empty until the embedded server is started."""
    given = conninfo_to_dict(PARVIS_DATABASE_URL) if PARVIS_DATABASE_URL else {}
    known = {key: given.pop(key, "") for key in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"] or "parvis",
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": str(known["port"] or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **given,
            "application_name": "parvis",
            "prepare_threshold": 1_000_000,  # only what asks for it: the hot statements
        },
        "ATOMIC_REQUESTS": False,
        "TEST": {"SERIALIZE": False},
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
PROCRASTINATE_IMPORT_PATHS = ["parvis.project.tasks"]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SESSION_ENGINE = "parvis.foundations.identity.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "parvis.project.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
if environment.flag("PARVIS_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "parvis_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = environment.text("PARVIS_TIME_ZONE", "Europe/Paris")
USE_TZ = True

STATICFILES_DIRS = [
    ("vendor/maplibre", NODE_MODULES / "maplibre-gl" / "dist"),
    ("vendor/fonts", NODE_MODULES / "@fontsource-variable" / "atkinson-hyperlegible-next" / "files"),
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 600

EMAIL_HOST = environment.text("PARVIS_SMTP_HOST")
EMAIL_PORT = environment.number("PARVIS_SMTP_PORT", 587, at_least=1)
EMAIL_HOST_USER = environment.text("PARVIS_SMTP_USER")
EMAIL_HOST_PASSWORD = environment.text("PARVIS_SMTP_PASSWORD")
EMAIL_USE_TLS = environment.flag("PARVIS_SMTP_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("PARVIS_MAIL_FROM", "Parvis <ne-pas-repondre@parvis.localhost>")
EMAIL_FILE_PATH = str(PARVIS_HOME / "outbox")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"addresses": {"()": "parvis.project.logs.WithoutSecretAddresses"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["addresses"]}},
    "root": {"handlers": ["stderr"], "level": environment.text("PARVIS_LOG_LEVEL", "WARNING")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "CRITICAL"},  # malformed requests: anybody could fill the disk with tracebacks
        "django.security.csrf": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
    },
}
