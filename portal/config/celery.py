"""The Celery application: it signals queued jobs to the workers."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

app = Celery("youheng")
app.config_from_object("django.conf:settings", namespace="CELERY")
