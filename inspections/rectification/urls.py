"""Addresses of rectification."""

from django.urls import path

from inspections.rectification import views
from inspections.rectification import views as raising

app_name = "rectification"
urlpatterns = [
    path("", views.findings, name="list"),
    path("export/", views.export, name="export"),
    path("new/", raising.register, name="register"),
    path("visits/<int:visit_id>/new/", raising.raise_on_visit, name="raise_on_visit"),
    path("visits/<int:visit_id>/finish/", raising.finish_visit, name="finish_visit"),
    path("evaluations/<int:evaluation_id>/", raising.raise_from_evaluation, name="raise_from_evaluation"),
    path("<int:finding_id>/", views.detail, name="detail"),
    path("<int:finding_id>/amend/", raising.amend, name="amend"),
    path("<int:finding_id>/dispatch/", raising.dispatch, name="dispatch"),
    path("<int:finding_id>/measure/", views.measure, name="measure"),
    path("<int:finding_id>/progress/", views.progress, name="progress"),
    path("<int:finding_id>/request-close/", views.request_close, name="request_close"),
    path("<int:finding_id>/ask-extension/", views.ask_extension, name="ask_extension"),
    path("<int:finding_id>/extend/", views.extend, name="extend"),
    path("<int:finding_id>/decline-extension/", views.decline_extension, name="decline_extension"),
    path("<int:finding_id>/begin-check/", views.begin_check, name="begin_check"),
    path("<int:finding_id>/close/", views.close, name="close"),
    path("<int:finding_id>/send-back/", views.send_back, name="send_back"),
    path("<int:finding_id>/reopen/", views.reopen, name="reopen"),
    path("<int:finding_id>/photo/", views.photo, name="photo"),
    path("<int:finding_id>/files/<int:file_id>/", views.file, name="file"),
]
