"""Addresses of the deadlines."""

from django.urls import re_path

from inspections.deadlines import views

app_name = "deadlines"
urlpatterns = [re_path(r"^(?P<code>[0-9]{6})/$", views.edit, name="edit")]
