"""学校自评表: one school's resources and the government's assurance, official sentences with their blanks filled."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from indicators.declarations import assurance, boxes, granted
from indicators.declarations.basis import Basis, Json, classes, rows, source
from indicators.declarations.boxes import WAITING
from indicators.engine import Indicator, SchoolReturn, together
from indicators.engine import numbers as exact
from indicators.engine.returns import figure
from portal.documents.tree import Cell, Column, Document, Row, Table
from portal.lib import numbers
from schools.directory.models import Kind

# What the portal does not collect stays for the school to write.
_BY_HAND = "＿＿"
_OTHERS = "本项不适用于本校。"
_UNITS = {"㎡": "平方米"}
_SIZE = 10
# A whole sha256 does not fit a line of the printed page.
_DIGITS = 16
HEADS = ("A级指标", "B级指标及评估要点", "指标值或简要结论", "是否达标")


@dataclass(frozen=True, slots=True)
class Point:
    """One line: what is demanded, what the school has, whether that is enough (one word a stage)."""

    demand: str
    words: str
    verdict: str


@dataclass(frozen=True, slots=True)
class SelfRating:
    """One school's self-rating as it is printed."""

    title: str
    groups: tuple[tuple[str, tuple[Point, ...]], ...]
    summary: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _School:
    """A school as it was judged, with its parts by stage."""

    basis: Basis
    told: SchoolReturn
    parts: Mapping[str, Json]

    def stage(self, code: str) -> str:
        return self.basis.spec.stages[code].label

    def number(self, item: str, places: int = 0) -> str:
        return numbers.text(figure(self.told.given, item), places, blank=WAITING)

    def each(self, shown: Callable[[str, Json], str]) -> str:
        """小学 4.21 人；初中 5.40 人: something of every part."""
        return "；".join(f"{self.stage(stage)} {shown(stage, part)}" for stage, part in self.parts.items())


def of_school(basis: Basis, code: str, built_year: int | None) -> SelfRating:
    """Return a school's self-rating; `built_year` is no figure of the evaluation and comes from the register."""
    told = basis.schools[code]
    school = _School(basis, told, {p["stage"]: p for p in basis.result["parts"] if p["school_code"] == code})
    resources = tuple(_resource(school, n, i) for n, i in enumerate(basis.spec.resources, 1))
    groups = (("A1资源配置", resources), ("A2政府保障程度", tuple(_assurance(school))))
    year = f"{built_year}" if built_year else "＿＿＿＿"
    by_hand = any(_BY_HAND in point.words for _, points in groups for point in points)
    hint = ("注：“＿＿”处为系统不收集的内容，由学校填写。",) if by_hand else ()
    notes = (*hint, *granted.of_school(basis, code), source(basis.evaluation, _DIGITS))
    return SelfRating(f"{told.name}（{told.kind}）建校于 {year} 年", groups, _summary(school), notes)


def document(basis: Basis, code: str, built_year: int | None) -> Document:
    """Return a school's self-rating for Word and PDF, dated by the data; nothing of it is signed."""
    rating = of_school(basis, code, built_year)
    body: list[Row] = []
    for name, points in rating.groups:
        for number, point in enumerate(points):
            first = [Cell(name, rowspan=len(points))] if number == 0 else []
            body.append([*first, point.demand, point.words, point.verdict])
    columns = [Column(1.1, "center"), Column(3.6), Column(4.4), Column(1.2, "center")]
    table = Table(columns, [list(HEADS)], body, note="\n".join((rating.summary, *rating.notes)), size=_SIZE)
    date = timezone.localtime(basis.evaluation.data_as_of).date()
    return Document("学校自评表", basis.schools[code].name, date, [table], subtitle=rating.title, signed=False)


def _summary(school: _School) -> str:
    if not school.parts:
        return f"综合评估：{_left_out(school)}。"
    return f"综合评估是否达标：{school.each(lambda _, part: boxes.yes_no(part['passes']))}。"


