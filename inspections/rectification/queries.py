"""Reads of the ledger: who sees which findings, the conversation, counts, choices of indicators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from indicators.standard.standards import queries as standards
from inspections.deadlines import queries as deadlines
from inspections.rectification import workflow
from inspections.rectification.models import Entry, EntryFile, Finding
from inspections.visits.models import Visit
from inspections.visits.queries import Asked, asked
from portal.core.accounts.models import User
from portal.core.lib import dates
from portal.core.lib.dates import Counted
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory import past
from schools.directory.models import School


def overdue() -> Q:
    return Q(due_on__lt=timezone.localdate()) & ~Q(state=Finding.State.CLOSED)


def seen_by(user: User) -> QuerySet[Finding]:
    """Findings the person may see; a school sees its own once they are dispatched."""
    own = visible(user, School.objects.all(), Perm.FINDING_RECTIFY)
    findings = visible(user, Finding.objects.all(), Perm.FINDING_VIEW)
    if user.is_system:
        return findings
    return findings.exclude(state=Finding.State.TO_DISPATCH, school__in=own)


def for_list(user: User) -> QuerySet[Finding]:
    measures = Entry.objects.filter(kind__in=Entry.RECTIFYING).order_by("id")
    return (
        seen_by(user)
        .select_related("school__district", "school__group", "school__successor", "closed_by", "rectified_by")
        .select_related("evaluation__round")
        .defer("evaluation__inputs", "evaluation__result")
        .prefetch_related(Prefetch("entries", queryset=measures, to_attr="steps"))
        .order_by(F("closed_at").desc(nulls_first=True), "due_on", "number")
    )


def get(user: User, finding_id: int) -> Finding:
    """One finding with its school. Raises Http404 outside the person's reach."""
    findings = seen_by(user).select_related(
        "school__district",
        "school__group",
        "school__successor",
        "visit",
        "photo",
        "closed_by",
        "created_by",
        "evaluation__round",
    )
    findings = findings.defer("evaluation__inputs", "evaluation__result")
    return as_then([get_object_or_404(findings, pk=finding_id)])[0]


def as_then(findings: Iterable[Finding]) -> list[Finding]:
    """Give the schools, one object a finding, the facts of its day; they must not be saved.

    Findings come with evaluation and round. One query, none if nothing changed.
    """
    rows = list(findings)
    days = []
    for row in rows:
        round_ = row.evaluation.round if row.evaluation else None
        days.append(round_.school_year_start if round_ else timezone.localdate(row.created_at))
    past.each_on((row.school, day) for row, day in zip(rows, days, strict=True))
    return rows


def conversation(finding: Finding) -> list[Entry]:
    files = Prefetch("files", queryset=EntryFile.objects.select_related("document"))
    return list(finding.entries.select_related("by").prefetch_related(files))


def file_of(user: User, finding_id: int, file_id: int) -> EntryFile:
    """A file of a finding the person may see. Raises Http404 otherwise."""
    files = EntryFile.objects.filter(entry__finding=get(user, finding_id)).select_related("document")
    return get_object_or_404(files, pk=file_id)


def pending_extension(finding: Finding) -> Entry | None:
    kinds = (Entry.Kind.ASK_EXTENSION, Entry.Kind.EXTEND, Entry.Kind.DECLINE_EXTENSION)
    last = finding.entries.filter(kind__in=kinds).order_by("-id").first()
    return last if last and last.kind == Entry.Kind.ASK_EXTENSION else None


def indicator_choices(districts: Iterable[int]) -> list[tuple[str, str]]:
    spec = standards.load_spec(standards.in_force(districts))
    named = [(entry.code, entry.short_name) for entry in spec.indicators]
    named += [(entry.code, entry.name) for entry in spec.vetoes]
    return [(code, f"{code} {name}") for code, name in named]


def due_dates(district_id: int) -> Mapping[str, Counted]:
    """The period of each category of a finding in a district, counted from today; one query."""
    return due_dates_of([district_id])[district_id]


def due_dates_of(district_ids: Iterable[int]) -> dict[int, Mapping[str, Counted]]:
    """The same for several districts, by district; one query."""
    today = timezone.localdate()
    return {
        district_id: {code: dates.count(today, periods[code]) for code in Finding.Category.values}
        for district_id, periods in deadlines.periods_of(district_ids).items()
    }


def latest_evaluation(user: User) -> Evaluation | None:
    return visible(user, Evaluation.objects.all(), Perm.FINDING_DISPATCH).order_by("-id").first()


def of_visit(visit: Visit) -> list[Finding]:
    return list(visit.findings.order_by("id"))


def without_finding(visit: Visit) -> list[Asked]:
    """The questions answered 否, or with another figure than claimed, that no finding of the visit is about.

    A finding without a question is about every question of its indicator.
    """
    rows = visit.findings.values_list("question", "indicator")
    questions, indicators = {key for key, _ in rows}, {indicator for key, indicator in rows if not key}
    return [
        entry
        for entry in asked(visit)
        if (entry.is_mismatch or entry.is_different)
        and entry.question.key not in questions
        and entry.question.indicator not in indicators
    ]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings are in which state, within a person's reach."""

    to_dispatch: int
    rectifying: int
    to_verify: int
    closed: int
    overdue: int

    @property
    def open(self) -> int:
        return self.to_dispatch + self.rectifying + self.to_verify

    @property
    def total(self) -> int:
        return self.open + self.closed


def counts(user: User) -> Counts:
    """Count the findings the person may see, in one query."""
    S = Finding.State
    row = seen_by(user).aggregate(
        to_dispatch=Count("pk", filter=Q(state=S.TO_DISPATCH)),
        rectifying=Count("pk", filter=Q(state__in=workflow.TABLE.waiting_for(workflow.RECTIFY))),
        to_verify=Count("pk", filter=Q(state__in=workflow.TABLE.waiting_for(workflow.VERIFY))),
        closed=Count("pk", filter=Q(state=S.CLOSED)),
        overdue=Count("pk", filter=overdue()),
    )
    return Counts(**row)
