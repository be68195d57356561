"""The schools app."""

from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    """Registers the schools app with Django."""

    name = "schools"
    verbose_name = "学校与权限"
    default_auto_field = "django.db.models.BigAutoField"
