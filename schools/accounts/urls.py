"""Addresses of accounts and roles."""

from django.urls import path, re_path

from schools.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.create, name="create"),
    path("issue/", views.issue_overview, name="issue_overview"),
    re_path(r"^issue/(?P<code>[0-9]{6})/$", views.issue, name="issue"),
    path("issue/<int:pk>/slips.pdf", views.download_slips, name="slips"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/grant/", views.grant, name="grant"),
    path("<int:pk>/disable/", views.disable, name="disable"),
    path("<int:pk>/enable/", views.enable, name="enable"),
    path("<int:pk>/reset/", views.reset, name="reset"),
    path("<int:pk>/drop-two-step/", views.drop_two_step, name="drop_two_step"),
    path("<int:pk>/confirm-reset/", views.confirm_reset, name="confirm_reset"),
    path("pending/", views.pending, name="pending"),
    path("pending/confirm/", views.confirm, name="confirm"),
    path("memberships/<int:pk>/end/", views.end, name="end"),
    re_path(r"^who/(?P<code>[0-9]{10})/$", views.who, name="who"),
]
