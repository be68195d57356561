"""A small judged district with evidence, a finished visit, a closed finding and a programme."""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from indicators.collection.submissions.models import Revision, Round
from indicators.results.evaluations import actions as evaluating, judging
from indicators.results.evaluations.models import Evaluation
from inspections.dossiers import actions, work
from inspections.dossiers.models import Dossier
from inspections.programmes.models import Phase, Programme
from inspections.rectification.models import Entry, EntryFile, Finding
from inspections.visits.models import ChecklistAnswer, Visit, VisitPhoto
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.jobs import runner
from schools.directory.models import School
from tests.cast import Cast
from tests.indicators.district import figures, hand_in, open_round
from tests.shared import shared

NOW = dt.datetime(2026, 3, 31, 10, 2, tzinfo=dt.UTC)
ROSTER, PLAN = b"%PDF-1.4 roster of teachers " * 40, b"layout plan of the district " * 40


def keep(content: bytes, name: str, by: User) -> Document:
    """Keep a file in the store."""
    with transaction.atomic():
        return store.save([content], name=name, media_type="application/pdf", by=by)


def attach(revision: Revision, *proofs: tuple[str, Document]) -> None:
    """Put files behind items of a frozen submission, as submitting would have."""
    evidence = [
        {
            "item": item,
            "document": str(d.public_id),
            "name": d.name,
            "sha256": d.sha256,
            "size": d.size,
            "caption": "",
            "restricted": "名册" in d.name,
        }
        for item, d in proofs
    ]
    # Rows are immutable; the test stands in for the submission that froze them.
    QuerySet(model=Revision).filter(pk=revision.pk).update(content=revision.content | {"evidence": evidence})


def judge(round: Round) -> Evaluation:
    """Judge a round as its data stand."""
    return evaluating.record(judged=judging.judge(round, judging.read(round), NOW), by=system_user())


def run(dossier: Dossier) -> Dossier:
    """Let a worker make the package."""
    work.run(runner.claim(dossier.job_id))
    dossier.refresh_from_db()
    return dossier


@dataclass(slots=True)
class Place:
    """龙亭区 with 甲小学 (roster, plan) and 乙初级中学 (the same plan), judged."""

    cast: Cast
    round: Round
    evaluation: Evaluation
    roster: Document
    plan: Document
    finding: Finding


@shared
def place(cast: Cast) -> Place:
    """The district."""
    round = open_round(cast.district, name="2026 年度自评")
    roster, plan = keep(ROSTER, "教师学历名册.pdf", cast.reporter_a), keep(PLAN, "房产测绘图.pdf", cast.reporter_a)
    first = hand_in(round, cast.school_a, figures())
    attach(first, ("teachers_master", roster), ("teaching_area", plan), ("pupils", plan))
    attach(hand_in(round, cast.school_b, figures("初级中学")), ("teaching_area", plan))
    district = hand_in(round, None, {"layout_plan": True})
    attach(district, ("layout_plan", keep(b"policy", "布局规划.docx", cast.admin)))
    _programme(cast)
    _visit(cast)
    finding = _finding(cast, cast.school_a)
    return Place(cast, round, judge(round), roster, plan, finding)


def _programme(cast: Cast) -> None:
    by = {"created_by": system_user(), "updated_by": system_user()}
    programme = Programme.objects.create(
        district=cast.district, title="优质均衡实施方案", document_no="龙政办〔2021〕8号", goal_year=2030, **by
    )
    Phase.objects.create(
        programme=programme,
        number=1,
        name="宣传动员",
        starts_on=dt.date(2021, 7, 1),
        ends_on=dt.date(2021, 8, 31),
        **by,
    )


def _visit(cast: Cast) -> None:
    by = {"created_by": cast.inspector_a, "updated_by": cast.inspector_a}
    question = {"key": "rooms", "indicator": "A7", "text": "多媒体教室能否联网", "look": "", "claimed": "30"}
    visit = Visit.objects.create(
        school=cast.school_a,
        kind="regular",
        subject="多媒体教室",
        planned_on=dt.date(2026, 3, 2),
        state="done",
        leader=cast.inspector_a,
        finished_at=NOW,
        summary="总体良好",
        checklist={"questions": [question]},
        **by,
    )
    photo = keep(b"\xff\xd8\xff photo", "现场.jpg", cast.inspector_a)
    ChecklistAnswer.objects.create(visit=visit, question="rooms", seen="no", found="22", **by)
    VisitPhoto.objects.create(visit=visit, question="rooms", document=photo, **by)


def _finding(cast: Cast, school: School) -> Finding:
    finding = Finding.objects.create(
        number="2026-DD-001",
        ledger="410202",
        source="DD",
        school=school,
        indicator="A7",
        problem="两间教室未联网",
        due_on=dt.date(2026, 6, 30),
        state="closed",
        closed_at=NOW,
        closed_by=cast.inspector_a,
        rectified_by=cast.reporter_a,
        created_by=cast.inspector_a,
        updated_by=cast.inspector_a,
    )
    entry = Entry.objects.create(finding=finding, kind=Entry.Kind.MEASURE, text="已接入网络", by=cast.reporter_a)
    EntryFile.objects.create(entry=entry, document=keep(b"acceptance", "验收单.pdf", cast.reporter_a))
    return finding


@shared
def ready(place: Place) -> Dossier:
    """A finished dossier of it."""
    return run(actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin))


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()
