"""Actions of a visit: plan, start, record, reschedule, cancel. Finishing also dispatches findings: see rectification."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.visits import queries, rights, workflow
from inspections.visits.models import ChecklistAnswer, Visit, VisitPhoto
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.lib import dates, written
from portal.core.notices.actions import notify
from schools.access.permissions import Perm
from schools.access.scope import ensure, users_with
from schools.directory.models import School, Status

MIN_TEAM = 3
MAX_PHOTOS = 20


@transaction.atomic
def plan(
    *,
    school_id: int,
    kind: str,
    subject: str,
    planned_on: dt.date,
    leader: User,
    team: Iterable[User] = (),
    notice_no: str = "",
    by: User,
) -> Visit:
    """Plan a visit and notify the school (督导条例 §17) and the team, which includes the leader.

    Raises Invalid for a team too small for 专项/综合督导 (§16), a member who may not inspect this school or works there
    (回避), or a closed school.
    """
    school = School.objects.select_related("district").filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或不在您可以安排督导的范围内。")
    ensure(by, Perm.VISIT_PLAN, school)
    members = {user.pk: user for user in (leader, *team)}
    problems = _problems_of_plan(school, kind, planned_on, members.values())
    if problems:
        raise Invalid("督导没有安排成功，请按下面的提示修改。", problems)
    visit = Visit.objects.create(
        school=school,
        kind=kind,
        subject=subject,
        planned_on=planned_on,
        notice_no=notice_no,
        leader=leader,
        created_by=by,
        updated_by=by,
    )
    visit.team.set(members)
    when = f"{planned_on.month}月{planned_on.day}日"
    number = f"（通知文号 {notice_no}）" if notice_no else ""
    _notify_school(visit, f"{when}将到校开展{visit.get_kind_display()}：{subject}{number}", "planned", by)
    notify(
        members.values(),
        text=f"您参加{when}对{school.name}的{visit.get_kind_display()}",
        url=_url(visit),
        key=_key(visit, "team"),
        by=by,
    )
    names = [user.name for user in members.values()]
    audit.record(
        "visit.plan",
        by=by,
        obj=visit,
        after={"kind": kind, "subject": subject, "planned_on": planned_on, "leader": leader.name, "team": names},
    )
    return visit


def _problems_of_plan(school: School, kind: str, planned_on: dt.date, members: Iterable[User]) -> list[Problem]:
    found = []
    members = list(members)
    if school.status != Status.OPEN:
        found.append(Problem(f"{school.name}已停办", "学校", "请另选学校"))
    if planned_on < timezone.localdate():
        found.append(Problem("计划日期已经过去", "计划日期", "请选择今天或以后的日期"))
    if kind in queries.FULL and len(members) < MIN_TEAM:
        label = Visit.Kind(kind).label
        what = f"{label}须由 {MIN_TEAM} 名以上督学组成督导小组（《教育督导条例》第十六条），现有 {len(members)} 名"
        found.append(Problem(what, "督导小组", "请增加成员"))
    return found + rights.unfit(school, members)


@transaction.atomic
def start(*, visit_id: int, by: User) -> Visit:
    """Start a planned visit. After: under way, with the checklist and the school's claims frozen."""
    visit = _locked(visit_id)
    rights.ensure_record(by, visit)
    visit.state = workflow.TABLE.move(visit.state, "start")
    visit.started_at = timezone.now()
    visit.checklist = queries.frozen_checklist(visit.school)
    visit.updated_by = by
    visit.save()
    audit.record("visit.start", by=by, obj=visit, after={"receipt": visit.checklist["receipt"]})
    return visit


