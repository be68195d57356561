"""Addresses of submissions."""

from django.urls import path, re_path

from indicators.collection.submissions import views

app_name = "submissions"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/s/<str:section>/", views.section, name="section"),
    path("<int:pk>/s/<str:section>/save/", views.save_section, name="save_section"),
    path("<int:pk>/save/", views.save_answers, name="save"),
    path("<int:pk>/explain/", views.waive, name="waive"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("<int:pk>/sign/", views.sign, name="sign"),
    path("<int:pk>/submit/", views.submit, name="submit"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/view/", views.detail, name="detail"),
    re_path(r"^owners/(?P<code>[0-9]{6})/$", views.owners, name="owners"),
    path("revisions/<int:pk>/", views.revision, name="revision"),
]