def _left_out(school: _School) -> str:
    excluded = school.basis.result["excluded"]
    return next((one["reason"] for one in excluded if one["school_code"] == school.told.code), "不参加资源配置评估")


def _resource(school: _School, number: int, indicator: Indicator) -> Point:
    """One of A1–A7: the demand with the standard's thresholds, the counts, the value of each part."""
    demand = f"{number}.{indicator.name}：{_demand(school, indicator)}。"
    if not school.parts:
        return Point(demand, _left_out(school), boxes.NOT_APPLICABLE)
    unit, places = _unit(indicator), school.basis.spec.printing["value"]

    def value(_: str, part: Json) -> str:
        shown = part["indicators"][indicator.code]["value"]
        return numbers.text(Decimal(shown) if shown else None, places, blank=WAITING) + f" {unit}"

    def verdict(stage: str, part: Json) -> str:
        word = boxes.yes_no(part["indicators"][indicator.code]["reaches"])
        return word if len(school.parts) == 1 else f"{school.stage(stage)} {word}"

    words = f"{_HAS[indicator.code](school)}{indicator.name}：{school.each(value)}。"
    return Point(demand, words, "\n".join(verdict(stage, part) for stage, part in school.parts.items()))


def _demand(school: _School, indicator: Indicator) -> str:
    limits = {stage: exact.text(limit) for stage, limit in indicator.thresholds.items()}
    stages, unit = "、".join(map(school.stage, limits)), _unit(indicator)
    if len(set(limits.values())) == 1:
        return f"{stages}均达到{next(iter(limits.values()))}{unit}以上"
    return f"{stages}分别达到{'、'.join(f'{limit}{unit}以上' for limit in limits.values())}"


def _unit(indicator: Indicator) -> str:
    return _UNITS.get(indicator.unit, indicator.unit)


def _counted(code: str, name: str) -> Callable[[_School], str]:
    """Teachers are recorded by stage: the numerators as they were judged."""

    def has(school: _School) -> str:
        def count(_: str, part: Json) -> str:
            told = part["indicators"][code]["numerator"]
            return numbers.text(Decimal(told) if told else None, 0, blank=WAITING) + " 人"

        return f"学校拥有{name}：{school.each(count)}。"

    return has


def _difference(school: _School) -> str:
    """教学及辅助用房 without the gym, which counts for the sports grounds (指标A4)."""
    area, gym = (figure(school.told.given, item) for item in ("teaching_area", "indoor_sports_area"))
    net = None if area is None or gym is None else area - gym
    return f"学校拥有教学辅助用房面积：{numbers.text(net, 2, blank=WAITING)} 平方米（不含室内体育用房）。"


def _sports(school: _School) -> str:
    ground, gym = (figure(school.told.given, item) for item in ("sports_ground_area", "indoor_sports_area"))
    total = None if ground is None or gym is None else ground + gym
    return (
        f"学校拥有体育场馆面积：{numbers.text(total, 2, blank=WAITING)} 平方米（其中：体育场 "
        f"{school.number('sports_ground_area', 2)} 平方米、体育馆 {school.number('indoor_sports_area', 2)} 平方米、"
        f"校园其他专用运动场地面积 {_BY_HAND} 平方米、校外周边租借体育场馆面积 {_BY_HAND} 平方米）。"
    )


_HAS: Mapping[str, Callable[[_School], str]] = {
    "A1": _counted("A1", "高于规定学历教师数"),
    "A2": _counted("A2", "县级以上骨干教师数"),
    "A3": _counted("A3", "体育、艺术（美术、音乐）专任教师数"),
    "A4": _difference,
    "A5": _sports,
    "A6": lambda school: f"学校教学仪器设备值 {school.number('equipment_value', 2)} 万元。",
    "A7": lambda school: f"学校共有 {school.number('multimedia_rooms')} 间多媒体教室。",
}


