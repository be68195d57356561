"""Each kind of measure against the same data edited by hand, and what cannot be done."""

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from indicators.planning.engine import editing, measures
from indicators.standard.engine import DistrictData, Grant, SchoolData, Value, evaluate
from portal.core.errors import Invalid
from tests.figures import good_answers

A, B, C, D = (f"410202000{n}" for n in range(1, 5))
KINDS = {A: "小学", B: "初级中学", C: "九年一贯制学校", D: "小学"}


@pytest.fixture
def district(spec) -> DistrictData:
    """Two primary schools, a junior and a nine-year one, with the bureau's exchange."""
    schools = tuple(
        SchoolData(code, f"第{code[-1]}学校", kind, "城区", "7", answers=good_answers(spec, kind))
        for code, kind in KINDS.items()
    )
    return DistrictData("410202", schools, {"exchanged": Value(8), "exchanged_backbone": Value(4)})


def row(kind: str, school: str = A, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "school_code": school, "quantity": "2", **more}


def after(spec, data: DistrictData, *rows: dict[str, Any]) -> DistrictData:
    return editing.apply(spec, data, measures.read(list(rows)))


def by_hand(
    data: DistrictData, changes: dict[str, dict[str, int]], district: dict[str, int] | None = None
) -> DistrictData:
    """Add to answers by school and field; `district` to the bureau's."""
    schools = []
    for school in data.schools:
        answers = dict(school.answers)
        for code, step in changes.get(school.code, {}).items():
            answers[code] = Value(answers[code].value + step)
        schools.append(replace(school, answers=answers))
    own = {code: Value(answer.value + (district or {}).get(code, 0)) for code, answer in data.answers.items()}
    return replace(data, schools=tuple(schools), answers=own)


def people(*names: str, stage: str = "primary", step: int = 2) -> dict[str, int]:
    return {f"{name}_{stage}": step for name in names}


STAFF = ("teachers", "teachers_bachelor", "certified_teachers", "trained_teachers")
OUT, IN = {"exchanged_out": 2}, {"exchanged_in": 2}
CASES = [
    (row("hire", stage="primary"), {A: people(*STAFF)}, {}),
    (row("hire", B, stage="junior"), {B: people(*STAFF, stage="junior")}, {}),
    (row("hire_pe_arts", stage="primary"), {A: people(*STAFF, "pe_teachers")}, {}),
    (
        row("train_degree", C, stage="junior"),
        {C: {"teachers_associate_junior": -2, "teachers_bachelor_junior": 2}},
        {},
    ),
    (row("appoint_backbone", stage="primary"), {A: people("backbone_teachers")}, {}),
    (
        row("move", D, stage="primary", of="degree", from_school_code=A),
        {A: people(*STAFF, step=-2) | OUT, D: people(*STAFF) | IN},
        {"exchanged": 2},
    ),
    (
        row("move", D, stage="primary", of="pe_arts", from_school_code=A),
        {A: people(*STAFF, "pe_teachers", step=-2) | OUT, D: people(*STAFF, "pe_teachers") | IN},
        {"exchanged": 2},
    ),
    (
        row("move", D, stage="primary", of="backbone", from_school_code=C),
        {
            C: people(*STAFF, "backbone_teachers", step=-2) | OUT | {"exchanged_backbone": 2},
            D: people(*STAFF, "backbone_teachers") | IN,
        },
        {"exchanged": 2, "exchanged_backbone": 2},
    ),
    (row("build_teaching_area"), {A: {"teaching_area": 2}}, {}),
    (row("build_sports_area", C), {C: {"sports_ground_area": 2}}, {}),
    (row("equip"), {A: {"equipment_value": 2}}, {}),
    (row("multimedia_room"), {A: {"multimedia_rooms": 2}}, {}),
]


@pytest.mark.parametrize(("measure", "changes", "own"), CASES, ids=lambda case: str(case)[:40])
def test_a_measure_is_what_editing_by_hand_gives(spec, district, measure, changes, own) -> None:
    expected = evaluate(spec, by_hand(district, changes, own))
    found = evaluate(spec, after(spec, district, measure))
    assert found.as_json(round="r", district="d") == expected.as_json(round="r", district="d")


