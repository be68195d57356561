"""The address map: each slice owns its own addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.core.accounts.urls")),
    path("", include("portal.home.urls")),
    path("notices/", include("portal.core.notices.urls")),
    path("schools/", include("schools.workbooks.urls")),
    path("schools/", include("schools.directory.urls")),
    path("departments/", include("schools.departments.urls")),
    path("accounts/", include("schools.accounts.urls")),
    path("standard/", include("indicators.standard.standards.urls")),
    path("adoption/", include("indicators.results.standard_change.urls")),
    path("teaching/", include("indicators.standard.teaching.urls")),
    path("rounds/", include("indicators.collection.rounds.urls")),
    path("programmes/", include("inspections.programmes.urls")),
    path("returns/", include("indicators.collection.workbooks.urls")),
    path("statistics/", include("indicators.collection.state_statistics.urls")),
    path("reviews/", include("indicators.collection.reviews.urls")),
    path("submissions/", include("indicators.collection.submissions.urls")),
    path("submissions/", include("indicators.collection.evidence.urls")),
    path("relaxations/", include("indicators.collection.relaxations.urls")),
    path("evaluations/", include("indicators.results.evaluations.urls")),
    path("board/", include("indicators.results.board.urls")),
    path("explanations/", include("indicators.results.explanations.urls")),
    path("milestones/", include("indicators.results.milestones.urls")),
    path("board/forms/", include("indicators.results.official_forms.urls")),
    path("deadlines/", include("inspections.deadlines.urls")),
    path("visits/", include("inspections.visits.urls")),
    path("findings/", include("inspections.rectification.urls")),
    path("reports/", include("inspections.reports.urls")),
    path("dossiers/", include("inspections.dossiers.urls")),
]

handler400 = "portal.core.lib.views.bad_request"
handler403 = "portal.core.lib.views.permission_denied"
handler404 = "portal.core.lib.views.page_not_found"
handler500 = "portal.core.lib.views.server_error"
