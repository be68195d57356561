"""The inspections app."""

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """Registers the inspections app with Django."""

    name = "inspections"
    verbose_name = "督导与整改"
    default_auto_field = "django.db.models.BigAutoField"
