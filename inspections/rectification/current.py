"""What findings say now, by the newest evaluation; their own words stay as they were registered."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import OuterRef, QuerySet, Subquery

from indicators.results.board.figures import lacking
from indicators.results.evaluations.models import Evaluation, IndicatorResult, Stage
from indicators.standard.engine import Spec, numbers
from indicators.standard.standards import queries as standards
from inspections.rectification.models import Finding
from schools.directory.models import District

Figures: TypeAlias = Mapping[tuple[str, str, str], Mapping[str, Any]]


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


def of(findings: Iterable[Finding], until: dt.datetime | None = None) -> dict[int, Current]:
    """Return what each finding says now, or said at a moment, by its id: four queries at most, however many."""
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
    """The newest evaluation of the newest round of each district, by the district's code."""
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
        # What somebody saw is not the figure: only that the figure is in order is said of it.
        meets = bool(results) and all(result.reaches for result in results)
        return Current(own.problem, own.current_value, own.standard_value, evaluation, meets)
    result = next((one for one in results if one.part.stage == row.stage), None)
    if result is None or result.reaches is None:
        return own
    spec = standards.load_spec(evaluation.standard)
    if result.code not in {indicator.code for indicator in spec.resources}:
        return own
    words = said(spec, result, figures)
    return Current(*words, evaluation, result.reaches)


def said(spec: Spec, result: IndicatorResult, figures: Figures) -> tuple[str, str, str]:
    """Return problem, value and standard of one indicator of a part in the words of the ledger."""
    indicator, part = spec.indicator(result.code), result.part
    unit, threshold = indicator.unit, numbers.text(result.threshold)
    value = numbers.printed(result.value, spec.printing["value"])
    near = "临界" if result.near_limit else ""
    problem = f"{Stage(part.stage).label}{indicator.name}为 {value} {unit}"
    problem += f"（{near}，以未四舍五入的数为准）" if near else ""
    if result.reaches:
        problem += f"，已达到标准 {threshold} {unit}"
    else:
        figure = figures.get((part.school.code, part.stage, result.code), {"gap": result.gap})
        problem += f"，标准 {threshold} {unit}"
        problem += f"，{words}" if (words := lacking(indicator, figure)) else ""
    return problem, f"{value} {unit}" + (f"（{near}）" if near else ""), f"{threshold} {unit}"


def figures_of(evaluation: Evaluation) -> Figures:
    """Return what the evaluation found of each school code, stage and indicator, exact."""
    return {
        (part["school_code"], part["stage"], code): figure
        for part in evaluation.result.get("parts", ())
        for code, figure in part["indicators"].items()
    }
