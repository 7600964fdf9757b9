"""Settings, safe by default. What a deployment sets is read from the environment, once, here."""

import os
import re
import secrets
from pathlib import Path

from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent


def environment_flag(name: str, default: bool) -> bool:
    """A yes-or-no setting; anything but 0 or 1 is a mistake worth stopping for."""
    value = os.environ.get(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def environment_number(name: str, default: int) -> int:
    """A whole number from 1; anything else is a mistake worth stopping for."""
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number from 1, not {value!r}.")
    return int(value)


def environment_site(name: str) -> str:
    """An address of the form `https://results.example.org`, or empty; anything else stops here."""
    value = os.environ.get(name, "")
    host = r"([A-Za-z0-9.\-]+|\[[0-9a-f:]+\])(:[0-9]+)?"
    if value and not re.fullmatch(f"https?://{host}", value):
        raise ImproperlyConfigured(
            f"{name} must be like https://results.example.org, without a path, not {value!r}."
        )
    return value


# Without DATABASE_URL this is a demonstration on one machine: an embedded PostgreSQL, plain HTTP
# on the loopback, a secret key of its own in the data folder. With it, nothing is assumed.
EMBEDDED = not os.environ.get("DATABASE_URL")
DATA_DIR = BASE_DIR / ".hashvark"


def demonstration_key() -> str:
    """The key in the data folder, made at the first start; readable by this user alone."""
    path = DATA_DIR / "secret-key"
    try:
        DATA_DIR.mkdir(mode=0o700, exist_ok=True)
        new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Cannot keep a secret key in {DATA_DIR} ({error.strerror}). Make the project's folder"
            " writable, or set DATABASE_URL and HASHVARK_SECRET_KEY."
        ) from error
    with os.fdopen(new, "w") as file:
        file.write(key := secrets.token_urlsafe(50))
    return key


def secret_key() -> str:
    key = os.environ.get("HASHVARK_SECRET_KEY") or (demonstration_key() if EMBEDDED else "")
    if not key:
        raise ImproperlyConfigured(
            "HASHVARK_SECRET_KEY is not set. Put a long random text there, the same for every"
            " web process, and keep it out of the database."
        )
    return key


# Signs cookies, and encrypts what the database may keep but not read: sessions and the seeds of
# authenticator apps. Earlier ones, with commas, while they are changed; see docs/deploy.md.
SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = [
    key for key in os.environ.get("HASHVARK_OLD_SECRET_KEYS", "").split(",") if key
]
# Signs the seals of the events. A file, so that who reads the database cannot sign; see signing.py.
SIGNING_KEY = Path(os.environ.get("HASHVARK_SIGNING_KEY") or DATA_DIR / "signing-key.pem")
# What the publisher remembers of what it signed: beside the key, away from the database.
PUBLISHER_STATE: Path | None = Path(
    os.environ.get("HASHVARK_PUBLISHER_STATE") or DATA_DIR / "publisher"
)
# The public site as files: `follow_ledger` writes them, nginx serves them.
MIRROR = Path(os.environ.get("HASHVARK_MIRROR") or DATA_DIR / "mirror")
# Files of publications that somebody asked for, each made once; see public/made.py.
MADE = Path(os.environ.get("HASHVARK_MADE") or DATA_DIR / "made")
DEBUG = environment_flag("HASHVARK_DEBUG", default=False)
ALLOWED_HOSTS = os.environ.get("HASHVARK_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
# Names the log of publications in every checkpoint, for ever: the first publication of an election
# decides. By custom an address without its scheme.
ORIGIN = os.environ.get("HASHVARK_ORIGIN") or ALLOWED_HOSTS[0]
HTTPS = environment_flag("HASHVARK_HTTPS", default=not EMBEDDED)
# Where the public finds this site, in files and pages that leave it: catalogue, feed, embeds.
SITE = environment_site("HASHVARK_SITE")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_tables2",
    "candidates",
    "tabulation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tabulation.languages.addresses.LanguageOfPathMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tabulation.staff.middleware.SessionEndsMiddleware",
    "tabulation.staff.middleware.SignInRequiredMiddleware",
    "tabulation.staff.middleware.ActingFromMiddleware",
    "tabulation.staff.middleware.FirstStepsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tabulation.staff.middleware.WrongMethodPageMiddleware",
    "tabulation.staff.middleware.NoStoreMiddleware",
]

ROOT_URLCONF = "tabulation.urls"
WSGI_APPLICATION = "tabulation.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "results": "tabulation.languages.tags",
                "asking": "tabulation.public.tags.asking",
                "files": "tabulation.public.tags.files",
                "outcome": "tabulation.public.outcome_words",
                "staff": "tabulation.staff.tags",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tabulation.staff.sessions.context",
                "tabulation.languages.addresses.context",
            ],
        },
    },
]


