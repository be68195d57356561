"""Addresses of the register of departments."""

from django.urls import path

from schools.departments import views

app_name = "departments"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.create, name="create"),
    path("<int:pk>/", views.edit, name="edit"),
    path("import/", views.upload, name="import"),
    path("import/template.xlsx", views.blank, name="template"),
    path("import/<uuid:public_id>/", views.preview, name="preview"),
    path("import/<uuid:public_id>/confirm/", views.confirm, name="confirm"),
    path("export.xlsx", views.export, name="export"),
]
