"""Addresses of the register's workbooks."""

from django.urls import path

from portal.core.spreadsheets import views as imports
from schools.workbooks import views
from schools.workbooks.work import REGISTER

app_name = "register"
urlpatterns = [
    *imports.urls(REGISTER),
    path("import/template.xlsx", views.template, name="template"),
    path("export.xlsx", views.export, name="export"),
]
