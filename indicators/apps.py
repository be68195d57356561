"""The indicators app."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Registers the indicators app with Django."""

    name = "indicators"
    verbose_name = "指标与填报"
    default_auto_field = "django.db.models.BigAutoField"
