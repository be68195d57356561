"""Wiring only: settings, wsgi and Celery, which signals queued jobs to the workers. Nothing else imports from here."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

app = Celery("youheng")
app.config_from_object("django.conf:settings", namespace="CELERY")
