"""Reporting what changed at a school in a month; a district's day for it, its reminders and its export."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.planning.monthly import queries, workbook
from indicators.planning.monthly.models import MonthlyDay, MonthlyUpdate
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import case_of
from indicators.standard.engine import Item, SchoolData, Spec, check_school
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.lib import digests, written
from portal.core.lib.numbers import plain
from portal.core.notices import actions as notices
from portal.core.notices.models import Notice
from portal.core.spreadsheets import write
from schools.access.scope import Perm, ensure, people_of
from schools.directory.models import District, School

Changes = Mapping[str, tuple[Decimal, Decimal]]
MAX_NOTE = 300


@transaction.atomic
def report(
    *, school_id: int, month: dt.date, changes: Changes, note: str = "", version: int = 0, by: User
) -> MonthlyUpdate:
    """By flat field code what came and what went in the month, in the field's unit; nothing at all is a report too.

    Replaces the month's earlier report of `version`. Raises Invalid where the approved figures do not allow it, Conflict
    when somebody else reported meanwhile.
    """
    # The school is the lock: two reports of a month, or of two months that rest on each other, follow one another.
    rows = School.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    school = rows.filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或不在您的范围内。")
    ensure(by, Perm.SUBMISSION_FILL, school)
    evaluation = _base(school, month)
    case = case_of(evaluation)
    data = next((one for one in case.data.schools if one.code == school.code and one.has_submission), None)
    if data is None:
        raise Invalid(f"{evaluation.round.name}的评估里没有{school.name}审核通过的填报，不能报动态。")
    note = _checked_note(note)
    stored = {
        code: {"plus": plain(plus), "minus": plain(minus)} for code, (plus, minus) in changes.items() if plus or minus
    }
    update = MonthlyUpdate.objects.filter(school=school, month=month).first()
    if update and (update.changes, update.note) == (stored, note):
        return update
    if (update.version if update else 0) != version:
        raise Conflict(f"{month:%Y 年 %-m 月}的动态刚刚被别人报过，没有覆盖。请刷新页面，核对后再报。")
    before = {"changes": update.changes, "note": update.note} if update else {}
    update = update or MonthlyUpdate(school=school, month=month, version=0, created_by=by)
    update.changes, update.note = stored, note
    _ensure_fits(case.result.spec, data, update, evaluation)
    update.version += 1
    update.updated_by = by
    update.save()
    after = {"month": f"{month:%Y-%m}", "changes": update.changes, "note": update.note}
    audit.record("monthly.report", by=by, obj=update, before=before, after=after)
    return update


def _checked_note(note: str) -> str:
    note = written.prose(note).strip()
    if len(note) > MAX_NOTE:
        raise Invalid(f"说明有 {len(note)} 字，请写在 {MAX_NOTE} 字以内。")
    if refusal := written.refusal(note):
        raise Invalid("没有保存。", [Problem(refusal, "说明")])
    return note


def _base(school: School, month: dt.date) -> Evaluation:
    found = queries.evaluations(school.district)
    evaluation = queries.base_of_today(found) if found else None
    if evaluation is None or not queries.first_month(evaluation) <= month <= queries.this_month() or month.day != 1:
        since = f"{queries.first_month(evaluation):%Y 年 %-m 月}到本月" if evaluation else "评估以后"
        raise Invalid(f"只能报{since}的动态：更早的变化已经在核定数据里，以后的还没有发生。")
    return evaluation


def _ensure_fits(spec: Spec, school: SchoolData, update: MonthlyUpdate, evaluation: Evaluation) -> None:
    items = {item.code: item for item in queries.fields(spec, school)}
    problems = [
        Problem(code, "本月动态", "不是本校要报的项目，请刷新页面") for code in update.changes if code not in items
    ]
    others = MonthlyUpdate.objects.filter(school=update.school).exclude(month=update.month).select_related("school")
    updates = sorted(queries.counted([*others, update], evaluation, queries.this_month()), key=lambda one: one.month)
    if not problems:
        problems += _less_than_nothing(items, school, updates)
    if problems:
        raise Invalid(f"有 {len(problems)} 处不能保存，本月动态没有改动。", problems)
    # Pupils come without their classes: what ties them to the list of classes is asked once a year.
    known = {(one.item, one.code) for one in check_school(spec, school.kind, school.given, {}) if one.level == "error"}
    found = check_school(spec, school.kind, queries.changed(school.given, updates), {})
    contradictions = [
        Problem(one.message, items[one.item].label, "请一并报全，例如调入一名教师，专任教师和学历各加 1")
        for one in found
        if one.level == "error"
        and (one.item, one.code) not in known
        and one.item in items
        and items[one.item].base != "pupils"
    ]
    if contradictions:
        raise Invalid(f"有 {len(contradictions)} 处前后不一致，本月动态没有改动。", contradictions)


def _less_than_nothing(items: Mapping[str, Item], school: SchoolData, updates: list[MonthlyUpdate]) -> list[Problem]:
    """Month by month: a later report may rest on what an earlier one brought."""
    problems = []
    for code, item in items.items():
        has = queries.number(school.given.get(code))
        for update in updates:
            change = update.changes.get(code)
            if change is None:
                continue
            if has is None:
                problems.append(Problem("核定数据里没有填报这一项，不能报变化", item.label, "请在年度填报里补填"))
                break
            has += Decimal(change["plus"]) - Decimal(change["minus"])
            if has < 0:
                what = f"{update.month:%Y 年 %-m 月}减少的比现有的多 {plain(-has)} {item.unit}"
                problems.append(Problem(what, item.label, "请核对减少的数量"))
                break
    return problems


@transaction.atomic
def set_day(*, district_id: int, day: int | None, by: User) -> MonthlyDay | None:
    """By which day of a month the one before is to be reported; None: nobody is reminded. Raises Invalid."""
    district = District.objects.select_for_update(no_key=True).filter(pk=district_id).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    if day is not None and not 1 <= day <= 28:
        raise Invalid("报送日请选 1 至 28 日之间的一天，每个月都有这一天。")
    row = MonthlyDay.objects.filter(district=district).first()
    before = row.day if row else None
    if day == before:
        return row
    row = row or MonthlyDay(district=district, created_by=by)
    if before is None:
        row.first_month = queries.this_month()
    row.day, row.updated_by = day, by
    row.save()
    audit.record("monthly.set_day", by=by, obj=row, district=district.code, before={"day": before}, after={"day": day})
    return row


@transaction.atomic
def remind(*, district_id: int, by: User) -> int:
    """From the district's day on, whoever can report for a school that has not: once for a month. How many schools.

    Found from what is there, so the next day makes up for a run that was missed.
    """
    district = District.objects.get(pk=district_id)
    ensure(by, Perm.ROUND_MANAGE, district)
    day = queries.day_of(district)
    if day is None or timezone.localdate() < queries.due_on(day):
        return 0
    return _remind(day, by, "")


@transaction.atomic
def remind_again(*, district_id: int, by: User) -> int:
    """When the bureau asks, also before the day: who was not reminded today. How many schools. Raises Invalid."""
    district = District.objects.get(pk=district_id)
    ensure(by, Perm.ROUND_MANAGE, district)
    day = queries.day_of(district)
    if day is None or not queries.unreported(day):
        raise Invalid("没有要催报的学校：上月的动态都报了，或还没有设报送日。")
    return _remind(day, by, f"-{timezone.localdate():%Y%m%d}")


def _remind(day: MonthlyDay, by: User, end: str) -> int:
    """Keys with the `end` of a day are sent besides those of other days."""
    month, schools = queries.last_month(), queries.unreported(day)
    keys = {school.pk: f"monthly-{school.pk}-{month:%Y-%m}" for school in schools}
    sent = Notice.objects.filter(key__in=[key + tail for key in keys.values() for tail in {"", end}])
    if end:
        sent = sent.filter(created_at__date=timezone.localdate())
    known = {(user, key.removesuffix(end)) for user, key in sent.values_list("user", "key")}
    people, reminded = people_of(Perm.SUBMISSION_FILL, schools), []
    for school in schools:
        new = [user for user in people[school.pk] if (user.pk, keys[school.pk]) not in known]
        text = f"请报{school.name} {month:%Y 年 %-m 月}的月度动态（{day}）。没有变化的，也请报“无变化”"
        url = f"{reverse('monthly:school', args=[school.code])}?month={month:%Y-%m}"
        notices.notify(new, text=text, url=url, key=keys[school.pk] + end, by=None)
        reminded += [school.code] * bool(new)
    if reminded:
        after = {"month": f"{month:%Y-%m}", "schools": reminded}
        audit.record("monthly.remind", by=by, obj=day.district, district=day.district.code, after=after)
    return len(reminded)


@transaction.atomic
def export(*, district: District, by: User) -> bytes:
    """As .xlsx: the coefficients and schools approved and today, and every report."""
    ensure(by, Perm.MONTHLY_VIEW, district)
    content = write.render(workbook.build(district))
    audit.record("monthly.export", by=by, obj=district, district=district.code, after=digests.of(content))
    return content
