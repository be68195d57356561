"""Carries out measures on a district's data: pure, in their order; what cannot be done is refused with its reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from indicators.planning.engine.measures import COUNTED, EXCHANGE, FIELDS, PlannedMeasure
from indicators.standard.engine import (
    Answer,
    DistrictData,
    Result,
    Rooms,
    SchoolData,
    Spec,
    UnusableData,
    Value,
    asked,
    evaluate,
)
from portal.core.errors import Invalid, Problem

CLASS_LIST = "class_list"


@dataclass
class _Editing:
    spec: Spec
    district: dict[str, Answer]
    data: DistrictData
    schools: dict[str, SchoolData] = field(default_factory=dict)
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)


def apply(spec: Spec, data: DistrictData, measures: Sequence[PlannedMeasure]) -> DistrictData:
    """Raises Invalid with every measure that cannot be carried out."""
    editing = _Editing(spec, dict(data.answers), data)
    for school in data.schools:
        editing.schools[school.code], editing.answers[school.code] = school, dict(school.given)
    problems = []
    for number, measure in enumerate(measures, 1):
        try:
            _carry_out(editing, measure)
        except Invalid as error:
            problems.append(Problem(error.message, f"第 {number} 项措施（{measure.kind.label}）", "请改数量或删去这项"))
    if problems:
        raise Invalid("有的措施做不到，没有试算。", problems)
    schools = tuple(
        replace(school, answers=editing.answers[code]) if editing.answers[code] != dict(school.given) else school
        for code, school in editing.schools.items()
    )
    return replace(data, schools=schools, answers=editing.district)


def judge(spec: Spec, data: DistrictData, wanted: Sequence[PlannedMeasure]) -> Result:
    """Raises Invalid when one cannot be carried out or judged."""
    try:
        return evaluate(spec, apply(spec, data, wanted))
    except UnusableData as error:
        raise Invalid(str(error)) from error


def _carry_out(editing: _Editing, measure: PlannedMeasure) -> None:
    special = _SPECIAL.get(measure.kind.code)
    if measure.kind.code != "new_school":
        for code, _ in measure.schools:
            if code not in editing.schools:
                raise Invalid(f"没有学校 {code}")
            if not editing.schools[code].has_submission:
                raise Invalid(f"{editing.schools[code].name}还没有审核通过的填报")
    if measure.kind.table:
        _add_rooms(editing, measure)
    elif special:
        special(editing, measure)
    else:
        _change(editing, measure)


def _change(editing: _Editing, measure: PlannedMeasure) -> None:
    kind, here = measure.kind, editing.answers[measure.school_code]
    extra = tuple(kind.of.get(measure.of, ()))
    if kind.needs_relaxation:
        wanted, relaxations = set(FIELDS[extra[0]]), editing.spec.relaxations
        grants = [one for one in editing.data.relaxations if one.school_code == measure.school_code]
        if not any(one.code in relaxations and wanted & set(relaxations[one.code].items) for one in grants):
            raise Invalid(f"{_name(editing, measure)}没有获准把走教教师计入（放宽口径）")
    for group in kind.takes:
        _take(editing, here, group, measure, measure.school_code)
    for group in (*kind.adds, *(extra if not kind.moves else ())):
        _add(editing, measure, counted_field(editing.spec, group, measure.stage), measure.quantity, group)
    if kind.moves:
        there = editing.answers[measure.from_school_code]
        for group in (*kind.moves, *extra):
            for code, count in _take(editing, there, group, measure, measure.from_school_code).items():
                _add(editing, measure, code, count, group)
        # A move counts in the year's exchange where these are filled in.
        rows = [(there, EXCHANGE["out"]), (here, EXCHANGE["in"]), (editing.district, EXCHANGE["district"])]
        if "backbone" in extra:
            rows += [(there, EXCHANGE["backbone"]), (editing.district, EXCHANGE["district_backbone"])]
        for answers, code in rows:
            before = _number_of(answers, code)
            if before is not None:
                _set(answers, code, before + measure.quantity)
    _ensure_whole(editing, measure)


def _name(editing: _Editing, measure: PlannedMeasure) -> str:
    return editing.schools[measure.school_code].name


def codes(group: str, stage: str) -> list[str]:
    return [code.format(stage=stage) for code in FIELDS[group]]


def _counts(spec: Spec, group: str, stage: str) -> set[str]:
    """Fields that count for the group's indicator; all where it has none."""
    fields = set(codes(group, stage))
    if group not in COUNTED:
        return fields
    return fields & {term.code for term in spec.indicator(COUNTED[group]).rule.terms[stage]}


def lower_fields(spec: Spec, stage: str) -> list[str]:
    """Teachers below the degree that counts."""
    return [code for code in codes("lower", stage) if code not in _counts(spec, "degree", stage)]


