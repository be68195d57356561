"""Addresses of the inbox."""

from django.urls import path

from portal.core.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.index, name="list"),
    path("read-all/", views.read_all, name="read_all"),
    path("<int:notice_id>/read/", views.read, name="read"),
]
