"""Addresses of relaxations."""

from django.urls import path

from indicators.collection.relaxations import views
from indicators.collection.relaxations.workflow import TABLE

app_name = "relaxations"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.propose, name="propose"),
    path("<int:relaxation_id>/", views.detail, name="detail"),
    path("<int:relaxation_id>/proofs/", views.attach_proof, name="attach_proof"),
    *(
        path(f"<int:relaxation_id>/{verb.code}/", views.decide(verb), name=verb.code)
        for verb in TABLE.verbs
        if verb.form
    ),
    path("proofs/<int:proof_id>/", views.proof, name="proof"),
]
