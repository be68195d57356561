"""Answers of a plausible school: complete, consistent, every indicator reached with a little to spare."""

from datetime import date
from decimal import Decimal
from typing import Any

from indicators.collection.submissions import actions, queries
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import Answer, Spec, Value, required
from portal.core.accounts.models import User

PUPILS = {"primary": 360, "junior": 300, "senior": 200}
TEXT = "学校结合实际制定方案，分年级组织实施，落实到班级和教师，定期检查总结，师生参与面广，家长反映良好，效果逐年提高，并形成了可以推广的经验。"


def _stage_figures(pupils: int) -> dict[str, int]:
    teachers = pupils // 12
    return {
        "pupils": pupils,
        "migrant_pupils": pupils // 10,
        "left_behind_pupils": 4,
        "inclusive_pupils": 2,
        "home_taught_pupils": 0,
        "boarders": 0,
        "in_zone_pupils": pupils - 20,
        "teachers": teachers,
        "teachers_doctor": 0,
        "teachers_master": 2,
        "teachers_bachelor": teachers - 5,
        "teachers_associate": 3,
        "teachers_below": 0,
        "backbone_teachers": 5,
        "pe_teachers": 2,
        "music_teachers": 1,
        "art_teachers": 1,
        "arts_teachers": 0,
        "certified_teachers": teachers,
        "trained_teachers": teachers,
    }


def _classes(pupils: dict[str, int], labels: dict[str, str]) -> tuple[dict[str, Any], ...]:
    rows = []
    for stage, count in pupils.items():
        full, rest = divmod(count, 40)
        sizes = [40] * full + ([rest] if rest else [])
        rows += [
            {"stage": labels[stage], "grade": f"{n % 3 + 1}年级", "number": f"{n + 1}班", "pupils": size}
            for n, size in enumerate(sizes)
        ]
    return tuple(rows)


def good_answers(spec: Spec, kind: str, **pupils: int) -> dict[str, Answer]:
    """Every required field of a school of this kind, without errors; `primary=…` sets a stage's pupils."""
    stages = {stage: pupils.get(stage, PUPILS[stage]) for stage in spec.kinds[kind].stages}
    total = sum(stages.values())
    plain: dict[str, Any] = {
        "class_list": _classes(stages, {code: stage.label for code, stage in spec.stages.items()}),
        "teaching_area": Decimal(total * 7),
        "indoor_sports_area": Decimal(0),
        "sports_ground_area": Decimal(total * 12),
        "equipment_value": Decimal(total) * Decimal("0.3"),
        "multimedia_rooms": total // 30,
        "library_books": total * 31,
        "music_rooms": ({"name": "音乐教室", "area": Decimal("98.5"), "built_year": 2018},),
        "art_rooms": ({"name": "美术教室", "area": Decimal(92), "built_year": 2018},),
        "exchange_eligible": 10,
        "exchanged_in": 1,
        "exchanged_out": 2,
        "exchanged_backbone": 1,
        "public_funds_budget": Decimal(500000),
        "public_funds_allocated": Decimal(500000),
        "training_funds_budget": Decimal(30000),
        "training_funds_spent": Decimal("29000.5"),
        "drills": ({"date": date(2026, 9, 10), "kind": "疏散演练", "participants": total},),
    }
    for stage, count in stages.items():
        plain |= {f"{base}_{stage}": number for base, number in _stage_figures(count).items()}
    return {
        field.code: Value(_fill(field.item, plain))
        for field in required(spec, kind, {code: Value(value) for code, value in plain.items() if code in spec.items})
    }


def enter(submission: Submission, values: dict[str, Answer | None], *, by: User, head: User) -> None:
    """Save answers as a school does: the clerk what is counted, the head what the head alone may state."""
    stated = queries.statements(queries.items_of(submission))
    for person, is_own in ((by, False), (head, True)):
        own = {code: value for code, value in values.items() if (code in stated) is is_own}
        actions.save(submission_id=submission.pk, values=own, by=person)


def _fill(item: Any, plain: dict[str, Any]) -> Any:
    if item.code in plain:
        return plain[item.code]
    if item.kind == "yes_no":
        return not item.code.startswith("veto_")
    if item.kind == "choice":
        return item.choices[0]
    if item.kind == "text":
        return TEXT
    raise AssertionError(f"no plausible figure for {item.code}")
