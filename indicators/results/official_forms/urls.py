"""Addresses of declarations."""

from django.urls import path

from indicators.results.official_forms import views

app_name = "official_forms"
urlpatterns = [
    path("", views.forms, name="forms"),
    path("export", views.export, name="export"),
    path("schools/<slug:code>/", views.self_rating, name="self_rating"),
    path("schools/<slug:code>/<slug:kind>", views.download, name="download"),
]