def _assurance(school: _School) -> Iterator[Point]:
    b7 = f"特殊教育学校生均公用经费不低于{assurance.limit(school.basis, 'B7')}元。"
    small = _verdict(school, "B6")
    special = school.told.kind == Kind.SPECIAL
    rooms = _verdict(school, "B3")
    words = _OTHERS if rooms == boxes.NOT_APPLICABLE else _rooms(school)
    yield Point(f"1.{assurance.NAMES['B3']}。", words, rooms)
    yield Point(
        "2.所有小学、初中规模不超过2000人，九年一贯制学校、十二年一贯制学校义务教育阶段规模不超过2500人。",
        _pupils(school), _verdict(school, "B4"),
    )  # fmt: skip
    yield Point(f"3.{assurance.NAMES['B5']}。", _sizes(school), _verdict(school, "B5"))
    words = _OTHERS if small == boxes.NOT_APPLICABLE else _funds(school)
    yield Point("4.不足100名学生村小学和教学点按100名学生核定公用经费。", words, small)
    judged = school.basis.indicator("B7")
    verdict = boxes.yes_no(judged["passes"], judged.get("applicable", True)) if special else boxes.NOT_APPLICABLE
    yield Point(f"5.{b7}", _funds(school) if special else "本校不是特殊教育学校。", verdict)


def _verdict(school: _School, code: str) -> str:
    """The school's own verdict under a condition every school must hold; 不适用 where it was not asked."""
    asked = school.basis.indicator(code).get("schools", ())
    passes = [one["passes"] for one in asked if one["school_code"] == school.told.code]
    return boxes.yes_no(together(passes)) if passes else boxes.NOT_APPLICABLE


def _rooms(school: _School) -> str:
    listed = school.told.given.get("class_list")
    count = WAITING if listed is None else str(len(list(rows(school.told.given, "class_list"))))
    music, art = (_room(school, name, item) for name, item in (("音乐", "music_rooms"), ("美术", "art_rooms")))
    return f"全校教学班数 {count} 个。配备{music}；{art}。"


def _room(school: _School, name: str, item: str) -> str:
    if item not in school.told.given:
        return f"{name}专用教室 {WAITING} 间"
    areas = [numbers.text(row["area"], 2) for row in rows(school.told.given, item)]
    return f"{name}专用教室 {len(areas)} 间" + (f"，面积分别为：{'、'.join(areas)} 平方米" if areas else "")


def _pupils(school: _School) -> str:
    own = school.basis.spec.kinds[school.told.kind].stages
    counts = {stage: figure(school.told.given, f"pupils_{stage}") for stage in own}
    known = [count for count in counts.values() if count is not None]
    total = numbers.text(sum(known), 0) if len(known) == len(counts) else WAITING
    each = "、".join(f"{school.stage(s)} {numbers.text(count, 0, blank=WAITING)} 人" for s, count in counts.items())
    return f"全校中小学生数 {total} 人。其中：{each}。"


def _sizes(school: _School) -> str:
    sizes = {stage: _class_sizes(school, stage) for stage in ("primary", "junior")}
    if None in sizes.values():
        return f"最大班额学生数 {WAITING} 人，超过45人的小学班级 {WAITING} 个，超过50人的初中班级 {WAITING} 个。"
    primary, junior = (sizes[stage] or [] for stage in ("primary", "junior"))
    return (
        f"最大班额学生数 {max([*primary, *junior], default=0)} 人，超过45人的小学班级 {_over(primary, 45)} 个，"
        f"超过50人的初中班级 {_over(junior, 50)} 个。"
    )


def _class_sizes(school: _School, stage: str) -> list[int] | None:
    listed = classes(school.told, school.stage(stage))
    return None if listed is None else [row["pupils"] for row in listed]


def _over(sizes: Sequence[int], limit: int) -> int:
    return sum(size > limit for size in sizes)


def _funds(school: _School) -> str:
    funds = figure(school.told.given, "public_funds_allocated")
    amount = numbers.text(None if funds is None else funds / 10000, 2, blank=WAITING)
    return f"上年学生数 {_BY_HAND} 人，上年度拨付定额公用经费 {amount} 万元；生均公用经费 {_BY_HAND} 元。"
