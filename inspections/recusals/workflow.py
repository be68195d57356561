"""What every step on a recusal shares: how one is made and locked, who is notified.

A recusal has no table of states: whether it holds depends on the day (`Recusal.in_force`).
"""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone

from inspections.recusals.models import KINDS, Recusal
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound
from portal.core.lib import dates, written
from portal.core.notices.actions import notify
from schools.access.scope import Perm, users_with
from schools.directory.models import School


def new(
    school: School,
    inspector: User,
    origin: str,
    kind: str,
    since: dt.date,
    note: str,
    by: User,
    *,
    is_own_words: bool = False,
) -> tuple[Recusal, dict[str, Any] | None]:
    """What the audit row says comes with it, None where there is one already. The caller has checked the right.

    Raises Invalid for an unknown relation, a wrong day or what is not to be written here.
    """
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
        return known, None
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
    notify_all(recusal, "new", text, by)
    return recusal, {"inspector": inspector.name, "origin": origin, "since": since, "until": until}


def locked_school(school_id: int) -> School:
    """The school's row locks its recusals."""
    rows = School.objects.select_for_update(of=("self",), no_key=True).select_related("district__parent")
    school = rows.filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或不在您可以查看的范围内。")
    return school


def locked(recusal_id: int) -> Recusal:
    rows = Recusal.objects.select_for_update(of=("self",), no_key=True).select_related("school__district", "inspector")
    recusal = rows.filter(pk=recusal_id).first()
    if recusal is None:
        raise NotFound("没有这项回避，或不在您可以查看的范围内。")
    return recusal


def notify_all(recusal: Recusal, what: str, text: str, by: User) -> None:
    people = [*users_with(Perm.RECUSAL_MANAGE, recusal.school), recusal.inspector]
    notify(people, text=text, url=reverse("recusals:list"), key=f"recusal:{recusal.pk}:{what}", by=by)
