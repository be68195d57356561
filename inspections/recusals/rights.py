"""Who may inspect a school on a day, asked by every road that sends somebody there; who ends and decides a recusal."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from inspections.recusals.models import Recusal
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, Problem
from schools.access.models import Membership
from schools.access.permissions import roles_with
from schools.access.scope import Perm, ensure, ensure_own_hand, visible
from schools.directory.models import School

_WHERE = "督导小组"


class Fitness:
    """What is known of some people, in two queries however many schools are asked for."""

    def __init__(self, people: Iterable[User]) -> None:
        self._people = list({person.pk: person for person in people}.values())
        self._posts: dict[int, list[Membership]] = defaultdict(list)
        for row in Membership.objects.in_force().filter(user__in=self._people):
            self._posts[row.user_id].append(row)
        self._recusals: dict[tuple[int, int], list[Recusal]] = defaultdict(list)
        for recusal in Recusal.objects.filter(inspector__in=self._people, ended_at=None):
            self._recusals[recusal.inspector_id, recusal.school_id].append(recusal)

    def problems(
        self,
        school: School,
        on: dt.date,
        last: dt.date | None = None,
        *,
        people: Iterable[User] | None = None,
        leader: User | None = None,
    ) -> list[Problem]:
        """Why some of the people cannot inspect the school that day, or every day until `last`.

        They work there, step back (回避), or are not responsible for it; the `leader` may be one who only leads (局领导). No
        relation is named: who plans need not know it.
        """
        asked = self._people if people is None else people
        found = (self.problem(user, school, on, last, leads=user == leader) for user in asked)
        return [problem for problem in found if problem]

    def problem(
        self, user: User, school: School, on: dt.date, last: dt.date | None = None, *, leads: bool = False
    ) -> Problem | None:
        if self._holds(user, Perm.FINDING_RECTIFY, school):
            return Problem(f"{user.name}是{school.name}的人员，应当回避", _WHERE, "请换成其他督学")
        if any(recusal.is_in_force(on, last) for recusal in self._recusals[user.pk, school.pk]):
            return Problem(f"{user.name}对{school.name}应当回避", _WHERE, "请换成其他督学")
        perms = (Perm.VISIT_RECORD, Perm.VISIT_LEAD) if leads else (Perm.VISIT_RECORD,)
        if not (user.is_active and any(self._holds(user, perm, school) for perm in perms)):
            return Problem(f"{user.name}的责任范围不含{school.name}", _WHERE, "请换人，或请局管理员先授权")
        return None

    def is_inspector(self, user: User) -> bool:
        return any(row.role in roles_with(Perm.VISIT_RECORD) for row in self._posts[user.pk])

    def is_bureau_leader(self, user: User) -> bool:
        return any(row.role in roles_with(Perm.VISIT_LEAD) for row in self._posts[user.pk])

    def _holds(self, user: User, perm: Perm, school: School) -> bool:
        roles = roles_with(perm)
        return any(
            row.role in roles and (row.school_id == school.pk or row.district_id == school.district_id)
            for row in self._posts[user.pk]
        )


def ensure_free(by: User, school: School) -> None:
    """Raises NotAllowed for who steps back from the school (回避) today."""
    today = timezone.localdate()
    if Recusal.objects.filter(Recusal.in_force(today), inspector=by, school=school).exists():
        raise NotAllowed(f"您对{school.name}应当回避，请由其他督学或局业务审核人员办理。")


def ensure_end(by: User, recusal: Recusal) -> None:
    """Who declared it, else a manager of recusals who is not the person concerned. Raises NotFound or NotAllowed."""
    if recusal.inspector_id == by.pk:
        if recusal.origin != Recusal.Origin.DECLARED:
            raise NotAllowed("这项回避不是您本人声明的，请由局管理员办理。")
        return
    ensure(by, Perm.RECUSAL_MANAGE, recusal)


def ensure_decide(by: User, recusal: Recusal) -> None:
    """Never the person concerned. Raises NotFound or NotAllowed."""
    ensure(by, Perm.RECUSAL_MANAGE, recusal)
    if recusal.inspector_id == by.pk:
        raise NotAllowed("学校对您提出的异议，须由另一位局管理员登记决定。")
    ensure_own_hand(by)


def managed_by(user: User) -> QuerySet[Recusal]:
    """Those of others that the person ends and, if undecided, decides."""
    return visible(user, Recusal.objects.exclude(inspector=user), Perm.RECUSAL_MANAGE)


def offers(by: User, rows: Iterable[Recusal]) -> tuple[set[int], set[int]]:
    """Keys of those the person may end, and of those to decide; one query."""
    going_on = [row for row in rows if row.ended_at is None]
    managed = managed_by(by).filter(pk__in=[row.pk for row in going_on])
    others = set(managed.order_by().values_list("pk", flat=True))
    own = {row.pk for row in going_on if row.inspector_id == by.pk and row.origin == Recusal.Origin.DECLARED}
    return own | others, {row.pk for row in going_on if row.is_undecided and row.pk in others}
