"""Landing page, and pages over everything: background jobs, audit trail, backups, permissions."""

from django.urls import include, path

from portal.home import views

_jobs = [
    path("", views.jobs, name="list"),
    path("<int:job_id>/", views.job, name="detail"),
    path("<int:job_id>/progress/", views.job_progress, name="progress"),
    path("<int:job_id>/cancel/", views.cancel_job, name="cancel"),
    path("<int:job_id>/retry/", views.retry_job, name="retry"),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.help_page, name="help"),
    path("permissions/", views.permission_table, name="permissions"),
    path("audit/", views.audit_list, name="audit"),
    path("audit/<int:seq>/", views.audit_event, name="audit_event"),
    path("jobs/", include((_jobs, "jobs"))),
    path("backups/", views.backups, name="backups"),
    path("gallery/", views.gallery, name="gallery"),
    path("offline.js", views.offline_worker, name="offline_worker"),
    path("healthz", views.healthz, name="healthz"),
]
