"""Signing in and out, one's own password."""

from django.urls import path

from portal.core.accounts import views
from portal.core.accounts.two_step import views as two_step

urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("code/", views.sign_in_code, name="login_code"),
    path("logout/", views.sign_out, name="logout"),
    path("password/", views.change_password, name="password_change"),
    path("two-step/", two_step.overview, name="two_step"),
    path("two-step/begin/", two_step.begin, name="two_step_begin"),
    path("two-step/confirm/", two_step.confirm, name="two_step_confirm"),
    path("two-step/codes/", two_step.renew_codes, name="two_step_codes"),
    path("two-step/off/", two_step.turn_off, name="two_step_off"),
]
