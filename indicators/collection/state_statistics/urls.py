"""Addresses of the comparison with the statistics."""

from django.urls import path

from indicators.collection.state_statistics import views

app_name = "state_statistics"
urlpatterns = [
    path("", views.compare, name="compare"),
    path("export.xlsx", views.export, name="export"),
    path("<int:round_id>/import/", views.upload, name="upload"),
    path("<int:round_id>/import/<uuid:public_id>/", views.preview, name="preview"),
    path("<int:round_id>/import/<uuid:public_id>/confirm/", views.confirm, name="confirm"),
    path("<int:round_id>/prefill/", views.prefill, name="prefill"),
    path("submissions/<int:submission_id>/<slug:item>/explain/", views.explain, name="explain"),
]
