"""Who may be sent on a visit and record on it; which persons do not get the outcome of a visit yet."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from inspections import limits
from inspections.rectification.rights import is_school_staff
from inspections.recusals import queries as recusals
from inspections.recusals.rights import Fitness
from inspections.visits.models import FULL, TO_COME, Visit
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, Problem
from schools.access.scope import Perm, ensure, own, visible
from schools.directory.models import School, Status


def may_see_outcome(user: User, visit: Visit) -> bool:
    """The school only once the visit is done."""
    return visit.state == Visit.State.DONE or not is_school_staff(user, visit.school)


def objectable_by(user: User) -> QuerySet[Visit]:
    """School staff may ask that a member of a team steps back that comes or is there."""
    rows = Visit.objects.filter(own(user, Perm.FINDING_RECTIFY, Visit), state__in=TO_COME)
    return visible(user, rows, Perm.FINDING_RECTIFY)


def may_object(user: User, visit: Visit) -> bool:
    return visit.state in TO_COME and objectable_by(user).filter(pk=visit.pk).exists()


def unfit(visit: Visit, on: dt.date, school: School | None = None) -> list[Problem]:
    """Why somebody of the team cannot inspect the visit's school, or `school`, on a day."""
    leader = visit.leader if visit.kind in FULL else None
    return Fitness(visit.team.all()).problems(school or visit.school, on, leader=leader)


def ensure_record(user: User, visit: Visit) -> None:
    """The visit's team, or an inspector of the whole district; nobody who steps back today (回避).

    Raises as `ensure` does.
    """
    ensure(user, Perm.VISIT_RECORD, visit)
    if not visit.is_recorded_by(user):
        raise NotAllowed("只有本次督导的组长、成员或全区督学可以记录。如需参加，请联系安排督导的人员。")
    if recusals.schools_left_by(user, timezone.localdate()).filter(pk=visit.school_id).exists():
        raise NotAllowed(f"您对{visit.school.name}应当回避，不能记录这次督导。请联系安排督导的人员换人。")


def own_to_record(user: User) -> QuerySet[Visit]:
    """Of the person's own teams those that `ensure_record` accepts."""
    rows = visible(user, Visit.objects.filter(Q(leader=user) | Q(team=user)), Perm.VISIT_RECORD).distinct()
    return rows.exclude(school__in=recusals.schools_left_by(user, timezone.localdate()))


def ensure_supplement(user: User, visit: Visit) -> None:
    """Only the leader or a member. Raises as `ensure` does."""
    ensure(user, Perm.VISIT_RECORD, visit)
    if visit.leader_id != user.pk and not visit.team.filter(pk=user.pk).exists():
        raise NotAllowed("只有本次督导的组长和成员可以补记。")
    if recusals.schools_left_by(user, timezone.localdate()).filter(pk=visit.school_id).exists():
        raise NotAllowed(f"您对{visit.school.name}应当回避，不能补记这次督导。")


def problems_of_plan(
    school: School, kind: str, planned_on: dt.date, leader: User, members: Iterable[User]
) -> list[Problem]:
    found = []
    if school.status != Status.OPEN:
        found.append(Problem(f"{school.name}已停办", "学校", "请另选学校"))
    if planned_on < timezone.localdate():
        found.append(Problem("计划日期已经过去", "计划日期", "请选择今天或以后的日期"))
    return found + problems_of_team(school, kind, planned_on, leader, list(members))


def problems_of_team(school: School, kind: str, on: dt.date, leader: User, members: Collection[User]) -> list[Problem]:
    """Who is only 局领导 may only lead 专项 and 综合督导, and does not count as 督学."""
    fitness, found, is_full = Fitness(members), [], kind in FULL
    count = sum(fitness.is_inspector(user) or not fitness.is_bureau_leader(user) for user in members)
    if is_full and count < limits.TEAM.count:
        label = Visit.Kind(kind).label
        what = f"{label}须由 {limits.TEAM}以上督学组成督导小组（《教育督导条例》第十六条），现有 {count} 名"
        found.append(Problem(what, "督导小组", "请增加成员"))
    return found + fitness.problems(school, on, leader=leader if is_full else None)
