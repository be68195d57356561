"""Addresses of the evidence of submissions."""

from django.urls import path

from indicators.collection.evidence import views

app_name = "evidence"
urlpatterns = [
    path("<int:pk>/evidence/<str:item>/", views.files, name="files"),
    path("<int:pk>/evidence/<str:item>/attach/", views.attach, name="attach"),
    path("evidence/<int:pk>/download/", views.download, name="download"),
    path("evidence/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
