"""Addresses of milestones."""

from django.urls import path

from indicators.results.milestones import views

app_name = "milestones"
urlpatterns = [
    path("", views.index, name="list"),
    path("rounds/<int:round_id>/freeze/", views.freeze, name="freeze"),
    path("compare/", views.overview, name="compare"),
    path("compare/schools/", views.schools, name="compare_schools"),
    path("compare/returns/", views.submissions, name="compare_submissions"),
    path("compare/export", views.export, name="export"),
    path("<int:milestone_id>/", views.detail, name="detail"),
    path("<int:milestone_id>/verify/", views.verify, name="verify"),
]
