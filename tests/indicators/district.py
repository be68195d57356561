"""Rounds with approved submissions, made row by row: for tests of what reads them, not of how they come in."""

import hashlib
import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Decision, Revision, Round, Submission
from indicators.standard.engine import NotApplicable, Value
from indicators.standard.standards import queries as standards
from portal.core.accounts.queries import system_user
from schools.directory.models import District, School
from tests.cast import make_school

SOON = datetime(2026, 12, 31, tzinfo=UTC)
STAGES = {
    "小学": ("primary",),
    "教学点": ("primary",),
    "初级中学": ("junior",),
    "九年一贯制学校": ("primary", "junior"),
    "完全中学": ("junior", "senior"),
    "十二年一贯制学校": ("primary", "junior", "senior"),
    "特殊教育学校": ("primary", "junior"),
}
KINDS = ["小学", "小学", "初级中学", "小学", "九年一贯制学校", "小学", "教学点", "完全中学", "小学", "十二年一贯制学校"]


def open_round(district: District, code: str = "2026", **facts: Any) -> Round:
    """Open a round without submissions."""
    system = system_user()
    year = int(code[:4])
    defaults: dict[str, Any] = {
        "name": f"{code} 年度自评",
        "opened_at": datetime(year, 9, 1, tzinfo=UTC),
        "due_at": SOON,
        "school_year_start": date(year, 9, 1),
        "fiscal_year": year - 1,
        "school_year": f"{year - 1}-{year}",
        "standard": standards.current(),
    }
    return Round.objects.create(
        code=code, district=district, created_by=system, updated_by=system, **(defaults | facts)
    )


def figures(kind: str = "小学", pupils: int = 1000, **changes: Any) -> dict[str, Any]:
    """Answers with which a school of this kind comfortably passes A1–A7; `changes` override, None blanks."""
    given: dict[str, Any] = {}
    stages = STAGES[kind]
    for stage in stages:
        given[f"pupils_{stage}"] = pupils
        if stage == "senior":
            continue
        given |= {
            f"teachers_doctor_{stage}": 0,
            f"teachers_master_{stage}": pupils * 2 // 100,
            f"teachers_bachelor_{stage}": pupils * 4 // 100,
            f"teachers_associate_{stage}": pupils // 100,
            f"backbone_teachers_{stage}": pupils * 15 // 1000,
            f"pe_teachers_{stage}": pupils * 6 // 1000,
            f"music_teachers_{stage}": pupils * 3 // 1000,
            f"art_teachers_{stage}": pupils * 3 // 1000,
            f"arts_teachers_{stage}": 0,
        }
    total = pupils * len(stages)
    given |= {
        "teaching_area": Decimal(total * 8),
        "indoor_sports_area": Decimal(total),
        "multimedia_rooms": total * 3 // 100,
        "sports_ground_area": Decimal(total * 11),
        "equipment_value": Decimal(total * 3) / 10,
    }
    given |= {
        f"veto_{name}": False
        for name in ("exam_admission", "school_choice", "key_class", "posts", "safety", "fraud", "tutoring")
    }
    return {field: value for field, value in (given | changes).items() if value is not None}


def hand_in(
    round: Round,
    school: School | None,
    given: dict[str, Any],
    verdict: str | None = "approved",
    proofs: Sequence[str] = (),
) -> Revision:
    """Freeze answers, and a file for each item of `proofs`, as the next revision and decide on it (`verdict` None = still waiting)."""
    spec = standards.load_spec(round.standard)
    items = answers.items_of(spec, is_school=school is not None)
    system = system_user()
    now = datetime(2026, 3, 31, 10, 2, tzinfo=UTC)
    state = {"approved": "approved", "returned": "returned", None: "submitted"}[verdict]
    submission, _ = Submission.objects.update_or_create(
        round=round,
        school=school,
        department=None,
        defaults={"state": state, "submitted_at": now, "updated_by": system},
        create_defaults={"state": state, "submitted_at": now, "created_by": system, "updated_by": system},
    )
    stamp = {"by": "甲校填报员", "at": now.isoformat()}
    content = {
        "format": 1,
        "round": round.code,
        "district": round.district.code,
        "department": None,
        "evidence": [{"item": item, "name": f"{item}.pdf", "sha256": "0" * 64, "size": 1} for item in proofs],
        "school": {"code": school.code, "name": school.name, "kind": school.kind} if school else None,
        "standard": {"code": round.standard.code, "sha256": round.standard.sha256},
        "waivers": [],
        "answers": {
            field: answers.frozen(items[field], v if isinstance(v, NotApplicable) else Value(v)) | stamp
            for field, v in given.items()
        },
    }
    number = submission.revisions.count() + 1
    content["number"] = number
    dumped = json.dumps(content, ensure_ascii=False, sort_keys=True)
    revision = Revision.objects.create(
        submission=submission,
        number=number,
        content=content,
        sha256=hashlib.sha256(dumped.encode()).hexdigest(),
        receipt=f"{round.district.code}-{round.code}-{submission.pk:06d}-{number}",
        submitted_at=now,
        submitted_by=system,
    )
    if verdict:
        Decision.objects.create(revision=revision, verdict=verdict, decided_by=system)
    return revision


def fill(round: Round, count: int, seed: int = 2026) -> list[School]:
    """Register `count` schools of every kind with plausible approved figures; the same seed gives the same district."""
    chance = random.Random(seed)
    made = []
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        area = ("城区", "镇区", "乡村")[index % 3]
        code = f"{round.district.code}9{index:03d}"
        school = make_school(code, f"第{index + 1}{kind}", round.district, kind=kind, area=area)
        hand_in(round, school, _plausible(kind, chance))
        made.append(school)
    return made


def _plausible(kind: str, chance: random.Random) -> dict[str, Any]:
    given = figures(kind, chance.randrange(260, 1900) if kind != "教学点" else chance.choice((38, 64)))
    for field, value in given.items():
        if isinstance(value, bool) or field.startswith("pupils"):
            continue
        scaled = (
            value * chance.randrange(72, 190) / 100 if isinstance(value, int) else value * chance.randrange(72, 190)
        )
        given[field] = int(scaled) if isinstance(value, int) else (scaled / 100).quantize(Decimal("0.01"))
    return given
