"""Addresses of the comparison with the statistics."""

from django.urls import path

from indicators.collection.state_statistics import views
from indicators.collection.state_statistics.work import STATISTICS
from portal.core.spreadsheets import views as imports

app_name = "state_statistics"
urlpatterns = [
    path("", views.compare, name="compare"),
    path("export.xlsx", views.export, name="export"),
    *imports.urls(STATISTICS),
    path("<int:round_id>/prefill/", views.prefill, name="prefill"),
    path("submissions/<int:submission_id>/<slug:item>/explain/", views.difference_reason, name="difference_reason"),
]
