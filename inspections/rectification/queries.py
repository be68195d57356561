"""Reads of the ledger: who sees which findings, the conversation, counts, what the newest evaluation says of them and misses."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.shortcuts import get_object_or_404
from django.utils import timezone

from indicators.results.board.board import lacking
from indicators.results.evaluations import queries as evaluation_queries, stored
from indicators.results.evaluations.models import Evaluation, IndicatorResult, JudgedStage
from indicators.standard.engine import Spec, numbers
from indicators.standard.standards import queries as standards
from inspections.deadlines import queries as deadlines
from inspections.rectification import workflow
from inspections.rectification.models import Entry, EntryFile, Finding
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import dates
from schools.access.scope import Perm, own_keys, visible
from schools.directory import queries as directory
from schools.directory.models import Department, District, School


def pending() -> Q:
    return ~Q(state__in=Finding.SETTLED)


def overdue() -> Q:
    return Q(due_on__lt=timezone.localdate()) & pending()


def late_by_school() -> Q:
    """By the school's own clock, which stops while verifiers have the finding."""
    due = Coalesce("shifted_due_on", "due_on")
    until = Coalesce("waiting_since", Value(timezone.localdate(), output_field=DateField()))
    return overdue() & Q(LessThan(due, until))


def of_district(district_id: int) -> QuerySet[Finding]:
    """Of schools (also those that left since), departments, townships and the bureau; unscoped."""
    departments = Department.objects.filter(district=district_id)
    of_schools = Q(school__in=directory.ever_of(district_id))
    return Finding.objects.filter(of_schools | Q(department__in=departments) | Q(bureau=district_id))


def seen_by(user: User) -> QuerySet[Finding]:
    """Schools and departments see their own once dispatched."""
    schools = own_keys(user, Perm.FINDING_RECTIFY, "school")
    departments = own_keys(user, Perm.FINDING_ANSWER, "department")
    own = Q(school__in=schools) | Q(department__in=departments) | Q(responsible_department__in=departments)
    findings = visible(user, Finding.objects.all(), Perm.FINDING_VIEW)
    if user.is_system:
        return findings
    dispatched = Entry.objects.filter(finding=OuterRef("pk"), kind=Entry.Kind.DISPATCH)
    never = Q(state=Finding.State.TO_DISPATCH) | Q(state=Finding.State.VOID) & ~Exists(dispatched)
    return findings.exclude(never, own)


def for_list(user: User) -> QuerySet[Finding]:
    measures = Entry.objects.filter(kind__in=Entry.RECTIFYING).order_by("id")
    return (
        seen_by(user)
        .select_related("school__district", "school__group", "school__successor", "closed_by", "rectified_by")
        .select_related("department__district", "bureau", "responsible_department")
        .select_related("evaluation__round")
        .defer("evaluation__inputs", "evaluation__result")
        .prefetch_related(Prefetch("entries", queryset=measures, to_attr="steps"))
        .order_by(
            Case(When(state=Finding.State.VOID, then=1), default=0),
            F("closed_at").desc(nulls_first=True),
            "due_on",
            "number",
        )
    )


def get(user: User, finding_id: int) -> Finding:
    """Raises Http404 out of scope."""
    findings = seen_by(user).select_related(
        "school__district",
        "school__group",
        "school__successor",
        "visit",
        "photo",
        "closed_by",
        "created_by",
        "repeats",
        "department__district",
        "bureau",
        "responsible_department",
        "evaluation__round",
    )
    findings = findings.defer("evaluation__inputs", "evaluation__result")
    return as_then([get_object_or_404(findings, pk=finding_id)])[0]


def as_then(findings: Iterable[Finding]) -> list[Finding]:
    """Schools, one object a finding, with the facts of its day; they must not be saved.

    Findings come with evaluation and round. One query, none if nothing changed.
    """
    rows = list(findings)
    days = []
    rows_of_schools = [row for row in rows if row.school]
    for row in rows_of_schools:
        round_ = row.evaluation.round if row.evaluation else None
        days.append(round_.school_year_start if round_ else timezone.localdate(row.created_at))
    directory.each_as_of((row.school, day) for row, day in zip(rows_of_schools, days, strict=True) if row.school)
    return rows


def conversation(finding: Finding) -> list[Entry]:
    large = ("evaluation__inputs", "evaluation__result")
    files = Prefetch("files", queryset=EntryFile.objects.select_related("document"))
    return list(finding.entries.select_related("by", "evaluation__round").defer(*large).prefetch_related(files))


def file_of(user: User, finding_id: int, file_id: int) -> EntryFile:
    """Raises Http404 otherwise."""
    files = EntryFile.objects.filter(entry__finding=get(user, finding_id)).select_related("document")
    return get_object_or_404(files, pk=file_id)


