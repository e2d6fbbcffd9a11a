"""Django's settings. What an administrator may set is read from the table of `environment`."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from facturier.server import environment, postgres
from facturier.server.environment import flag, names, number, value
from facturier.server.running import logs

environment.check()
VAR = Path(value("FACTURIER_VAR")).absolute()
DOCUMENTS = VAR / "documents"
"""Where the stored bytes are, by SHA-256, unless a bucket is given."""
S3 = {
    name: value(f"FACTURIER_S3_{name.upper()}")
    for name in ("bucket", "endpoint", "region", "key", "secret")
}
"""The bucket where they are instead (:mod:`facturier.server.documents.bucket`)."""
POSTGRES_DATA = VAR / "postgres"
DEBUG = flag("FACTURIER_DEBUG")
PLATFORM_NUMBER = value("FACTURIER_PLATFORM")
PORTAL_URL = value("FACTURIER_PORTAL_URL")
PORTAL_APPLICATION = value("FACTURIER_PORTAL_APPLICATION")
PORTAL_SECRET = value("FACTURIER_PORTAL_SECRET")
PORTAL_WAIT = number("FACTURIER_PORTAL_WAIT")
PORTAL_FILES = number("FACTURIER_PORTAL_FILES")
TSA_URL = value("FACTURIER_TSA_URL")
TSA_ROOT = value("FACTURIER_TSA_ROOT")


def _kept_secret(name: str) -> str:
    """Return the secret kept in the file `name` of the data folder; draw it the first time."""
    path = VAR / name
    try:
        return path.read_text()
    except FileNotFoundError:
        VAR.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)  # the first of two processes wins, both read the same
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()


DEAD_PEERS = "-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
"""PostgreSQL lets go of what a dead machine held after half a minute, not after two hours."""


def _database(url: str, role: str) -> dict[str, Any]:
    """Return Django's description of the database at `url`, else of the private one as `role`."""
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": postgres.DATABASE,
        "USER": role,
        "HOST": str(postgres.socket_directory(POSTGRES_DATA)),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # A view that fails leaves nothing behind. Not for the owner: each request would connect.
        "ATOMIC_REQUESTS": role == postgres.APP,
    }
    if url:
        parts = urlsplit(url)
        database |= {
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": parts.port or "",
        }
        options = dict(parse_qsl(parts.query))
        database["HOST"] = options.pop("host", database["HOST"])
        database["OPTIONS"] = {"options": DEAD_PEERS} | options
    return database


DATABASE_URL = value("DATABASE_URL")
DATABASES = {
    "default": _database(DATABASE_URL, postgres.APP),
    # Only to migrate; the server and the worker never open it.
    "owner": _database(value("DATABASE_OWNER_URL") or DATABASE_URL, postgres.OWNER),
}

SECRET_KEY = value("FACTURIER_SECRET_KEY") or _kept_secret("secret-key")
SEALING_KEYS = names("FACTURIER_SEALING_KEYS") or [_kept_secret("sealing-key")]
"""What seals stored secrets (:mod:`facturier.server.firm.sealed`): the first seals, all open."""
SIGNING_KEY = value("FACTURIER_SIGNING_KEY") or _kept_secret("signing-key")
"""What certificates are signed with (:mod:`facturier.server.archive.signing`)."""
ALLOWED_HOSTS = names("FACTURIER_HOSTS")

INSTALLED_APPS = [
    # First, so that its templates stand before those of allauth.
    "facturier.server.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.idp.oidc",
    "procrastinate.contrib.django",
    "facturier.server.firm",
    "facturier.server.security",
    "facturier.server.directory",
    "facturier.server.documents",
    "facturier.server.portal",
    "facturier.server.reporting",
    "facturier.server.books",
    "facturier.server.takings",
    "facturier.server.expenses",
    "facturier.server.vat",
    "facturier.server.archive",
    "facturier.server.jobs",
    "facturier.server.running",
    "facturier.server.api",
    "facturier.server.connections",
    "facturier.server.completeness",
    "facturier.server.mandates",
    "facturier.server.tickets",
    "facturier.server.routing",
    "facturier.server.anomalies",
]