@pytest.mark.parametrize("seed", range(8))
def test_several_measures_add_up_in_any_order(spec, district, seed: int) -> None:
    chance = random.Random(seed)
    chosen = chance.sample(CASES, 5)
    expected = district
    for _, changes, own in chosen:
        expected = by_hand(expected, changes, own)
    result = evaluate(spec, after(spec, district, *(measure for measure, _, _ in chosen)))
    assert result.inputs_sha256 == evaluate(spec, expected).inputs_sha256


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (row("move", D, stage="primary", of="degree", from_school_code=A, quantity="5000"), "不够"),
        (row("move", D, stage="primary", of="pe_arts", from_school_code=A, quantity="5"), "不够"),
        (row("train_degree", stage="primary", quantity="1"), "不够"),
        (row("appoint_backbone", stage="primary", quantity="400"), "多于专任教师"),
        (row("hire", "4102029999", stage="primary"), "没有学校"),
        (row("hire", B, stage="primary"), "的“小学本科学历专任教师”没有填报"),
        (row("move_pupils", D, stage="primary", from_school_code=A, quantity="4000"), "名学生"),
        (row("move_pupils", B, stage="primary", from_school_code=A), "没有这个学段"),
        (row("share_teachers", of="pe"), "放宽口径"),
        (row("close_class", stage="primary", quantity="99"), "不能再减少"),
        (row("new_school", A, extra={"school_kind": "小学"}), "已有"),
        (row("new_school", "4102020099"), "school_kind"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(spec, district, measure, words) -> None:
    with pytest.raises(Invalid) as refused:
        after(spec, district, measure)
    assert words in str(refused.value.problems[0])


@pytest.mark.parametrize(
    "measure",
    [
        {},
        "hire",
        row("fire"),
        row("hire"),
        row("hire", stage="senior"),
        row("equip", stage="primary"),
        row("move", stage="primary", of="degree"),
        row("move", stage="primary", from_school_code=B),
        row("move", stage="primary", of="degree", from_school_code=A),
        row("hire", stage="primary", from_school_code=B),
        row("hire", stage="primary", quantity="0"),
        row("hire", stage="primary", quantity="1.5"),
        row("hire", stage="primary", quantity="NaN"),
        row("hire", stage="primary", quantity=1.0),
        row("hire", stage="primary", quantity=True),
        row("equip", cost="-1"),
        row("equip", year="2027"),
        row("equip", school=""),
        row("new_school", extra=[]) | {"extra": [1]},
    ],
)
def test_a_measure_that_cannot_be_read_names_its_place(measure) -> None:
    if isinstance(measure, dict) and "school" in measure:
        measure = measure | {"school_code": ""}
    with pytest.raises(Invalid) as refused:
        measures.read([measure])
    assert refused.value.problems[0].where.startswith("第 1 项")


def test_pupils_move_between_classes_one_by_one(spec, district) -> None:
    found = after(spec, district, row("move_pupils", D, stage="primary", from_school_code=A, quantity="30"))
    schools = {school.code: school.answers for school in found.schools}
    assert (schools[A]["pupils_primary"].value, schools[D]["pupils_primary"].value) == (330, 390)
    sizes = {code: [one["pupils"] for one in schools[code]["class_list"].value] for code in (A, D)}
    assert (sum(sizes[A]), sum(sizes[D])) == (330, 390)
    assert max(sizes[A]) - min(sizes[A]) <= 1
    assert max(sizes[D]) - min(sizes[D]) <= 1


def test_classes_are_opened_where_they_are_largest_and_closed_where_they_are_smallest(spec, district) -> None:
    [opened] = [s for s in after(spec, district, row("open_class", stage="primary")).schools if s.code == A]
    before = next(s for s in district.schools if s.code == A).answers["class_list"].value
    after_ = opened.answers["class_list"].value
    assert len(after_) == len(before) + 2
    assert sum(one["pupils"] for one in after_) == sum(one["pupils"] for one in before)
    [closed] = [s for s in after(spec, district, row("close_class", stage="primary")).schools if s.code == A]
    assert len(closed.answers["class_list"].value) == len(before) - 2


def test_rooms_are_as_large_as_the_standard_asks(spec, district) -> None:
    found = evaluate(spec, after(spec, district, row("music_room", C), row("art_room", C)))
    rooms = next(one for one in found.district_indicators if one.indicator.code == "B3")
    assert next(s for o in rooms.outcomes for s in o.schools if s.school_code == C).passes


def test_a_merged_school_brings_all_it_has(spec, district) -> None:
    found = after(spec, district, row("merge", A, from_school_code=D, quantity="1"))
    assert [school.code for school in found.schools] == [A, B, C]
    merged, [one, other] = found.schools[0].answers, [s.answers for s in district.schools if s.code in (A, D)]
    for code in ("pupils_primary", "teachers_bachelor_primary", "teaching_area", "multimedia_rooms"):
        assert merged[code].value == one[code].value + other[code].value
    assert len(merged["class_list"].value) == len(one["class_list"].value) * 2


def test_what_the_merged_school_left_blank_stays_open(spec, district) -> None:
    blank = tuple(
        replace(s, answers={code: v for code, v in s.answers.items() if code != "teaching_area"}) if s.code == D else s
        for s in district.schools
    )
    found = evaluate(
        spec, after(spec, replace(district, schools=blank), row("merge", A, from_school_code=D, quantity="1"))
    )
    assert ("teaching_area", A) in {(one.item, one.school_code) for one in found.missing}


def test_a_new_school_gets_pupils_and_teachers_by_measures(spec, district) -> None:
    new = "4102020099"
    rows = [
        row("new_school", new, quantity="1", extra={"name": "新校", "school_kind": "小学", "area": "镇区"}),
        row("move_pupils", new, stage="primary", from_school_code=A, quantity="100"),
        row("hire", new, stage="primary", quantity="5"),
        row("build_teaching_area", new, quantity="450"),
    ]
    part = next(p for p in evaluate(spec, after(spec, district, *rows)).parts if p.school.code == new)
    assert (part.pupils, part.indicators[0].value, part.indicators[3].value) == (100, Fraction(5), Fraction("4.5"))
    assert part.passes is False


def test_shared_teachers_count_where_the_relaxation_is_granted(spec, district) -> None:
    grant = next(code for code, rule in spec.relaxations.items() if "visiting_pe_teachers" in rule.items)
    schools = tuple(
        replace(s, answers={**s.answers, "visiting_pe_teachers": Value(0)}) if s.code == A else s
        for s in district.schools
    )
    allowed = replace(district, schools=schools, relaxations=(Grant(grant, A),))
    found = after(spec, allowed, row("share_teachers", of="pe"))
    assert found.schools[0].answers["visiting_pe_teachers"].value == 2


def test_the_base_is_left_as_it_was(spec, district) -> None:
    before = evaluate(spec, district).inputs_sha256
    after(spec, district, *(measure for measure, _, _ in CASES), row("merge", A, from_school_code=D, quantity="1"))
    assert evaluate(spec, district).inputs_sha256 == before


def test_costs_are_added_exactly() -> None:
    found = measures.read([row("equip", cost="0.1"), row("equip", cost="0.2"), row("equip")])
    assert measures.cost(found) == Decimal("0.3")


@pytest.mark.parametrize("written", ["1e-99999", "-1e99999", "NaN", "Infinity", "一", "", "9" * 31, 1.5, True])
def test_a_number_is_one_that_can_be_printed(written: object) -> None:
    with pytest.raises(Invalid, match="数字"):
        measures.number(written, "费用")


def test_a_number_keeps_its_digits() -> None:
    assert [str(measures.number(one, "费用")) for one in ("0", "12.50", "1e3", 7)] == ["0", "12.50", "1E+3", "7"]
