"""Addresses of the register."""

from django.urls import path, re_path

from schools.directory import views

app_name = "directory"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.create, name="create"),
    path("districts/", views.districts, name="districts"),
    re_path(r"^districts/(?P<code>[0-9]{6})/$", views.edit_district, name="district"),
    re_path(r"^(?P<code>[0-9]{10})/$", views.detail, name="detail"),
    re_path(r"^(?P<code>[0-9]{10})/edit/$", views.edit, name="edit"),
    re_path(r"^(?P<code>[0-9]{10})/merge/$", views.merge, name="merge"),
    re_path(r"^(?P<code>[0-9]{10})/close/$", views.close, name="close"),
    re_path(r"^(?P<code>[0-9]{10})/reopen/$", views.reopen, name="reopen"),
]
