"""Schools that pass everything unless a test says otherwise."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from indicators.standard.engine import (
    Answer,
    DistrictData,
    NotApplicable,
    Result,
    SchoolData,
    Spec,
    Value,
    evaluate,
)

CASES = Path(__file__).parents[3] / "cases"

STAGES = {
    "小学": ("primary",),
    "教学点": ("primary",),
    "初级中学": ("junior",),
    "九年一贯制学校": ("primary", "junior"),
    "完全中学": ("junior", "senior"),
    "十二年一贯制学校": ("primary", "junior", "senior"),
    "特殊教育学校": ("primary", "junior"),
    "中等职业学校": ("senior",),
}


def case(name: str) -> dict[str, Any]:
    """One of the published or constructed cases."""
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def answers(raw: dict[str, Any]) -> dict[str, Answer]:
    """Plain figures as answers; None leaves the field blank."""
    given: dict[str, Answer] = {}
    for code, value in raw.items():
        if isinstance(value, (Value, NotApplicable)):
            given[code] = value
        elif isinstance(value, str):
            given[code] = Value(Decimal(value))
        elif value is not None:
            given[code] = Value(value)
    return given


def figures(kind: str = "小学", *, pupils: int = 500) -> dict[str, Any]:
    """Figures of a school that reaches all seven indicators in every stage."""
    found: dict[str, Any] = {}
    for stage in STAGES[kind]:
        found[f"pupils_{stage}"] = pupils
        if stage == "senior":
            continue
        found |= {
            f"teachers_doctor_{stage}": 0,
            f"teachers_master_{stage}": pupils // 100,
            f"teachers_bachelor_{stage}": pupils // 20,
            f"teachers_associate_{stage}": 0,
            f"backbone_teachers_{stage}": pupils // 50,
            f"pe_teachers_{stage}": pupils // 100,
            f"music_teachers_{stage}": pupils // 100,
            f"art_teachers_{stage}": 0,
            f"arts_teachers_{stage}": 0,
        }
    whole = pupils * len(STAGES[kind])
    return found | {
        "teaching_area": 10 * whole,
        "indoor_sports_area": 0,
        "sports_ground_area": 20 * whole,
        "equipment_value": Decimal(whole),
        "multimedia_rooms": whole // 10,
    }


GOOD = "好"


def conclusions(kind: str = "小学", *, pupils: int = 500) -> dict[str, Any]:
    """Answers with which a school holds all of B3–B13 and C3–C8."""
    found: dict[str, Any] = {}
    for stage in STAGES[kind]:
        if stage != "senior":
            found |= {
                f"{item}_{stage}": pupils // 10 for item in ("teachers", "trained_teachers", "certified_teachers")
            }
            found[f"in_zone_pupils_{stage}"] = pupils
    labels = {"primary": "小学", "junior": "初中", "senior": "高中"}
    classes = [
        {"stage": labels[stage], "grade": "一年级", "number": str(n + 1), "pupils": 40}
        for stage in STAGES[kind]
        for n in range(pupils // 40)
    ]
    rooms = [{"name": f"专用{n}", "area": Decimal(100), "built_year": 2018} for n in range(-(-len(classes) // 12))]
    choices = (
        "it_teaching",
        "facility_use",
        "moral_education",
        "campus_culture",
        "curriculum",
        "labour_education",
        "practice_activities",
        "workload",
    )
    return found | {
        "class_list": Value(tuple(classes)),
        "music_rooms": Value(tuple(rooms)),
        "art_rooms": Value(tuple(rooms)),
        "public_funds_allocated": 100_000,
        "public_funds_budget": 100_000,
        "training_funds_budget": 5_000,
        "charter": True,
        "informatised": True,
        **{item: Value(GOOD) for item in choices},
    }


VETOES = tuple(
    f"veto_{name}" for name in ("exam_admission", "school_choice", "key_class", "posts", "safety", "fraud", "tutoring")
)


def departments() -> dict[str, Any]:
    """Answers with which a district holds everything it is asked itself."""
    subjects = ("语文", "数学", "科学", "体育", "艺术", "德育", "英语", "劳动", "心理健康")
    rows = tuple(
        {"subject": s, "year": 2025, "level": "Ⅲ", "variation": Decimal("0.14"), "report": "监测报告"} for s in subjects
    )
    return {
        "layout_plan": True,
        "four_unified": True,
        "posts_allotted": True,
        "public_funds_standard_primary": 650,
        "special_pupils": 50,
        "special_funds": 50,
        "teacher_wage": 80_000,
        "civil_servant_wage": 80_000,
        "performance_pay_full": True,
        "exchange_eligible": 100,
        "exchanged": 10,
        "exchanged_backbone": 2,
        "good_senior_plan": 100,
        "good_senior_allotted": 50,
        "good_senior_allotted_rural": 10,
        "migrant_eligible": 100,
        "migrant_public": 80,
        "migrant_purchased": 5,
        "left_behind_system": True,
        "junior_entered": 100,
        "junior_in": 0,
        "junior_out": 0,
        "junior_died": 0,
        "junior_graduated": 95,
        "disabled_total": 100,
        "disabled_inclusive": 50,
        "disabled_special": 40,
        "disabled_home_taught": 5,
        "disabled_deferred": 5,
        "monitoring": Value(rows),
        "survey_sent": 110,
        "survey_valid": 100,
        "survey_satisfied": 85,
        **dict.fromkeys(VETOES, False),
    }


def sound(spec: Spec, code: str = "1", kind: str = "小学", *, pupils: int = 500, **changes: Any) -> SchoolData:
    """A school that passes A1–A7, holds B and C, and states every veto as 无."""
    return school(code, kind, pupils=pupils, **(no_vetoes(spec) | conclusions(kind, pupils=pupils) | changes))


def school(code: str = "1", kind: str = "小学", *, pupils: int = 500, **changes: Any) -> SchoolData:
    """A school that passes; keyword figures replace single answers, None blanks them."""
    facts = ("status", "sponsor", "area", "boarding", "has_submission")
    register = {key: changes.pop(key) for key in facts if key in changes}
    given = answers(figures(kind, pupils=pupils) | changes)
    return SchoolData(code.rjust(10, "0"), f"第{code}学校", kind, answers=given, **register)


def judge(spec: Spec, *schools: SchoolData, **district: Any) -> Result:
    """Evaluate a district of these schools."""
    return evaluate(spec, DistrictData("410202", tuple(schools), answers(district)))


def no_vetoes(spec: Spec) -> dict[str, Value]:
    """Every veto stated as 无."""
    return {veto.item: Value(False) for veto in spec.vetoes}
