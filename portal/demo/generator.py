"""Answers of the demonstration's schools and district: pure, seeded, and the same every time."""

from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import (
    Answer,
    DistrictData,
    Item,
    SchoolData,
    Spec,
    Value,
    evaluate,
    required,
)
from indicators.standard.engine.respondents import PRIVATE
from indicators.standard.engine.scope import required_of_district
from portal.demo import figures, materials
from portal.demo.figures import CURRENT, Draw
from portal.demo.names import DISTRICT, WELL_EQUIPPED, Dice, Sketch

# Printed with two decimals the coefficient reads 0.45, which is the limit; judged exactly it is above.
_NEAR = Fraction(4520, 10000)
_MOST_PER_PUPIL = Decimal("1.9")
Answers = dict[str, Answer]


def school_answers(spec: Spec, sketches: Iterable[Sketch], seed: int, year: int) -> dict[str, Answers]:
    """What every school answers in a year, by school code: complete and without errors.

    In the current year one coefficient (初中 A6) is 临界: one school has so much equipment.
    """
    sketches = list(sketches)
    found = {sketch.code: _answers_of(Draw(spec, sketch, seed, year)) for sketch in sketches}
    if year == CURRENT and len(sketches) > WELL_EQUIPPED:
        code = sketches[WELL_EQUIPPED].code
        value = _tipping_value(spec, sketches, found, code)
        if value is not None:
            found[code]["equipment_value"] = Value(value)
    return found


def district_data(sketches: Iterable[Sketch], answers: Mapping[str, Answers]) -> DistrictData:
    schools = [
        SchoolData(
            code=s.code,
            name=s.name,
            kind=s.kind,
            area=s.area,
            sponsor=str(s.sponsor),
            boarding=s.boarding,
            answers=answers[s.code],
        )
        for s in sketches
    ]
    return DistrictData(DISTRICT, tuple(schools))


def _answers_of(draw: Draw) -> Answers:
    plain = figures.figures(draw)
    given: Answers = {code: Value(value) for code, value in plain.items() if code in draw.spec.items}
    # A special school is not asked for rooms and equipment, and nobody for attached classes it has not.
    fields = {field.code: field.item for field in required(draw.spec, draw.sketch.kind, given)}
    found = {code: given[code] if code in given else Value(_words(draw, item)) for code, item in fields.items()}
    if plain["honours"]:
        found["honours"] = given["honours"]
    # Nobody must report these, but this district does: 表Ⅰ of its declaration needs them.
    return found | {code: answer for code, answer in given.items() if draw.spec.items[code].base == "staff"}


def _words(draw: Draw, item: Item) -> Any:
    """A choice or an account; vetoes did not happen."""
    if item.kind == "yes_no":
        return not item.signed
    if item.kind == "choice":
        return draw.dice(item.code).one(item.choices[:2] + item.choices[:1])
    return materials.note(draw.sketch, draw.seed, draw.year, item.base)


def _tipping_value(spec: Spec, sketches: list[Sketch], found: Mapping[str, Answers], code: str) -> Decimal | None:
    """The equipment (万元) of one school that brings the coefficient just over the limit, None if out of reach."""
    others, own = _junior_equipment(spec, sketches, found, code)
    mean = sum(value for value, _ in others) / sum(count for _, count in others)
    low, high = int(mean * own * 100), int(_MOST_PER_PUPIL * own * 100)
    if _cv_squared(others, Fraction(high, 100), own) < _NEAR**2:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        above = _cv_squared(others, Fraction(middle, 100), own) >= _NEAR**2
        low, high = (low, middle) if above else (middle, high)
    return Decimal(high) / 100


def _junior_equipment(
    spec: Spec, sketches: list[Sketch], found: Mapping[str, Answers], code: str
) -> tuple[list[tuple[Fraction, int]], int]:
    """Numerator and pupils of every other junior part, and the pupils of the one school."""
    position = [indicator.code for indicator in spec.resources].index("A6")
    others, own = [], 0
    for part in evaluate(spec, district_data(sketches, found)).parts:
        figure = part.indicators[position]
        if part.stage != "junior" or figure.numerator is None or not figure.pupils:
            continue
        if part.school.code == code:
            own = figure.pupils
        else:
            others.append((Fraction(figure.numerator), figure.pupils))
    return others, own


def _cv_squared(others: list[tuple[Fraction, int]], value: Fraction, own: int) -> Fraction:
    """CV² = Q·P/T² − 1 with one school's total put in (教督〔2017〕6号)."""
    rows = [*others, (value, own)]
    total = sum((x for x, _ in rows), Fraction(0))
    squares = sum((x * x / count for x, count in rows), Fraction(0))
    return squares * sum(count for _, count in rows) / (total * total) - 1


_DISTRICT_TEXTS = {
    "layout_plan_note": "《龙亭区中小学幼儿园布局专项规划（2021—2035年）》经区政府批准实施，新建小区配套学校与主体工程同步规划、同步建设、同步交付，服务半径符合规定。",
    "four_unified_note": "全区执行统一的学校建设标准、教职工编制标准、生均公用经费基准定额和基本装备配置标准，城乡学校一视同仁，四项标准都有区级文件，每年对照检查一次。",
    "posts_allotted_note": "区委编办在核定总额内下达教职工编制，由区教体局按在校生数和课程需要统筹分配到校，每学年调整一次，并向乡村学校和小规模学校适当倾斜。",
    "left_behind_system_note": "全区建立留守儿童关爱台账和结对帮扶制度，各校设立关爱室，教师定期家访，街道和村委会共同参与，寒暑假组织集中活动，做到一人一档。",
}
_SUBJECTS = ("语文", "数学", "科学", "体育", "艺术", "德育", "英语", "劳动", "心理健康")