def pending_extension(finding: Finding) -> Entry | None:
    kinds = (Entry.Kind.ASK_EXTENSION, Entry.Kind.EXTEND, Entry.Kind.DECLINE_EXTENSION)
    last = finding.entries.filter(kind__in=kinds).order_by("-id").first()
    return last if last and last.kind == Entry.Kind.ASK_EXTENSION else None


def indicator_choices(districts: Collection[int]) -> list[tuple[str, str]]:
    return list(standards.load_spec(standards.in_force(districts)).names.items())


def unit(
    school_id: int | None = None, department_id: int | None = None, bureau_id: int | None = None
) -> School | Department | District:
    """Raises NotFound for none or an unknown one, Invalid for several."""
    asked: list[tuple[QuerySet[Any], int | None]] = [
        (School.objects.select_related("district"), school_id),
        (Department.objects.select_related("district"), department_id),
        (District.objects.all(), bureau_id),
    ]
    named = [(rows, pk) for rows, pk in asked if pk is not None]
    if len(named) > 1:
        raise Invalid("一个问题只能登记给一个单位。请只选学校，或只选部门、乡镇、教育局本级。")
    found: School | Department | District | None = next((rows.filter(pk=pk).first() for rows, pk in named), None)
    if found is None:
        raise NotFound("没有这所学校或这个单位，或不在您可以登记问题的范围内。")
    return found


def responsible(department_id: int | None, unit: School | Department | District) -> Department | None:
    """Of the same district. Raises Invalid for a department about a department."""
    if department_id is None:
        return None
    district = type(unit).place.district_of(unit)
    department = Department.objects.filter(pk=department_id, district=district).first()
    if department is None:
        raise NotFound("没有这个责任部门，或不在同一区县。")
    if isinstance(unit, Department):
        raise Invalid("部门、乡镇的问题由本单位整改，不另选责任部门。")
    return department


def ensure_sound(content: workflow.FindingContent, district_id: int) -> None:
    """Raises Invalid, naming all that is wrong."""
    problems = []
    if content.indicator not in dict(indicator_choices([district_id])):
        problems.append(Problem(f"没有代号为“{content.indicator}”的指标", "指标", "请从列表中选择"))
    if not content.problem.strip():
        problems.append(Problem("没有填写", "问题描述", "请写明看到了什么"))
    if not content.requirement.strip():
        problems.append(Problem("没有填写", "整改要求", "请写明要做到什么"))
    if content.due_on < timezone.localdate():
        problems.append(Problem("日期已经过去", "整改期限", "请选择今天或以后的日期"))
    if problems:
        raise Invalid("问题没有登记成功，请按下面的提示修改。", problems)


def due_dates(district_id: int) -> Mapping[str, dates.Counted]:
    """By category, counted from today; one query."""
    return due_dates_of([district_id])[district_id]


def due_dates_of(district_ids: Iterable[int]) -> dict[int, Mapping[str, dates.Counted]]:
    """By district; one query."""
    today = timezone.localdate()
    return {
        district_id: {code: dates.count(today, periods[code]) for code in Finding.Category.values}
        for district_id, periods in deadlines.periods_of(district_ids).items()
    }


def latest_evaluation(user: User) -> Evaluation | None:
    return visible(user, Evaluation.objects.all(), Perm.FINDING_DISPATCH).order_by("-id").first()


def closing_rate(closed: int, total: int) -> Fraction | None:
    """销号率, unrounded; None without findings."""
    return Fraction(closed, total) if total else None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings are in which state, within a person's reach; those that are void are none of them."""

    to_dispatch: int
    rectifying: int
    to_verify: int
    closed: int
    overdue: int
    # Of the overdue: those the school itself is late with; the others wait for a verifier.
    late_by_school: int

    @property
    def late_by_verifier(self) -> int:
        return self.overdue - self.late_by_school

    @property
    def open(self) -> int:
        return self.to_dispatch + self.rectifying + self.to_verify

    @property
    def total(self) -> int:
        return self.open + self.closed

    @property
    def rate(self) -> Fraction | None:
        return closing_rate(self.closed, self.total)


def counted(findings: QuerySet[Finding]) -> Counts:
    S = Finding.State
    row = findings.aggregate(
        to_dispatch=Count("pk", filter=Q(state=S.TO_DISPATCH)),
        rectifying=Count("pk", filter=Q(state__in=workflow.TABLE.waiting_for(workflow.RECTIFY))),
        to_verify=Count("pk", filter=Q(state__in=workflow.TABLE.waiting_for(workflow.VERIFY))),
        closed=Count("pk", filter=Q(state=S.CLOSED)),
        overdue=Count("pk", filter=overdue()),
        late_by_school=Count("pk", filter=late_by_school()),
    )
    return Counts(**row)


def counts(user: User) -> Counts:
    return counted(seen_by(user))


