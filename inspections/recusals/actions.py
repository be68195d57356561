"""Actions on recusals: declare the own, register somebody's, decide on an objection, end."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.recusals import queries, rights, workflow
from inspections.recusals.models import Recusal
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.lib import written
from portal.core.notices.actions import notify
from schools.access.scope import Perm, ensure, users_with


@transaction.atomic
def declare(*, school_id: int, kind: str, since: dt.date, note: str = "", by: User) -> Recusal:
    """The bureau is notified. The same again changes nothing. Raises Invalid."""
    school = workflow.locked_school(school_id)
    ensure(by, Perm.VISIT_RECORD, school)
    recusal, after = workflow.new(school, by, Recusal.Origin.DECLARED, kind, since, note, by)
    if after:
        audit.record("recusal.declare", by=by, obj=recusal, after=after)
    return recusal


@transaction.atomic
def register(
    *, inspector: User, school_id: int, kind: str, since: dt.date, note: str = "", is_objection: bool = False, by: User
) -> Recusal:
    """Somebody steps back, or a school objects to them; it holds until decided.

    Raises Invalid for who inspects nothing here, an unknown relation or a wrong day.
    """
    school = workflow.locked_school(school_id)
    ensure(by, Perm.RECUSAL_MANAGE, school)
    if not queries.inspectors(by, Perm.RECUSAL_MANAGE, Perm.VISIT_LEAD).filter(pk=inspector.pk).exists():
        raise Invalid(f"没有办理：{inspector.name}不是本区的督学或局领导，请另选。")
    origin = Recusal.Origin.OBJECTED if is_objection else Recusal.Origin.RECORDED
    recusal, after = workflow.new(school, inspector, origin, kind, since, note, by)
    if after:
        audit.record(f"recusal.{'declare' if by == inspector else 'register'}", by=by, obj=recusal, after=after)
    return recusal


@transaction.atomic
def decide(*, recusal_id: int, decision: str, reason: str, by: User) -> Recusal:
    """Raises Invalid, or Conflict when decided otherwise."""
    recusal = workflow.locked(recusal_id)
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
    workflow.notify_all(recusal, "decided", words + change, by)
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
    recusal = workflow.locked(recusal_id)
    rights.ensure_end(by, recusal)
    if recusal.ended_at is None:
        recusal.end_reason = written.reason(reason, "结束回避")
        recusal.ended_at, recusal.ended_by, recusal.updated_by = timezone.now(), by, by
        recusal.save()
        workflow.notify_all(recusal, "ended", f"{recusal.inspector.name}对{recusal.school.name}不再回避", by)
        audit.record("recusal.end", by=by, obj=recusal, after={"inspector": recusal.inspector.name})
    return recusal
