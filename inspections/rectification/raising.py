"""How a finding is raised: its number, which one it is like or repeats; what an evaluation misses next to the ledger."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any, TypeAlias, TypedDict, Unpack

from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation, IndicatorResult, JudgedStage
from indicators.standard.engine import Spec, numbers
from indicators.standard.standards import queries as standards
from inspections.rectification import queries, workflow
from inspections.rectification.models import Entry, Finding, LedgerCount
from portal.core.accounts.models import User
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.lib.dates import Counted
from schools.directory.models import Department, District, School

# A school or a bureau, and the indicator.
Key: TypeAlias = tuple[int | None, int | None, str]


@dataclass(slots=True)
class PartGap:
    """One indicator that a school (with a stage: one part of it) or, without one, the district misses, in ledger words."""

    school: School | None
    stage: str
    indicator: str
    problem: str
    goal: str
    requirement: str
    current_value: str
    standard_value: str
    category: str
    due_on: dt.date
    bureau: District | None = None
    repeats: Finding | None = None
    repeat_count: int = 0

    @property
    def key(self) -> Key:
        return (self.school.pk if self.school else None, self.bureau.pk if self.bureau else None, self.indicator)


@dataclass(slots=True)
class GapPlan:
    """What has to be done: new findings, closed ones that open again, and how many are there already.

    `linked` are gaps somebody has seen before: the finding of that visit, review or complaint, still open, learns of
    the evaluation and is notified of nothing twice.
    """

    new: list[PartGap] = field(default_factory=list)
    again: list[tuple[Finding, PartGap]] = field(default_factory=list)
    linked: list[tuple[Finding, PartGap]] = field(default_factory=list)
    already_there: int = 0
    counted: Mapping[str, Counted] = field(default_factory=dict)

    def dues(self) -> list[tuple[str, str]]:
        """Category and how its due date was counted, each once."""
        used = {gap.category for gap in [*self.new, *(gap for _, gap in self.again)]}
        return [(label, self.counted[code].words) for code, label in Finding.Category.choices if code in used]


def words_of(evaluation: Evaluation, gap: PartGap) -> str:
    """For the finding that is there already."""
    return f"{evaluation.round.judged}：{gap.problem}"


def plan_gaps(evaluation: Evaluation, due_on: dt.date | None = None) -> GapPlan:
    """A fixed number of queries; `due_on` replaces the district's periods."""
    spec, result = standards.load_spec(evaluation.standard), stored.of(evaluation)
    counted = queries.due_dates(evaluation.round.district_id)
    district = evaluation.round.district
    gaps = [
        *_of_parts(evaluation, spec),
        *_of_conditions(spec, result, district),
        *_of_coefficients(spec, result, district),
    ]
    for gap in gaps:
        gap.due_on = due_on or counted[gap.category].due
    ledger = _Ledger(evaluation, gaps)
    found = GapPlan(counted=counted)
    for gap in gaps:
        ledger.place(gap, found)
    return found


class _Ledger:
    """The findings of the units and indicators of some gaps."""

    def __init__(self, evaluation: Evaluation, gaps: Iterable[PartGap]) -> None:
        self.evaluation = evaluation
        schools = {gap.school.pk for gap in gaps if gap.school}
        units = Q(school__in=schools) | Q(bureau=evaluation.round.district_id)
        rows = Finding.objects.filter(units, indicator__in={gap.indicator for gap in gaps})
        self.raised: dict[tuple[Key, str], Finding] = {}
        self.seen: dict[Key, Finding] = {}
        self.closed: dict[Key, Finding] = {}
        for row in rows.select_related("school__district", "bureau", "responsible_department").order_by("id"):
            key = row.school_id, row.bureau_id, row.indicator
            # Void for this evaluation is void for good; the next may raise it anew.
            if row.evaluation_id and (row.state != Finding.State.VOID or row.evaluation_id == evaluation.pk):
                self.raised[key, row.stage] = row
            elif not row.is_settled:
                self.seen[key] = row
            if row.closed_at and (key not in self.closed or self.closed[key].closed_at < row.closed_at):  # type: ignore[operator]
                self.closed[key] = row
        noted = Entry.objects.filter(finding__in=self.seen.values(), kind=Entry.Kind.ALSO_MISSED)
        self.noted = set(noted.values_list("finding", "text"))

    def place(self, gap: PartGap, found: GapPlan) -> None:
        earlier = self.raised.get((gap.key, gap.stage))
        seen = self.seen.get(gap.key)
        if earlier and earlier.closed_at and earlier.closed_at < self.evaluation.data_as_of:
            found.again.append((earlier, gap))
        elif earlier or (seen and (seen.pk, words_of(self.evaluation, gap)) in self.noted):
            found.already_there += 1
        elif seen:
            found.linked.append((seen, gap))
        else:
            gap.repeats = self.closed.get(gap.key)
            gap.repeat_count = gap.repeats.repeat_count + 1 if gap.repeats else 0
            found.new.append(gap)