# Days a finding is open, at most, and how that reads.
AGES = ((30, "30 天以内"), (90, "31 至 90 天"), (180, "91 至 180 天"), (None, "180 天以上"))


def ages(user: User) -> list[tuple[str, int, int]]:
    """Label, in time, overdue. One query."""
    found = [[0, 0] for _ in AGES]
    today = timezone.localdate()
    for created_at, due_on in seen_by(user).filter(pending()).order_by().values_list("created_at", "due_on"):
        days = (today - timezone.localdate(created_at)).days
        at = next(n for n, (most, _) in enumerate(AGES) if most is None or days <= most)
        found[at][due_on < today] += 1
    return [(label, soon, late) for (_, label), (soon, late) in zip(AGES, found, strict=True)]


Figures: TypeAlias = Mapping[tuple[str, str, str], stored.StoredFigure]


@dataclass(frozen=True, slots=True)
class Current:
    """Problem, value and standard as they read now; `meets` says whether the indicator reaches the standard again.

    `evaluation` is the one that says so: None for what no evaluation judges, and for settled findings.
    """

    problem: str
    current_value: str
    standard_value: str
    evaluation: Evaluation | None = None
    meets: bool = False

    @property
    def met_words(self) -> str:
        """ "" when the standard is not met."""
        if not self.meets or self.evaluation is None:
            return ""
        return f"按最新评估（{self.evaluation.round.name}），这项指标已达到标准。"


def newest_evaluations(ledgers: Iterable[str], until: dt.datetime | None = None) -> dict[str, Evaluation]:
    """By district code, up to a moment; one query."""
    evaluations: QuerySet[Evaluation] = Evaluation.objects.filter(round__district=OuterRef("pk"))
    if until is not None:
        evaluations = evaluations.filter(created_at__lte=until)
    last = evaluations.order_by("-round__school_year_start", "-round_id", "-pk").values("pk")[:1]
    districts = District.objects.filter(code__in=set(ledgers)).annotate(newest=Subquery(last))
    judging = Evaluation.objects.filter(pk__in=districts.values("newest")).select_related("standard", "round__district")
    return {one.round.district.code: one for one in judging.defer("standard__content", "inputs", "result")}


def current(findings: Iterable[Finding], until: dt.datetime | None = None) -> dict[int, Current]:
    """Figures of today or of a moment, by id; four queries at most, one more for an evaluation first read here."""
    rows = list(findings)
    found = {row.pk: Current(row.problem, row.current_value, row.standard_value) for row in rows}
    waiting = [row for row in rows if not row.is_settled]
    newest = newest_evaluations({row.ledger for row in waiting}, until)
    judged: dict[tuple[int | None, str], list[IndicatorResult]] = defaultdict(list)
    results = IndicatorResult.objects.filter(
        part__evaluation__in=[one.pk for one in newest.values()],
        part__school__in={row.school_id for row in waiting},
        code__in={row.indicator for row in waiting},
    )
    for result in results.select_related("part__school"):
        judged[result.part.school_id, result.code].append(result)
    outcomes = {ledger: evaluation_queries.in_brief(evaluation) for ledger, evaluation in newest.items()}
    schools = {result.part.school.code for of_school in judged.values() for result in of_school}
    figures = {ledger: _figures(outcome.parts_of(schools)) for ledger, outcome in outcomes.items()}
    for row in waiting:
        if evaluation := newest.get(row.ledger):
            results_of = judged[row.school_id, row.indicator]
            found[row.pk] = _now(row, evaluation, results_of, figures[row.ledger], found[row.pk])
    for row in waiting:
        if row.source != Finding.Source.EVALUATION or (row.stage and not row.bureau_id):
            continue
        outcome = outcomes.get(row.ledger)
        if outcome and row.bureau_id and (spread := outcome.coefficient(row.stage, row.indicator)):
            found[row.pk] = replace(found[row.pk], evaluation=newest[row.ledger], meets=spread.passes is True)
        elif outcome and not row.stage and (condition := outcome.conditions.get(row.indicator)):
            meets = (condition.of_school(row.school.code) if row.school else condition.passes) is True
            found[row.pk] = replace(found[row.pk], meets=meets)
    return found


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
            stored.StoredFigure(gap=None if result.gap is None else str(result.gap)),
        )
        problem += f"，标准 {threshold} {unit}"
        problem += f"，{words}" if (words := lacking(indicator, figure)) else ""
    return problem, f"{value} {unit}" + (f"（{near}）" if near else ""), f"{threshold} {unit}"


def figures_of(evaluation: Evaluation) -> Figures:
    return _figures(stored.of(evaluation).parts)


def _figures(parts: Iterable[stored.StoredPart]) -> Figures:
    return {(part.school_code, part.stage, code): figure for part in parts for code, figure in part.indicators.items()}
