"""Settings of the test run: real ones, with a cheap hasher and no manifest of static files."""

import os
import tempfile

os.environ.setdefault("DATABASE_URL", "sqlite:///" + tempfile.gettempdir() + "/youheng-tests.sqlite3")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)

from portal.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
WHITENOISE_AUTOREFRESH = True
# Most tests make evaluations and count the jobs they asked for themselves.
AFTER_EVALUATION = {}
# Thousands of requests are refused on purpose, and pytest formats each line for a report nobody asks for.
LOGGING = LOGGING | {"loggers": {"django.request": {"level": "ERROR"}}}  # noqa: F405
