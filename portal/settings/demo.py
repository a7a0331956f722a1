"""The demonstration: a production server on one machine, over http, with nothing to configure."""

import os

from .base import *  # noqa: F403
from .base import VAR_DIR
from .keys import new_key, read_or_make

DEBUG = False
DEMONSTRATION = True
STAFF_NEED_A_SECOND_FACTOR = False
SECRET_KEY = read_or_make(VAR_DIR / "keys" / "secret_key")
RECORD_SIGNING_KEY = read_or_make(VAR_DIR / "keys" / "record_signing_key", new_key)
RECORD_ENCRYPTION_KEY = read_or_make(VAR_DIR / "keys" / "record_encryption_key", new_key)
ALLOWED_HOSTS = ["*"]
PORTAL_HOST = "demo.local"
WAGTAILADMIN_BASE_URL = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
# The rate limits of sign-up count addresses, and here everyone comes from one.
ACCOUNT_RATE_LIMITS = {"signup": "200/m/ip", "login": "300/m/ip", "login_failed": "20/m/ip,10/300s/key"}
PEOPLE_RATES = {"sign_up_unproved": "2000/h/ip", "sign_up": "5000/h/ip", "wrong_password": "100/d/key"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