def counted_field(spec: Spec, group: str, stage: str) -> str:
    counts = _counts(spec, group, stage)
    return next(code for code in codes(group, stage) if code in counts)


def _number_of(answers: dict[str, Answer], code: str) -> Decimal | None:
    answer = answers.get(code)
    return Decimal(answer.value) if isinstance(answer, Value) else None


def _set(answers: dict[str, Answer], code: str, number: Decimal) -> None:
    before = answers.get(code)
    is_whole = isinstance(before, Value) and isinstance(before.value, int)
    answers[code] = Value(int(number) if is_whole and number == int(number) else number)


def _add(editing: _Editing, measure: PlannedMeasure, code: str, count: Decimal, group: str) -> None:
    answers = editing.answers[measure.school_code]
    before = _number_of(answers, code)
    if before is not None:
        _set(answers, code, before + count)
    elif group not in EXCHANGE["optional"]:
        raise Invalid(f"{_name(editing, measure)}的“{editing.spec.items[code].label}”没有填报，不能试算")


def _take(
    editing: _Editing, answers: dict[str, Answer], group: str, measure: PlannedMeasure, school: str
) -> dict[str, Decimal]:
    """What was taken, by field; of several the first that has any. Optional ones only as far as they go."""
    fields = codes(group, measure.stage)
    counts = _counts(editing.spec, group, measure.stage)
    if group == "lower":
        fields = lower_fields(editing.spec, measure.stage)
    elif group in COUNTED:
        fields = [code for code in fields if code in counts]
    left, found = measure.quantity, dict[str, Decimal]()
    for code in fields:
        has = _number_of(answers, code)
        if has and left:
            found[code] = min(has, left)
            _set(answers, code, has - found[code])
            left -= found[code]
    if left and group not in EXCHANGE["optional"]:
        has = measure.quantity - left
        raise Invalid(f"{editing.schools[school].name}只有 {has} 人可以这样安排，不够 {measure.quantity} 人")
    return found


def _ensure_whole(editing: _Editing, measure: PlannedMeasure) -> None:
    """No school has more specialists or 骨干 than teachers, as far as it says how many it has."""
    for code, _ in measure.schools:
        answers, stage = editing.answers[code], measure.stage
        teachers = _number_of(answers, codes("teachers", stage)[0]) if stage else None
        if teachers is None:
            continue
        for group, words in (("specialist", "体育、艺术教师"), ("backbone", "骨干教师")):
            if sum((_number_of(answers, one) or Decimal(0) for one in codes(group, stage)), Decimal(0)) > teachers:
                raise Invalid(f"{editing.schools[code].name}的{words}将多于专任教师")


def _add_rooms(editing: _Editing, measure: PlannedMeasure) -> None:
    """Each as large as the standard asks, in the year of the measure."""
    conditions = [one for indicator in editing.spec.indicators for one in indicator.conditions]
    kinds = {kind.item: kind for one in conditions if isinstance(one, Rooms) for kind in one.kinds}
    answers, table = editing.answers[measure.school_code], measure.kind.table
    before = answers.get(table)
    rows = tuple(before.value) if isinstance(before, Value) else ()
    area = kinds[table].min_area
    built = measure.year or max((int(row["built_year"]) for row in rows), default=2000)
    new = [
        {"name": f"新增{number + 1}", "area": Decimal(area.numerator) / area.denominator, "built_year": built}
        for number in range(int(measure.quantity))
    ]
    answers[table] = Value((*rows, *new))


