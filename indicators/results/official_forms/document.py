"""学校自评表: one school's resources and the government's assurance, official sentences with their blanks filled."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from indicators.results.evaluations.stored import StoredPart
from indicators.results.official_forms import workbook
from indicators.results.official_forms.facts import FormBasis, classes, notes_of_school, rows, source
from indicators.standard.engine import (
    ClassSize,
    Indicator,
    Rooms,
    SchoolData,
    Size,
    SmallSchoolFunds,
    figure,
    numbers as exact,
    together,
)
from portal.core.lib import numbers
from portal.core.papers.tree import Paper, Row, Table, TableCell, TableColumn
from schools.directory.models import InstitutionKind

# What the portal does not collect stays for the school to write.
_BY_HAND = "＿＿"
_UNITS = {"㎡": "平方米"}
_SPECIAL_FUNDS = "district.special_funds"
_SIZE = 10
_BLANK = re.compile(r"\{(\w+)(?::(\d))?\}")


@dataclass(frozen=True, slots=True)
class Point:
    """One line: what is demanded, what the school has, whether that is enough (one word a stage)."""

    demand: str
    words: str
    verdict: str


@dataclass(frozen=True, slots=True)
class SelfRating:
    """One school's self-rating as it is printed."""

    name: str
    title: str
    heads: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Point, ...]], ...]
    summary: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _School:
    """A school as it was judged, with its parts by stage."""

    basis: FormBasis
    data: SchoolData
    parts: Mapping[str, StoredPart]

    def stage(self, code: str) -> str:
        return self.basis.spec.stages[code].label

    @property
    def waiting(self) -> str:
        return self.basis.say("waiting")

    def number(self, item: str, places: int = 0) -> str:
        return numbers.text(figure(self.data.given, item), places, blank=self.waiting)

    def each(self, shown: Callable[[str, StoredPart], str]) -> str:
        """小学 4.21 人；初中 5.40 人."""
        return "；".join(f"{self.stage(stage)} {shown(stage, part)}" for stage, part in self.parts.items())


def of_school(basis: FormBasis, code: str, built_year: int | None, since: str = "") -> SelfRating:
    """Facts that are no figures come from the register; `since`: what the school is today (`School.since`)."""
    data = basis.schools[code]
    school = _School(basis, data, {p.stage: p for p in basis.result.parts if p.school_code == code})
    resources = tuple(_resource(school, n, i) for n, i in enumerate(basis.spec.resources, 1))
    (heads,), (names,) = basis.boxes("heads_self"), basis.boxes("rows_self")
    groups = tuple(zip(names, (resources, tuple(_assurance(school))), strict=True))
    year = f"{built_year}" if built_year else "＿＿＿＿"
    by_hand = any(_BY_HAND in point.words for _, points in groups for point in points)
    hint = (basis.say("self_by_hand"),) if by_hand else ()
    notes = (*hint, *notes_of_school(basis, code), source(basis))
    kind = f"{data.kind}；{since}" if since else data.kind
    summary = basis.say("self_verdicts", verdicts=school.each(lambda _, part: basis.yes_no(part.passes)))
    if not school.parts:
        summary = basis.say("self_left_out", reason=_left_out(school))
    title = basis.say("self_title", school=data.name, kind=kind, year=year)
    return SelfRating(basis.say("self_name"), title, tuple(heads), groups, summary, notes)


def document(basis: FormBasis, code: str, built_year: int | None, since: str = "") -> Paper:
    """Dated by the data; nothing of it is signed."""
    rating = of_school(basis, code, built_year, since)
    body: list[Row] = []
    for name, points in rating.groups:
        for number, point in enumerate(points):
            first = [TableCell(name, rowspan=len(points))] if number == 0 else []
            body.append([*first, point.demand, point.words, point.verdict])
    columns = [TableColumn(1.1, "center"), TableColumn(3.6), TableColumn(4.4), TableColumn(1.2, "center")]
    table = Table(columns, [list(rating.heads)], body, note="\n".join((rating.summary, *rating.notes)), size=_SIZE)
    date = timezone.localtime(basis.evaluation.data_as_of).date()
    return Paper(rating.name, basis.schools[code].name, date, [table], subtitle=rating.title, signed=False)


def _left_out(school: _School) -> str:
    excluded = school.basis.result.excluded
    return next(
        (one.reason for one in excluded if one.school_code == school.data.code), school.basis.say("self_excluded")
    )


def _resource(school: _School, number: int, indicator: Indicator) -> Point:
    """Thresholds, counts, and the value of each part."""
    unit, places = _UNITS.get(indicator.unit, indicator.unit), school.basis.spec.printing["value"]
    limits = [f"{exact.text(limit)}{unit}" for limit in indicator.thresholds.values()]
    stages = "、".join(map(school.stage, indicator.thresholds))
    demand = school.basis.say(
        "self_limits", stages=stages, limits="、".join(school.basis.say("self_limit", limit=limit) for limit in limits)
    )
    if len(set(limits)) == 1:
        demand = school.basis.say("self_one_limit", stages=stages, limit=limits[0])
    demand = f"{number}.{indicator.name}：{demand}。"
    if not school.parts:
        return Point(demand, _left_out(school), school.basis.say("not_applicable"))

    def value(_: str, part: StoredPart) -> str:
        shown = part.indicators[indicator.code].value
        return numbers.text(Decimal(shown) if shown else None, places, blank=school.waiting) + f" {unit}"

    def verdict(stage: str, part: StoredPart) -> str:
        word = school.basis.yes_no(part.indicators[indicator.code].reaches)
        return word if len(school.parts) == 1 else f"{school.stage(stage)} {word}"

    words = f"{_has(school, indicator)}{indicator.name}：{school.each(value)}。"
    return Point(demand, words, "\n".join(verdict(stage, part) for stage, part in school.parts.items()))


