"""The address map: the portal's own pages, then those of each app."""

from django.urls import include, path

from portal.core.accounts import views as accounts
from portal.core.addresses import views as addresses
from portal.core.notices import views as notices
from portal.core.saved_lists import views as saved_lists
from portal.home import views as home
from portal.standing import views as standing

notices_urls = [
    path("", notices.index, name="list"),
    path("read-all/", notices.read_all, name="read_all"),
    path("<int:notice_id>/read/", notices.read, name="read"),
    path("digest/", addresses.digest, name="digest"),
    path("digest/ask-again/", addresses.ask_again, name="ask_again"),
    path("digest/confirm/<str:token>/", addresses.confirm_email, name="confirm_email"),
    path("sendings/", home.sendings, name="sendings"),
]
jobs_urls = [
    path("", home.jobs, name="list"),
    path("<int:job_id>/", home.job, name="detail"),
    path("<int:job_id>/progress/", home.job_progress, name="progress"),
    path("<int:job_id>/cancel/", home.cancel_job, name="cancel"),
    path("<int:job_id>/retry/", home.retry_job, name="retry"),
]
saved_lists_urls = [
    path("", saved_lists.save, name="save"),
    path("<int:saved_id>/remove/", saved_lists.remove, name="remove"),
]
standing_urls = [
    path("", standing.standing, name="standing"),
    path("schools/<slug:code>/", standing.school, name="school"),
    path("<slug:kind>", standing.export, name="export"),
]

urlpatterns = [
    path("login/", accounts.sign_in, name="login"),
    path("code/", accounts.sign_in_code, name="login_code"),
    path("logout/", accounts.sign_out, name="logout"),
    path("password/", accounts.change_password, name="password_change"),
    path("two-step/", accounts.two_step_overview, name="two_step"),
    path("two-step/begin/", accounts.begin_two_step, name="two_step_begin"),
    path("two-step/confirm/", accounts.confirm_two_step, name="two_step_confirm"),
    path("two-step/codes/", accounts.renew_codes, name="two_step_codes"),
    path("two-step/off/", accounts.turn_off_two_step, name="two_step_off"),
    path("", home.home, name="home"),
    path("help/", home.help_page, name="help"),
    path("manual/", home.manual_chapter, name="manual"),
    path("manual/<slug:chapter>/", home.manual_chapter, name="manual_chapter"),
    path("permissions/", home.permission_table, name="permissions"),
    path("audit/", home.audit_list, name="audit"),
    path("audit/<int:seq>/", home.audit_event, name="audit_event"),
    path("accounts/<int:pk>/hand-over/", home.hand_over, name="hand_over"),
    path("jobs/", include((jobs_urls, "jobs"))),
    path("standing/", include((standing_urls, "standing"))),
    path("saved/", include((saved_lists_urls, "saved_lists"))),
    path("backups/", home.backups, name="backups"),
    path("gallery/", home.gallery, name="gallery"),
    path("offline.js", home.offline_worker, name="offline_worker"),
    path("healthz", home.healthz, name="healthz"),
    path("notices/", include((notices_urls, "notices"))),
    path("", include("schools.urls")),
    path("", include("indicators.urls")),
    path("", include("inspections.urls")),
]

handler400 = "portal.core.lib.views.bad_request"
handler403 = "portal.core.lib.views.permission_denied"
handler404 = "portal.core.lib.views.page_not_found"
handler500 = "portal.core.lib.views.server_error"
