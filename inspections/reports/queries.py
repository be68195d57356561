"""Reads of reports: the list, one report with its versions, what may be compiled, what the pages show of the frozen facts."""

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from inspections.letters.workbook import RegisterLine
from inspections.papers.models import number_parts
from inspections.programmes.models import Phase
from inspections.reports import document, period_queries, words, workflow
from inspections.reports.models import PARTS, Report
from inspections.reports.stored_facts import FORMAT, ReportFinding, from_json
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.jobs.models import Job
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import District, School

S = Report.State
_OPEN_JOB = (Job.State.QUEUED, Job.State.RUNNING)
# How many days back the nights that were missed are made up for.
_CATCH_UP = 31


def with_state(reports: QuerySet[Report]) -> QuerySet[Report]:
    """Add `shown`: failed, if there are no files and the job no longer runs."""
    return reports.annotate(
        shown=Case(
            When(~Q(state=S.COMPILING), then=F("state")),
            When(job__state__in=_OPEN_JOB, then=Value(S.COMPILING.value)),
            default=Value(S.FAILED.value),
            output_field=CharField(),
        )
    )


def in_state(reports: QuerySet[Report], state: str) -> QuerySet[Report]:
    """Of `with_state`."""
    return reports.filter(Q(("shown", state)))


def shown_to(user: User) -> QuerySet[Report]:
    reports = with_state(workflow.shown_to(user))
    related = (
        "district",
        "school",
        "township",
        "group",
        "campaign",
        "phase",
        "created_by",
        "issued_by",
        "withdrawn_by",
        "job",
        "docx",
        "pdf",
    )
    return reports.select_related(*related).defer("context").order_by("-pk")


def as_then(reports: Iterable[Report]) -> list[Report]:
    """Schools with the facts of the period's last day; they must not be saved. One query, none if nothing changed."""
    rows = list(reports)
    directory.each_as_of((row.school, row.ends_on) for row in rows if row.school)
    return rows


def get(user: User, report_id: int) -> Report:
    """Raises Http404 out of scope."""
    large = ("evaluation__result", "evaluation__inputs")
    reports = shown_to(user).select_related("job__owner", "evaluation__round").defer(None).defer(*large)
    return get_object_or_404(reports, pk=report_id)


def versions(user: User, report: Report) -> QuerySet[Report]:
    same = ("kind", "district", *PARTS, "starts_on", "ends_on")
    return shown_to(user).filter(**{name: getattr(report, name) for name in same})


def numbered(user: User) -> list[RegisterLine]:
    """Visible reports with a number of the series of papers, for the register of numbers."""
    issued = workflow.shown_to(user).filter(kind=Report.Kind.PHASED, school=None, issued_at__isnull=False)
    rows = issued.select_related("issued_by").defer("context").order_by("pk")
    return [
        RegisterLine(
            row.district_id,
            *parts,
            number=row.number,
            kind=row.get_kind_display(),
            title=row.title,
            to=row.texts.get("addressed_to", {}).get("text", ""),
            issued_on=timezone.localdate(row.issued_at),
            signer=row.issued_by.name if row.issued_by else "",
            state=row.get_state_display(),
            withdraw_reason=row.withdraw_reason,
        )
        for row in rows
        if (parts := number_parts(row.number))
    ]


def districts(user: User) -> QuerySet[District]:
    """Of schools the person may compile for: a head's is that of the own school."""
    within = visible(user, School.objects.all(), Perm.REPORT_COMPILE)
    return District.objects.filter(pk__in=within.values("district"))


def of_districts(user: User) -> bool:
    """More than the reports of a school."""
    return visible(user, District.objects.all(), Perm.REPORT_COMPILE).exists()


def schools(user: User, district: District) -> QuerySet[School]:
    return visible(user, School.objects.filter(district=district), Perm.REPORT_COMPILE)


def phases(district: District) -> QuerySet[Phase]:
    return Phase.objects.filter(programme__district=district).select_related("programme")


def due(district: District, today: dt.date) -> list[dict[str, Any]]:
    """Periods that ended within a month, while the district used the portal, without a report since."""
    begun = School.objects.filter(district=district).aggregate(Min("created_at"))["created_at__min"]
    since = max(today - dt.timedelta(days=_CATCH_UP), timezone.localtime(begun).date())
    asked: list[dict[str, Any]] = [
        {"starts_on": one.starts_on, "ends_on": one.ends_on, "phase": None}
        for one in period_queries.ended(since, today)
    ]
    asked += [
        {"starts_on": phase.starts_on, "ends_on": phase.ends_on, "phase": phase}
        for phase in phases(district).filter(ends_on__gte=since, ends_on__lt=today)
    ]
    made = Report.objects.filter(kind=Report.Kind.PHASED, district=district, **dict.fromkeys(PARTS))
    known = {
        (row.starts_on, row.ends_on, row.phase_id)
        for row in made.filter(ends_on__gte=since).only("starts_on", "ends_on", "phase", "created_at")
        if timezone.localtime(row.created_at).date() > row.ends_on
    }
    return [one for one in asked if (one["starts_on"], one["ends_on"], one["phase"] and one["phase"].pk) not in known]


