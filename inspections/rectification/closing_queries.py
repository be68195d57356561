"""Reads of what closing a finding asks (closing.toml) and what is there of it: measure, evidence, the newest evaluation's figure."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from indicators.results.evaluations.models import Evaluation, IndicatorResult, JudgedStage
from indicators.standard.engine import numbers, together
from indicators.standard.standards import queries as standards
from inspections.rectification import queries
from inspections.rectification.models import Entry, EntryFile, Finding
from portal.core.errors import Invalid
from portal.core.lib import written

_RULES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("closing.toml").read_text(encoding="utf-8"))
_TEXT = _RULES["text"]
REQUEST_LENGTH: int = _TEXT["request"]
OPINION_LENGTH: int = _TEXT["opinion"]
_STOCK = sorted(_TEXT["stock"], key=len, reverse=True)
Method = Entry.Method


@dataclass(frozen=True, slots=True)
class ClosingRule:
    """What the class of a finding asks for, with where that stands."""

    measure: bool
    evidence: int
    figure: bool
    figure_is_enough: bool
    source: str


def asked(finding: Finding) -> ClosingRule:
    rules = _RULES["default"] | _RULES["category"].get(finding.category, {})
    return ClosingRule(**(rules | _RULES["source"].get(finding.source, {})))


@dataclass(frozen=True, slots=True)
class NewestFigure:
    """What an evaluation says of a finding's indicator; `reaches` is None while a figure is missing."""

    evaluation: Evaluation
    words: str
    reaches: bool | None

    @property
    def fails(self) -> bool:
        return self.reaches is False


def figure_of(finding: Finding) -> NewestFigure | None:
    """From the district's newest evaluation; None where no figure is asked or judged."""
    if not asked(finding).figure:
        return None
    evaluation = queries.newest_evaluations([finding.ledger]).get(finding.ledger)
    if evaluation is None:
        return None
    return _figures(evaluation, [finding]).get(finding.pk)


def failing_again(evaluation: Evaluation) -> list[tuple[Finding, NewestFigure]]:
    """Findings closed before the data of the district's newest evaluation whose figure fails in it; locked.

    An evaluation that is not the newest finds none.
    """
    ledger = evaluation.round.district.code
    if queries.newest_evaluations([ledger]).get(ledger) != evaluation:
        return []
    closed = Finding.objects.filter(ledger=ledger, state=Finding.State.CLOSED, closed_at__lt=evaluation.data_as_of)
    locked: QuerySet[Finding] = closed.select_for_update(of=("self",), no_key=True).select_related("school__district")
    rows = [finding for finding in locked.order_by("pk") if asked(finding).figure]
    figures = _figures(evaluation, rows)
    return [(row, figures[row.pk]) for row in rows if row.pk in figures and figures[row.pk].fails]


def _figures(evaluation: Evaluation, findings: Iterable[Finding]) -> dict[int, NewestFigure]:
    """By finding; of its stage, else of all stages of the school. One query."""
    rows = list(findings)
    results = IndicatorResult.objects.filter(
        part__evaluation=evaluation,
        part__school__in={row.school_id for row in rows},
        code__in={row.indicator for row in rows},
    )
    judged: dict[tuple[int | None, str], list[IndicatorResult]] = defaultdict(list)
    for result in results.select_related("part").order_by("-part__stage"):
        judged[result.part.school_id, result.code].append(result)
    found = {}
    for row in rows:
        if own := [one for one in judged[row.school_id, row.indicator] if row.stage in ("", one.part.stage)]:
            words = "；".join(_words(evaluation, one) for one in own)
            found[row.pk] = NewestFigure(evaluation, words[:200], together(one.reaches for one in own))
    return found