@transaction.atomic
def cancel(*, visit_id: int, reason: str, by: User) -> Visit:
    """Cancel a planned visit with a reason; school and team are notified."""
    visit = _locked(visit_id)
    ensure(by, Perm.VISIT_PLAN, visit)
    visit.state = workflow.TABLE.move(visit.state, "cancel")
    if not reason.strip():
        raise Invalid("请写明取消督导的原因。")
    visit.cancel_reason = reason.strip()
    visit.updated_by = by
    visit.save()
    _notify_school(
        visit, f"原定{visit.planned_on.month}月{visit.planned_on.day}日的督导已取消：{reason}", "cancelled", by
    )
    notify(
        visit.team.all(),
        text=f"对{visit.school.name}的督导已取消：{reason}",
        url=_url(visit),
        key=_key(visit, "team-cancelled"),
        by=by,
    )
    audit.record("visit.cancel", by=by, obj=visit, after={"reason": reason})
    return visit


@transaction.atomic
def reschedule(*, visit_id: int, planned_on: dt.date, reason: str, by: User) -> Visit:
    """Put a planned visit to another day with a reason; school and team are notified. Raises Invalid for a day gone by."""
    visit = _locked(visit_id)
    ensure(by, Perm.VISIT_PLAN, visit)
    workflow.TABLE.move(visit.state, "reschedule")
    reason = written.reason(reason, "督导改期")
    before, when = visit.planned_on, dates.day(planned_on)
    if planned_on < timezone.localdate() or planned_on == before:
        raise Invalid("改期的日期须是今天或以后，并与现在的计划日期不同。")
    visit.first_planned_on = visit.first_planned_on or before
    visit.planned_on, visit.reschedule_reason, visit.updated_by = planned_on, reason, by
    visit.save()
    what = f"rescheduled-{timezone.now():%Y%m%d%H%M%S%f}"
    _notify_school(visit, f"原定{dates.day(before)}到校的督导改到{when}：{reason}", what, by)
    text = f"对{visit.school.name}的督导由{dates.day(before)}改到{when}：{reason}"
    notify(visit.team.all(), text=text, url=_url(visit), key=_key(visit, f"team-{what}"), by=by)
    after = {"planned_on": planned_on, "reason": reason}
    audit.record("visit.reschedule", by=by, obj=visit, before={"planned_on": before}, after=after)
    return visit


@transaction.atomic
def move(*, visit_id: int, school_id: int, reason: str, by: User) -> Visit:
    """Move a planned visit to another school with a reason; both schools and the team are notified.

    Raises Invalid when it is closed or somebody of the team may not inspect it.
    """
    visit = _locked(visit_id)
    ensure(by, Perm.VISIT_PLAN, visit)
    workflow.TABLE.move(visit.state, "move")
    school = School.objects.select_related("district__parent").get(pk=school_id)
    ensure(by, Perm.VISIT_PLAN, school)
    reason = written.reason(reason, "把督导改到另一所学校")
    problems = _problems_of_plan(school, visit.kind, max(visit.planned_on, timezone.localdate()), visit.team.all())
    if problems:
        raise Invalid(f"{dates.day(visit.planned_on)}的督导不能改到{school.name}。", problems)
    before, when = visit.school, dates.day(visit.planned_on)
    _notify_school(visit, f"原定{when}到校的督导改到{school.name}：{reason}", "moved", by)
    visit.school, visit.moved_from, visit.move_reason, visit.updated_by = school, before, reason, by
    visit.save()
    _notify_school(
        visit, f"{when}将到校开展{visit.get_kind_display()}：{visit.subject}（原定{before.name}）", "planned", by
    )
    notify(
        visit.team.all(),
        text=f"{when}对{before.name}的督导改到{school.name}：{reason}",
        url=_url(visit),
        key=_key(visit, f"team-moved-{school.pk}"),
        by=by,
    )
    audit.record(
        "visit.move",
        by=by,
        obj=visit,
        before={"school": before.name},
        after={"school": school.name, "reason": reason},
    )
    return visit


