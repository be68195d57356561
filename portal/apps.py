"""The portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers the portal app with Django."""

    name = "portal"
    verbose_name = "优衡平台"
    default_auto_field = "django.db.models.BigAutoField"
