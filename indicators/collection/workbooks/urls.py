"""Addresses of the submissions workbook."""

from django.urls import path

from indicators.collection.workbooks import views
from indicators.collection.workbooks.work import RETURNS
from portal.core.spreadsheets import views as imports

app_name = "workbooks"
urlpatterns = [
    *imports.urls(RETURNS),
    path("<int:round_id>/template.xlsx", views.template, name="template"),
]
