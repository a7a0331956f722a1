"""A real installation. What differs from one to another comes from the environment; see docs/demarrage.md."""

import os

from .base import *  # noqa: F403
from .base import VAR_DIR
from .keys import new_key, read_or_make

DEBUG = False
SECRET_KEY = read_or_make(VAR_DIR / "keys" / "secret_key")
RECORD_SIGNING_KEY = read_or_make(VAR_DIR / "keys" / "record_signing_key", new_key)
RECORD_ENCRYPTION_KEY = read_or_make(VAR_DIR / "keys" / "record_encryption_key", new_key)
ALLOWED_HOSTS = os.environ["PORTAL_HOSTS"].split(",")
# What the records are named after: it never changes, even if the site is one day reached by another name.
PORTAL_HOST = os.environ.get("PORTAL_HOST") or ALLOWED_HOSTS[0]
WAGTAILADMIN_BASE_URL = f"https://{ALLOWED_HOSTS[0]}"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
# How many proxies of ours stand before the site: limits count the address that the first of them saw.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("PORTAL_PROXIES", "1"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the other names of the domain are not ours to bind
    "security.W019",  # Wagtail shows its previews in a frame of the same site; the policy says frame-ancestors 'self'
    "security.W021",  # nor is the browsers' preload list
]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS") == "1"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"ne-pas-repondre@{ALLOWED_HOSTS[0]}")
