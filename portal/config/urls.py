"""The address map: each slice owns its own addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.accounts.urls")),
    path("", include("portal.home.urls")),
    path("notices/", include("portal.notices.urls")),
    path("jobs/", include("portal.home.job_urls")),
    path("schools/", include("schools.directory.urls")),
    path("departments/", include("schools.departments.urls")),
    path("accounts/", include("schools.accounts.urls")),
    path("standard/", include("indicators.standards.urls")),
    path("adoption/", include("indicators.adoption.urls")),
    path("teaching/", include("indicators.teaching.urls")),
    path("rounds/", include("indicators.rounds.urls")),
    path("programmes/", include("indicators.planning.urls")),
    path("returns/", include("indicators.returns.urls")),
    path("statistics/", include("indicators.statistics.urls")),
    path("reviews/", include("indicators.reviews.urls")),
    path("submissions/", include("indicators.submissions.urls")),
    path("relaxations/", include("indicators.relaxations.urls")),
    path("evaluations/", include("indicators.evaluations.urls")),
    path("board/", include("indicators.dashboards.urls")),
    path("explanations/", include("indicators.explanations.urls")),
    path("milestones/", include("indicators.milestones.urls")),
    path("board/forms/", include("indicators.declarations.urls")),
    path("deadlines/", include("inspections.deadlines.urls")),
    path("visits/", include("inspections.visits.urls")),
    path("findings/", include("inspections.rectification.urls")),
    path("reports/", include("inspections.reports.urls")),
    path("dossiers/", include("inspections.dossiers.urls")),
]

handler400 = "portal.lib.error_views.bad_request"
handler403 = "portal.lib.error_views.permission_denied"
handler404 = "portal.lib.error_views.page_not_found"
handler500 = "portal.lib.error_views.server_error"
