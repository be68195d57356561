"""One school's result: every figure with its formula, its source and its history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from indicators.collection.rounds.models import Round
from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Revision
from indicators.results.board import board, figures, gaps
from indicators.results.board.board import Cell, Row
from indicators.results.board.influence import OwnInfluence
from indicators.results.board.keeping import Kept
from indicators.results.board.queries import facts, own_influence
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations import relaxed
from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.results.evaluations.relaxed import Allowed, Relaxed
from indicators.standard.engine import Indicator, Spec
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.lib import numbers
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory.models import School


@dataclass(frozen=True, slots=True)
class Source:
    """An item as it was submitted, by whom and when it was typed."""

    item: str
    label: str
    value: str
    unit: str
    by: str
    at: datetime | None
    evidence: int


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One indicator with formula, bounds, gap in natural units and sources."""

    indicator: Indicator
    cell: Cell
    threshold: str
    floor: str
    formula: str
    gap: str
    influence: OwnInfluence | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A stage part: verdict and its indicators."""

    row: Row
    indicators: tuple[IndicatorView, ...]


@dataclass(frozen=True, slots=True)
class PastValue:
    """A printed value with the indicator it belongs to; `near` when rounding would turn its verdict."""

    label: str
    text: str
    near: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A part's printed values in one round."""

    round: Round
    stage: str
    verdict: str
    tone: str
    relaxed: str
    values: tuple[PastValue, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A part's verdict in one round."""

    round: str
    stage: str
    reached: int
    verdict: str
    tone: str
    relaxed: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A school with its newest verdicts; none while it was never judged or takes no part.

    `facts` are those it was judged with, `since` says what it has become.
    """

    school: School
    parts: tuple[Judged, ...]
    facts: board.SchoolFacts
    since: str


@dataclass(frozen=True, slots=True)
class SchoolView:
    """Everything on a school's result page; parts are empty when the school is left out."""

    evaluation: Evaluation
    spec: Spec
    facts: board.SchoolFacts
    parts: tuple[PartView, ...]
    left_out: str
    lacking: tuple[str, ...]
    revision: Revision | None
    signer: str
    allowed: tuple[Allowed, ...]
    history: tuple[Past, ...]

    @property
    def floor(self) -> str:
        """The floor's share of the threshold, e.g. 85%."""
        return self.spec.floor_text


_made: Kept[SchoolView | None] = Kept(400)
_pasts: Kept[tuple[Past, ...]] = Kept(400)


def standing(user: User) -> list[Standing]:
    """Return every school within reach with its verdicts in the newest round that judged it."""
    latest: dict[int, list[PartResult]] = {}
    for part in evaluations.parts_shown_to(user):
        own = latest.setdefault(part.school_id, [])
        if not own or own[0].evaluation_id == part.evaluation_id:
            own.append(part)
    schools = visible(user, School.objects.order_by("code"), Perm.EVALUATION_VIEW)
    return [_standing(school, latest.get(school.pk, ())) for school in schools]


def _standing(school: School, parts: Sequence[PartResult]) -> Standing:
    told = board.SchoolFacts(school.name, school.kind, school.area)
    if parts:
        told = board.SchoolFacts(parts[0].school_name, parts[0].kind, parts[0].area)
    return Standing(school, tuple(_judged(part) for part in parts), told, school.since(told.name, told.kind))


def _judged(part: PartResult) -> Judged:
    verdict, tone = figures.VERDICTS[part.passes]
    return Judged(part.evaluation.round.name, part.get_stage_display(), part.reached, verdict, tone, _beside(part))


def _beside(part: PartResult) -> str:
    """The verdict with relaxations; empty where the school had none for A1–A7 or it could not be judged."""
    return "" if part.relaxed is None else figures.VERDICTS[part.relaxed][0]


def view(user: User, school: School, evaluation: Evaluation) -> SchoolView | None:
    """Return a school's result in an evaluation, with nothing of any other school in it; None if it is not in it."""
    made = _made.get(evaluation, lambda: _make(evaluation, school.code), school.code)
    if made is None:
        return None
    return replace(
        made, evaluation=evaluation, signer=_signer(made.revision), history=_history(user, school, made.spec)
    )


def _make(evaluation: Evaluation, code: str) -> SchoolView | None:
    """What never changes of the view: all but the signer's name and the history, which grows with every evaluation."""
    # Read apart, so that what is kept does not hold on to the whole district.
    whole = Evaluation.objects.select_related("round").get(pk=evaluation.pk)
    if code not in whole.inputs:
        return None
    spec = standards.load_spec(evaluation.standard)
    own, granted = {code: facts(whole)[code]}, relaxed.of(whole)
    revision = _revision(whole.inputs[code]["revision"])
    result = _own(whole.result, code)
    return SchoolView(
        evaluation=evaluation,
        spec=spec,
        facts=own[code],
        parts=tuple(_part(spec, whole, row, revision) for row in _rows(spec, result, own, granted)),
        left_out=next((entry["reason"] for entry in result["excluded"]), ""),
        lacking=next((entry.items for entry in gaps.lacking(spec, result, whole.inputs)), ()),
        revision=revision,
        signer="",
        allowed=granted.of_school(code) if granted else (),
        history=(),
    )


def _own(result: dict[str, Any], code: str) -> dict[str, Any]:
    return {key: [e for e in result[key] if e["school_code"] == code] for key in ("parts", "missing", "excluded")}


def _rows(
    spec: Spec, result: dict[str, Any], own: Mapping[str, board.SchoolFacts], granted: Relaxed | None
) -> Iterable[Row]:
    return [board.row(spec, part, own, granted) for part in result["parts"]]


def _revision(pk: int | None) -> Revision | None:
    return None if pk is None else Revision.objects.get(pk=pk)


def _signer(revision: Revision | None) -> str:
    """The name of today; a reader who looks for the person would not find the old one."""
    return User.objects.values_list("name", flat=True).get(pk=revision.submitted_by_id) if revision else ""


def _part(spec: Spec, evaluation: Evaluation, row: Row, revision: Revision | None) -> PartView:
    return PartView(row, tuple(_indicator(spec, evaluation, row, cell, revision) for cell in row.cells))


def _indicator(spec: Spec, evaluation: Evaluation, row: Row, cell: Cell, revision: Revision | None) -> IndicatorView:
    figure, indicator, stage = cell.figure, spec.indicator(cell.code), row.stage
    fields = [term.code for term in indicator.rule.terms[stage]]
    return IndicatorView(
        indicator=indicator,
        cell=cell,
        threshold=figure["threshold"],
        floor=figure["floor"],
        formula=figure["formula"],
        gap=figures.gap(indicator, figure) if figure["reaches"] is False else "",
        influence=own_influence(evaluation, spec, row, cell.code),
        sources=tuple(_source(spec, field, revision) for field in [*fields, f"pupils_{stage}"]),
    )


def _source(spec: Spec, field: str, revision: Revision | None) -> Source:
    item = spec.items[field]
    content = revision.content if revision else {"answers": {}, "evidence": []}
    told = content["answers"].get(field)
    attached = sum(entry["item"] in (field, item.base) for entry in content["evidence"])
    if told is None:
        return Source(item.base, item.label, "未填", "", "", None, attached)
    words = answers.shown(item, answers.thawed(item, told))
    at = datetime.fromisoformat(told["at"]) if told.get("at") else None
    return Source(item.base, item.label, words, item.unit, told.get("by", ""), at, attached)


def _history(user: User, school: School, spec: Spec) -> tuple[Past, ...]:
    parts = list(evaluations.parts_shown_to(user, school))
    if not parts:
        return ()
    # What an evaluation found never changes; which evaluations count does, and a round may get another name.
    found = tuple((part.pk, part.evaluation.inputs_sha256, part.evaluation.created_at) for part in parts)
    pasts = _pasts.get(parts[0].evaluation, lambda: tuple(_read_pasts(spec, parts)), spec.rule_version, found)
    return tuple(replace(past, round=part.evaluation.round) for past, part in zip(pasts, parts, strict=True))


def _read_pasts(spec: Spec, parts: Sequence[PartResult]) -> Iterable[Past]:
    prefetch_related_objects(parts, "indicators")
    for part in parts:
        by_code = {result.code: result for result in part.indicators.all()}
        values = tuple(_past(spec, i, by_code.get(i.code)) for i in spec.resources)
        verdict, tone = figures.VERDICTS[part.passes]
        yield Past(part.evaluation.round, part.get_stage_display(), verdict, tone, _beside(part), values)


def _past(spec: Spec, indicator: Indicator, result: IndicatorResult | None) -> PastValue:
    value, near = (result.value, result.near_limit) if result else (None, False)
    return PastValue(f"{indicator.code} {indicator.short_name}", numbers.text(value, spec.printing["value"]), near)
