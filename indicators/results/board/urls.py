"""Addresses of dashboards."""

from django.urls import path

from indicators.results.board import views

app_name = "board"
urlpatterns = [
    path("", views.board, name="board"),
    path("coefficients/", views.coefficients, name="coefficients"),
    path("entered/", views.entered, name="entered"),
    path("provisional/", views.provisional, name="provisional"),
    path("export", views.export, name="export"),
    path("schools/", views.schools, name="schools"),
    path("schools/<slug:code>/", views.school, name="school"),
]
