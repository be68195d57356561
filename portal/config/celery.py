"""The Celery application: the doorbell that wakes workers for queued jobs."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

app = Celery("youheng")
app.config_from_object("django.conf:settings", namespace="CELERY")
