"""One school's result: every figure with its formula, its source and its history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet, prefetch_related_objects

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Revision, Round
from indicators.results.board import board, queries
from indicators.results.board.influence_pages import OwnInfluence
from indicators.results.evaluations import queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation, PartResult
from indicators.standard.engine import Indicator, Spec
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.lib import numbers
from portal.core.lib.verdicts import VERDICTS
from schools.access.scope import Perm, visible
from schools.directory.models import School


@dataclass(frozen=True, slots=True)
class SubmittedItem:
    """An item as it was submitted."""

    item: str
    label: str
    value: str
    unit: str
    by: str
    at: datetime | None
    evidence: int


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One indicator; its gap in natural units."""

    indicator: Indicator
    cell: board.BoardCell
    threshold: str
    floor: str
    formula: str
    gap: str
    influence: OwnInfluence | None
    sources: tuple[SubmittedItem, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A stage part: verdict and its indicators."""

    row: board.BoardRow
    indicators: tuple[IndicatorView, ...]


@dataclass(frozen=True, slots=True)
class PastValue:
    """A printed value with the indicator it belongs to; `near` when rounding would turn its verdict."""

    label: str
    text: str
    near: bool


@dataclass(frozen=True, slots=True)
class PastPart:
    """A part's printed values in one round."""

    round: Round
    stage: str
    verdict: str
    tone: str
    relaxed: str
    values: tuple[PastValue, ...]


@dataclass(frozen=True, slots=True)
class SchoolVerdict:
    """A part's verdict in one round."""

    round: str
    stage: str
    reached: int
    verdict: str
    tone: str
    relaxed: str


@dataclass(frozen=True, slots=True)
class LatestVerdicts:
    """A school as it was judged, what it has become `since`, and its newest verdicts; none while it was never judged."""

    school: School
    name: str
    kind: str
    area: str
    since: str
    parts: tuple[SchoolVerdict, ...]


@dataclass(frozen=True, slots=True)
class SchoolView:
    """A school's result page; parts are empty when the school is left out."""

    evaluation: Evaluation
    spec: Spec
    facts: board.RegisteredFacts
    parts: tuple[PartView, ...]
    left_out: str
    lacking: tuple[str, ...]
    revision: Revision | None
    signer: str
    allowed: tuple[stored.Allowed, ...]
    history: tuple[PastPart, ...]

    @property
    def floor(self) -> str:
        return self.spec.floor_text


_views: stored.Cache[SchoolView | None] = stored.Cache(400)
_histories: stored.Cache[tuple[PastPart, ...]] = stored.Cache(400)


def judged_schools(user: User) -> QuerySet[School]:
    """Whose results the person may see, judged or not yet."""
    return visible(user, School.objects.order_by("code"), Perm.EVALUATION_VIEW)


def latest_verdicts(user: User, schools: Sequence[School]) -> list[LatestVerdicts]:
    latest: dict[int, list[PartResult]] = {}
    for part in evaluations.parts_shown_to(user).filter(school__in=[school.pk for school in schools]):
        own = latest.setdefault(part.school_id, [])
        if not own or own[0].evaluation_id == part.evaluation_id:
            own.append(part)
    found = []
    for school in schools:
        parts = latest.get(school.pk, [])
        name, kind, area = school.name, school.kind, school.area
        if parts:
            name, kind, area = parts[0].school_name, parts[0].kind, parts[0].area
        verdicts = tuple(
            SchoolVerdict(
                part.evaluation.round.name,
                part.get_stage_display(),
                part.reached,
                *VERDICTS[part.passes],
                _relaxed_verdict(part),
            )
            for part in parts
        )
        found.append(LatestVerdicts(school, name, kind, area, school.since(name, kind), verdicts))
    return found


def _relaxed_verdict(part: PartResult) -> str:
    """ "" without a relaxation for A1–A7, or where it could not be judged."""
    return "" if part.relaxed is None else VERDICTS[part.relaxed].words


def view(user: User, school: School, evaluation: Evaluation) -> SchoolView | None:
    """Without anything of other schools; None if it is not in the evaluation."""
    made = _views.get(evaluation, lambda: _make(evaluation, school.code), school.code)
    if made is None:
        return None
    signer = ""
    if made.revision:
        # The name of today; a reader who looks for the person would not find the old one.
        signer = User.objects.values_list("name", flat=True).get(pk=made.revision.submitted_by_id)
    spec, parts, history = made.spec, list(evaluations.parts_shown_to(user, school)), made.history

    def read() -> tuple[PastPart, ...]:
        prefetch_related_objects(parts, "indicators")
        past = []
        for part in parts:
            by_code = {result.code: result for result in part.indicators.all()}
            values = []
            for indicator in spec.resources:
                result = by_code.get(indicator.code)
                value, near = (result.value, result.near_limit) if result else (None, False)
                text = numbers.text(value, spec.printing["value"])
                values.append(PastValue(f"{indicator.code} {indicator.short_name}", text, near))
            verdict = *VERDICTS[part.passes], _relaxed_verdict(part)
            past.append(PastPart(part.evaluation.round, part.get_stage_display(), *verdict, tuple(values)))
        return tuple(past)

    if parts:
        # What an evaluation found never changes; which evaluations count does, and a round may get another name.
        found = tuple((part.pk, part.evaluation.inputs_sha256, part.evaluation.created_at) for part in parts)
        pairs = zip(_histories.get(parts[0].evaluation, read, spec.rule_version, found), parts, strict=True)
        history = tuple(replace(past, round=part.evaluation.round) for past, part in pairs)
    return replace(made, evaluation=evaluation, signer=signer, history=history)


def _make(evaluation: Evaluation, code: str) -> SchoolView | None:
    """What never changes: all but the signer's name and the history."""
    # Read apart, so that what is cached does not hold on to the whole district.
    whole = Evaluation.objects.select_related("round").get(pk=evaluation.pk)
    if code not in whole.inputs:
        return None
    spec = standards.load_spec(evaluation.standard)
    facts, granted, result = {code: queries.facts(whole)[code]}, stored.relaxed(whole), stored.of(whole)
    number = whole.inputs[code]["revision"]
    revision = None if number is None else Revision.objects.get(pk=number)
    rows = [board.row(spec, part, facts, granted) for part in result.parts if part.school_code == code]
    missing = [entry for entry in result.missing if entry.school_code == code]
    return SchoolView(
        evaluation=evaluation,
        spec=spec,
        facts=facts[code],
        parts=tuple(
            PartView(row, tuple(_indicator(spec, whole, result, row, cell, revision) for cell in row.cells))
            for row in rows
        ),
        left_out=next((one.reason for one in result.excluded if one.school_code == code), ""),
        lacking=next((entry.items for entry in queries.missing_items(spec, missing, whole.inputs)), ()),
        revision=revision,
        signer="",
        allowed=granted.of_school(code) if granted else (),
        history=(),
    )


def _indicator(
    spec: Spec,
    evaluation: Evaluation,
    result: stored.StoredResult,
    row: board.BoardRow,
    cell: board.BoardCell,
    revision: Revision | None,
) -> IndicatorView:
    figure, indicator, stage = cell.figure, spec.indicator(cell.code), row.stage
    content = revision.signed if revision else {"answers": {}, "evidence": []}
    sources = []
    for field in (*(term.code for term in indicator.rule.terms[stage]), f"pupils_{stage}"):
        item, answer = spec.items[field], content["answers"].get(field)
        attached = sum(entry["item"] in (field, item.base) for entry in content["evidence"])
        submitted = SubmittedItem(item.base, item.label, "未填", "", "", None, attached)
        if answer is not None:
            words = answers.shown(item, answers.thawed(item, answer))
            at = datetime.fromisoformat(answer["at"]) if answer.get("at") else None
            submitted = replace(submitted, value=words, unit=item.unit, by=answer.get("by", ""), at=at)
        sources.append(submitted)
    return IndicatorView(
        indicator=indicator,
        cell=cell,
        threshold=figure.threshold,
        floor=figure.floor,
        formula=figure.formula,
        gap=board.gap(indicator, figure) if figure.reaches is False else "",
        influence=queries.own_influence(evaluation, result, spec, row, cell.code),
        sources=tuple(sources),
    )
