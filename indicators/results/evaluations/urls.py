"""Addresses of evaluations."""

from django.urls import path

from indicators.results.evaluations import views

app_name = "evaluations"
urlpatterns = [path("start", views.start, name="start")]
