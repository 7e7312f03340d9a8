"""All of the configuration. It comes from the environment only; a wrong value stops the start with a sentence.

Units are in the names. What each variable is for stands in .env.example.
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, validate
from whitenoise.compress import Compressor

from core import signing_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
_positive = validate.Range(min=1)
_DEMO_GATEWAYS = ["messaging.gateways.demo_operator.DemoOperator", "messaging.gateways.demo_phone.DemoPhone"]

try:
    DEMO_MODE = env.bool("DEMO_MODE", False)
    PORTAL_NAME = {
        "ar": env.str("PORTAL_NAME_AR", "بوابة المقيمين"),
        "en": env.str("PORTAL_NAME", "Residents' Portal"),
    }
    SECRET_KEY = env.str("SECRET_KEY", "demo-mode-only-not-a-secret" if DEMO_MODE else "")
    SEALING_KEYS = env.list("SEALING_KEYS", [SECRET_KEY])
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["*"] if DEMO_MODE else [])
    PUBLIC_URL = env.str("PUBLIC_URL", "http://localhost:8000").rstrip("/")
    DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'portal.sqlite3'}")
    ATTACHMENTS_DIR = env.str("ATTACHMENTS_DIR", str(BASE_DIR / "var" / "attachments"))
    ATTACHMENTS_STORAGE = env.str("ATTACHMENTS_STORAGE", "folder", validate=validate.OneOf(["folder", "s3"]))
    ATTACHMENTS_BUCKET = env.str("ATTACHMENTS_BUCKET", "")
    ATTACHMENTS_BUCKET_ENDPOINT = env.str("ATTACHMENTS_BUCKET_ENDPOINT", "")
    ATTACHMENTS_BUCKET_REGION = env.str("ATTACHMENTS_BUCKET_REGION", "")
    ATTACHMENTS_BUCKET_ACCESS_KEY = env.str("ATTACHMENTS_BUCKET_ACCESS_KEY", "")
    ATTACHMENTS_BUCKET_SECRET_KEY = env.str("ATTACHMENTS_BUCKET_SECRET_KEY", "")
    REDIS_URL = env.str("REDIS_URL", "")
    TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0, validate=validate.Range(min=0))
    BORDER_NUMBER_LUHN = env.bool("BORDER_NUMBER_LUHN", False)
    _kinds = ["citizen", "resident", "visitor", "gcc"]
    REGISTRATION_KINDS = env.list("REGISTRATION_KINDS", _kinds, validate=validate.ContainsOnly(_kinds))
    SMS_GATEWAYS = env.list("SMS_GATEWAYS", _DEMO_GATEWAYS if DEMO_MODE else ["messaging.gateways.kannel.Kannel"])
    SMS_SERVICE_NUMBER = env.str("SMS_SERVICE_NUMBER", "80110" if DEMO_MODE else "")
    SMS_COUNTRIES = env.list("SMS_COUNTRIES", ["SA"])
    SMS_DAILY_CEILING = env.int("SMS_DAILY_CEILING", 200_000, validate=_positive)
    SMS_BLOCK_HOURLY_CEILING = env.int("SMS_BLOCK_HOURLY_CEILING", 200, validate=_positive)
    SMS_SEGMENT_PRICE_HALALAS = env.int("SMS_SEGMENT_PRICE_HALALAS", 5, validate=validate.Range(min=0))
    SMS_HTTP: dict[str, Any] = {
        "url": env.str("SMS_HTTP_URL", ""),
        "method": env.str("SMS_HTTP_METHOD", "POST"),
        "headers": env.json("SMS_HTTP_HEADERS", {}),
        "body": env.json("SMS_HTTP_BODY", {"to": "{to}", "text": "{text}", "reference": "{reference}"}),
        "body_format": env.str("SMS_HTTP_BODY_FORMAT", "json", validate=validate.OneOf(["json", "form"])),
        "success_path": env.str("SMS_HTTP_SUCCESS_PATH", ""),
        "success_value": env.str("SMS_HTTP_SUCCESS_VALUE", ""),
        "reference_path": env.str("SMS_HTTP_REFERENCE_PATH", ""),
    }
    SMS_PROVIDERS = {
        "unifonic": {
            "account": env.str("SMS_UNIFONIC_ACCOUNT", ""),
            "sender": env.str("SMS_UNIFONIC_SENDER", ""),
            "url": env.str("SMS_UNIFONIC_URL", ""),
        },
        "taqnyat": {
            "secret": env.str("SMS_TAQNYAT_SECRET", ""),
            "sender": env.str("SMS_TAQNYAT_SENDER", ""),
            "url": env.str("SMS_TAQNYAT_URL", ""),
        },
        "twilio": {
            "account": env.str("SMS_TWILIO_ACCOUNT", ""),
            "secret": env.str("SMS_TWILIO_SECRET", ""),
            "sender": env.str("SMS_TWILIO_SENDER", ""),
            "url": env.str("SMS_TWILIO_URL", ""),
        },
    }
    SMS_KANNEL = {
        "url": env.str("SMS_KANNEL_URL", ""),
        "user": env.str("SMS_KANNEL_USER", ""),
        "password": env.str("SMS_KANNEL_PASSWORD", ""),
        "sender": env.str("SMS_KANNEL_SENDER", ""),
        "callback_url": env.str("SMS_KANNEL_CALLBACK_URL", PUBLIC_URL).rstrip("/"),
        "secret": env.str("SMS_KANNEL_SECRET", ""),
    }
    SMS_SMPP: dict[str, Any] = {
        "host": env.str("SMS_SMPP_HOST", ""),
        "port": env.int("SMS_SMPP_PORT", 3550),
        "tls": env.bool("SMS_SMPP_TLS", True),
        "ca_file": env.str("SMS_SMPP_CA_FILE", ""),
        "system_id": env.str("SMS_SMPP_SYSTEM_ID", ""),
        "password": env.str("SMS_SMPP_PASSWORD", ""),
        "system_type": env.str("SMS_SMPP_SYSTEM_TYPE", ""),
        "sender": env.str("SMS_SMPP_SENDER", ""),
        "receipt_ids": env.str("SMS_SMPP_RECEIPT_IDS", "same", validate=validate.OneOf(["same", "decimal"])),
    }
    NAFATH: dict[str, Any] = {
        "mode": env.str("NAFATH_MODE", "mfa", validate=validate.OneOf(["mfa", "oidc"])),
        "url": env.str("NAFATH_URL", f"{PUBLIC_URL}/demo/nafath" if DEMO_MODE else "").rstrip("/"),
        "app_id": env.str("NAFATH_APP_ID", "demo-portal" if DEMO_MODE else ""),
        "app_key": env.str("NAFATH_APP_KEY", "demo-mode-only" if DEMO_MODE else ""),
        "issuer": env.str("NAFATH_ISSUER", f"{PUBLIC_URL}/demo/nafath" if DEMO_MODE else ""),
        "audience": env.str("NAFATH_AUDIENCE", "demo-portal" if DEMO_MODE else ""),
        "person_claims": env.list("NAFATH_PERSON_CLAIMS", ["nationalId"]),
        "number_claim": env.str("NAFATH_NUMBER_CLAIM", "random"),
        "activation_service": env.str("NAFATH_ACTIVATION_SERVICE", "AccountActivation" if DEMO_MODE else ""),
        "re_proving_service": env.str("NAFATH_RE_PROVING_SERVICE", "ProofOfIdentity" if DEMO_MODE else ""),
        "sign_in_service": env.str("NAFATH_SIGN_IN_SERVICE", "Login"),
        "client_id": env.str("NAFATH_CLIENT_ID", "demo-portal" if DEMO_MODE else ""),
        "client_secret": env.str("NAFATH_CLIENT_SECRET", "demo-mode-only" if DEMO_MODE else ""),
    }
    SIGNING_KEYS: list[str] = env.list("SIGNING_KEYS", [])
    WEBHOOK_NETWORKS = env.list("WEBHOOK_NETWORKS", ["127.0.0.0/8", "::1/128"] if DEMO_MODE else [])
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]))
except EnvError as error:
    raise ImproperlyConfigured(f"The environment is not usable: {error}. See .env.example.") from None

if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Set it to a long random text; see .env.example.")
if not DEMO_MODE and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5):
    raise ImproperlyConfigured("SECRET_KEY is too short. Use at least 50 random characters; see .env.example.")
for _network in WEBHOOK_NETWORKS:
    try:
        ip_network(_network)
    except ValueError:
        raise ImproperlyConfigured(f"WEBHOOK_NETWORKS: “{_network}” is no network such as 10.20.0.0/16.") from None
SIGNING_KEYS = SIGNING_KEYS or [signing_keys.derived_from(SECRET_KEY)]
if not all(map(signing_keys.is_readable, SIGNING_KEYS)):
    raise ImproperlyConfigured("SIGNING_KEYS holds something that is no Ed25519 private key; see .env.example.")
_database_scheme = urlsplit(DATABASE_URL).scheme
if ATTACHMENTS_STORAGE == "s3" and not ATTACHMENTS_BUCKET:
    raise ImproperlyConfigured("ATTACHMENTS_STORAGE is s3: name the bucket in ATTACHMENTS_BUCKET.")
if _database_scheme not in ("sqlite", "postgres", "postgresql"):
    raise ImproperlyConfigured("DATABASE_URL must start with sqlite:// or postgresql://.")

DEBUG = False
OVER_HTTPS = PUBLIC_URL.startswith("https://")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""

INSTALLED_APPS = [
    "core",
    "audit",
    "messaging",
    "registry",
    "partners",
    "accounts",
    "services",
    "dependents",
    "activation",
    "captcha",
    "ninja",  # its Swagger UI
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_countries",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "absher_portal.admin.PortalAdminConfig",
    "django.forms",
]
if DEMO_MODE:
    INSTALLED_APPS.insert(INSTALLED_APPS.index("captcha"), "simulators")

MIDDLEWARE = [
    "absher_portal.middleware.request_context",
    "absher_portal.middleware.response_headers",
    "django.middleware.security.SecurityMiddleware",
    "absher_portal.middleware.SecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AccountMiddleware",
    "accounts.middleware.proven_device",
    "accounts.middleware.session_life",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "partners.middleware.api_calls",
]

ROOT_URLCONF = "absher_portal.urls"
WSGI_APPLICATION = "absher_portal.wsgi.application"
FORM_RENDERER = "absher_portal.forms.PortalRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "absher_portal.context.portal",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------------------------
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
if _database_scheme == "sqlite":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "connect_timeout": 3,
        "options": "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=20000",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "notices"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A code waits behind at most one fetched notice for each thread, not four.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    # kombu's default tries a broker that does not answer three times, six seconds long, before a publish fails.
    "max_retries": 0,
    "visibility_timeout": 60,
    # kombu's defaults return a killed worker's task after 55 s; with these it takes 3 s.
    "unacked_restore_interval": 3,
    "unacked_restore_throttle": 1,
    # As the worker lists them (-Q otp,notices): no notice is taken while a code waits.
    "queue_order_strategy": "priority",
}
# Celery closes the database after so many tasks, 0: after each. Ours are kept as a web process keeps them (celery.py).
CELERY_DB_REUSE_MAX = 1_000_000_000
CELERY_TIMEZONE = "Asia/Riyadh"
# Once a day by the clock: a beat that is restarted daily forgets when it last did what is due after 24 hours.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "purge-accounts": {"task": "accounts.purge", "schedule": timedelta(hours=1)},
    "move-mobiles": {"task": "accounts.move_mobiles", "schedule": timedelta(minutes=1)},
    "purge-messages": {"task": "messaging.purge", "schedule": crontab(hour=3, minute=0)},
    "watch-gateways": {"task": "messaging.watch_gateways", "schedule": timedelta(seconds=30)},
    "roll-up-messages": {"task": "messaging.roll_up", "schedule": timedelta(hours=1)},
    "purge-partner-calls": {"task": "partners.purge", "schedule": timedelta(hours=1)},
    "purge-nonces": {"task": "partners.purge_nonces", "schedule": timedelta(minutes=5)},
    "purge-notices": {"task": "services.purge", "schedule": crontab(hour=3, minute=30)},
    "roll-up-requests": {"task": "services.roll_up", "schedule": timedelta(minutes=5)},
    "free-requests": {"task": "services.free_requests", "schedule": timedelta(minutes=15)},
    "purge-drafts": {"task": "services.purge_drafts", "schedule": crontab(hour=3, minute=45)},
    "purge-fingerprint-results": {"task": "activation.purge_machines", "schedule": timedelta(minutes=5)},
    "expire-attempts": {"task": "activation.expire_attempts", "schedule": timedelta(hours=1)},
    "remind-visits": {"task": "activation.remind_visits", "schedule": timedelta(minutes=15)},
    "settle-visits": {"task": "activation.settle_visits", "schedule": timedelta(minutes=15)},
    "expire-nafath-requests": {"task": "activation.expire_nafath_requests", "schedule": timedelta(hours=1)},
    "purge-audit": {"task": "audit.purge", "schedule": crontab(hour=3, minute=15)},
    "seal-audit": {"task": "audit.seal", "schedule": timedelta(seconds=30)},
}

# --- People and sessions --------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.SessionUserBackend"]
PASSWORD_HASHERS = ["accounts.hashers.PortalArgon2PasswordHasher"]
# Of officers. Residents' passwords have rules of their own (accounts.rules).
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
OTP_TOTP_ISSUER = PORTAL_NAME["en"]
# Wrong codes count with the wrong passwords (accounts.actions.officers), which the page can explain.
OTP_TOTP_THROTTLE_FACTOR = 0
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = "__Host-session" if OVER_HTTPS else "session"
SESSION_COOKIE_SECURE = OVER_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf" if OVER_HTTPS else "csrf"
CSRF_COOKIE_SECURE = OVER_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "absher_portal.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- Texts from phones ----------------------------------------------------------------------------------------------
SMS_KEYWORDS = [
    "messaging.keywords.help.Help",
    "accounts.keywords.status.Status",
    "accounts.keywords.iqama.Iqama",
    "dependents.keywords.family.Family",
    "services.keywords.request.Request",
    "accounts.keywords.language.Language",
    "accounts.keywords.pause.Pause",
]
SMS_SENDERS = "accounts.actions.profile.sender_of"

# --- Inbox ----------------------------------------------------------------------------------------------------------
INBOX = "services.actions.inbox.put"

# --- Activation -----------------------------------------------------------------------------------------------------
ACTIVATION_CHANNELS = [
    "activation.channels.bank.Bank",
    "activation.channels.kiosk.Kiosk",
    "activation.channels.atm.Atm",
    "activation.channels.officer.Officer",
]
# What can stand beside the code at the sign-in of an activated account.
SECOND_STEPS: list[str] = []
# Nafath is offered where it is configured: its API in the mode mfa, its issuer in the mode oidc.
if NAFATH["url" if NAFATH["mode"] == "mfa" else "issuer"]:
    ACTIVATION_CHANNELS.append("activation.channels.nafath.Nafath")
    SECOND_STEPS.append("activation.second_step.NafathStep")

# --- Partner API: what each room brings, and beneath which address -----------------------------------------------------
API_ROUTERS = [
    ("", "partners.api.router"),
    ("/activation", "activation.api.router"),
    ("/kiosk", "activation.kiosk_api.router"),
    ("/atm", "activation.atm_api.router"),
]

# What the conformance kit calls besides, and looks for in the calls of a partner's own program: modules of the rooms.
API_CONFORMANCE = ["activation.conformance", "activation.machine_conformance"]

# --- What a relay delivers besides messages: modules with `waiting` and `deliver` ----------------------------------------
RELAYED_OUTBOXES = ["partners.delivery"]

# --- Languages ------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", "العربية"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Riyadh"
FORMAT_MODULE_PATH = ["absher_portal.formats"]

# --- Static files ---------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "absher_portal.finders.OfApps"]
_ATTACHMENTS: dict[str, dict[str, Any]] = {
    "folder": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": ATTACHMENTS_DIR, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "s3": {
        "BACKEND": "services.storage.AttachmentsInS3",
        "OPTIONS": {
            "bucket_name": ATTACHMENTS_BUCKET,
            "endpoint_url": ATTACHMENTS_BUCKET_ENDPOINT or None,
            "region_name": ATTACHMENTS_BUCKET_REGION or None,
            "access_key": ATTACHMENTS_BUCKET_ACCESS_KEY or None,
            "secret_key": ATTACHMENTS_BUCKET_SECRET_KEY or None,
        },
    },
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "attachments": _ATTACHMENTS[ATTACHMENTS_STORAGE],
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# What is compressed already, and source maps, which only developers' tools ask for: a third of the work.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# --- Headers --------------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if OVER_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = OVER_HTTPS
SECURE_HSTS_PRELOAD = OVER_HTTPS
SECURE_SSL_REDIRECT = OVER_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "media-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
FILE_UPLOAD_HANDLERS = ["services.uploads.handlers.LimitedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# --- Captcha --------------------------------------------------------------------------------------------------------
CAPTCHA_TIMEOUT = 5  # minutes
CAPTCHA_LENGTH = 6

# --- Log: one event name, then ids; never people --------------------------------------------------------------------
LOGGING_CONFIG = "absher_portal.logs.configure"
LOGGING = {"level": LOG_LEVEL}

SILENCED_SYSTEM_CHECKS = [
    # Usernames are unique among proven accounts only (an unproven claim reserves nothing); our backend knows.
    "auth.W004",
]
