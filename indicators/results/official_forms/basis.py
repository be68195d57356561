"""What the forms are filled from: one stored evaluation and the submissions frozen in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from indicators.collection.submissions import queries as submissions
from indicators.results.evaluations import judging, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import (
    LABEL,
    Allowed,
    Relaxed,
    StoredCondition,
    StoredFigure,
    StoredPart,
    StoredResult,
)
from indicators.results.official_forms import boxes
from indicators.standard.engine import Answer, DistrictData, SchoolData, Spec, Value
from indicators.standard.engine.conditions import tally
from indicators.standard.engine.data import figure
from indicators.standard.standards import queries as standards
from portal.core.lib import numbers
from schools.directory.models import InstitutionKind

Json = Mapping[str, Any]
OPEN = "在办"


@dataclass(frozen=True, eq=False)
class FormBasis:
    """A stored evaluation with its standard and what was judged."""

    evaluation: Evaluation
    spec: Spec
    data: DistrictData
    result: StoredResult

    @cached_property
    def schools(self) -> Mapping[str, SchoolData]:
        return {school.code: school for school in self.data.schools}

    @property
    def district(self) -> Mapping[str, Answer]:
        return self.data.answers

    def parts(self, stage: str) -> list[StoredPart]:
        """By 学校标识码."""
        return [part for part in self.result.parts if part.stage == stage]

    def condition(self, code: str) -> StoredCondition:
        """Blank when the standard has no such indicator."""
        return self.result.conditions.get(code, StoredCondition())

    @cached_property
    def bureau(self) -> Json:
        """The bureau's own submission as it was frozen; empty while it has none; one query."""
        entry = self.evaluation.inputs.get(self.evaluation.round.district.code)
        return submissions.contents_of([entry["revision"]])[0] if entry and entry["revision"] else {}

    def say(self, sentence: str, **blanks: object) -> str:
        """A sentence of the official forms with its blanks filled."""
        return self.spec.sentences[sentence].format(**blanks)

    @property
    def smallest_point(self) -> int:
        """The pupils from which on a 教学点 takes part by itself."""
        return self.spec.kinds[InstitutionKind.TEACHING_POINT].min_pupils

    def label(self, school: SchoolData, stage: str) -> str:
        """甲学校（小学部） where the school has several stages, 附设班 among them."""
        own = {
            *self.spec.kinds[school.kind].stages,
            *(s for s in self.spec.stages if figure(school.given, f"pupils_{s}")),
        }
        if own == {stage}:
            return school.name
        return f"{school.name}（{self.spec.stages[stage].part_label}）"


def load(evaluation: Evaluation, *, only: str = "") -> FormBasis:
    """With the frozen submissions, or only that of one school; one query either way.

    Raises Invalid, in Chinese, when a frozen submission is gone from the database.
    """
    spec = standards.load_spec(evaluation.standard)
    return FormBasis(evaluation, spec, judging.frozen_data(evaluation, only=only), stored.of(evaluation))


def source(evaluation: Evaluation, digits: int = 16) -> str:
    """The line that dates every form; all digits of the inputs' sha256 fit no line."""
    as_of = f"{timezone.localtime(evaluation.data_as_of):%Y-%m-%d %H:%M}"
    shown = evaluation.inputs_sha256[:digits] + ("…" if digits < len(evaluation.inputs_sha256) else "")
    return (
        f"来源：{evaluation.round.district}{evaluation.round.name}，数据截至 {as_of}，标准 {evaluation.standard.version}，"
        f"核对码 {shown}"
    )


def classes(school: SchoolData, label: str) -> list[Mapping[str, Any]] | None:
    """The class list of a stage by its Chinese label; None while it is blank."""
    listed = school.given.get("class_list")
    if not isinstance(listed, Value):
        return None
    return [row for row in listed.value if row["stage"] == label]


def rows(answers: Mapping[str, Answer], code: str) -> Iterator[Mapping[str, Any]]:
    """No rows when the table is blank or 不适用."""
    answer = answers.get(code)
    if isinstance(answer, Value):
        yield from answer.value


