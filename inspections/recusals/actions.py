"""Actions on recusals: declare the own, register somebody's, object as a school, decide on an objection, end."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.recusals import queries, rights
from inspections.recusals.models import KINDS, Recusal
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.lib import dates, written
from portal.core.notices.actions import notify
from schools.access.scope import Perm, ensure, users_with
from schools.directory.models import School


@transaction.atomic
def declare(*, school_id: int, kind: str, since: dt.date, note: str = "", by: User) -> Recusal:
    """The bureau is notified. The same again changes nothing. Raises Invalid."""
    school = _locked_school(school_id)
    ensure(by, Perm.VISIT_RECORD, school)
    return _new(school, by, Recusal.Origin.DECLARED, kind, since, note, by)


@transaction.atomic
def register(
    *, inspector: User, school_id: int, kind: str, since: dt.date, note: str = "", is_objection: bool = False, by: User
) -> Recusal:
    """Somebody steps back, or a school objects to them; it holds until decided.

    Raises Invalid for who inspects nothing here, an unknown relation or a wrong day.
    """
    school = _locked_school(school_id)
    ensure(by, Perm.RECUSAL_MANAGE, school)
    if not queries.inspectors(by, Perm.RECUSAL_MANAGE, Perm.VISIT_LEAD).filter(pk=inspector.pk).exists():
        raise Invalid(f"没有办理：{inspector.name}不是本区的督学或局领导，请另选。")
    origin = Recusal.Origin.OBJECTED if is_objection else Recusal.Origin.RECORDED
    return _new(school, inspector, origin, kind, since, note, by)


@transaction.atomic
def object_to(*, inspector_id: int, school_id: int, kind: str, since: dt.date, note: str, by: User) -> Recusal:
    """A school asks that an inspector steps back; it holds until the bureau decides.

    The same again changes nothing; one decided otherwise may be raised again. Raises Invalid without a reason.
    """
    school = _locked_school(school_id)
    ensure(by, Perm.FINDING_RECTIFY, school)
    inspector = queries.inspectors(by, Perm.FINDING_RECTIFY, Perm.VISIT_LEAD).filter(pk=inspector_id).first()
    if inspector is None:
        raise Invalid("没有提交：请从将到本校督导的人员里选择。")
    note = written.reason(note, "申请回避")
    return _new(school, inspector, Recusal.Origin.OBJECTED, kind, since, note, by, is_own_words=True)


def _new(
    school: School,
    inspector: User,
    origin: str,
    kind: str,
    since: dt.date,
    note: str,
    by: User,
    *,
    is_own_words: bool = False,
) -> Recusal:
    if kind not in KINDS:
        raise Invalid("没有办理：请选择回避的情形。")
    until, note = KINDS[kind].until(since), written.prose(note).strip()
    if until and (until < timezone.localdate() or since > timezone.localdate()):
        years = f"请填过去 {KINDS[kind].years} 年内的日期"
        raise Invalid(
            f"没有办理：{KINDS[kind].since}是{dates.day(since)}，{years}；已满的不用回避，还没有离开的请选别的情形。"
        )
    if refusal := written.refusal(note):
        raise Invalid(refusal)
    # A school's own objection stands by itself: what the inspector declared in private must not swallow it.
    same = Recusal.objects.filter(
        inspector=inspector, school=school, kind=kind, since=since, is_own_words=is_own_words, ended_at=None
    )
    if known := same.exclude(decision=Recusal.Decision.NOT_RECUSED).first():
        return known
    recusal = Recusal.objects.create(
        inspector=inspector,
        school=school,
        origin=origin,
        is_own_words=is_own_words,
        kind=kind,
        since=since,
        until=until,
        note=note,
        created_by=by,
        updated_by=by,
    )
    text = f"{inspector.name}对{school.name}应当回避，请看已安排的督导和责任督学"
    if origin == Recusal.Origin.OBJECTED:
        text = f"{school.name}申请{inspector.name}回避，待决定，决定前暂按回避"
    _notify(recusal, "new", text, by)
    after = {"inspector": inspector.name, "origin": origin, "since": since, "until": until}
    done = "declare" if by == inspector else "object" if is_own_words else "register"
    audit.record(f"recusal.{done}", by=by, obj=recusal, after=after)
    return recusal


@transaction.atomic
def decide(*, recusal_id: int, decision: str, reason: str, by: User) -> Recusal:
    """Raises Invalid, or Conflict when decided otherwise."""
    recusal = _locked(recusal_id)
    rights.ensure_decide(by, recusal)
    if decision not in Recusal.Decision.values:
        raise Invalid("没有办理：请选择回避或不回避。")
    if recusal.decision == decision:
        return recusal
    if not recusal.is_undecided:
        raise Conflict("这项回避不用决定：已经决定过、已经结束，或不是学校提出的异议。请刷新页面查看。")
    recusal.decision_reason = written.reason(reason, "作出这个决定")
    recusal.decision, recusal.decided_at, recusal.decided_by = decision, timezone.now(), by
    recusal.updated_by = by
    recusal.save()
    words = f"对学校提出的异议已有决定：{recusal.inspector.name}对{recusal.school.name}{recusal.get_decision_display()}"
    change = "，请调整已安排的督导小组" if decision == Recusal.Decision.RECUSED else ""
    _notify(recusal, "decided", words + change, by)
    if recusal.is_own_words:
        people, page = users_with(Perm.FINDING_RECTIFY, recusal.school), reverse("objections:page")
        notify(people, text=words, url=page, key=f"recusal:{recusal.pk}:decided", by=by)
    # The reasons may name the relation; they stand with the recusal, for those who may read it.
    after = {"inspector": recusal.inspector.name, "decision": decision}
    audit.record("recusal.decide", by=by, obj=recusal, after=after)
    return recusal


@transaction.atomic
def end(*, recusal_id: int, reason: str, by: User) -> Recusal:
    """A second time changes nothing. Raises Invalid without a reason."""
    recusal = _locked(recusal_id)
    rights.ensure_end(by, recusal)
    if recusal.ended_at is None:
        recusal.end_reason = written.reason(reason, "结束回避")
        recusal.ended_at, recusal.ended_by, recusal.updated_by = timezone.now(), by, by
        recusal.save()
        _notify(recusal, "ended", f"{recusal.inspector.name}对{recusal.school.name}不再回避", by)
        audit.record("recusal.end", by=by, obj=recusal, after={"inspector": recusal.inspector.name})
    return recusal


def _locked_school(school_id: int) -> School:
    """The school's row locks its recusals."""
    rows = School.objects.select_for_update(of=("self",), no_key=True).select_related("district__parent")
    school = rows.filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或不在您可以查看的范围内。")
    return school


def _locked(recusal_id: int) -> Recusal:
    rows = Recusal.objects.select_for_update(of=("self",), no_key=True).select_related("school__district", "inspector")
    recusal = rows.filter(pk=recusal_id).first()
    if recusal is None:
        raise NotFound("没有这项回避，或不在您可以查看的范围内。")
    return recusal


def _notify(recusal: Recusal, what: str, text: str, by: User) -> None:
    people = [*users_with(Perm.RECUSAL_MANAGE, recusal.school), recusal.inspector]
    notify(people, text=text, url=reverse("recusals:list"), key=f"recusal:{recusal.pk}:{what}", by=by)
