"""What the forms are filled from, one stored evaluation and the submissions frozen in it, and their boxes.

Figures are rounded half up once; what is blank is marked as waiting, never 0.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.utils import timezone

from indicators.collection.submissions import queries as submissions
from indicators.results.evaluations import judging, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import (
    Allowed,
    Relaxed,
    StoredCondition,
    StoredFigure,
    StoredPart,
    StoredResult,
)
from indicators.standard.engine import Answer, DistrictData, NotApplicable, SchoolData, Spec, Value, figure, tally
from indicators.standard.standards import queries as standards
from indicators.standard.standards.placeholders import BOX
from portal.core.lib import numbers
from portal.core.spreadsheets.write import Box, Line
from schools.directory.models import InstitutionKind

Json = Mapping[str, Any]
OPEN = "在办"
_BLANK = re.compile(r"\{(\w+):(\d)\}(%?)")
_WHOLE = Decimal(100)
_DISTRICT = "district"


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
        """The bureau's own submission as frozen; empty without one; one query."""
        entry = self.evaluation.inputs.get(self.evaluation.round.district.code)
        return submissions.contents_of([entry["revision"]])[0] if entry and entry["revision"] else {}

    def say(self, sentence: str, **blanks: object) -> str:
        return self.spec.sentences[sentence].format(**blanks)

    def boxes(self, heads: str, **blanks: object) -> list[list[str]]:
        """The heads of a form line by line, or the names of its rows."""
        return [line.split(BOX) for line in self.say(heads, **blanks).splitlines()]

    @property
    def smallest_point(self) -> int:
        """Pupils from which on a 教学点 takes part by itself."""
        return self.spec.kinds[InstitutionKind.TEACHING_POINT].min_pupils

    def label(self, school: SchoolData, stage: str) -> str:
        """甲学校（小学部） if the school has several stages, 附设班 included."""
        own = {
            *self.spec.kinds[school.kind].stages,
            *(s for s in self.spec.stages if figure(school.given, f"pupils_{s}")),
        }
        if own == {stage}:
            return school.name
        return f"{school.name}（{self.spec.stages[stage].part_label}）"

    def waiting(self) -> Box:
        return Box(self.say("waiting"), open=True)

    def exact(self, text: str | None, places: int) -> Box:
        """From an exact decimal string; None waits."""
        return self.waiting() if text is None else printed(Decimal(text), places)

    def answered(self, code: str, places: int) -> Box:
        """A figure of the district."""
        if isinstance(self.district.get(code), NotApplicable):
            return Box(self.say("not_applicable"))
        number = figure(self.district, code)
        return self.waiting() if number is None else printed(number, places)

    def percent(self, part: int, whole: int) -> Box:
        """One decimal."""
        return printed(Fraction(part * 100, whole), 1) if whole else Box(self.say("none"))

    def verdict(self, passes: bool | None, applicable: bool = True) -> Box:
        return Box(self.yes_no(passes, applicable))

    def yes_no(self, passes: bool | None, applicable: bool = True) -> str:
        """For the column 是否达标 in 表Ⅳ, 表Ⅴ and the self-rating."""
        words = {True: "yes", False: "no", None: "undecided"}
        return self.say(words[passes] if applicable else "not_applicable")

    def judged(self, value: str | None, places: int) -> str:
        return numbers.text(Decimal(value) if value else None, places, blank=self.say("undecided"))

    def filled(self, sentence: str, condition: StoredCondition) -> str:
        """With the figures one of B1–D1 was judged by: {rate:1} is rounded half up to one decimal.

        Missing ones wait, 不适用 if not demanded; more than 100 % is 100 with the figure behind it.
        """
        # While a school has reported nothing, what was added up over schools is a part and no sum.
        whole = {need.respondent for need in condition.missing} <= {_DISTRICT}
        known = condition.figures if whole else {}
        over: list[str] = []

        def blank(found: re.Match[str]) -> str:
            name, places, unit = found.groups()
            if name not in known:
                own = [c for c in condition.conditions if name == c.code or name.startswith(f"{c.code}_")]
                asked = all(one.applicable for one in own)
                return self.say("waiting") + unit if asked else self.say("not_applicable")
            value = Decimal(known[name])
            if unit and value > _WHOLE:
                over.append(self.say("over_whole", value=numbers.text(value, 1)))
                value = _WHOLE
            return numbers.text(value, int(places)) + unit

        return _BLANK.sub(blank, sentence) + "".join(over)


def places(count: int) -> str:
    """两位小数."""
    return f"{'零一两三四五六七八九'[count]}位小数" if count else "整数"


def head(text: str, colspan: int = 1, rowspan: int = 1) -> Box:
    return Box(text, colspan, rowspan)


def label(text: str, rowspan: int = 1) -> Box:
    return Box(text, rowspan=rowspan, align="left")


def printed(value: Decimal | Fraction | int, places: int) -> Box:
    return Box(numbers.half_up(value, places))


