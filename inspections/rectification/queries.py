"""Reads of the ledger: who sees which findings, the conversation, counts, what the newest evaluation says of them and misses."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.utils import timezone

from indicators.results.board.board import lacking
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation, IndicatorResult, JudgedStage
from indicators.results.evaluations.stored import StoredFigure
from indicators.standard.engine import Spec, numbers
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
from schools.directory.models import District, School


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


Figures: TypeAlias = Mapping[tuple[str, str, str], StoredFigure]


@dataclass(frozen=True, slots=True)
class Current:
    """Problem, value and standard as they read now; `meets` says whether the indicator reaches the standard again.

    `evaluation` is the one that says so: None for what no evaluation judges, and for closed findings.
    """

    problem: str
    current_value: str
    standard_value: str
    evaluation: Evaluation | None = None
    meets: bool = False

    @property
    def met_words(self) -> str:
        """In one sentence that the standard is met, blank when it is not."""
        if not self.meets or self.evaluation is None:
            return ""
        return f"按最新评估（{self.evaluation.round.name}），这项指标已达到标准。"


def current(findings: Iterable[Finding], until: dt.datetime | None = None) -> dict[int, Current]:
    """What each finding says now, or said at a moment, by its id: four queries at most, however many."""
    rows = list(findings)
    found = {row.pk: Current(row.problem, row.current_value, row.standard_value) for row in rows}
    waiting = [row for row in rows if not row.is_closed]
    newest = _newest({row.ledger for row in waiting}, until)
    judged: dict[tuple[int, str], list[IndicatorResult]] = defaultdict(list)
    results = IndicatorResult.objects.filter(
        part__evaluation__in=[one.pk for one in newest.values()],
        part__school__in={row.school_id for row in waiting},
        code__in={row.indicator for row in waiting},
    )
    for result in results.select_related("part__school"):
        judged[result.part.school_id, result.code].append(result)
    figures = {ledger: figures_of(evaluation) for ledger, evaluation in newest.items()}
    for row in waiting:
        if evaluation := newest.get(row.ledger):
            results_of = judged[row.school_id, row.indicator]
            found[row.pk] = _now(row, evaluation, results_of, figures[row.ledger], found[row.pk])
    return found


def _newest(ledgers: set[str], until: dt.datetime | None) -> dict[str, Evaluation]:
    rows: QuerySet[Evaluation] = Evaluation.objects.filter(round__district=OuterRef("pk"))
    if until is not None:
        rows = rows.filter(created_at__lte=until)
    newest = rows.order_by("-round__school_year_start", "-round_id", "-pk").values("pk")[:1]
    districts = District.objects.filter(code__in=ledgers).annotate(newest=Subquery(newest))
    found = Evaluation.objects.filter(pk__in=districts.values("newest")).select_related("standard", "round__district")
    return {one.round.district.code: one for one in found.defer("standard__content", "inputs")}


def _now(
    row: Finding, evaluation: Evaluation, results: list[IndicatorResult], figures: Figures, own: Current
) -> Current:
    if row.source != Finding.Source.EVALUATION or not row.stage:
        # What somebody saw is not the figure: only whether the figure is in order is reported.
        meets = bool(results) and all(result.reaches for result in results)
        return Current(own.problem, own.current_value, own.standard_value, evaluation, meets)
    result = next((one for one in results if one.part.stage == row.stage), None)
    if result is None or result.reaches is None:
        return own
    spec = standards.load_spec(evaluation.standard)
    if result.code not in {indicator.code for indicator in spec.resources}:
        return own
    words = in_words(spec, result, figures)
    return Current(*words, evaluation, result.reaches)


def in_words(spec: Spec, result: IndicatorResult, figures: Figures) -> tuple[str, str, str]:
    indicator, part = spec.indicator(result.code), result.part
    unit, threshold = indicator.unit, numbers.text(result.threshold)
    value = numbers.printed(result.value, spec.printing["value"])
    near = "临界" if result.near_limit else ""
    problem = f"{JudgedStage(part.stage).label}{indicator.name}为 {value} {unit}"
    problem += f"（{near}，以未四舍五入的数为准）" if near else ""
    if result.reaches:
        problem += f"，已达到标准 {threshold} {unit}"
    else:
        figure = figures.get(
            (part.school.code, part.stage, result.code),
            StoredFigure(gap=None if result.gap is None else str(result.gap)),
        )
        problem += f"，标准 {threshold} {unit}"
        problem += f"，{words}" if (words := lacking(indicator, figure)) else ""
    return problem, f"{value} {unit}" + (f"（{near}）" if near else ""), f"{threshold} {unit}"


def figures_of(evaluation: Evaluation) -> Figures:
    return {
        (part.school_code, part.stage, code): figure
        for part in stored.of(evaluation).parts
        for code, figure in part.indicators.items()
    }


@dataclass(frozen=True, slots=True)
class PartGap:
    """One indicator that one school part misses, in the words of the ledger."""

    school: School
    stage: str
    indicator: str
    problem: str
    goal: str
    requirement: str
    current_value: str
    standard_value: str
    category: str
    due_on: dt.date


@dataclass(slots=True)
class GapPlan:
    """What has to be done: new findings, closed ones that open again, and how many are there already."""

    new: list[PartGap] = field(default_factory=list)
    again: list[tuple[Finding, PartGap]] = field(default_factory=list)
    already_there: int = 0
    counted: Mapping[str, Counted] = field(default_factory=dict)

    def dues(self) -> list[tuple[str, str]]:
        """Say how the due dates of the plan were counted: category and words, each category once."""
        used = {gap.category for gap in [*self.new, *(gap for _, gap in self.again)]}
        return [(label, self.counted[code].words) for code, label in Finding.Category.choices if code in used]


def gap_plan(evaluation: Evaluation, due_on: dt.date | None = None) -> GapPlan:
    """Compare an evaluation's gaps with the ledger, in a fixed number of queries; `due_on` replaces the district's periods."""
    spec, counted = standards.load_spec(evaluation.standard), due_dates(evaluation.round.district_id)
    missed = IndicatorResult.objects.filter(part__evaluation=evaluation, reaches=False)
    missed = missed.select_related("part__school__district").order_by("part__school__code", "-part__stage", "code")
    rows = list(missed)
    raised = Finding.objects.filter(
        source=Finding.Source.EVALUATION, school__in={row.part.school_id for row in rows}, evaluation__isnull=False
    )
    raised = raised.select_related("school__district").order_by("id")
    newest = {(finding.school_id, finding.stage, finding.indicator): finding for finding in raised}
    figures = figures_of(evaluation)
    result = GapPlan(counted=counted)
    for row in rows:
        gap = _gap(spec, row, figures, due_on, counted)
        earlier = newest.get((gap.school.pk, gap.stage, gap.indicator))
        if earlier is None:
            result.new.append(gap)
        elif earlier.closed_at is not None and earlier.closed_at < evaluation.data_as_of:
            result.again.append((earlier, gap))
        else:
            result.already_there += 1
    return result


def _gap(
    spec: Spec, row: IndicatorResult, figures: Figures, due_on: dt.date | None, counted: Mapping[str, Counted]
) -> PartGap:
    part = row.part
    problem, value, standard = in_words(spec, row, figures)
    category = Finding.Category.LONG_TERM if part.passes else Finding.Category.WITH_DEADLINE
    return PartGap(
        school=part.school,
        stage=part.stage,
        indicator=row.code,
        problem=problem,
        goal=f"{spec.indicator(row.code).name}达到 {standard}",
        requirement="请分析原因，制定整改措施，明确责任人和完成时间",
        current_value=value,
        standard_value=standard,
        category=category,
        due_on=due_on or counted[category].due,
    )
