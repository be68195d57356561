"""Addresses of teaching."""

from django.urls import path

from indicators.standard.teaching import views

app_name = "teaching"
urlpatterns = [path("", views.lesson, name="coefficient")]
