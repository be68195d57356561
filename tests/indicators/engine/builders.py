"""Schools that pass everything unless a test says otherwise."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from indicators.engine import Answer, DistrictReturn, NotApplicable, SchoolReturn, Spec, Value, evaluate
from indicators.engine.result import Result

CASES = Path(__file__).parents[2] / "cases"

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


def school(code: str = "1", kind: str = "小学", *, pupils: int = 500, **changes: Any) -> SchoolReturn:
    """A school that passes; keyword figures replace single answers, None blanks them."""
    register = {key: changes.pop(key) for key in ("status", "sponsor", "area", "has_return") if key in changes}
    given = answers(figures(kind, pupils=pupils) | changes)
    return SchoolReturn(code.rjust(10, "0"), f"第{code}学校", kind, answers=given, **register)


def judge(spec: Spec, *schools: SchoolReturn, **district: Any) -> Result:
    """Evaluate a district of these schools."""
    return evaluate(spec, DistrictReturn("410202", tuple(schools), answers(district)))


def no_vetoes(spec: Spec) -> dict[str, Value]:
    """Every veto stated as 无."""
    return {veto.item: Value(False) for veto in spec.vetoes}