def database(url: str) -> dict[str, object]:
    """A PostgreSQL address as Django wants it; libpq itself reads the URL."""
    known = conninfo_to_dict(url)
    return {
        "HOST": known.pop("host", ""),
        "PORT": known.pop("port", ""),
        "NAME": known.pop("dbname", ""),
        "USER": known.pop("user", ""),
        "PASSWORD": known.pop("password", ""),
        "OPTIONS": known,
    }


# The web and every stage run as the application's role; only `migrate` and the making of test
# databases run as the owner (DATABASE_OWNER_URL; see docs/deploy.md).
OWNER = conninfo_to_dict("" if EMBEDDED else os.environ.get("DATABASE_OWNER_URL", ""))
OWNER.pop("dbname", None)  # it is the application's
DATABASES = {
    "default": {
        "ENGINE": "tabulation.database",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        **({"NAME": "hashvark"} if EMBEDDED else database(os.environ["DATABASE_URL"])),
        "OWNER": OWNER,
        "EMBEDDED": BASE_DIR if EMBEDDED else None,
    }
}
# How long a page waits for a statement of the database; commands wait for ever. See limits.py.
STATEMENT_SECONDS = environment_number("HASHVARK_STATEMENT_SECONDS", default=60)
# With the rules in SQL that the first one applies: all that PostgreSQL is told is in one folder.
MIGRATION_MODULES = {"tabulation": "tabulation.database.migrations"}
AUTH_USER_MODEL = "tabulation.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "staff"
AUTHENTICATION_BACKENDS = ["tabulation.staff.access.StaffBackend"]
# Accounts are made by an administrator, have no e-mail address, and sign in by name.
ACCOUNT_ADAPTER = "tabulation.staff.access.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# A hall of clerks signs in behind one address; from it one name is tried five times in five
# minutes, and from everywhere together fifty times: five alone would let any stranger lock a
# named clerk out.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "60/m/ip,5/300s/key",
    "login_failed_name": "50/300s/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("HASHVARK_PROXIES", "0"))
MFA_ADAPTER = "tabulation.staff.access.SecondFactorAdapter"
# No recovery codes: an administrator forgets a lost factor. Browsers take plain HTTP for passkeys
# on localhost alone, and so does the library; everywhere else they want HTTPS.
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A key that somebody found or took, without a finger, a face or a PIN, is not a person.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Whoever decides, watches or manages needs one in any case; so also clerks.
SECOND_FACTOR_FOR_ALL = environment_flag("HASHVARK_SECOND_FACTOR_FOR_ALL", default=False)
MFA_FORMS = {
    "authenticate": "tabulation.staff.forms.codes.AuthenticateForm",
    "reauthenticate": "tabulation.staff.forms.codes.ReauthenticateForm",
    "login_webauthn": "tabulation.staff.forms.passkeys.LoginForm",
    "authenticate_webauthn": "tabulation.staff.forms.passkeys.AuthenticateForm",
    "reauthenticate_webauthn": "tabulation.staff.forms.passkeys.ReauthenticateForm",
    "add_webauthn": "tabulation.staff.forms.passkeys.AddForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
# Throttling must see every worker's attempts: rows that all of them share. Never one of Django's
# own: they keep pickles, and who writes a pickle runs code here.
CACHES = {"default": {"BACKEND": "tabulation.staff.throttling.ThrottleCache"}}
SESSION_ENGINE = "tabulation.staff.session_store"
# Nobody stays signed in longer than a shift, nor idle longer than these minutes.
SESSION_COOKIE_AGE = 12 * 60 * 60
IDLE_MINUTES = environment_number("HASHVARK_IDLE_MINUTES", default=30)
# How long what a member proposed waits for others to confirm it.
CONFIRM_HOURS = environment_number("HASHVARK_CONFIRM_HOURS", default=24)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
# A protocol has up to 1,000 lines (paper.MOST_LINES), each a field of the page it is typed on, and
# a reason for each warning.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
    }
}

LANGUAGE_CODE = "en"
# Each by its own name, for the switcher: see docs/languages.md. Django does not know Filipino.
LANGUAGES = [("en", "English"), ("hy", "Հայերեն"), ("ru", "Русский"), ("fil", "Filipino")]
LANG_INFO.setdefault(
    "fil", {"bidi": False, "code": "fil", "name": "Filipino", "name_local": "Filipino"}
)
LOCALE_PATHS = [BASE_DIR / "tabulation" / "languages" / "locale"]
FORMAT_MODULE_PATH = "tabulation.languages.formats"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("HASHVARK_STATIC_ROOT", DATA_DIR / "static"))
# A demonstration serves the files as they lie in the clone; a deployment runs collectstatic.
WHITENOISE_USE_FINDERS = EMBEDDED
if EMBEDDED:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DJANGO_TABLES2_TEMPLATE = "_components/table.html"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
