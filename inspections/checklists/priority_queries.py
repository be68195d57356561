"""Why an indicator is asked about first at a school: its findings, its newest evaluation, what is doubtful in what it signed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from django.urls import reverse

from indicators.collection.reviews import points, surroundings_queries as surroundings
from indicators.collection.state_statistics import queries as statistics
from indicators.collection.submissions import queries as submissions, workflow
from indicators.collection.submissions.models import Revision
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import IndicatorResult, PartResult
from indicators.standard.engine import Spec, Value
from indicators.standard.standards import queries as standards
from inspections.checklists.questions import Priority
from inspections.rectification import queries as ledger
from inspections.rectification.models import Finding
from portal.core.lib import numbers
from schools.directory.models import School

ByIndicator: TypeAlias = Iterator[tuple[str, Priority]]


def of_school(school: School, revision: Revision | None, rules: Mapping[str, Any]) -> dict[str, list[Priority]]:
    """By indicator code, the weightiest first; a fixed number of queries.

    From the ledger: open findings, and indicators that failed again after a finding was closed (屡查屡犯).
    """
    found: dict[str, list[Priority]] = defaultdict(list)
    by_indicator: dict[str, list[Finding]] = defaultdict(list)
    for row in school.findings.exclude(state__in=(Finding.State.TO_DISPATCH, Finding.State.VOID)).order_by("-id"):
        by_indicator[row.indicator].append(row)
        if not row.is_closed:
            late = f"，{row.due_words}" if row.days_overdue else ""
            text = f"问题 {row.number} 还没有销号（{row.get_state_display()}{late}）"
            found[row.indicator].append(Priority("open", text, reverse("rectification:detail", args=[row.pk])))
    for code, own in by_indicator.items():
        new, again = max(row.repeat_count for row in own), sum(row.reopened for row in own)
        words = [f"又登记 {new} 次"] * bool(new) + [f"重新打开 {again} 次"] * bool(again)
        if words:
            url = reverse("rectification:detail", args=[own[0].pk])
            found[code].append(Priority("repeated", f"屡查屡犯：销号后{'，'.join(words)}", url))
    for code, priority in _of_evaluation(school, rules):
        found[code].append(priority)
    for code, priority in _of_submission(revision, rules) if revision else ():
        found[code].append(priority)
    order = list(rules["kinds"])
    return {code: sorted(own, key=lambda priority: order.index(priority.kind)) for code, own in found.items()}


def _of_evaluation(school: School, rules: Mapping[str, Any]) -> ByIndicator:
    """What the newest evaluation finds missed, or reached by less than the margin."""
    parts = PartResult.objects.filter(school=school).select_related("evaluation__round", "evaluation__standard")
    newest = parts.order_by("-evaluation__round__school_year_start", "-evaluation_id").first()
    if newest is None:
        return
    evaluation, url = newest.evaluation, reverse("board:school", args=[school.code])
    spec, figures = standards.load_spec(evaluation.standard), ledger.figures_of(evaluation)
    judged_as = evaluation.round.judged
    judged = IndicatorResult.objects.filter(part__evaluation=evaluation, part__school=school)
    for result in judged.select_related("part__school").order_by("code", "-part__stage"):
        problem, _, _ = ledger.in_words(spec, result, figures)
        if result.reaches is False:
            yield result.code, Priority("missed", f"{judged_as}未达标：{problem}", url)
        elif result.reaches and result.value is not None:
            above = (result.value / result.threshold - 1) * 100
            if result.near_limit or above < rules["near_percent"]:
                text = f"{judged_as}临界：{problem}，只高 {numbers.text(above, 1)}%"
                yield result.code, Priority("near", text, url)
    for code, condition in stored.of(evaluation).conditions.items():
        for one in condition.schools:
            if one.school_code == school.code and one.passes is False:
                yield code, Priority("missed", f"{judged_as}未达标：{one.why}", url)


def _of_submission(revision: Revision, rules: Mapping[str, Any]) -> ByIndicator:
    """What makes the signed figures doubtful."""
    known = submissions.load(revision.submission)
    signed, year = workflow.as_signed(known, revision), revision.submission.round.name
    url = reverse("submissions:revision", args=[revision.pk])
    asked_of = _indicators_of(signed.spec, rules)

    def at(item: str, kind: str, text: str) -> ByIndicator:
        base = signed.items[item].base if item in signed.items else item
        for code in asked_of.get(base, ()):
            yield code, Priority(kind, f"{year}填报：{text}", url)

    said = statistics.lines(revision.submission.round, [revision.submission])
    for point in (*points.waived(workflow.assess(signed)), *points.against_statistics(said)):
        yield from at(point.items[0], point.kind, point.text)
    limits = surroundings.limits_of(revision.submission.round.district_id)
    odd: dict[str, list[str]] = defaultdict(list)
    for point in points.odd(signed, limits, {code for code, row in known.stored.items() if row.same_as_id}):
        for indicator in asked_of.get(signed.items[point.items[0]].base, ()):
            odd[indicator].append(point.text)
    for indicator, texts in odd.items():
        yield indicator, Priority("odd", f"{year}填报：{'；'.join(texts)}", url)
    given = {item.base for code, item in signed.items.items() if isinstance(signed.answers.get(code), Value)}
    proven = {row.item for row in signed.evidence}
    for about in signed.spec.indicators:
        bases = {base for base, codes in asked_of.items() if about.code in codes and f"school.{base}" in about.items}
        if bases & given and not bases & proven:
            text = f"{year}填报：填了数据，没有上传佐证（{'、'.join(about.evidence)}）"
            yield about.code, Priority("unproven", text, url)


def _indicators_of(spec: Spec, rules: Mapping[str, Any]) -> dict[str, list[str]]:
    """Indicators by base of an item; a figure of all indicators belongs to one."""
    shared: Mapping[str, str] = rules["shared_items"]
    found: dict[str, list[str]] = defaultdict(list)
    for indicator in spec.indicators:
        for reference in indicator.items:
            base = reference.removeprefix("school.")
            if base != reference and shared.get(base, indicator.code) == indicator.code:
                found[base].append(indicator.code)
    for veto in spec.vetoes:
        found[veto.item].append(veto.code)
    return found | {base: [code] for base, code in shared.items()}