def _of_parts(evaluation: Evaluation, spec: Spec) -> Iterator[PartGap]:
    """A1–A7."""
    missed = IndicatorResult.objects.filter(part__evaluation=evaluation, reaches=False)
    missed = missed.select_related("part__school__district").order_by("part__school__code", "-part__stage", "code")
    figures = queries.figures_of(evaluation)
    for row in missed:
        problem, value, standard = queries.in_words(spec, row, figures)
        yield PartGap(
            school=row.part.school,
            stage=row.part.stage,
            indicator=row.code,
            problem=problem,
            goal=f"{spec.indicator(row.code).name}达到 {standard}",
            requirement=_REQUIREMENT,
            current_value=value,
            standard_value=standard,
            category=Finding.Category.LONG_TERM if row.part.passes else Finding.Category.WITH_DEADLINE,
            due_on=dt.date.max,
        )


def _of_conditions(spec: Spec, result: stored.StoredResult, district: District) -> Iterator[PartGap]:
    """B and C: once for every school that fails; where none does, once for the bureau."""
    failed: dict[tuple[str, str], list[str]] = {}
    for code, condition in result.conditions.items():
        if condition.passes is False and all(outcome.passes is not False for outcome in condition.schools):
            yield _plain(spec, code, condition.why, None, district)
        for outcome in condition.schools:
            if outcome.passes is False:
                failed.setdefault((outcome.school_code, code), []).append(outcome.why)
    schools = School.objects.filter(code__in={school for school, _ in failed}).select_related("district")
    by_code = {school.code: school for school in schools}
    for (school, code), why in sorted(failed.items()):
        if school in by_code:
            yield _plain(spec, code, "；".join(why), by_code[school], None)


def _plain(spec: Spec, code: str, why: str, school: School | None, bureau: District | None) -> PartGap:
    name = spec.indicator(code).short_name
    return PartGap(
        school=school,
        bureau=bureau,
        stage="",
        indicator=code,
        problem=f"{name}未达标：{why}",
        goal=f"{name}达标",
        requirement=_REQUIREMENT,
        current_value="",
        standard_value="",
        category=Finding.Category.WITH_DEADLINE,
        due_on=dt.date.max,
    )


def _of_coefficients(spec: Spec, result: stored.StoredResult, district: District) -> Iterator[PartGap]:
    """A1–A7, for the bureau."""
    for stage, by_code in result.coefficients.items():
        for code, one in by_code.items():
            if one.passes is not False or one.cv is None:
                continue
            value = numbers.printed(Decimal(one.cv), spec.printing["cv"])
            name = f"{JudgedStage(stage).label}{spec.indicator(code).short_name}差异系数"
            yield PartGap(
                school=None,
                bureau=district,
                stage=stage,
                indicator=code,
                problem=f"{name}为 {value}，标准不超过 {one.limit}",
                goal=f"{name}不超过 {one.limit}",
                requirement=_REQUIREMENT,
                current_value=value,
                standard_value=one.limit,
                category=Finding.Category.LONG_TERM,
                due_on=dt.date.max,
            )


