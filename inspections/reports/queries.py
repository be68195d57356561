"""Reads of reports: the list, one report with its versions, what may be compiled."""

from collections.abc import Iterable

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.shortcuts import get_object_or_404
from django.urls import reverse

from inspections.programmes.models import Phase
from inspections.reports.models import Report
from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory import past
from schools.directory.models import District, School

S = Report.State
_OPEN_JOB = (Job.State.QUEUED, Job.State.RUNNING)


def with_state(reports: QuerySet[Report]) -> QuerySet[Report]:
    """Add `shown`: a report without files whose job no longer runs has failed, however the job ended."""
    return reports.annotate(
        shown=Case(
            When(state=S.READY, then=Value(S.READY.value)),
            When(job__state__in=_OPEN_JOB, then=Value(S.COMPILING.value)),
            default=Value(S.FAILED.value),
            output_field=CharField(),
        )
    )


def in_state(reports: QuerySet[Report], state: str) -> QuerySet[Report]:
    """Keep those of `with_state` that are shown in this state."""
    return reports.filter(Q(("shown", state)))


def shown_to(user: User) -> QuerySet[Report]:
    """Return the reports the person may see, newest first, without their data."""
    reports = visible(user, with_state(Report.objects.all()), Perm.REPORT_VIEW)
    related = ("district", "school", "phase", "created_by", "job", "docx", "pdf")
    return reports.select_related(*related).defer("context").order_by("-pk")


def as_then(reports: Iterable[Report]) -> list[Report]:
    """Return reports whose schools carry the facts of the period's last day; no school here may be saved.

    One query, and none where nothing changed since.
    """
    rows = list(reports)
    past.each_on((row.school, row.ends_on) for row in rows if row.school)
    return rows


def get(user: User, report_id: int) -> Report:
    """Return one report with its data. Raises Http404 outside the person's reach."""
    large = ("evaluation__result", "evaluation__inputs")
    reports = shown_to(user).select_related("job__owner", "evaluation__round").defer(None).defer(*large)
    return get_object_or_404(reports, pk=report_id)


def versions(user: User, report: Report) -> QuerySet[Report]:
    """Return all versions of the same scope and period, newest first."""
    return shown_to(user).filter(
        district=report.district_id, school=report.school_id, starts_on=report.starts_on, ends_on=report.ends_on
    )


def districts(user: User) -> QuerySet[District]:
    """Return the districts with schools over which the person may compile."""
    with_schools = District.objects.filter(Exists(School.objects.filter(district=OuterRef("pk"))))
    return visible(user, with_schools, Perm.REPORT_COMPILE)


def schools(user: User, district: District) -> QuerySet[School]:
    """Return the district's schools over which the person may compile."""
    return visible(user, School.objects.filter(district=district), Perm.REPORT_COMPILE)


def phases(district: District) -> QuerySet[Phase]:
    """Return the phases of a district's programmes, in order."""
    return Phase.objects.filter(programme__district=district).select_related("programme")


def file_name(report: Report) -> str:
    """Return the name of a report's files, without extension."""
    days = "" if report.phase_id else f"（{report.starts_on:%Y%m%d}-{report.ends_on:%Y%m%d}）"
    return f"{report.title}{days}第{report.version}版"


def address(report: Report) -> str:
    """Return where a report is shown."""
    return reverse("reports:detail", args=[report.pk])
