"""What the bureau and its departments answer: sums of the schools' figures, and the district's own."""

from collections.abc import Iterable, Mapping, Set
from decimal import Decimal
from typing import Any

from indicators.standard.engine import Answer, Item, Spec, Value
from indicators.standard.engine.respondents import PRIVATE
from indicators.standard.engine.scope import required_of_district
from portal.demo.dice import Dice
from portal.demo.names import Sketch

_FILES = {
    "layout_plan_note": "《龙亭区中小学幼儿园布局专项规划（2021—2035年）》经区政府批准实施，新建小区配套学校与主体工程同步规划、同步建设、同步交付，服务半径符合规定。",
    "four_unified_note": "全区执行统一的学校建设标准、教职工编制标准、生均公用经费基准定额和基本装备配置标准，城乡学校一视同仁，四项标准都有区级文件，每年对照检查一次。",
    "posts_allotted_note": "区委编办在核定总额内下达教职工编制，由区教体局按在校生数和课程需要统筹分配到校，每学年调整一次，并向乡村学校和小规模学校适当倾斜。",
    "left_behind_system_note": "全区建立留守儿童关爱台账和结对帮扶制度，各校设立关爱室，教师定期家访，街道和村委会共同参与，寒暑假组织集中活动，做到一人一档。",
}
_SUBJECTS = ("语文", "数学", "科学", "体育", "艺术", "德育", "英语", "劳动", "心理健康")


def answers(
    spec: Spec, sketches: Iterable[Sketch], schools: Mapping[str, Mapping[str, Answer]], seed: int, year: int
) -> dict[str, Answer]:
    """Return every field the district must answer in a year, in agreement with the schools' returns."""
    plain = (
        _sums(schools, {sketch.code for sketch in sketches if str(sketch.sponsor) == PRIVATE})
        | _own(seed, year)
        | _growth(year)
    )
    fields = required_of_district(spec, {})
    plain |= {field.code: False for field in fields if field.item.signed}
    return {field.code: Value(_value(field.item, plain)) for field in fields}


def _value(item: Item, plain: Mapping[str, Any]) -> Any:
    if item.code in plain:
        return plain[item.code]
    return True if item.kind == "yes_no" else _FILES[item.code]


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


def _own(seed: int, year: int) -> dict[str, Any]:
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
