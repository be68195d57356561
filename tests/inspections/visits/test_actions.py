"""Actions of a visit: who may, when, and what they leave behind."""

import datetime as dt
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from inspections.rehearsals.models import Rehearsal
from inspections.visits import actions, queries
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import store
from portal.core.notices.models import Notice
from tests.cast import grant, make_school, make_user
from tests.inspections.making import approved_revision, make_round, photo, planned, today, underway

pytestmark = pytest.mark.django_db


def test_planning_notifies_the_school_and_the_team(cast) -> None:
    visit = planned(cast, by=cast.admin, notice_no="龙教督〔2026〕3号")
    assert visit.state == Visit.State.PLANNED
    assert list(visit.team.all()) == [cast.inspector_a]
    shown = set(Notice.objects.values_list("user__username", flat=True))
    assert shown == {"reporter_a", "principal_a", "inspector_a"}
    assert "龙教督〔2026〕3号" in Notice.objects.get(user=cast.reporter_a).text
    assert AuditEvent.objects.get(action="visit.plan").school_code == cast.school_a.code


@pytest.mark.parametrize("who", ["reporter_a", "principal_a", "leader", "reviewer"])
def test_only_inspectors_and_the_bureau_plan_visits(cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        planned(cast, by=getattr(cast, who))
    assert not Visit.objects.exists()


@pytest.mark.parametrize("who", ["foreign_admin", "inspector_b", "disabled"])
def test_a_school_out_of_reach_does_not_exist(cast, who: str) -> None:
    with pytest.raises(NotFound):
        planned(cast, by=getattr(cast, who))


@pytest.mark.parametrize("kind", [Visit.Kind.SPECIAL, Visit.Kind.COMPREHENSIVE])
def test_special_visits_need_three_inspectors_with_the_leader(cast, kind: str) -> None:
    team = [make_user(f"inspector{n}", f"督学{n}") for n in (1, 2)]
    for user in team:
        grant(user, "inspector", district=cast.district)
    with pytest.raises(Invalid) as refusal:
        planned(cast, kind=kind, team=[cast.inspector_a, team[0]])
    assert "3 名以上督学" in str(refusal.value.problems[0])
    assert planned(cast, kind=kind, team=team).team.count() == 3


def test_a_member_must_be_an_inspector_of_this_school(cast) -> None:
    with pytest.raises(Invalid) as refusal:
        planned(cast, team=[cast.inspector_b])
    assert "责任范围不含甲小学" in str(refusal.value.problems[0])


def test_school_staff_step_back_from_inspecting_their_school(cast) -> None:
    grant(cast.principal_a, "inspector", district=cast.district)
    with pytest.raises(Invalid) as refusal:
        planned(cast, team=[cast.principal_a])
    assert "应当回避" in str(refusal.value.problems[0])


def test_a_visit_is_not_planned_in_the_past_or_at_a_closed_school(cast) -> None:
    cast.school_a.status = "停办"
    cast.school_a.save()
    with pytest.raises(Invalid) as refusal:
        planned(cast, planned_on=today(-1))
    assert [problem.where for problem in refusal.value.problems] == ["学校", "计划日期"]


def test_starting_freezes_the_checklist_with_the_claims_of_the_day(cast) -> None:
    visit = planned(cast)
    round_ = make_round(cast.district, cast.admin)
    approved_revision(round_, cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin, "410202-2026-000001")
    actions.start(visit_id=visit.pk, by=cast.inspector_a)
    visit.refresh_from_db()
    assert visit.checklist["receipt"] == "410202-2026-000001"
    assert queries.question_of(visit, "a7-multimedia").claimed == "网络多媒体教室 24 间"


def test_a_submission_sent_back_claims_nothing(cast) -> None:
    round_ = make_round(cast.district, cast.admin)
    revision = approved_revision(round_, cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin)
    revision.submission.state = "returned"
    revision.submission.save()
    assert underway(cast).checklist["receipt"] == ""


def test_a_visit_starts_once(cast) -> None:
    visit = underway(cast)
    with pytest.raises(Conflict):
        actions.start(visit_id=visit.pk, by=cast.inspector_a)


@pytest.mark.parametrize(
    ("who", "error"),
    [("reporter_a", NotAllowed), ("admin", NotAllowed), ("reviewer", NotAllowed), ("inspector_b", NotFound)],
)
def test_only_inspectors_record(cast, who: str, error: type) -> None:
    visit = underway(cast)
    with pytest.raises(error):
        actions.save_answer(visit_id=visit.pk, question="a7-multimedia", seen="yes", by=getattr(cast, who))


def test_an_inspector_outside_the_team_does_not_record(cast) -> None:
    visit = underway(cast)
    other = make_user("other", "另一督学")
    grant(other, "inspector", school=cast.school_a)
    # Inspecting another whole district must not open this one.
    grant(other, "inspector", district=cast.other_district)
    with pytest.raises(NotAllowed, match="组长、成员"):
        actions.save_answer(visit_id=visit.pk, question="a7-multimedia", seen="yes", by=other)


def test_a_district_inspector_records_on_any_visit(cast) -> None:
    chief = make_user("chief", "总督学")
    grant(chief, "inspector", district=cast.district)
    answer = actions.save_answer(visit_id=underway(cast).pk, question="a7-multimedia", seen="yes", by=chief)
    assert answer.version == 1


def test_an_answer_is_not_recorded_before_the_start(cast) -> None:
    with pytest.raises(Conflict):
        actions.save_answer(visit_id=planned(cast).pk, question="a7-multimedia", seen="yes", by=cast.inspector_a)


def test_sending_the_same_answer_again_changes_nothing(cast) -> None:
    visit = underway(cast)
    said = {"visit_id": visit.pk, "question": "a7-multimedia", "seen": "no", "found": "22", "by": cast.inspector_a}
    first, again = (actions.save_answer(**said, version=0) for _ in range(2))
    assert (first.pk, first.version) == (again.pk, again.version) == (first.pk, 1)
    assert AuditEvent.objects.filter(action="visit.answer").count() == 1


def test_a_stale_answer_does_not_overwrite_another_persons(cast) -> None:
    visit = underway(cast)
    said = {"visit_id": visit.pk, "question": "a7-multimedia", "by": cast.inspector_a}
    actions.save_answer(**said, seen="no", found="22", version=0)
    with pytest.raises(Conflict):
        actions.save_answer(**said, seen="yes", version=0)
    assert ChecklistAnswer.objects.get().seen == "no"
    assert actions.save_answer(**said, seen="yes", version=1).version == 2


def test_an_unknown_question_is_not_found(cast) -> None:
    with pytest.raises(NotFound):
        actions.save_answer(visit_id=underway(cast).pk, question="x", seen="yes", by=cast.inspector_a)


def test_a_photo_is_stored_without_where_it_was_taken(cast) -> None:
    visit = underway(cast)
    stored = actions.attach_photo(visit_id=visit.pk, question="a7-multimedia", upload=photo(), by=cast.inspector_a)
    with store.open_file(stored.document) as file, Image.open(file) as image:
        assert not image.getexif()
    # The words next to the photo can still be saved by a phone that knows of no answer yet.
    said = actions.save_answer(visit_id=visit.pk, question="a7-multimedia", seen="no", version=0, by=cast.inspector_a)
    assert said.version == 1


def test_a_question_has_several_photos_and_one_sent_twice_is_one(cast) -> None:
    visit, key = underway(cast), uuid.uuid4()
    shown = {"visit_id": visit.pk, "question": "a7-multimedia", "by": cast.inspector_a}
    first = actions.attach_photo(**shown, upload=photo(), key=key)
    assert actions.attach_photo(**shown, upload=photo(), key=key) == first
    actions.attach_photo(**shown, upload=photo("另一张.jpg"))
    asked = {entry.question.key: entry for entry in queries.asked(visit)}
    assert [stored.document.name for stored in asked["a7-multimedia"].photos] == ["教室.jpg", "另一张.jpg"]


def test_a_photo_is_taken_out_only_when_asked_and_stays_on_record(cast) -> None:
    visit = underway(cast)
    shown = {"visit_id": visit.pk, "by": cast.inspector_a}
    stored = actions.attach_photo(**shown, question="a7-multimedia", upload=photo())
    with pytest.raises(Invalid, match="请写明撤下照片的原因"):
        actions.withdraw_photo(**shown, photo_id=stored.pk, reason=" ")
    for _ in range(2):
        actions.withdraw_photo(**shown, photo_id=stored.pk, reason="拍错了")
    assert queries.first_photo(visit, "a7-multimedia") is None
    assert visit.photos.get().withdrawn_by == cast.inspector_a
    assert AuditEvent.objects.get(action="visit.withdraw_photo").after == {"reason": "拍错了"}
    with pytest.raises(NotFound):
        actions.withdraw_photo(visit_id=underway(cast).pk, photo_id=stored.pk, reason="拍错了", by=cast.inspector_a)


def test_a_question_takes_a_limited_number_of_photos(cast, monkeypatch) -> None:
    monkeypatch.setattr(actions, "MAX_PHOTOS", 1)
    visit = underway(cast)
    shown = {"visit_id": visit.pk, "question": "a7-multimedia", "by": cast.inspector_a}
    stored = actions.attach_photo(**shown, upload=photo())
    with pytest.raises(Invalid, match="已有 1 张照片"):
        actions.attach_photo(**shown, upload=photo())
    actions.withdraw_photo(visit_id=visit.pk, photo_id=stored.pk, reason="拍错了", by=cast.inspector_a)
    assert actions.attach_photo(**shown, upload=photo()) != stored


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("教室.jpg", b"MZ\x90\x00" * 200),
        SimpleUploadedFile("教室.pdf", b"%PDF-1.7\n%%EOF"),
        SimpleUploadedFile("教室.jpg", b""),
    ],
    ids=["executable", "pdf", "empty"],
)
def test_what_is_no_photo_is_refused(cast, upload) -> None:
    visit = underway(cast)
    with pytest.raises(Invalid):
        actions.attach_photo(visit_id=visit.pk, question="a7-multimedia", upload=upload, by=cast.inspector_a)
    assert not visit.photos.exists()