@transaction.atomic
def save_answer(
    *, visit_id: int, question: str, seen: str, found: str = "", note: str = "", version: int = 0, by: User
) -> ChecklistAnswer:
    """Save what was seen for one question; `version` is the one the person looked at (0 = none yet).

    The same content again changes nothing. Raises Conflict when somebody else saved the question meanwhile.
    """
    visit = _locked(visit_id)
    rights.ensure_record(by, visit)
    workflow.TABLE.move(visit.state, "record")
    asked = queries.question_of(visit, question)
    answer = visit.answers.filter(question=question).first()
    content = {"seen": seen, "found": found.strip(), "note": note.strip()}
    before = {name: getattr(answer, name) for name in content} if answer else {}
    if answer and before == content:
        return answer
    if version != (answer.version if answer else 0):
        raise Conflict("这一题刚被他人修改，您的内容还没有保存。请核对后再保存。")
    if answer is None:
        answer = ChecklistAnswer(visit=visit, question=question, claimed=asked.claimed[:60], version=0, created_by=by)
    for name, value in content.items():
        setattr(answer, name, value)
    answer.version += 1
    answer.updated_by = by
    answer.save()
    audit.record("visit.answer", by=by, obj=visit, before=before, after={"question": question} | content)
    return answer


@transaction.atomic
def attach_photo(
    *, visit_id: int, question: str, upload: UploadedFile, key: uuid.UUID | None = None, by: User
) -> VisitPhoto:
    """Store a photo with one question; the same `key` again is the same photo. Raises Invalid for one too many."""
    visit = _locked(visit_id)
    rights.ensure_record(by, visit)
    key = key or uuid.uuid4()
    if known := visit.photos.filter(key=key).first():
        return known
    workflow.TABLE.move(visit.state, "record")
    queries.question_of(visit, question)
    if visit.photos.filter(question=question, withdrawn_at=None).count() >= MAX_PHOTOS:
        raise Invalid(f"这一题已有 {MAX_PHOTOS} 张照片。请先撤下不用的，再上传。")
    document = workflow.keep_photo(upload, by=by)
    photo = VisitPhoto.objects.create(
        visit=visit, question=question, document=document, key=key, created_by=by, updated_by=by
    )
    after = {"question": question, "sha256": document.sha256}
    audit.record("visit.photo", by=by, obj=visit, after=after)
    return photo


@transaction.atomic
def withdraw_photo(*, visit_id: int, photo_id: int, reason: str, by: User) -> VisitPhoto:
    """Take a photo out of a visit under way; row and bytes stay on record. Raises Invalid without a reason."""
    visit = _locked(visit_id)
    rights.ensure_record(by, visit)
    photo = visit.photos.filter(pk=photo_id).first()
    if photo is None:
        raise NotFound("没有这张照片，或不在您可以查看的范围内。")
    workflow.TABLE.move(visit.state, "record")
    if photo.withdrawn_at is None:
        reason = written.reason(reason, "撤下照片")
        photo.withdrawn_at, photo.withdrawn_by, photo.updated_by = timezone.now(), by, by
        photo.save()
        before = {"question": photo.question, "sha256": photo.document.sha256}
        audit.record("visit.withdraw_photo", by=by, obj=visit, before=before, after={"reason": reason})
    return photo


def _locked(visit_id: int) -> Visit:
    """Lock the visit's row; state and answers change only under it."""
    visits = Visit.objects.select_for_update(of=("self",), no_key=True).select_related("school__district__parent")
    visit = visits.filter(pk=visit_id).first()
    if visit is None:
        raise NotFound("没有这次督导，或不在您可以查看的范围内。")
    return visit


def _url(visit: Visit) -> str:
    return reverse("visits:detail", args=[visit.pk])


def _key(visit: Visit, what: str) -> str:
    return f"visit:{visit.pk}:{what}"


def _notify_school(visit: Visit, text: str, what: str, by: User) -> None:
    people = users_with(Perm.FINDING_RECTIFY, visit.school)
    notify(people, text=text, url=_url(visit), key=_key(visit, what), by=by)
