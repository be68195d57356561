"""Addresses of the submissions workbook."""

from django.urls import path

from indicators.collection.workbooks import views

app_name = "workbooks"
urlpatterns = [
    path("<int:round_id>/template.xlsx", views.template, name="template"),
    path("<int:round_id>/import/", views.upload, name="upload"),
    path("<int:round_id>/import/marked/<uuid:token>.xlsx", views.marked, name="marked"),
    path("<int:round_id>/import/<uuid:public_id>/", views.preview, name="preview"),
    path("<int:round_id>/import/<uuid:public_id>/confirm/", views.confirm, name="confirm"),
]
