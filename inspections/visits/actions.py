"""Actions of a visit: plan, start, record, raise findings, finish; reschedule, change the team, move, cancel."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from inspections.checklists import queries as checklists
from inspections.claims import figures as claimed
from inspections.claims.models import CheckedFigure, Direction
from inspections.rectification import queries as ledger, raising, workflow as rectification
from inspections.rectification.models import Finding
from inspections.visits import queries, rights, workflow
from inspections.visits.models import SIGNATURE, ChecklistAnswer, Visit, VisitPhoto
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import dates, written
from schools.directory.models import School

MAX_PHOTOS = 20
_REASON_LENGTH = 200


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
    template: str = "",
    is_follow_up: bool = False,
    by: User,
) -> Visit:
    """The school (督导条例 §17) and the team, which includes the leader, are notified.

    Raises Invalid for a team too small for 专项/综合督导 (§16), a member who may not inspect this school or works there (回避),
    or a closed school.
    """
    school = School.objects.select_related("district").filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或不在您可以安排督导的范围内。")
    workflow.PLAN.ensure(by, school)
    members = {user.pk: user for user in (leader, *team)}
    problems = rights.problems_of_plan(school, kind, planned_on, leader, members.values())
    known = checklists.matters([school.district_id]) if kind == Visit.Kind.SPECIAL else []
    if template and template not in dict(known):
        problems.append(Problem("督导类型没有这个事项", "专项事项", "请重新选择"))
    if problems:
        raise Invalid("督导没有安排成功，请按下面的提示修改。", problems)
    plan = {"kind": kind, "template": template, "subject": subject, "planned_on": planned_on}
    plan |= {"is_follow_up": is_follow_up}
    visit = workflow.new(school, leader, members.values(), by, notice_no=notice_no, **plan)
    text = f"您参加{planned_on.month}月{planned_on.day}日对{school.name}的{visit.get_kind_display()}"
    workflow.notify_people(visit, members.values(), "team", text, by)
    after = plan | {"leader": leader.name, "team": [user.name for user in members.values()]}
    audit.record("visit.plan", by=by, obj=visit, after=after)
    return visit


@transaction.atomic
def start(*, visit_id: int, by: User, seen_on: dt.date | None = None, pages: Sequence[UploadedFile] = ()) -> Visit:
    """Freezes the checklist and the school's claims.

    With `seen_on` a visit already made that day is typed in from the photographed `pages` of its paper form. Raises
    Invalid for a day in the future or before the plan, and without pages.
    """
    visit = workflow.begin("start", visit_id, by)
    if seen_on is not None:
        planned = timezone.localdate(visit.created_at)
        if not planned <= seen_on <= timezone.localdate():
            what = f"纸质记录的日期须在{dates.day(planned)}（安排督导之日）和今天之间"
            raise Invalid("没有开始补录。", [Problem(what, "实际日期", "请按纸质记录上的日期填写")])
        if not 0 < len(pages) <= MAX_PHOTOS:
            raise Invalid(
                "没有开始补录。", [Problem("没有收到照片", "纸质记录", f"请拍下每一页，1 至 {MAX_PHOTOS} 张")]
            )
        visit.seen_on = seen_on
        for page in pages:
            _store_photo(visit, page, by)
    visit.started_at = timezone.now()
    visit.checklist = checklists.frozen(visit.school, visit.template or visit.kind)
    visit.updated_by = by
    visit.save()
    paper = {"seen_on": seen_on, "pages": len(pages)} if seen_on else {}
    audit.record("visit.start", by=by, obj=visit, after={"receipt": visit.checklist["receipt"]} | paper)
    return visit


def _store_photo(visit: Visit, upload: UploadedFile, by: User, **more: Any) -> VisitPhoto:
    document = rectification.save_photo(upload, by=by)
    return VisitPhoto.objects.create(visit=visit, document=document, created_by=by, updated_by=by, **more)


@transaction.atomic
def cancel(*, visit_id: int, reason: str, by: User, notify_team: bool = True) -> Visit:
    """School and team are notified; with `notify_team` off the caller notifies the team."""
    visit = workflow.begin("cancel", visit_id, by)
    if not reason.strip():
        raise Invalid("请写明取消督导的原因。")
    visit.cancel_reason = reason.strip()
    visit.updated_by = by
    visit.save()
    when = f"{visit.planned_on.month}月{visit.planned_on.day}日"
    workflow.notify_school(visit, "cancelled", f"原定{when}的督导已取消：{reason}", by)
    text = f"对{visit.school.name}的督导已取消：{reason}"
    workflow.notify_people(visit, visit.team.all() if notify_team else (), "team-cancelled", text, by)
    audit.record("visit.cancel", by=by, obj=visit, after={"reason": reason})
    return visit


@transaction.atomic
def reschedule(*, visit_id: int, planned_on: dt.date, reason: str, by: User) -> Visit:
    """School and team are notified.

    Raises Invalid for a past day, or one on which a member of the team may not inspect the school.
    """
    visit = workflow.begin("reschedule", visit_id, by)
    reason = written.reason(reason, "督导改期")
    before, when = visit.planned_on, dates.day(planned_on)
    if planned_on < timezone.localdate() or planned_on == before:
        raise Invalid("改期的日期须是今天或以后，并与现在的计划日期不同。")
    if problems := rights.unfit(visit, planned_on):
        raise Invalid(f"督导没有改到{when}，请先调整督导小组。", problems)
    visit.first_planned_on = visit.first_planned_on or before
    visit.planned_on, visit.reschedule_reason, visit.updated_by = planned_on, reason, by
    visit.save()
    what = f"rescheduled-{timezone.now():%Y%m%d%H%M%S%f}"
    workflow.notify_school(visit, what, f"原定{dates.day(before)}到校的督导改到{when}：{reason}", by)
    text = f"对{visit.school.name}的督导由{dates.day(before)}改到{when}：{reason}"
    workflow.notify_people(visit, visit.team.all(), f"team-{what}", text, by)
    after = {"planned_on": planned_on, "reason": reason}
    audit.record("visit.reschedule", by=by, obj=visit, before={"planned_on": before}, after=after)
    return visit


@transaction.atomic
def change_team(
    *, visit_id: int, leader: User, team: Iterable[User] = (), reason: str, by: User, notify_team: bool = True
) -> Visit:
    """Of a visit not done; `team` includes the leader. Old and new members and the school are notified.

    The same team changes nothing. Raises Invalid as `plan` does. With `notify_team` off the caller notifies the people.
    """
    visit = workflow.begin("change_team", visit_id, by)
    members, before = ({user.pk: user for user in users} for users in ((leader, *team), visit.team.all()))
    if members.keys() == before.keys() and leader.pk == visit.leader_id:
        return visit
    reason = written.reason(reason, "调整督导小组")
    if problems := rights.problems_of_team(visit.school, visit.kind, visit.goes_on, leader, members.values()):
        raise Invalid("督导小组没有调整，请按下面的提示修改。", problems)
    was = {"leader": visit.leader.name, "team": [user.name for user in before.values()]}
    visit.leader, visit.team_reason, visit.updated_by = leader, reason, by
    visit.save()
    visit.team.set(members)
    what, day = f"team-{timezone.now():%Y%m%d%H%M%S%f}", dates.day(visit.planned_on)
    workflow.notify_school(visit, what, f"{day}到校的督导，督导小组已调整，组长{leader.name}", by)
    about = f"{day}对{visit.school.name}的{visit.get_kind_display()}"
    if notify_team:
        come = [user for pk, user in members.items() if pk not in before]
        workflow.notify_people(visit, come, what, f"您参加{about}", by)
        gone = [user for pk, user in before.items() if pk not in members]
        workflow.notify_people(visit, gone, what, f"您不再参加{about}：{reason}", by)
    after = {"leader": leader.name, "team": [user.name for user in members.values()], "reason": reason}
    audit.record("visit.change_team", by=by, obj=visit, before=was, after=after)
    return visit


@transaction.atomic
def move(*, visit_id: int, school_id: int, reason: str, by: User) -> Visit:
    """Both schools and the team are notified.

    Raises Invalid when the school is closed or a member may not inspect it.
    """
    visit = workflow.begin("move", visit_id, by)
    school = School.objects.select_related("district__parent").get(pk=school_id)
    workflow.PLAN.ensure(by, school)
    reason = written.reason(reason, "把督导改到另一所学校")
    problems = rights.problems_of_plan(school, visit.kind, visit.goes_on, visit.leader, visit.team.all())
    if hasattr(visit, "rehearsal"):
        what = f"{visit.school.name}已经开始自查，自查的内容不能给别的学校看"
        problems.append(Problem(what, "督导", "请取消这次督导，另行安排"))
    if problems:
        raise Invalid(f"{dates.day(visit.planned_on)}的督导不能改到{school.name}。", problems)
    before, when = visit.school, dates.day(visit.planned_on)
    workflow.notify_school(visit, "moved", f"原定{when}到校的督导改到{school.name}：{reason}", by)
    visit.school, visit.moved_from, visit.move_reason, visit.updated_by = school, before, reason, by
    visit.save()
    text = f"{when}将到校开展{visit.get_kind_display()}：{visit.subject}（原定{before.name}）"
    workflow.notify_school(visit, "planned", text, by)
    text = f"{when}对{before.name}的督导改到{school.name}：{reason}"
    workflow.notify_people(visit, visit.team.all(), f"team-moved-{school.pk}", text, by)
    after = {"school": school.name, "reason": reason}
    audit.record("visit.move", by=by, obj=visit, before={"school": before.name}, after=after)
    return visit


@transaction.atomic
def save_answer(
    *,
    visit_id: int,
    question: str,
    seen: str,
    found: str = "",
    note: str = "",
    figures: Mapping[str, claimed.Amount] | None = None,
    version: int = 0,
    by: User,
) -> ChecklistAnswer:
    """`version` is the one the person looked at (0 = none yet).

    `figures` found, by code, without blanks; None leaves them as they are. They replace `found`. The same content
    changes nothing. Raises Conflict when somebody else saved the question meanwhile, Invalid for wrong figures.
    """
    visit = workflow.begin("record", visit_id, by)
    asked = queries.question_of(visit, question)
    answer = visit.answers.filter(question=question).first()
    if faults := claimed.problems(asked.figures, figures or {}):
        raise Invalid("这一题没有保存。", faults)
    stored = answer.figures if answer else {}
    held = stored if figures is None else {code: claimed.frozen(amount) for code, amount in figures.items()}
    content: dict[str, Any] = {
        "seen": seen,
        "found": claimed.in_words(asked.figures, held)[:300] or found.strip(),
        "note": note.strip(),
        "figures": held,
    }
    if answer is None:
        answer = ChecklistAnswer(visit=visit, question=question, claimed=asked.claimed[:300], version=0, created_by=by)
    stale = "这一题刚被他人修改，您的内容还没有保存。请核对后再保存。"
    before = workflow.write(answer, content, version=version, stale=stale, by=by)
    if before is not None:
        audit.record("visit.answer", by=by, obj=visit, before=before, after={"question": question} | content)
    return answer


@transaction.atomic
def attach_photo(
    *, visit_id: int, question: str, upload: UploadedFile, key: uuid.UUID | None = None, by: User
) -> VisitPhoto:
    """The same `key` again is the same photo. Raises Invalid for one too many."""
    visit = workflow.locked(visit_id)
    workflow.RECORD.ensure(by, visit)
    key = key or uuid.uuid4()
    if known := visit.photos.filter(key=key).first():
        return known
    workflow.TABLE.move(visit.state, "record")
    queries.question_of(visit, question)
    if visit.photos.filter(question=question, withdrawn_at=None).count() >= MAX_PHOTOS:
        raise Invalid(f"这一题已有 {MAX_PHOTOS} 张照片。请先撤下不用的，再上传。")
    photo = _store_photo(visit, upload, by, question=question, key=key)
    audit.record("visit.photo", by=by, obj=visit, after={"question": question, "sha256": photo.document.sha256})
    return photo


@transaction.atomic
def withdraw_photo(*, visit_id: int, photo_id: int, reason: str, by: User) -> VisitPhoto:
    """Row and bytes stay on record. Raises Invalid without a reason."""
    visit = workflow.begin("record", visit_id, by)
    photo = visit.photos.filter(pk=photo_id).first()
    if photo is None:
        raise NotFound("没有这张照片，或不在您可以查看的范围内。")
    if photo.withdrawn_at is None:
        reason = written.reason(reason, "撤下照片")
        photo.withdrawn_at, photo.withdrawn_by, photo.updated_by = timezone.now(), by, by
        photo.save()
        before = {"question": photo.question, "sha256": photo.document.sha256}
        audit.record("visit.withdraw_photo", by=by, obj=visit, before=before, after={"reason": reason})
    return photo


@transaction.atomic
def raise_finding(
    *,
    visit_id: int,
    content: rectification.FindingContent,
    question: str = "",
    photo: UploadedFile | None = None,
    despite: str = "",
    by: User,
) -> Finding:
    """In the ledger now; the school gets it when the visit is finished.

    Without its own photo it takes the question's. Raises AlreadyOpen as `register` does.
    """
    visit = workflow.begin("record", visit_id, by)
    ledger.ensure_sound(content, visit.school.district_id)
    question = queries.question_of(visit, question).key if question else ""
    finding = raising.new(
        visit.school, Finding.Source.VISIT, content, by, despite=despite, visit=visit, question=question
    )
    if photo is not None:
        finding.photo = rectification.save_photo(photo, by=by)
    elif question:
        finding.photo = queries.first_photo(visit, finding.question)
    finding.save()
    audit.record("finding.raise", by=by, obj=finding, after=raising.registered(finding, content))
    return finding


@transaction.atomic
def finish(
    *,
    visit_id: int,
    summary: str,
    accept_unanswered: bool = False,
    reasons: Mapping[str, str] | None = None,
    hold: bool = False,
    witness: str = "",
    signature: UploadedFile | None = None,
    by: User,
) -> Visit:
    """Sends its findings to the school; the notice says what was found.

    `hold` leaves to the 督导意见书 what need not be corrected at once (教育督导条例 §15, §20–21). `reasons` says by question why
    what differs is no finding. Raises Invalid naming what is left open.
    """
    visit = workflow.begin("finish", visit_id, by)
    visit.summary, visit.witness = summary.strip(), witness.strip()
    _ensure_finishable(visit, accept_unanswered=accept_unanswered, hold=hold, is_signed=bool(signature))
    given = _write_reasons(visit, reasons or {}, by)
    signed = _store_photo(visit, signature, by, question=SIGNATURE).document.sha256 if signature else ""
    visit.finished_at, visit.updated_by = timezone.now(), by
    visit.periods = queries.frozen_periods(visit)
    visit.save()
    waiting = visit.findings.select_for_update(no_key=True).filter(state=Finding.State.TO_DISPATCH)
    every = list(waiting.order_by("id"))
    findings = [one for one in every if not hold or one.category == Finding.Category.AT_ONCE]
    sent = rectification.send_out(findings, by=by)
    checked = CheckedFigure.objects.bulk_create(queries.checked_figures(visit, by))
    if different := [one for one in checked if one.direction != Direction.SAME]:
        asked = f"现场核查有 {len(different)} 个数据与填报不符，请逐个答复：更正填报，或说明理由"
        workflow.notify_school(visit, "differences", asked, by, page="claims:visit")
    held = [one.number for one in every if one.number not in sent]
    outcome = queries.outcome(findings, given, held=len(held)) + queries.plea_words(visit)
    workflow.notify_school(visit, "done", f"{visit.get_kind_display()}已完成：{outcome}", by)
    after = {
        "summary": visit.summary,
        "findings": sent,
        "held": held,
        "witness": visit.witness,
        "signature": signed,
        "reasons": [f"{text}：{reason}" for text, reason in given.items()],
        "figures": [one.sentence for one in different],
        "periods": queries.periods_in_words(visit),
    }
    audit.record("visit.finish", by=by, obj=visit, after=after)
    return visit


def _ensure_finishable(visit: Visit, *, accept_unanswered: bool, hold: bool, is_signed: bool) -> None:
    if not visit.summary:
        raise Invalid("请填写督导小结后再完成督导。")
    if hold and visit.kind == Visit.Kind.REGULAR:
        raise Invalid("经常性督导没有督导意见书，问题在完成时派发。请不要勾选“随督导意见书派发”。")
    if is_signed and not visit.witness:
        raise Invalid("有签名，没有写是谁签的。请填写校方在场人员的姓名。")
    left = [entry.question.text for entry in queries.asked(visit) if not entry.is_answered]
    if left and not accept_unanswered:
        problems = [Problem("未作答", text, "请补答，或确认不再作答") for text in left]
        raise Invalid(f"还有 {len(left)} 题未作答，督导没有完成。请补答，或确认不再作答。", problems)
    queries.ensure_followed(visit)


def _write_reasons(visit: Visit, reasons: Mapping[str, str], by: User) -> dict[str, str]:
    """Why what differs is no finding, by the question's text. Raises Invalid without a reason."""
    left, problems = queries.without_finding(visit), []
    for entry in left:
        reason = reasons.get(entry.question.key, "").strip()
        if not reason:
            what = "回答为“否”" if entry.is_mismatch else "现场值与填报值不同"
            problems.append(Problem(f"{what}，没有登记问题", entry.question.text, "请登记问题，或写明不登记的原因"))
        elif len(reason) > _REASON_LENGTH:
            problems.append(Problem(f"原因超过 {_REASON_LENGTH} 字", entry.question.text, "请精简"))
        elif entry.answer:
            entry.answer.reason, entry.answer.updated_by = reason, by
            entry.answer.save(update_fields=["reason", "updated_by", "updated_at"])
    if problems:
        raise Invalid(f"还有 {len(problems)} 处与要求或填报不符，没有登记问题，督导没有完成。", problems)
    return {entry.question.text: reasons[entry.question.key].strip() for entry in left}
