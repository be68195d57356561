"""Signing in and out, one's own password, two-step sign-in."""

from django.urls import path

from portal.core.accounts import views

urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("code/", views.sign_in_code, name="login_code"),
    path("logout/", views.sign_out, name="logout"),
    path("password/", views.change_password, name="password_change"),
    path("two-step/", views.two_step_overview, name="two_step"),
    path("two-step/begin/", views.begin_two_step, name="two_step_begin"),
    path("two-step/confirm/", views.confirm_two_step, name="two_step_confirm"),
    path("two-step/codes/", views.renew_codes, name="two_step_codes"),
    path("two-step/off/", views.turn_off_two_step, name="two_step_off"),
]
