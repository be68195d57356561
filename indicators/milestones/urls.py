"""Addresses of milestones."""

from django.urls import path

from indicators.milestones import views

app_name = "milestones"
urlpatterns = [
    path("", views.index, name="list"),
    path("rounds/<int:round_id>/freeze/", views.freeze, name="freeze"),
    path("<int:milestone_id>/", views.detail, name="detail"),
    path("<int:milestone_id>/verify/", views.verify, name="verify"),
]