_REQUIREMENT = "请分析原因，制定整改措施，明确责任人和完成时间"


class AlreadyOpen(Invalid):
    """Findings of the same school (or other unit) and indicator are open, and nobody has said why this is another one."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        numbers = "、".join(finding.number for finding in findings)
        message = "同一单位、同一项指标已有没有销号的问题"
        problem = Problem(
            f"{message}（{numbers}）", "仍要登记的原因", "是同一件事的，请在原来的问题里办理；不是的，请写明原因"
        )
        super().__init__(f"{message}（{numbers}），没有重复登记。", [problem])
        self.findings = tuple(findings)


class Seen(TypedDict, total=False):
    """The visit on which something was seen, and at which question."""

    visit: Model
    question: str


def respondent(unit: School | Department | District) -> dict[str, Any]:
    return {{School: "school", Department: "department", District: "bureau"}[type(unit)]: unit}


def new(
    unit: School | Department | District,
    source: str,
    content: workflow.FindingContent,
    by: User,
    *,
    despite: str = "",
    **seen: Unpack[Seen],
) -> Finding:
    """With the next number of its ledger; not saved. Raises AlreadyOpen unless `despite` says why.

    Two questions of one visit are two matters.
    """
    ledger = type(unit).place.district_of(unit).code
    number = take_numbers(ledger=ledger, year=timezone.localdate().year, source=source)[0]
    same = Finding.objects.filter(**respondent(unit), indicator=content.indicator)
    alike = same.exclude(state__in=Finding.SETTLED)
    if seen:
        alike = alike.exclude(Q(visit=seen["visit"]) & ~Q(question=seen["question"]))
    if (found := list(alike.order_by("id"))) and not despite.strip():
        raise AlreadyOpen(found)
    before = same.filter(state=Finding.State.CLOSED).order_by("closed_at").last()
    return Finding(
        number=number,
        ledger=ledger,
        source=source,
        **respondent(unit),
        created_by=by,
        updated_by=by,
        despite=written.reason(despite, "仍要登记") if found else "",
        repeats=before,
        repeat_count=before.repeat_count + 1 if before else 0,
        **seen,
        **asdict(content),
    )


def registered(finding: Finding, content: workflow.FindingContent) -> dict[str, Any]:
    """For the trail."""
    repeated = {"repeats": finding.repeats.number} if finding.repeats else {}
    despite = {"despite": finding.despite} if finding.despite else {}
    return {"source": finding.source} | asdict(content) | repeated | despite


def from_gaps(evaluation: Evaluation, new: Sequence[PartGap], by: User) -> list[Finding]:
    ledger, year, source = evaluation.round.district.code, timezone.localdate().year, Finding.Source.EVALUATION
    numbers = take_numbers(ledger=ledger, year=year, source=source, count=len(new))
    findings = [
        Finding(
            number=number,
            ledger=ledger,
            source=source,
            evaluation=evaluation,
            state=workflow.TABLE["dispatch"].to,
            created_by=by,
            updated_by=by,
            **{field.name: getattr(gap, field.name) for field in fields(gap)},
        )
        for number, gap in zip(numbers, new, strict=True)
    ]
    Finding.objects.bulk_create(findings)
    Entry.objects.bulk_create(
        Entry(finding=finding, kind=Entry.Kind.DISPATCH, text=finding.requirement, due_on=finding.due_on, by=by)
        for finding in findings
    )
    return findings


def take_numbers(*, ledger: str, year: int, source: str, count: int = 1) -> list[str]:
    """The counter stays locked until the caller commits; a rollback gives the numbers back."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_numbers needs the transaction of the action that uses the numbers")
    LedgerCount.objects.get_or_create(ledger=ledger, year=year, source=source)
    counter = LedgerCount.objects.select_for_update(no_key=True).get(ledger=ledger, year=year, source=source)
    first = counter.last + 1
    counter.last += count
    counter.save(update_fields=["last"])
    return [f"{year}-{source}-{number:03d}" for number in range(first, first + count)]