def numbered(count: int) -> Line:
    return [head(f"L{number}") for number in range(1, count + 1)]


def load(evaluation: Evaluation, *, only: str = "") -> FormBasis:
    """With all frozen submissions, or only that of one school; one query.

    Raises Invalid when a frozen submission is gone from the database.
    """
    spec = standards.load_spec(evaluation.standard)
    return FormBasis(evaluation, spec, judging.frozen_data(evaluation, only=only), stored.of(evaluation))


def source(basis: FormBasis) -> str:
    """Dates every form; all digits of the inputs' sha256 fit no line."""
    evaluation = basis.evaluation
    return basis.say(
        "source",
        district=evaluation.round.district,
        round=evaluation.round.name,
        as_of=f"{timezone.localtime(evaluation.data_as_of):%Y-%m-%d %H:%M}",
        standard=evaluation.standard.version,
        digest=f"{evaluation.inputs_sha256[:16]}…",
    )


def classes(school: SchoolData, label: str) -> list[Mapping[str, Any]] | None:
    """Of a stage by its Chinese label; None while blank."""
    listed = school.given.get("class_list")
    if not isinstance(listed, Value):
        return None
    return [row for row in listed.value if row["stage"] == label]


def rows(answers: Mapping[str, Answer], code: str) -> Iterator[Mapping[str, Any]]:
    """No rows when the table is blank or 不适用."""
    answer = answers.get(code)
    if isinstance(answer, Value):
        yield from answer.value


# Forms whose verdicts a relaxation may touch, by the letter of its indicator.
_TOUCHED = {"A": ("2-1", "2-2", "3"), "B": ("4",)}


def notes(basis: FormBasis, form: str) -> list[str]:
    """Each relaxation with both verdicts; the boxes stay strict."""
    relaxed = stored.relaxed(basis.evaluation)
    own = [one for one in relaxed.allowed if form in _TOUCHED.get(one.indicator[0], ())] if relaxed else []
    if relaxed is None or not own:
        return []
    found = [basis.say("relaxed")]
    for stage in basis.spec.judged_stages:
        label = basis.spec.stages[stage].label
        if form == "2-1" and (verdicts := [(relaxed.part(part) or part).passes for part in basis.parts(stage)]):
            counted = tally(verdicts)
            # As in the form: while one cannot be judged there is no share.
            sentence = "relaxed_share_waiting" if counted.open else "relaxed_share"
            share = basis.percent(counted.passing, counted.total).text
            found.append(basis.say(sentence, stage=label, counts=counted.words, percent=share))
        for code in (indicator.code for indicator in basis.spec.resources if form == "3"):
            strict, other = basis.result.coefficients[stage][code], relaxed.coefficient(stage, code)
            if other is not None and strict.reason != "no_parts":
                cvs = (basis.judged(one.cv, basis.spec.printing["cv"]) for one in (strict, other))
                found.append(basis.say("relaxed_coefficient", stage=label, code=code, both=_both(basis, *cvs)))
    return found + [_note(basis, relaxed, one, whole=True) for one in own]


def notes_of_school(basis: FormBasis, code: str) -> tuple[str, ...]:
    """Without anything of other schools."""
    relaxed = stored.relaxed(basis.evaluation)
    return tuple(_note(basis, relaxed, one, whole=False) for one in relaxed.of_school(code)) if relaxed else ()


def _note(basis: FormBasis, relaxed: Relaxed, one: Allowed, *, whole: bool) -> str:
    """Both verdicts: of the school's parts or the school, and of the `whole` district."""
    found = []

    def compare(sentence: str, strict: str, other: str, **blanks: str) -> None:
        found.append(basis.say(sentence, both=_both(basis, strict, other), code=one.indicator, **blanks))

    def words(figure: StoredFigure) -> str:
        return f"{basis.judged(figure.value, basis.spec.printing['value'])}（{basis.yes_no(figure.reaches)}）"

    for part in basis.result.parts:
        if part.school_code != one.school_code or one.indicator not in part.indicators:
            continue
        other, figure = relaxed.part(part), relaxed.figure(part, one.indicator)
        if other and figure:
            stage = basis.spec.stages[part.stage].label
            compare("relaxed_figure", words(part.indicators[one.indicator]), words(figure), stage=stage)
            compare("relaxed_part", basis.yes_no(part.passes), basis.yes_no(other.passes), stage=stage)
    strict, condition = basis.result.conditions.get(one.indicator), relaxed.condition(one.indicator)
    if strict and condition:
        own = (basis.yes_no(judged.of_school(one.school_code)) for judged in (strict, condition))
        compare("relaxed_school", *own)
        if whole:
            compare("relaxed_district", basis.yes_no(strict.passes), basis.yes_no(condition.passes))
    return basis.say("relaxed_grant", grant=one.words) + (f"{'；'.join(found)}。" if found else "")


def _both(basis: FormBasis, strict: str, relaxed: str) -> str:
    return basis.say("relaxed_both", strict=strict, relaxed=relaxed)
