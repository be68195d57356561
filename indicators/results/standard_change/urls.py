"""Addresses of comparing and changing standards."""

from django.urls import path

from indicators.results.standard_change import views

app_name = "standard_change"
urlpatterns = [
    path("compare/", views.compare, name="compare"),
    path("rounds/<int:round_id>/", views.adopt, name="adopt"),
]
