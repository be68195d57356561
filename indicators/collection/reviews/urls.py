"""Addresses of reviews."""

from django.urls import path

from indicators.collection.reviews import views

app_name = "reviews"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("rounds/<int:round_id>/blanks/", views.send_back_blanks, name="blanks"),
    path("<int:submission_id>/", views.review, name="review"),
    path("<int:submission_id>/begin/", views.begin, name="begin"),
    path("<int:submission_id>/return/", views.send_back, name="send_back"),
    path("<int:submission_id>/approve/", views.approve, name="approve"),
]
