"""Landing page and boards that need everything."""

from django.urls import path

from portal.home import audit_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.help_page, name="help"),
    path("permissions/", views.permission_table, name="permissions"),
    path("audit/", audit_views.index, name="audit"),
    path("audit/<int:seq>/", audit_views.detail, name="audit_event"),
    path("backups/", views.backups, name="backups"),
    path("gallery/", views.gallery, name="gallery"),
    path("offline.js", views.offline_worker, name="offline_worker"),
    path("healthz", views.healthz, name="healthz"),
]
