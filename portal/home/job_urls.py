"""Addresses of background jobs."""

from django.urls import path

from portal.home import job_views

app_name = "jobs"
urlpatterns = [
    path("", job_views.index, name="list"),
    path("<int:job_id>/", job_views.detail, name="detail"),
    path("<int:job_id>/progress/", job_views.progress, name="progress"),
    path("<int:job_id>/cancel/", job_views.cancel, name="cancel"),
    path("<int:job_id>/retry/", job_views.retry, name="retry"),
]
