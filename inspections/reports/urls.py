"""Addresses of reports."""

from django.urls import path

from inspections.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.reports, name="list"),
    path("new/", views.create, name="create"),
    path("<int:report_id>/", views.detail, name="detail"),
    path("<int:report_id>/again/", views.compile_again, name="compile_again"),
    path("<int:report_id>/files/<slug:kind>/", views.download, name="download"),
]
