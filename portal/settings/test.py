"""For the tests: a database and an index of their own, plain static files, quick passwords."""

import tempfile
from pathlib import Path

from .base import *  # noqa: F403
from .base import DATABASE_URL, DATABASES

_folder = tempfile.TemporaryDirectory(prefix="placette-test-")  # removed when the run ends
VAR_DIR = Path(_folder.name)
SECRET_KEY = "only-for-tests"
RECORD_SIGNING_KEY = RECORD_ENCRYPTION_KEY = "b25seSBmb3IgdGVzdHMsIHRoaXJ0eS10d28gYnl0ZXM="
PORTAL_HOST = "test.local"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
WAGTAILADMIN_BASE_URL = "http://testserver"
if DATABASE_URL:
    # Made by the tests beside the one that is named, which nothing run with these settings reaches.
    DATABASES["default"]["NAME"] = f"test_{DATABASES['default']['NAME']}"
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
else:
    DATABASES["default"]["NAME"] = VAR_DIR / "portal.sqlite3"
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
    # Whether a commit reaches the disk is not what tests look at.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MEDIA_ROOT = VAR_DIR / "media"
STATIC_ROOT = VAR_DIR / "static"
SEARCH_URL = ""
SEARCH_SECONDS = 20
SEARCH_INDEX_DIR = VAR_DIR / "index"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
PEOPLE_RATES = {}
STAFF_NEED_A_SECOND_FACTOR = False
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
