"""Addresses of the register."""

from django.urls import path, re_path

from schools.directory import import_views, views

app_name = "directory"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.create, name="create"),
    path("import/", import_views.upload, name="import"),
    path("import/template.xlsx", import_views.blank, name="template"),
    path("import/marked/<uuid:token>.xlsx", import_views.marked, name="marked"),
    path("import/<uuid:public_id>/", import_views.preview, name="preview"),
    path("import/<uuid:public_id>/confirm/", import_views.confirm, name="confirm"),
    path("districts/", views.districts, name="districts"),
    re_path(r"^districts/(?P<code>[0-9]{6})/$", views.edit_district, name="district"),
    path("export.xlsx", import_views.export, name="export"),
    re_path(r"^(?P<code>[0-9]{10})/$", views.detail, name="detail"),
    re_path(r"^(?P<code>[0-9]{10})/edit/$", views.edit, name="edit"),
    re_path(r"^(?P<code>[0-9]{10})/merge/$", views.merge, name="merge"),
    re_path(r"^(?P<code>[0-9]{10})/close/$", views.close, name="close"),
    re_path(r"^(?P<code>[0-9]{10})/reopen/$", views.reopen, name="reopen"),
]
