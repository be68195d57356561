"""Addresses of dossiers."""

from django.urls import path

from inspections.dossiers import views

app_name = "dossiers"
urlpatterns = [
    path("", views.dossiers, name="list"),
    path("prepare/", views.prepare, name="prepare"),
    path("build/", views.build, name="build"),
    path("<int:dossier_id>/", views.detail, name="detail"),
    path("<int:dossier_id>/again/", views.build_again, name="build_again"),
    path("<int:dossier_id>/check/", views.check, name="check"),
    path("<int:dossier_id>/package/", views.download, name="download"),
    path("<int:dossier_id>/sections/<str:code>/", views.section, name="section"),
    path("<int:dossier_id>/pieces/<str:code>/", views.piece, name="piece"),
]