def _has(school: _School, indicator: Indicator) -> str:
    """The form's sentence, or one made from the formula."""
    rule = indicator.rule
    usual = f"{{whole:2}} {rule.numerator_unit}" if rule.shared else "{numerator}"
    sentence = indicator.form.school_words or school.basis.say("self_has", what=rule.numerator, amount=usual)

    def amount(_: str, part: StoredPart) -> str:
        exactly = part.indicators[indicator.code].numerator
        return f"{numbers.text(Decimal(exactly) if exactly else None, 0, blank=school.waiting)} {rule.numerator_unit}"

    def blank(found: re.Match[str]) -> str:
        name, places = found[1], int(found[2] or 0)
        if name == "numerator":
            return school.each(amount)
        if name != "whole":
            return school.number(name, places)
        terms = next(iter(rule.terms.values()))
        figures = [(term.sign, figure(school.data.given, term.code)) for term in terms]
        known = [sign * amount for sign, amount in figures if amount is not None]
        return numbers.text(sum(known) if len(known) == len(terms) else None, places, blank=school.waiting)

    return _BLANK.sub(blank, sentence)


def _assurance(school: _School) -> Iterator[Point]:
    """Indicators the form asks of a school in addition to the resources."""
    basis, is_special = school.basis, school.data.kind == InstitutionKind.SPECIAL
    not_applicable = basis.say("not_applicable")
    asked = [i for i in basis.spec.indicators if i.form.school and i.formula is None]
    for number, indicator in enumerate(asked, 1):
        # The school's own verdict under a condition every school must hold; 不适用 where it was not asked.
        judged = basis.condition(indicator.code)
        passes = [one.passes for one in judged.schools if one.school_code == school.data.code]
        verdict = basis.yes_no(together(passes)) if passes else not_applicable
        match next(iter(indicator.conditions), None):
            case Size():
                words = _pupils(school)
            case ClassSize() as rule:
                words = _class_sizes(school, rule)
            case _ if _SPECIAL_FUNDS in indicator.items and is_special:
                words, verdict = _funds(school), basis.yes_no(judged.passes, judged.applicable)
            case _ if _SPECIAL_FUNDS in indicator.items:
                words, verdict = basis.say("self_not_special"), not_applicable
            case _ if verdict == not_applicable:
                words = basis.say("self_not_asked")
            case Rooms() as rule:
                words = _rooms(school, rule)
            case SmallSchoolFunds():
                words = _funds(school)
            case _:
                words = workbook.conclusion(basis, indicator.code)
        yield Point(f"{number}.{indicator.form.school}。", words, verdict)


def _rooms(school: _School, rule: Rooms) -> str:
    given, say = school.data.given, school.basis.say
    rooms = []
    for kind in rule.kinds:
        areas = [numbers.text(row["area"], 2) for row in rows(given, kind.item)]
        room = say("self_room", name=kind.label, count=len(areas) if kind.item in given else school.waiting)
        rooms.append(room + (say("self_room_areas", areas="、".join(areas)) if areas else ""))
    count = len(list(rows(given, rule.classes))) if rule.classes in given else school.waiting
    return say("self_rooms", classes=count, rooms="；".join(rooms))


def _pupils(school: _School) -> str:
    """Of every stage with pupils, 附设班 included."""
    spec = school.basis.spec
    counts = {stage: figure(school.data.given, f"pupils_{stage}") for stage in spec.stages}
    own = spec.kinds[school.data.kind].stages
    counts = {stage: count for stage, count in counts.items() if count or stage in own}
    known = [count for count in counts.values() if count is not None]
    total = numbers.text(sum(known), 0) if len(known) == len(counts) else school.waiting
    each = (
        school.basis.say("self_stage_pupils", stage=school.stage(s), count=numbers.text(count, 0, blank=school.waiting))
        for s, count in counts.items()
    )
    return school.basis.say("self_pupils", total=total, stages="、".join(each))


def _class_sizes(school: _School, rule: ClassSize) -> str:
    say = school.basis.say
    listed = {stage: classes(school.data, stage) for stage in rule.limits}
    waiting = None in listed.values()
    sizes = {stage: [row["pupils"] for row in own or ()] for stage, own in listed.items()}
    over = (
        say(
            "self_over",
            limit=limit,
            stage=stage,
            count=school.waiting if waiting else sum(s > limit for s in sizes[stage]),
        )
        for stage, limit in rule.limits.items()
    )
    largest = max((size for own in sizes.values() for size in own), default=0)
    return say("self_class_sizes", largest=school.waiting if waiting else largest, over="，".join(over))


def _funds(school: _School) -> str:
    funds = figure(school.data.given, "public_funds_allocated")
    amount = numbers.text(None if funds is None else funds / 10000, 2, blank=school.waiting)
    return school.basis.say("self_funds", amount=amount)
