"""What every installation shares. See dev, test, demo and production beside this file for what differs."""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# All state is under one folder, so that it can be moved, saved or thrown away whole.
VAR_DIR = Path(os.environ.get("PORTAL_VAR") or BASE_DIR / "var").resolve()

PORTAL_NAME = "La Placette"
PORTAL_VERSION = "0.2"

INSTALLED_APPS = [
    # From the roof to the ground: a template or static file of a higher floor wins.
    "portal",
    "experiences",
    "resources",
    "home",
    "search",
    "participation.moderation",
    "participation.review",
    "participation.ballot",
    "participation.forum",
    "participation.consultations",
    "participation.ledger",
    "participation.people",
    "participation.vocabulary",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.contrib.redirects",
    "wagtail.contrib.routable_page",
    "wagtail.embeds",
    "wagtail.sites",
    "participation.people.apps.AccountsConfig",  # wagtail.users, with this site's screens for accounts
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    # First, so that what it keeps is the whole answer with its headers.
    "home.shell.ShellCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

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
                "portal.context.site",
            ],
        },
    },
]

# WAL lets people read while one writes; FULL, because an acknowledged vote must survive a power cut; IMMEDIATE, because
# a transaction that reads then writes would otherwise fail with "database is locked" instead of waiting its turn.
DATABASES = {
    "default": {
        "ENGINE": "portal.sqlite",
        "NAME": VAR_DIR / "portal.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-20000; "
                # What is erased is overwritten in the file, whatever the library was compiled with.
                "PRAGMA secure_delete=ON;"
            ),
        },
    }
}
# A PostgreSQL, when several machines serve the site. A connection that it closed (it restarted) is opened again by the
# next request instead of failing it.
if DATABASE_URL := os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=None, conn_health_checks=True)}
# Shared by the processes of the machine: limits of attempts count them all.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cache",
        # Beyond, some are thrown away, whichever: a flood of attempts must not make its own count forgotten.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── Language and time ────────────────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "fr"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("fr", _("French")), ("en", _("English"))]
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.storage.StaticStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Wagtail's page form of a long kit holds one field per step of each phase.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "participation.people.forms.SignupForm"
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "site_web"
ACCOUNT_ADAPTER = "participation.people.adapter.AccountAdapter"
# A code typed in the page rather than a link: the mail may be read on another device, and the text begun is in this session.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# Taking another address starts the sign-up again: allauth's own way tells which addresses have an account.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{PORTAL_NAME}] "
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# Letters are not sent to somebody one after the other; the other rates are allauth's.
ACCOUNT_RATE_LIMITS = {
    "reset_password": "20/m/ip,60/h/ip,5/m/key,10/h/key",
    "confirm_email": "1/10s/key,20/h/key",
}
# See participation/people/limits.py. Sign-ups from one place in an hour: beyond the first, a proof of work, or what the
# account writes is read beforehand; beyond the second, none. Wrong passwords of an account in a day, wherever they come
# from, but for browsers that it knows: allauth counts those of each place.
PEOPLE_RATES = {
    "sign_up_unproved": "10/h/ip",
    "sign_up": "100/h/ip",
    "wrong_password": "100/d/key",
    "ask_for_profile": "10/d/user",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "people:account"
# Pages made private by sign-in ask for it where everybody signs in.
WAGTAIL_FRONTEND_LOGIN_URL = LOGIN_URL
SESSION_ENGINE = "participation.people.sessions"
SESSION_COOKIE_SAMESITE = "Lax"
# A small module writes the cookie's current token into the form that is sent: two fragments of one page set two tokens.
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "participation.people.views.csrf_failure"
# Those who enter the admin show a second factor there. The demonstration and the tests do without.
STAFF_NEED_A_SECOND_FACTOR = True
MFA_ADAPTER = "participation.people.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = PORTAL_NAME
# The clock of a telephone may be half a minute wrong.
MFA_TOTP_TOLERANCE = 1

# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────
WAGTAIL_SITE_NAME = PORTAL_NAME
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
# Nothing in the admin calls outside.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS = []
WAGTAILDOCS_EXTENSIONS = ["csv", "doc", "docx", "md", "ods", "odt", "pdf", "ppt", "pptx", "txt", "xls", "xlsx", "zip"]
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_DATE_FORMAT = "%d/%m/%Y"
WAGTAIL_DATETIME_FORMAT = "%d/%m/%Y %H:%M"
WAGTAIL_USER_TIME_ZONES = ["Europe/Paris"]
WAGTAIL_ALLOW_UNICODE_SLUGS = False

# ── Search ───────────────────────────────────────────────────────────────────────────────────────────────────────────
SEARCH_INDEX_DIR = VAR_DIR / "index"
# The address of an Elasticsearch cluster, with the name of an index; the embedded engine without it.
SEARCH_URL = os.environ.get("SEARCH_URL", "")
# How long a visitor waits for one of its answers; the database answers afterwards.
SEARCH_SECONDS = float(os.environ.get("SEARCH_SECONDS", "0.5"))

# ── Safety ───────────────────────────────────────────────────────────────────────────────────────────────────────────
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail's preview panel shows pages in a frame of the same site.
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    # The admin has a policy of its own: see portal/urls.py.
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    },
}

# ── Mail ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
DEFAULT_FROM_EMAIL = f"{PORTAL_NAME} <ne-pas-repondre@placette.example>"
EMAIL_SUBJECT_PREFIX = f"[{PORTAL_NAME}] "

# Words on every page that say it is not the real thing.
DEMONSTRATION = False
