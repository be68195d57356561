"""Actions on zones: draw one, rename it, put an inspector in charge of schools, end a charge."""

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.recusals.rights import Fitness
from inspections.zones.models import Charge, Zone
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import dates, written
from portal.core.notices.actions import notify
from schools.access.scope import Perm, ensure
from schools.directory.models import District, School, Status


@transaction.atomic
def create(*, district_id: int, name: str, by: User) -> Zone:
    """Raises Invalid for a name in use."""
    district = District.objects.select_for_update(no_key=True).get(pk=district_id)
    ensure(by, Perm.ZONE_MANAGE, district)
    zone = Zone.objects.create(district=district, name=_free_name(district, name), created_by=by, updated_by=by)
    audit.record("zone.create", by=by, obj=zone, after={"name": zone.name})
    return zone


@transaction.atomic
def rename(*, zone_id: int, name: str, by: User) -> Zone:
    """Raises Invalid for a name in use."""
    zone = _locked(zone_id)
    ensure(by, Perm.ZONE_MANAGE, zone)
    # The district is the lock of its names, as in `create`.
    District.objects.select_for_update(no_key=True).get(pk=zone.district_id)
    before = zone.name
    if before != name.strip():
        zone.name, zone.updated_by = _free_name(zone.district, name), by
        zone.save()
        audit.record("zone.rename", by=by, obj=zone, before={"name": before}, after={"name": zone.name})
    return zone


@transaction.atomic
def assign(*, zone_id: int, inspector: User, school_ids: Collection[int], by: User) -> list[Charge]:
    """From today; earlier inspectors are relieved. Returns the new charges.

    Raises Invalid for schools that do not run or the inspector may not inspect (回避, another's scope).
    """
    zone = _locked(zone_id)
    ensure(by, Perm.ZONE_MANAGE, zone)
    rows = School.objects.select_for_update(of=("self",), no_key=True).select_related("district__parent")
    schools = list(rows.filter(pk__in=school_ids, district=zone.district_id).order_by("pk"))
    if not schools or len(schools) != len(set(school_ids)):
        raise Invalid("没有办理：请选择本区县的学校。")
    _ensure_assignable(inspector, schools)
    now = Charge.objects.select_for_update(of=("self",), no_key=True).select_related("inspector")
    held = {charge.school_id: charge for charge in now.filter(school__in=schools, until=None)}
    made, today = [], timezone.localdate()
    for school in schools:
        former = held.get(school.pk)
        if former and (former.zone_id, former.inspector_id) == (zone.pk, inspector.pk):
            continue
        if former:
            former.until, former.end_reason, former.updated_by = today, f"改由{inspector.name}负责", by
            former.save()
        made.append(
            Charge.objects.create(
                zone=zone, school=school, inspector=inspector, since=today, created_by=by, updated_by=by
            )
        )
    if made:
        names = "、".join(charge.school.name for charge in made)
        relieved: dict[User, list[str]] = defaultdict(list)
        for charge in made:
            if (former := held.get(charge.school_id)) and former.inspector != inspector:
                relieved[former.inspector].append(charge.school.name)
        url, key = reverse("zones:list"), f"zone:{zone.pk}:assign:{made[0].pk}"
        notify([inspector], text=f"您是{names}的责任督学（{zone.name}）", url=url, key=key, by=by)
        for person, lost in relieved.items():
            text = f"{'、'.join(lost)}的责任督学改为{inspector.name}"
            notify([person], text=text, url=url, key=f"{key}:relieved:{person.pk}", by=by)
        audit.record("zone.assign", by=by, obj=zone, after={"inspector": inspector.name, "charges": names})
    return made


def _ensure_assignable(inspector: User, schools: Collection[School]) -> None:
    """Raises Invalid, naming each school that does not run or the inspector may not inspect."""
    problems, fitness = [], Fitness([inspector])
    for school in schools:
        if school.status == Status.OPEN:
            problems += fitness.problems(school, timezone.localdate())
        else:
            problems.append(Problem(f"{school.name}已停办", "学校", "请不要选它"))
    if problems:
        raise Invalid("责任督学没有安排成功，请按下面的提示修改。", problems)


@transaction.atomic
def end(*, charge_id: int, reason: str, by: User) -> Charge:
    """A second time changes nothing."""
    rows = Charge.objects.select_for_update(of=("self",), no_key=True)
    charge = rows.select_related("zone", "school__district", "inspector").filter(pk=charge_id).first()
    if charge is None:
        raise NotFound("没有这项安排，或不在您管理的范围内。")
    ensure(by, Perm.ZONE_MANAGE, charge)
    if charge.until is None:
        charge.end_reason = written.reason(reason, "结束责任督学安排")
        charge.until, charge.updated_by = timezone.localdate(), by
        charge.save()
        text = f"您不再是{charge.school.name}的责任督学（{dates.day(charge.until)}起）：{charge.end_reason}"
        notify([charge.inspector], text=text, url=reverse("zones:list"), key=f"charge:{charge.pk}:end", by=by)
        after = {"inspector": charge.inspector.name, "reason": charge.end_reason}
        audit.record("zone.end_charge", by=by, obj=charge, after=after)
    return charge


def _free_name(district: District, name: str) -> str:
    name = written.prose(name).strip()
    if not name or Zone.objects.filter(district=district, name=name).exists():
        raise Invalid(f"{district}已有{name}，请换一个名称。" if name else "请写责任区的名称。")
    return name


def _locked(zone_id: int) -> Zone:
    rows = Zone.objects.select_for_update(of=("self",), no_key=True).select_related("district__parent")
    zone = rows.filter(pk=zone_id).first()
    if zone is None:
        raise NotFound("没有这个责任区，或不在您管理的范围内。")
    return zone
