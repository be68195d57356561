"""Addresses of rounds."""

from django.urls import path

from indicators.collection.rounds import views

app_name = "rounds"
urlpatterns = [
    path("", views.index, name="list"),
    path("open/", views.open_round, name="open"),
    path("<int:round_id>/", views.detail, name="detail"),
    path("<int:round_id>/extend/", views.extend, name="extend"),
    path("<int:round_id>/remind/", views.remind, name="remind"),
    path("<int:round_id>/remind/send/", views.send_reminders, name="send_reminders"),
    path("<int:round_id>/add/", views.add_respondents, name="add_respondents"),
    path("<int:round_id>/close/", views.close, name="close"),
    path("<int:round_id>/reopen/", views.reopen, name="reopen"),
]
