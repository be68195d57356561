"""Wiring only: settings, urls, wsgi and Celery. Nothing else imports from here."""

from portal.config.celery import app as celery_app

__all__ = ["celery_app"]
