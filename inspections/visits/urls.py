"""Addresses of visits."""

from django.urls import path

from inspections.visits import views

app_name = "visits"
urlpatterns = [
    path("", views.visits, name="list"),
    path("schools/", views.coverage, name="coverage"),
    path("plan/", views.plan, name="plan"),
    path("<int:visit_id>/", views.detail, name="detail"),
    path("<int:visit_id>/start/", views.start, name="start"),
    path("<int:visit_id>/reschedule/", views.reschedule, name="reschedule"),
    path("<int:visit_id>/cancel/", views.cancel, name="cancel"),
    path("<int:visit_id>/checklist/", views.checklist, name="checklist"),
    path("<int:visit_id>/checklist/<slug:question>/", views.answer, name="answer"),
    path("<int:visit_id>/checklist/<slug:question>/photo/", views.attach_photo, name="attach_photo"),
    path("<int:visit_id>/photos/<int:photo_id>/", views.photo, name="photo"),
    path("<int:visit_id>/photos/<int:photo_id>/withdraw/", views.withdraw_photo, name="withdraw_photo"),
]
