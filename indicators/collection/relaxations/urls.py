"""Addresses of relaxations."""

from django.urls import path

from indicators.collection.relaxations import views

app_name = "relaxations"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.propose, name="propose"),
    path("<int:relaxation_id>/", views.detail, name="detail"),
    path("<int:relaxation_id>/proofs/", views.attach_proof, name="attach_proof"),
    path("<int:relaxation_id>/approve/", views.approve, name="approve"),
    path("<int:relaxation_id>/refuse/", views.refuse, name="refuse"),
    path("<int:relaxation_id>/withdraw/", views.withdraw, name="withdraw"),
    path("proofs/<int:proof_id>/", views.proof, name="proof"),
]