def class_rows(label: str, grade: str, pupils: int, classes: int) -> list[dict[str, Any]]:
    """The pupils of a grade in so many classes, as evenly as can be."""
    return [
        {"stage": label, "grade": grade, "number": str(number + 1), "pupils": (pupils + number) // classes}
        for number in range(classes)
    ]


def _classes(editing: _Editing, code: str, stage: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Copies of the rows of a stage, and the other rows."""
    listed = editing.answers[code].get(CLASS_LIST)
    rows = [dict(row) for row in listed.value] if isinstance(listed, Value) else []
    label = editing.spec.stages[stage].label
    return [row for row in rows if row["stage"] == label], [row for row in rows if row["stage"] != label]


def _move_pupils(editing: _Editing, measure: PlannedMeasure) -> None:
    """Out of the largest classes, into the smallest of the same stage, one by one."""
    field_, count = f"pupils_{measure.stage}", int(measure.quantity)
    there, here = (editing.answers[code] for code in (measure.from_school_code, measure.school_code))
    has, before = _number_of(there, field_), _number_of(here, field_)
    if has is None or has < count:
        raise Invalid(f"{editing.schools[measure.from_school_code].name}本学段只有 {has or 0} 名学生")
    if before is None:
        raise Invalid(f"{_name(editing, measure)}没有这个学段")
    _set(there, field_, has - count)
    _set(here, field_, before + count)
    for code, answers, step in ((measure.from_school_code, there, -1), (measure.school_code, here, 1)):
        own, others = _classes(editing, code, measure.stage)
        for _ in range(count if own else 0):
            chosen = (max if step < 0 else min)(own, key=lambda row: row["pupils"])
            chosen["pupils"] += step
        if own:
            answers[CLASS_LIST] = Value((*others, *(row for row in own if row["pupils"] > 0)))


def _change_classes(editing: _Editing, measure: PlannedMeasure) -> None:
    """The pupils of the largest (opened) or smallest (closed) grade spread over more or fewer classes."""
    own, others = _classes(editing, measure.school_code, measure.stage)
    if not own:
        raise Invalid(f"{_name(editing, measure)}没有这个学段的班级名册")
    is_opened = measure.kind.code == "open_class"
    for _ in range(int(measure.quantity)):
        grades: dict[str, list[int]] = {}
        for row in own:
            grades.setdefault(row["grade"], []).append(row["pupils"])
        sizes = {grade: Decimal(sum(found)) / len(found) for grade, found in grades.items()}
        if not is_opened:
            sizes = {grade: size for grade, size in sizes.items() if len(grades[grade]) > 1}
        if not sizes:
            raise Invalid(f"{_name(editing, measure)}每个年级只有一个班，不能再减少")
        grade = (max if is_opened else min)(sizes, key=lambda one: (sizes[one], one))
        total, classes = sum(grades[grade]), len(grades[grade]) + (1 if is_opened else -1)
        spread = class_rows(own[0]["stage"], grade, total, classes)
        own = [row for row in own if row["grade"] != grade] + spread
    editing.answers[measure.school_code][CLASS_LIST] = Value((*others, *own))


def _merge(editing: _Editing, measure: PlannedMeasure) -> None:
    """Everything counted and listed of the school goes to its successor, also buildings; what either left blank stays open."""
    giver, here = editing.schools[measure.from_school_code], editing.answers[measure.school_code]
    there = editing.answers[giver.code]
    successor = editing.schools[measure.school_code]
    for code, item in editing.spec.items.items():
        if item.kind not in ("number", "decimal", "table"):
            continue
        mine, theirs = here.get(code), there.get(code)
        if isinstance(mine, Value) and isinstance(theirs, Value):
            here[code] = Value(mine.value + theirs.value)
        elif isinstance(theirs, Value) and not _asks(editing.spec, successor, here, code):
            here[code] = theirs
        elif mine is not None and _asks(editing.spec, giver, there, code) and theirs is None:
            del here[code]
    del editing.schools[giver.code], editing.answers[giver.code]


def _asks(spec: Spec, school: SchoolData, answers: dict[str, Answer], code: str) -> bool:
    return any(item.code == code for item in asked(spec, school.kind, answers))


def _new_school(editing: _Editing, measure: PlannedMeasure) -> None:
    """What is not said of A1–A7's figures is 0; its pupils come by moves."""
    extra, spec = measure.extra, editing.spec
    if measure.school_code in editing.schools:
        raise Invalid(f"已有学校标识码为 {measure.school_code} 的学校，新学校请另编一个")
    kind = spec.kinds.get(str(extra.get("school_kind")))
    if kind is None:
        raise Invalid(f"extra 应写明 school_kind：{'、'.join(spec.kinds)}")
    given = extra.get("answers") or {}
    answers: dict[str, Answer] = {}
    stages = [stage for stage in kind.stages if stage in spec.judged_stages]
    terms = [term.code for i in spec.resources for stage in stages for term in i.rule.terms[stage]]
    for code in dict.fromkeys([*(f"pupils_{stage}" for stage in kind.stages), *terms]):
        answers[code] = Value(0)
    for code, value in given.items():
        item = spec.items.get(code)
        if item is None or item.kind not in ("number", "decimal"):
            raise Invalid(f"新学校的“{code}”不是数字项目")
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0 or (item.kind == "number" and number != int(number)):
            raise Invalid(f"新学校的“{item.label}”应是不小于 0 的数字")
        answers[code] = Value(int(number) if item.kind == "number" else number)
    name = str(extra.get("name") or "新建学校")[:100]
    area = str(extra.get("area") or "城区")
    editing.schools[measure.school_code] = SchoolData(measure.school_code, name, kind.code, area, sponsor="7")
    editing.answers[measure.school_code] = answers


_SPECIAL: dict[str, Callable[[_Editing, PlannedMeasure], None]] = {
    "move_pupils": _move_pupils,
    "open_class": _change_classes,
    "close_class": _change_classes,
    "merge": _merge,
    "new_school": _new_school,
}