def district_answers(
    spec: Spec, sketches: Iterable[Sketch], schools: Mapping[str, Mapping[str, Answer]], seed: int, year: int
) -> dict[str, Answer]:
    """Every field the district must answer in a year, in agreement with its schools."""
    plain = (
        _sums(schools, {sketch.code for sketch in sketches if str(sketch.sponsor) == PRIVATE})
        | _district_figures(seed, year)
        | _growth(year)
    )
    fields = required_of_district(spec, {})
    plain |= {field.code: False for field in fields if field.item.signed}
    for field in fields:
        item = field.item
        if item.code not in plain:
            plain[item.code] = True if item.kind == "yes_no" else _DISTRICT_TEXTS[item.code]
    return {field.code: Value(plain[field.item.code]) for field in fields}


def _sums(schools: Mapping[str, Mapping[str, Answer]], private: Set[str]) -> dict[str, Any]:
    def total(base: str, among: Iterable[str] = tuple(schools)) -> int:
        fields = [f"{base}{stage}" for stage in ("", "_primary", "_junior")]
        found = (schools[code].get(field) for code in among for field in fields)
        return sum(answer.value for answer in found if isinstance(answer, Value))

    migrant, inclusive, home = total("migrant_pupils"), total("inclusive_pupils"), total("home_taught_pupils")
    in_private = total("migrant_pupils", private)
    special_school: Mapping[str, Answer] = next((s for s in schools.values() if "equipment_value" not in s), {})
    special, graduates = _pupils(special_school), sum(_graduates(school) for school in schools.values())
    funds = special_school.get("public_funds_allocated")
    return {
        "exchange_eligible": total("exchange_eligible"),
        "exchanged": total("exchanged_out"),
        "exchanged_backbone": total("exchanged_backbone"),
        "migrant_eligible": migrant,
        "migrant_public": min(migrant * 92 // 100, migrant - in_private),
        "migrant_purchased": min(migrant * 4 // 100, in_private),
        "special_pupils": special,
        "special_funds": funds.value / 10000 if isinstance(funds, Value) else Decimal(0),
        "disabled_total": special + inclusive + home + 4,
        "disabled_inclusive": inclusive,
        "disabled_special": special,
        "disabled_home_taught": home,
        "disabled_deferred": 3,
        "junior_entered": graduates * 81 // 80,
        "junior_in": graduates // 37,
        "junior_out": graduates // 30,
        "junior_died": 1,
        "junior_graduated": graduates,
    }


def _pupils(school: Mapping[str, Answer]) -> int:
    found = (school.get(f"pupils_{stage}") for stage in ("primary", "junior"))
    return sum(answer.value for answer in found if isinstance(answer, Value))


def _graduates(school: Mapping[str, Answer]) -> int:
    classes = school.get("class_list", Value(()))
    return sum(row["pupils"] for row in classes.value if row["grade"] == "九年级") if isinstance(classes, Value) else 0


def _district_figures(seed: int, year: int) -> dict[str, Any]:
    dice, later = Dice(seed, "district", year), year - 2023
    return {
        "population_total": Decimal("48.36") + later * Decimal("0.21"),
        "population_rural": Decimal("13.72") - later * Decimal("0.18"),
        "townships": 4,
        "villages": 63,
        "gdp_per_head": 61_200 + later * 2_310,
        "revenue_per_head": 4_180 + later * 160,
        "rural_income": 20_640 + later * 1_180,
        "urban_income": 36_900 + later * 1_650,
        "basic_balance_year": 2016,
        "good_senior_plan": 1600,
        "good_senior_allotted": 840 + later * 20,
        "good_senior_allotted_rural": 260 + later * 15,
        "monitoring": tuple(
            {
                "subject": subject,
                "year": year - 1,
                "level": "Ⅲ",
                "variation": dice.share("0.08", "0.14"),
                "report": f"{year - 1}年国家义务教育质量监测报告",
            }
            for subject in _SUBJECTS
        ),
        "survey_sent": 4200,
        "survey_valid": 4068 + later * 12,
        "survey_satisfied": 3560 + later * 60,
        "survey_valid_parents": 2610,
        "survey_satisfied_parents": 2280 + later * 30,
        "visits_total": 180,
        "visits_satisfied": 162 + later,
        "visits_total_parents": 96,
        "visits_satisfied_parents": 86 + later,
    }


def _growth(year: int) -> dict[str, Any]:
    later = year - 2023
    rising = {
        "fiscal_education": (52_400, 3_100),
        "fiscal_revenue_regular": (198_000, 6_200),
        "per_pupil_cost_primary": (13_850, 420),
        "per_pupil_cost_junior": (17_900, 510),
        "per_pupil_public_funds_primary": (720, 15),
        "per_pupil_public_funds_junior": (940, 18),
        "teacher_wage_total": (38_600, 1_480),
    }
    plain: dict[str, Any] = {
        "public_funds_standard_primary": Decimal(720),
        "public_funds_standard_junior": Decimal(940),
        "teacher_wage": Decimal(98_600 + later * 2_900),
        "civil_servant_wage": Decimal(97_900 + later * 2_700),
    }
    for code, (start, step) in rising.items():
        base, _, stage = code.rpartition("_") if code.endswith(("_primary", "_junior")) else (code, "", "")
        before = f"{base}_last_year_{stage}" if stage else f"{code}_last_year"
        plain |= {code: Decimal(start + later * step), before: Decimal(start + (later - 1) * step)}
    return plain