def test_cancelling_needs_a_reason_and_notifies_the_school(cast) -> None:
    visit = planned(cast)
    with pytest.raises(Invalid):
        actions.cancel(visit_id=visit.pk, reason="  ", by=cast.inspector_a)
    actions.cancel(visit_id=visit.pk, reason="台风停课", by=cast.admin)
    visit.refresh_from_db()
    assert (visit.state, visit.cancel_reason) == (Visit.State.CANCELLED, "台风停课")
    assert Notice.objects.filter(user=cast.reporter_a, text__contains="台风停课").exists()
    with pytest.raises(Conflict):
        actions.start(visit_id=visit.pk, by=cast.inspector_a)


def test_another_day_needs_a_reason_and_notifies_school_and_team(cast) -> None:
    visit = planned(cast)
    first = visit.planned_on
    for day, reason in ((today(20), "  "), (first, "台风停课"), (today(-1), "台风停课")):
        with pytest.raises(Invalid):
            actions.reschedule(visit_id=visit.pk, planned_on=day, reason=reason, by=cast.inspector_a)
    actions.reschedule(visit_id=visit.pk, planned_on=today(20), reason="台风停课", by=cast.admin)
    actions.reschedule(visit_id=visit.pk, planned_on=today(21), reason="学校考试", by=cast.admin)
    visit.refresh_from_db()
    assert (visit.state, visit.planned_on, visit.first_planned_on) == (Visit.State.PLANNED, today(21), first)
    for person in (cast.reporter_a, cast.inspector_a):
        assert Notice.objects.filter(user=person, text__contains="台风停课").count() == 1
    event = AuditEvent.objects.filter(action="visit.reschedule").latest("seq")
    assert event.after == {"planned_on": today(21).isoformat(), "reason": "学校考试"}
    actions.start(visit_id=visit.pk, by=cast.inspector_a)
    with pytest.raises(Conflict):
        actions.reschedule(visit_id=visit.pk, planned_on=today(30), reason="再改", by=cast.admin)


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (None, "还没有督导记录", "bad"),
        (0, "今天已督导", "ok"),
        (30, "距上次 30 天", "ok"),
        (31, "距上次 31 天，超过 30 天", "warn"),
        (90, "距上次 90 天，超过 30 天", "warn"),
        (91, "距上次 91 天，超过 90 天", "bad"),
    ],
)
def test_days_since_the_last_visit_in_words(cast, days, words: str, tone: str) -> None:
    if days is not None:
        visit = underway(cast)
        done = visit.started_at - dt.timedelta(days=days)
        Visit.objects.filter(pk=visit.pk).update(state="done", finished_at=done)
    (row,) = queries.with_days(queries.coverage(cast.inspector_a))
    assert (row.words, row.tone) == (words, tone)


def test_a_visit_the_school_has_rehearsed_for_does_not_move_to_another_school(cast) -> None:
    visit = planned(cast)
    Rehearsal.objects.create(visit=visit, created_by=cast.reporter_a, updated_by=cast.reporter_a)
    other = make_school("4102020077", "辛小学", cast.district)
    grant(cast.inspector_a, "inspector", school=other)
    with pytest.raises(Invalid):
        actions.move(visit_id=visit.pk, school_id=other.pk, reason="停课", by=cast.admin)
    visit.refresh_from_db()
    assert visit.school == cast.school_a
