"""Which gaps of an evaluation need a new finding, and what each says."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from indicators.results.evaluations.models import Evaluation, IndicatorResult
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from inspections.rectification import current, dues
from inspections.rectification.models import Finding
from portal.core.lib.workdays import Counted
from schools.directory.models import School


@dataclass(frozen=True, slots=True)
class Gap:
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
class Plan:
    """What has to be done: new findings, closed ones that open again, and how many stand already."""

    new: list[Gap] = field(default_factory=list)
    again: list[tuple[Finding, Gap]] = field(default_factory=list)
    already_there: int = 0
    counted: Mapping[str, Counted] = field(default_factory=dict)

    def dues(self) -> list[tuple[str, str]]:
        """Say how the due dates of the plan were counted: category and words, each category once."""
        used = {gap.category for gap in [*self.new, *(gap for _, gap in self.again)]}
        return [(label, self.counted[code].words) for code, label in Finding.Category.choices if code in used]


def plan(evaluation: Evaluation, due_on: dt.date | None = None) -> Plan:
    """Compare an evaluation's gaps with the ledger, in a fixed number of queries.

    Without `due_on` each gap is due as the district's setting for its category says.
    """
    spec, counted = standards.load_spec(evaluation.standard), dues.counted(evaluation.round.district_id)
    missed = IndicatorResult.objects.filter(part__evaluation=evaluation, reaches=False)
    missed = missed.select_related("part__school__district").order_by("part__school__code", "-part__stage", "code")
    rows = list(missed)
    known, figures = _known(rows), current.figures_of(evaluation)
    result = Plan(counted=counted)
    for row in rows:
        gap = _gap(spec, row, figures, due_on, counted)
        earlier = known.get((gap.school.pk, gap.stage, gap.indicator))
        if earlier is None:
            result.new.append(gap)
        elif earlier.closed_at is not None and earlier.closed_at < evaluation.data_as_of:
            result.again.append((earlier, gap))
        else:
            result.already_there += 1
    return result


def _known(rows: list[IndicatorResult]) -> dict[tuple[int, str, str], Finding]:
    """The newest finding of each part and indicator that an evaluation raised before."""
    findings = Finding.objects.filter(
        source=Finding.Source.EVALUATION, school__in={row.part.school_id for row in rows}, evaluation__isnull=False
    )
    found = findings.select_related("school__district").order_by("id")
    return {(finding.school_id, finding.stage, finding.indicator): finding for finding in found}


def _gap(
    spec: Spec, row: IndicatorResult, figures: current.Figures, due_on: dt.date | None, counted: Mapping[str, Counted]
) -> Gap:
    part = row.part
    problem, value, standard = current.said(spec, row, figures)
    category = Finding.Category.LONG_TERM if part.passes else Finding.Category.WITH_DEADLINE
    return Gap(
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
