"""Addresses of standards."""

from django.urls import path

from indicators.standard.standards import views

app_name = "standards"
urlpatterns = [
    path("", views.index, name="list"),
    path("<str:code>/", views.indicator, name="indicator"),
]
