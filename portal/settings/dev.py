"""For those who change the code: the demonstration's data, with errors shown and templates read anew."""

from .demo import *  # noqa: F403

DEBUG = True
INTERNAL_IPS = ["127.0.0.1"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
