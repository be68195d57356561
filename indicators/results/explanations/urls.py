"""Addresses of explanations: an evaluation, then what of it is explained."""

from django.urls import path

from indicators.results.explanations import views

app_name = "explanations"
urlpatterns = [
    path("<int:pk>/", views.district, name="district"),
    path("<int:pk>/stages/<slug:stage>/", views.stage, name="stage"),
    path("<int:pk>/stages/<slug:stage>/<slug:code>/", views.coefficient, name="coefficient"),
    path("<int:pk>/indicators/<slug:code>/", views.condition, name="condition"),
    path("<int:pk>/indicators/<slug:code>/<slug:school>/", views.school, name="school"),
    path("<int:pk>/vetoes/<slug:code>/", views.veto, name="veto"),
    path("<int:pk>/schools/<slug:school>/<slug:stage>/", views.part, name="part"),
    path("<int:pk>/schools/<slug:school>/<slug:stage>/<slug:code>/", views.indicator, name="indicator"),
]
