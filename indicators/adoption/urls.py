"""Addresses of comparing and changing standards."""

from django.urls import path

from indicators.adoption import views

app_name = "adoption"
urlpatterns = [
    path("compare/", views.compare, name="compare"),
    path("rounds/<int:round_id>/", views.adopt, name="adopt"),
]