def _words(evaluation: Evaluation, result: IndicatorResult) -> str:
    spec = standards.load_spec(evaluation.standard)
    indicator, stage = spec.indicator(result.code), JudgedStage(result.part.stage).label
    if result.value is None:
        return f"{stage}{indicator.short_name}还没有数"
    value, limit = numbers.printed(result.value, spec.printing["value"]), numbers.text(result.threshold)
    near = "（临界，以未四舍五入的数为准）" if result.near_limit else ""
    return f"{stage}{indicator.short_name} {value} {indicator.unit}{near}，标准 {limit} {indicator.unit}"


@dataclass(frozen=True, slots=True)
class ClosingNeed:
    """One thing the school brings before it may ask for closing."""

    label: str
    is_met: bool
    do: str


def needs(finding: Finding, figure: NewestFigure | None, coming: int = 0) -> list[ClosingNeed]:
    """By the class of the finding; `coming` files come with the request."""
    rule = asked(finding)
    if rule.figure_is_enough and figure is not None and figure.reaches:
        return []
    found = []
    if rule.measure:
        done = finding.entries.filter(kind=Entry.Kind.MEASURE).exists()
        found.append(ClosingNeed("整改措施和责任人", done, "还没有填写整改措施，请先填写整改措施和责任人。"))
    if rule.evidence:
        reopened = finding.entries.filter(kind=Entry.Kind.REOPEN).order_by("-pk").values("pk")[:1]
        files = EntryFile.objects.filter(entry__finding=finding, entry__kind__in=Entry.RECTIFYING)
        if last := reopened.first():
            files = files.filter(entry__gt=last["pk"])
        count = files.count() + coming
        label = f"佐证材料至少 {rule.evidence} 份（已有 {count} 份）"
        do = f"佐证材料不够：至少 {rule.evidence} 份，现有 {count} 份，请随申请上传。"
        found.append(ClosingNeed(label, count >= rule.evidence, do))
    return found


def ensure_ready(finding: Finding, figure: NewestFigure | None, text: str, coming: int) -> None:
    """Raises Invalid, saying all that is missing."""
    missing = [need.do for need in needs(finding, figure, coming) if not need.is_met]
    if short := _too_short("整改成效", text, REQUEST_LENGTH):
        missing.append(f"{short}请写明做了什么、现在怎样。")
    if missing:
        raise Invalid(f"不能申请销号。{''.join(missing)}")


def ensure_closable(figure: NewestFigure | None, text: str, method: str) -> None:
    """Raises Invalid."""
    if method not in Method.values:
        raise Invalid("没有销号：请选择核查方式（资料核查、现场核查或系统数据）。")
    if method == Method.SYSTEM_DATA and (figure is None or figure.reaches is None):
        raise Invalid("没有销号：没有评估判定这项指标，不能用“系统数据”核查。请选择资料核查或现场核查。")
    if short := _too_short("核查意见", text, OPINION_LENGTH):
        raise Invalid(f"没有销号。{short}请写明看了什么、结果如何。")


def ensure_overridden(figure: NewestFigure, override: str, *, may_override: bool) -> str:
    """The reason. Raises Invalid without one, or for who may not."""
    facts = f"没有销号：最新评估（{figure.evaluation.round.name}）仍未达标，{figure.words}。"
    if not may_override:
        raise Invalid(f"{facts}请退回整改，或等新的评估；确需销号的，由局业务审核写明理由办理。")
    if not override.strip():
        raise Invalid(f"{facts}确需销号的，请写明理由。")
    return written.reason(override, "未达标仍予销号")


def ensure_pictured(entry: Entry) -> None:
    """Raises Invalid without a photo."""
    photos = entry.files.filter(document__media_type__startswith="image/")
    if entry.method == Method.ON_SITE and not photos.exists():
        raise Invalid("没有销号：现场核查须上传整改后的照片，请选择照片后再办。")


def _too_short(name: str, text: str, least: int) -> str:
    for word in _STOCK:
        text = text.replace(word, "")
    length = sum(character.isalnum() for character in text)
    return "" if length >= least else f"{name}至少 {least} 字，现有 {length} 字（“同意”“属实”这类话和标点不算）。"
