"""Addresses of the register of departments."""

from django.urls import path

from portal.core.spreadsheets import views as imports
from schools.departments import views
from schools.departments.work import DEPARTMENTS

app_name = "departments"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.create, name="create"),
    path("<int:pk>/", views.edit, name="edit"),
    *imports.urls(DEPARTMENTS),
    path("import/template.xlsx", views.template, name="template"),
    path("export.xlsx", views.export, name="export"),
]
