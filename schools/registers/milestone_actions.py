"""Actions on the milestones of an entry: one made, with its photo or paper, and one taken back."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.files import uploads
from portal.core.lib import dates, written
from schools.access.scope import Perm, visible
from schools.registers import actions, rights
from schools.registers.models import RegisterEntry, RegisterMilestone


@transaction.atomic
def add_milestone(
    *, entry_id: int, state: str, day: date, note: str = "", file: uploads.Accepted | None = None, by: User
) -> RegisterMilestone:
    """The entry's state follows the newest; the same step of a day again is the same row. Raises Invalid."""
    entry = rights.locked(entry_id, by)
    kind = entry.register.milestones
    if kind is None:
        raise NotFound(f"“{entry.register.name}”没有进度节点。")
    if state not in kind.state.choices:
        raise Invalid(f"没有“{state[:20]}”这个节点。可选：{'、'.join(kind.state.choices)}。")
    if day > timezone.localdate():
        raise Invalid(f"{dates.day(day)}还没有到。进度节点写已经做到的；以后的写在“计划完成日期”。")
    note = written.prose(note).strip()
    if len(note) > 200 or (refusal := written.refusal(note)):
        raise Invalid("说明最多 200 字，请缩短。" if len(note) > 200 else f"说明不能这样写：{refusal}。")
    if same := entry.milestones.filter(withdrawn_at=None, day=day, state=state).first():
        return same
    row = RegisterMilestone(entry=entry, day=day, state=state, note=note, created_by=by, updated_by=by)
    row.file = actions.attach(entry_id=entry.pk, file=file, caption=f"{row}", by=by) if file else None
    row.save()
    after = {"state": state, "day": day, "note": note, "file": row.file.document.name if row.file else ""}
    audit.record("register_entry.add_milestone", by=by, obj=entry, after=after)
    _follow(entry, f"进度节点：{row}", by)
    return row


@transaction.atomic
def withdraw_milestone(*, milestone_id: int, reason: str, by: User) -> RegisterMilestone:
    """Its file stays with the entry, whose state goes back to the newest step left."""
    rows = RegisterMilestone.objects.select_related("entry").filter(pk=milestone_id)
    found = visible(by, rows, Perm.REGISTER_VIEW).first()
    if found is None:
        raise NotFound("没有这个进度节点，或它不在您可以查看的范围内。")
    entry = rights.locked(found.entry_id, by)
    row = entry.milestones.get(pk=milestone_id)
    if row.withdrawn_at is not None:
        raise Conflict("这个进度节点已经撤下。请刷新页面查看。")
    row.withdrawn_reason = written.reason(reason, "撤下进度节点")
    row.withdrawn_at, row.withdrawn_by, row.updated_by = timezone.now(), by, by
    row.save()
    before = {"state": row.state, "day": row.day, "note": row.note}
    after = {"reason": row.withdrawn_reason}
    audit.record("register_entry.withdraw_milestone", by=by, obj=entry, before=before, after=after)
    _follow(entry, f"撤下进度节点：{row}", by)
    return row


def _follow(entry: RegisterEntry, reason: str, by: User) -> None:
    """Without steps left the entry stays as it is."""
    steps = list(entry.milestones.filter(withdrawn_at=None).values_list("day", "state"))
    if kind := entry.register.milestones if steps else None:
        typed = entry.data | kind.facts(steps)
        actions.change(entry_id=entry.pk, version=entry.version, year=entry.year, typed=typed, reason=reason, by=by)
