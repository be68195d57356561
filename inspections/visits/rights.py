"""Who may record on a visit or inspect a school at all; which persons do not get the outcome of a visit yet."""

from collections.abc import Iterable

from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, Problem
from schools.access.permissions import ROLES, Perm
from schools.access.scope import ensure, memberships, users_with, visible
from schools.directory.models import School


def is_school_staff(user: User, school: School) -> bool:
    """Whether the person answers for this school's rectification, so cannot inspect or verify it."""
    return visible(user, School.objects.filter(pk=school.pk), Perm.FINDING_RECTIFY).exists()


def may_see_outcome(user: User, visit: Visit) -> bool:
    """Whether answers, findings and photos may be shown: to the school only once the visit is done."""
    return visit.state == Visit.State.DONE or not is_school_staff(user, visit.school)


def ensure_record(user: User, visit: Visit) -> None:
    """Only the visit's team, or an inspector of the whole district. Raises as `ensure` does."""
    ensure(user, Perm.VISIT_RECORD, visit)
    if visit.leader_id == user.pk or visit.team.filter(pk=user.pk).exists():
        return
    school = visit.school
    above = {school.district_id, school.district.parent_id}
    if school.district.parent is not None:
        above.add(school.district.parent.parent_id)
    granted = (row for row in memberships(user) if Perm.VISIT_RECORD in ROLES[row.role].grants)
    if not any(row.district_id in above for row in granted if row.district_id):
        raise NotAllowed("只有本次督导的组长、成员或全区督学可以记录。如需参加，请联系安排督导的人员。")


def unfit(school: School, members: Iterable[User]) -> list[Problem]:
    """Why people cannot inspect a school: they work there (回避), or are not responsible for it."""
    found = []
    allowed = set(users_with(Perm.VISIT_RECORD, school).values_list("pk", flat=True))
    staff = set(users_with(Perm.FINDING_RECTIFY, school).values_list("pk", flat=True))
    for user in members:
        if user.pk in staff:
            found.append(Problem(f"{user.name}是{school.name}的人员，应当回避", "督导小组", "请换成其他督学"))
        elif user.pk not in allowed:
            found.append(Problem(f"{user.name}的责任范围不含{school.name}", "督导小组", "请换人，或请局管理员先授权"))
    return found