def assessable(user: User) -> QuerySet[Evaluation]:
    """The newest of each round the person may report on."""
    newest = Evaluation.objects.filter(round=OuterRef("round")).order_by("-pk").values("pk")[:1]
    rows = visible(user, Evaluation.objects.filter(pk=Subquery(newest)), Perm.REPORT_COMPILE)
    rows = rows.select_related("round__district__parent", "standard").defer("result", "inputs", "standard__content")
    return rows.order_by("-round__school_year_start", "round__district__code")


def of_same_data(reports: QuerySet[Report], sha256: str) -> Report | None:
    """The one that holds exactly the data of a fingerprint, in whatever format."""
    if found := reports.filter(data_sha256=sha256).first():
        return found
    # The fingerprint covers the format, so the same facts stored in an older one have another.
    older = reports.filter(kind=Report.Kind.PHASED).exclude(context__format=FORMAT)
    return next((one for one in older if from_json(one.context).sha256 == sha256), None)


def file_name(report: Report) -> str:
    plain = report.phase_id or report.kind == Report.Kind.SELF_ASSESSMENT
    days = "" if plain else f"（{report.starts_on:%Y%m%d}-{report.ends_on:%Y%m%d}）"
    return f"{report.title}{days}第{report.version}版"


def address(report: Report) -> str:
    return reverse("reports:detail", args=[report.pk])


@dataclass(frozen=True, slots=True)
class Badge:
    """A report with its state in words and tone."""

    report: Report
    state: Report.State
    tone: str

    @classmethod
    def of(cls, report: Report) -> "Badge":
        """`report` comes from `queries`, which add `shown`."""
        state = Report.State(report.shown)  # type: ignore[attr-defined]
        return cls(report, state, workflow.TABLE.states[state].tone)

    @property
    def has_files(self) -> bool:
        return self.report.state != Report.State.COMPILING

    @property
    def is_failed(self) -> bool:
        return self.state == Report.State.FAILED


@dataclass(frozen=True, slots=True)
class Editing:
    """A section being written: what stands in it, what the portal writes, and how its text has changed since."""

    code: str
    heading: str
    asks: str
    text: str
    own: str
    portal: str
    changes: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, str]]
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MissingWords:
    """A school (by code) or an office (by name) with findings of which it has said too little: unfinished without a reason, closed without a proof."""

    code: str
    school: str
    without_reason: Sequence[ReportFinding]
    unproven: Sequence[ReportFinding]

    @property
    def numbers(self) -> list[str]:
        return [item.number for item in (*self.without_reason, *self.unproven)]


def missing(report: Report) -> list[MissingWords]:
    """By school or office, the longest overdue first; none for self-assessments."""
    if report.kind != Report.Kind.PHASED:
        return []
    facts = from_json(report.context)
    groups: dict[str, tuple[list[ReportFinding], list[ReportFinding]]] = {}
    for item in sorted(facts.items, key=lambda item: -item.overdue_days):
        lacks_proof = item.is_closed and not item.files
        if lacks_proof or not (item.is_closed or words.reason_given(item)):
            groups.setdefault(item.school_code or item.school, ([], []))[lacks_proof].append(item)
    names = {item.school_code or item.school: item.school for item in facts.items}
    return [MissingWords(code, names[code], *two) for code, two in groups.items()]


_FRAME = {"addressed_to": "主送", "number": "文号", "opening": "开头"}


def editing(report: Report, section: str) -> Editing:
    """Raises NotFound for no section of this report."""
    draft = document.draft(report)
    found = {one.code: (one.heading, one.asks, one.text) for one in draft.sections}
    found["addressed_to"] = ("", "", draft.addressed_to)
    if not report.has_series:
        found["number"] = ("", "草稿可以不填，印发前填写。", "")
    if section not in found:
        raise NotFound("报告没有这一部分。请回到报告页面。")
    heading, asks, portal = found[section]
    own = report.texts.get(section, {})
    return Editing(
        section,
        heading or _FRAME[section],
        asks,
        own.get("text", portal),
        own.get("text", ""),
        portal,
        changed(own["basis"], portal) if own else [],
        list(draft.figures.items()),
    )


def changed(before: str, after: str) -> list[tuple[str, str]]:
    """Sentences taken out (-) and put in (+)."""
    old, new = ([line for line in re.split(r"(?<=[。；\n])", text) if line.strip()] for text in (before, after))
    return [(line[0], line[2:].strip()) for line in difflib.ndiff(old, new) if line[0] in "-+"]
