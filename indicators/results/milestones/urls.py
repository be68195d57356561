"""Addresses of milestones."""

from django.urls import path

from indicators.results.milestones import views
from indicators.results.milestones.comparison import views as comparison

app_name = "milestones"
urlpatterns = [
    path("", views.index, name="list"),
    path("rounds/<int:round_id>/freeze/", views.freeze, name="freeze"),
    path("compare/", comparison.overview, name="compare"),
    path("compare/schools/", comparison.schools, name="compare_schools"),
    path("compare/returns/", comparison.returns, name="compare_returns"),
    path("compare/export", comparison.export, name="export"),
    path("<int:milestone_id>/", views.detail, name="detail"),
    path("<int:milestone_id>/verify/", views.verify, name="verify"),
]
