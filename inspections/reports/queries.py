"""Reads of reports: the list, one report with its versions, what may be compiled, what the pages show of the frozen facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.shortcuts import get_object_or_404
from django.urls import reverse

from inspections.programmes.models import Phase
from inspections.reports import document, words
from inspections.reports.facts import ReportFacts
from inspections.reports.models import Report
from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from portal.core.papers.tree import Paragraph, Table, cell, plain
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory import past
from schools.directory.models import District, School

S = Report.State
_OPEN_JOB = (Job.State.QUEUED, Job.State.RUNNING)
_TONES = {Report.State.READY: "ok", Report.State.COMPILING: "info", Report.State.FAILED: "bad"}
_CSS = {"right": "number", "center": "text-center"}


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
    reports = visible(user, with_state(Report.objects.all()), Perm.REPORT_VIEW)
    related = ("district", "school", "phase", "created_by", "job", "docx", "pdf")
    return reports.select_related(*related).defer("context").order_by("-pk")


def as_then(reports: Iterable[Report]) -> list[Report]:
    """Give the schools the facts of the period's last day; they must not be saved. One query, none if nothing changed."""
    rows = list(reports)
    past.each_on((row.school, row.ends_on) for row in rows if row.school)
    return rows


def get(user: User, report_id: int) -> Report:
    """One report with its data. Raises Http404 outside the person's reach."""
    large = ("evaluation__result", "evaluation__inputs")
    reports = shown_to(user).select_related("job__owner", "evaluation__round").defer(None).defer(*large)
    return get_object_or_404(reports, pk=report_id)


def versions(user: User, report: Report) -> QuerySet[Report]:
    return shown_to(user).filter(
        district=report.district_id, school=report.school_id, starts_on=report.starts_on, ends_on=report.ends_on
    )


def districts(user: User) -> QuerySet[District]:
    with_schools = District.objects.filter(Exists(School.objects.filter(district=OuterRef("pk"))))
    return visible(user, with_schools, Perm.REPORT_COMPILE)


def schools(user: User, district: District) -> QuerySet[School]:
    return visible(user, School.objects.filter(district=district), Perm.REPORT_COMPILE)


def phases(district: District) -> QuerySet[Phase]:
    return Phase.objects.filter(programme__district=district).select_related("programme")


def file_name(report: Report) -> str:
    days = "" if report.phase_id else f"（{report.starts_on:%Y%m%d}-{report.ends_on:%Y%m%d}）"
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
        """The badge of a report read through `queries`, which add `shown`."""
        state = Report.State(report.shown)  # type: ignore[attr-defined]
        return cls(report, state, _TONES[state])

    @property
    def is_ready(self) -> bool:
        return self.state == Report.State.READY

    @property
    def is_failed(self) -> bool:
        return self.state == Report.State.FAILED


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell with the head of its column, for cards on a phone."""

    label: str
    text: str
    css: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table of the report as the page shows it."""

    caption: str
    note: str
    rows: Sequence[Sequence[ShownCell]]

    @property
    def head(self) -> Sequence[ShownCell]:
        return self.rows[0] if self.rows else ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The figures of a report, section by section."""

    facts: ReportFacts
    summary: str
    comparison: str
    overall: Sequence[ShownTable]
    standing: Sequence[str]
    standing_tables: Sequence[ShownTable]
    schools: Sequence[ShownTable]
    unfinished: Sequence[ShownTable]


def preview(facts: ReportFacts) -> Preview:
    standing = document.standing(facts)
    return Preview(
        facts=facts,
        summary=words.summary(facts),
        comparison=words.comparison(facts),
        overall=_tables(document.overall(facts)),
        standing=[plain(block.text) for block in standing if isinstance(block, Paragraph)],
        standing_tables=_tables(standing),
        schools=_tables([document.schools_table(facts)] if facts.schools else []),
        unfinished=_tables(document.unfinished(facts)),
    )


def _tables(blocks: Sequence[object]) -> list[ShownTable]:
    return [_shown(block) for block in blocks if isinstance(block, Table)]


def _shown(table: Table) -> ShownTable:
    labels = [plain(cell(one).text).replace("\n", "") for one in table.header[-1]]
    css = [_CSS.get(column.align, "") for column in table.columns]
    rows = [
        [ShownCell(label, plain(cell(one).text), name) for label, one, name in zip(labels, row, css, strict=True)]
        for row in table.rows
    ]
    return ShownTable(table.caption, table.note, rows)
