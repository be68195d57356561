"""Addresses of the programme."""

from django.urls import path, re_path

from inspections.programmes import views

app_name = "programmes"
urlpatterns = [
    path("", views.index, name="programmes"),
    re_path(r"^(?P<code>[0-9]{6})/adopt/$", views.adopt, name="adopt"),
]
