"""Addresses of rectification; a verb of the table that has a form has one."""

from django.urls import path

from inspections.rectification import views
from inspections.rectification.workflow import TABLE

app_name = "rectification"
urlpatterns = [
    path("", views.findings, name="list"),
    path("export/", views.export, name="export"),
    path("new/", views.register, name="register"),
    path("visits/<int:visit_id>/new/", views.raise_on_visit, name="raise_on_visit"),
    path("visits/<int:visit_id>/finish/", views.finish_visit, name="finish_visit"),
    path("evaluations/<int:evaluation_id>/", views.raise_from_evaluation, name="raise_from_evaluation"),
    path("<int:finding_id>/", views.detail, name="detail"),
    path("<int:finding_id>/amend/", views.amend, name="amend"),
    *(
        path(f"<int:finding_id>/{verb.code.replace('_', '-')}/", views.step(verb), name=verb.code)
        for verb in TABLE.verbs
        if verb.form
    ),
    path("<int:finding_id>/photo/", views.photo, name="photo"),
    path("<int:finding_id>/files/<int:file_id>/", views.file, name="file"),
]