MIDDLEWARE = [
    "facturier.server.running.probes.Probes",
    "facturier.server.running.tracing.Traced",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "facturier.server.web.headers.ContentPolicy",
    # Before the transaction of the request, and before anything of its body is read.
    "facturier.server.api.limits.Limits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Before the transaction of the request: what was tried stays counted.
    "facturier.server.security.attempts.Attempts",
    "facturier.server.firm.middleware.DossiersInSight",
    "facturier.server.security.journal.Journal",
    "facturier.server.web.gone.Gone",
]

ROOT_URLCONF = "facturier.server.urls"
WSGI_APPLICATION = "facturier.server.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# People and sign-in
AUTH_USER_MODEL = "firm.Person"
# The address is unique whatever its case: a constraint on Lower("email"), which the check misses.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
_grace = timedelta(days=number("FACTURIER_ADMIN_FACTOR_DAYS"))
ADMIN_FACTOR = _grace if flag("FACTURIER_ADMIN_FACTOR") else None
"""How long who leads a cabinet may do without a second factor; None: as long as they like."""
ACCOUNT_ADAPTER = "facturier.server.firm.sign_in.NoOpenSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
"""Whoever owns an account is told by mail that its password or second factor changed."""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
"""Nobody is written to because somebody typed their address."""
ACCOUNT_RATE_LIMITS = False
"""Counted by :mod:`facturier.server.security.attempts`, for all web processes together."""
ACCOUNT_SESSION_REMEMBER = True
"""Sessions end by our own clock, not when the browser is closed."""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
"""The session in which it is changed goes on, under a new key; the others end."""
MFA_ADAPTER = "facturier.server.security.second_factor.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
"""The cabinet gave the address; nobody signs up by themselves."""
MFA_TOTP_ISSUER = "Facturier"
MFA_TOTP_TOLERANCE = 1
"""A telephone's clock may be half a minute off."""
MFA_RATE_LIMITS = False
MFA_WEBAUTHN_USER_VERIFICATION = "required"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "facturier.server.security.sessions"
SESSION_COOKIE_AGE = number("FACTURIER_SESSION_HOURS") * 3600
SESSION_IDLE = number("FACTURIER_SESSION_IDLE") * 60
"""Seconds without a request that somebody made."""
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
BEHIND_PROXY = flag("FACTURIER_HTTPS")
"""Whether the last address of ``X-Forwarded-For`` was written by our own proxy."""
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # A name that browsers refuse to take from a neighbouring host or without HTTPS.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 31_536_000

# Mail (a forgotten password): never lost without a word, never sent where nobody asked for it
SMTP = value("FACTURIER_SMTP")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if SMTP else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = VAR / "courrier"
EMAIL_HOST, _, _smtp_port = SMTP.partition(":")
ROUTING_FOLDER = value("FACTURIER_ROUTING_FOLDER")
"""Below which rules of routing may put received invoices for other applications; empty: nowhere."""
EMAIL_PORT = int(_smtp_port or 25)

# Language and time
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
"""A month of invoices is dropped on the page at once."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
LARGEST_FILE = 100 * 1024 * 1024
"""XP Z12-013: 100 MB a file."""
LARGEST_REQUEST = number("FACTURIER_LARGEST_POST") * 1024 * 1024
"""What a person may send at once, all files together."""
API_RATE = number("FACTURIER_API_RATE")
"""Requests a minute of one program; 0 for no limit."""
LOCAL_HOOKS = flag("FACTURIER_LOCAL_HOOKS")
"""Whether webhooks may call this machine, without HTTPS: for the demonstration and tests."""

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

LOGGING = logs.configuration(value("FACTURIER_LOG"))