_STRICT = "严格口径"
# Forms whose verdicts a relaxation may touch, by the letter of its indicator.
_TOUCHED = {"A": ("2-1", "2-2", "3"), "B": ("4",)}


def notes(basis: FormBasis, form: str) -> list[str]:
    """Below one of 表Ⅰ–Ⅵ: each relaxation with both verdicts; the boxes stay strict."""
    relaxed = stored.relaxed(basis.evaluation)
    if relaxed is None:
        return []
    own = [one for one in relaxed.allowed if form in _TOUCHED.get(one.indicator[0], ())]
    if not own:
        return []
    found = [f"{LABEL}说明：表中按{_STRICT}填写，以下另行说明。"]
    for stage in basis.spec.judged_stages:
        label = basis.spec.stages[stage].label
        if form == "2-1" and (verdicts := [(relaxed.part(part) or part).passes for part in basis.parts(stage)]):
            counted = tally(verdicts)
            # As in the form: while one cannot be judged there is no share.
            share = f"占 {boxes.percent(counted.passing, counted.total).text}%"
            share = f"比例{boxes.WAITING}" if counted.open else share
            found.append(f"按{LABEL}：{label}综合评估学校（所）{counted.words}，{share}。")
        for code in (indicator.code for indicator in basis.spec.resources if form == "3"):
            strict, other = basis.result.coefficients[stage][code], relaxed.coefficient(stage, code)
            if other is not None and strict.reason != "no_parts":
                cvs = (_printed(one.cv, basis.spec.printing["cv"]) for one in (strict, other))
                found.append(f"{label}{code}差异系数：{_both(*cvs)}。")
    return found + [_note(basis, relaxed, one, whole=True) for one in own]


def notes_of_school(basis: FormBasis, code: str) -> tuple[str, ...]:
    """Below one school's self-rating, with nothing of any other school."""
    relaxed = stored.relaxed(basis.evaluation)
    own = relaxed.of_school(code) if relaxed else ()
    return tuple(_note(basis, relaxed, one, whole=False) for one in own if relaxed)


def _note(basis: FormBasis, relaxed: Relaxed, one: Allowed, *, whole: bool) -> str:
    if any(indicator.code == one.indicator for indicator in basis.spec.resources):
        found = list(_of_parts(basis, relaxed, one))
    else:
        found = list(_of_condition(basis, relaxed, one, whole=whole))
    return f"{LABEL}：{one.words}。{'；'.join(found)}。" if found else f"{LABEL}：{one.words}。"


def _of_parts(basis: FormBasis, relaxed: Relaxed, one: Allowed) -> Iterator[str]:
    """The figure and the whole verdict of every part, both ways."""

    def printed(figure: StoredFigure) -> str:
        return f"{_printed(figure.value, basis.spec.printing['value'])}（{boxes.yes_no(figure.reaches)}）"

    for part in basis.result.parts:
        other, figure = relaxed.part(part), relaxed.figure(part, one.indicator)
        if part.school_code != one.school_code or other is None or figure is None:
            continue
        stage = basis.spec.stages[part.stage].label
        yield f"{stage}{one.indicator} {_both(printed(part.indicators[one.indicator]), printed(figure))}"
        yield f"{stage}综合评估 {_both(boxes.yes_no(part.passes), boxes.yes_no(other.passes))}"


def _of_condition(basis: FormBasis, relaxed: Relaxed, one: Allowed, *, whole: bool) -> Iterator[str]:
    """The school's own verdict, and the district's where it may be shown."""
    strict, other = basis.result.conditions.get(one.indicator), relaxed.condition(one.indicator)
    if strict is None or other is None:
        return
    own = (boxes.yes_no(condition.of_school(one.school_code)) for condition in (strict, other))
    yield f"本校{one.indicator} {_both(*own)}"
    if whole:
        yield f"全县{one.indicator} {_both(boxes.yes_no(strict.passes), boxes.yes_no(other.passes))}"


def _printed(value: str | None, places: int) -> str:
    return numbers.text(Decimal(value) if value else None, places, blank="不能判定")


def _both(strict: str, other: str) -> str:
    return f"{_STRICT} {strict}，{LABEL} {other}"
