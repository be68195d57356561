"""The action of the roof that reaches into accounts, zones and visits: what somebody did passes to a successor."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from indicators.collection.shares import actions as shares, queries as share_queries
from indicators.collection.submissions.models import Submission
from inspections.rectification import queries as ledger, rights, workflow as rectification
from inspections.rectification.models import Finding
from inspections.recusals import queries as recusals
from inspections.recusals.rights import Fitness
from inspections.visits import actions as visits, workflow as visit_workflow
from inspections.visits.models import Visit
from inspections.zones import actions as zones
from inspections.zones.models import Charge, Zone
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Refused
from portal.core.lib import dates, digests, written
from portal.core.notices import actions as notices
from schools.access.models import Membership
from schools.access.scope import Perm, audit_place, holds, visible
from schools.accounts import actions as accounts, queries as account_queries
from schools.directory.models import School

_ON_FINDINGS = (rectification.RECTIFY, rectification.VERIFY, rectification.DISPATCH)


@dataclass(frozen=True, slots=True)
class Passing:
    """One thing of the person: whether it passes to the successor, and what is said of it."""

    kind: str
    what: str
    passes: bool
    note: str = ""
    # Where it is held, for what the person holds in many places alike, such as one role at each school.
    place: str = ""


@dataclass(frozen=True, slots=True)
class PassingGroup:
    """Things alike in all but their place."""

    first: Passing
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandOver:
    """Everything the person has that the one who acts may pass on."""

    lines: list[Passing]
    # Open ones go along with the roles; nothing is done for them.
    findings: list[Passing]

    @property
    def groups(self) -> list[PassingGroup]:
        """In the order of their first lines."""
        found: dict[Passing, list[str]] = defaultdict(list)
        for one in (*self.lines, *self.findings):
            found[replace(one, place="")].append(one.place)
        return [PassingGroup(first, tuple(filter(None, places))) for first, places in found.items()]

    @property
    def passed(self) -> int:
        return sum(one.passes for one in self.lines)

    @property
    def fingerprint(self) -> str:
        return digests.fingerprint([asdict(one) for one in (*self.lines, *self.findings)])


def preview_hand_over(*, person_id: int, successor_id: int, reason: str, by: User) -> HandOver:
    """What `hand_over` would do today: done and rolled back."""
    with transaction.atomic():
        found = _pass_on(person_id, successor_id, reason, by=by)
        transaction.set_rollback(True)
    return found


@transaction.atomic
def hand_over(*, person_id: int, successor_id: int, reason: str, shown: str, by: User) -> HandOver:
    """Roles, schools in charge, sections of forms and visits not done; what cannot pass stays, each with why.

    A second time changes nothing. Raises Conflict if it is not what was `shown`.
    """
    found = _pass_on(person_id, successor_id, reason, by=by)
    if found.passed and found.fingerprint != shown:
        raise Conflict("预览以后情况有变化，没有办理。请回到交接页再看一次。")
    return found


def _pass_on(person_id: int, successor_id: int, reason: str, *, by: User) -> HandOver:
    people = User.objects.select_for_update(no_key=True).filter(pk__in=[person_id, successor_id], is_system=False)
    found = {user.pk: user for user in people.order_by("pk")}
    if person_id == successor_id:
        raise Invalid("不能交接给本人。请填另一个人的工作账号。")
    if len(found) < 2:
        raise NotFound("没有这个账号，或它不在您可以查看的范围内。")
    person, successor = found[person_id], found[successor_id]
    for user in (person, successor):
        account_queries.ensure_reach(by, Perm.ACCOUNT_EDIT, user)
    if not successor.is_active:
        raise Invalid(f"{successor.name}的账号已停用，不能接手。请先启用，或换一个人。")
    reason = f"交接给{successor.name}：{written.reason(reason, '交接')}"
    before = _findings(person, by)
    within = Membership.objects.filter(account_queries.within(by, Perm.ACCOUNT_EDIT), user=person)
    rows = within.exclude(valid_until__lt=timezone.localdate())
    roles = list(rows.select_related("district", "school__district", "department__district").order_by("pk"))
    lines = [_pass_role(row, successor, reason, by=by) for row in roles]
    lines += _pass_schools(person, successor, by=by)
    lines += [_pass_sections(row, person, successor, by=by) for row in share_queries.held(person, by)]
    lines += _pass_visits(person, successor, reason, by=by)
    done = HandOver(lines, _findings_passed(before, person, successor, by))
    if done.passed:
        along = sum(one.passes for one in done.findings)
        now = f"{timezone.now():%Y%m%d%H%M%S%f}"
        notices.notify(
            [person, successor],
            text=f"{by.name}把{person.name}的工作交接给{successor.name}，共 {done.passed} 项"
            + (f"，{along} 个没有销号的问题随授权转过去" if along else ""),
            url=reverse("home"),
            key=f"hand-over:{person.pk}:{successor.pk}:{now}",
            by=by,
        )
        after = {"successor": str(successor), "count": done.passed, "reason": reason}
        audit.record("account.hand_over", by=by, obj=person, **audit_place(roles[0] if roles else None), after=after)
    return done


def _tried(kind: str, what: str, do: Callable[[], str], place: str = "") -> Passing:
    """If the action refuses, nothing of it is done."""
    try:
        with transaction.atomic():
            return Passing(kind, what, True, do(), place)
    except Refused as error:
        return Passing(kind, what, False, "；".join(error.lines), place)


def _pass_role(row: Membership, successor: User, reason: str, *, by: User) -> Passing:
    def do() -> str:
        if row.is_pending:
            raise Conflict("这项授权还在等另一位局管理员确认，不交接。")
        kind, _ = Membership.place.key_of(row)
        same = Membership.objects.filter(user=successor, role=row.role, **{kind: row.place})
        held = same.exclude(valid_until__lt=timezone.localdate()).first()
        if held and held.is_pending:
            raise Conflict("继任者的这项授权还在等另一位局管理员确认，确认以后再来交接一次。")
        if held is None:
            start = max(row.valid_from, timezone.localdate())
            held = accounts.grant(
                user_id=successor.pk,
                role=row.role,
                place=row.place,
                valid_from=start,
                valid_until=row.valid_until,
                by=by,
            )
        if held.is_pending:
            return "继任者的授权由另一位局管理员确认后生效；确认以后再来交接一次，原来的才结束"
        accounts.end_membership(membership_id=row.pk, reason=reason, by=by)
        return ""

    return _tried("授权", row.get_role_display(), do, str(row.place))


def _pass_schools(person: User, successor: User, *, by: User) -> Iterator[Passing]:
    """Of a 责任督学, zone by zone; a school the successor may not inspect stays."""
    charges = Charge.objects.filter(inspector=person, until=None).select_related("zone", "school__district")
    by_zone: dict[Zone, list[School]] = defaultdict(list)
    fitness, today = Fitness([successor]), timezone.localdate()
    for charge in visible(by, charges, Perm.ZONE_MANAGE).order_by("zone__name", "school__code"):
        if problems := fitness.problems(charge.school, today):
            # Said alike of each school, so that the schools of a zone make one group.
            note = "；".join(map(str, problems)).replace(charge.school.name, "该校")
            yield Passing("责任学校", charge.zone.name, False, note, charge.school.name)
        else:
            by_zone[charge.zone].append(charge.school)
    for zone, schools in by_zone.items():
        names = "、".join(school.name for school in schools)
        ids = [school.pk for school in schools]

        def assign(zone: Zone = zone, ids: list[int] = ids) -> str:
            zones.assign(zone_id=zone.pk, inspector=successor, school_ids=ids, by=by)
            return ""

        yield _tried("责任学校", zone.name, assign, names)


def _pass_sections(row: Submission, person: User, successor: User, *, by: User) -> Passing:
    def do() -> str:
        return "、".join(shares.pass_on(submission_id=row.pk, person=person, successor=successor, by=by))

    return _tried("填报栏目", str(row), do)


def _pass_visits(person: User, successor: User, reason: str, *, by: User) -> Iterator[Passing]:
    rows = Visit.objects.filter(state__in=visit_workflow.TABLE["change_team"].at)
    mine = visible(by, rows.filter(Q(leader=person) | Q(team=person)), Perm.VISIT_PLAN).distinct()
    for visit in mine.select_related("school", "leader").defer("checklist").order_by("planned_on", "pk"):

        def change_team(visit: Visit = visit) -> str:
            team = [successor if user == person else user for user in visit.team.all()]
            leader = successor if visit.leader_id == person.pk else visit.leader
            visits.change_team(visit_id=visit.pk, leader=leader, team=team, reason=reason, by=by)
            return ""

        what = f"{dates.day(visit.planned_on)} {visit.school.name} · {visit.subject}"
        yield _tried("督导", what, change_team)


def _findings(person: User, by: User) -> dict[int, Finding]:
    """Open ones the person does something about. Read anew: rights change on the way."""
    user = User.objects.get(pk=person.pk)
    if not any(holds(user, perm) for right in _ON_FINDINGS for perm in right.perms):
        return {}
    rows = visible(by, ledger.seen_by(user).filter(ledger.pending()), Perm.FINDING_VIEW).order_by("number", "pk")
    return {row.pk: row for row in rows.select_related("school", "department__district", "bureau")}


def _findings_passed(before: dict[int, Finding], person: User, successor: User, by: User) -> list[Passing]:
    still, now = _findings(person, by), _findings(successor, by)
    user, rows = User.objects.get(pk=successor.pk), Finding.objects.filter(pk__in=before)
    # Whoever rectifies goes on with it; a verifier may have to leave it to somebody else.
    verified = visible(user, rows, rectification.VERIFY.perms[0]).exclude(rights.answered_by(user))
    others = _keys(verified) - _keys(rights.verifiable_by(user).filter(pk__in=before))
    left = _keys(recusals.schools_left_by(user, timezone.localdate())) if others else set()
    handled = _keys(rows.filter(rights.handled_by(user)))
    found = []
    for pk, row in before.items():
        note = ""
        if pk in still or pk not in now:
            note = "所随的授权没有交接"
        elif pk in others and row.school_id in left:
            note = "继任者应当回避该校，由别人核查"
        elif pk in others and pk in handled:
            note = "继任者办理过整改，由别人核查"
        elif pk in others:
            note = "继任者和整改人同科室，由别人核查"
        place = f"{row.number} {row.respondent} · {row.indicator}（{row.get_state_display()}）"
        found.append(Passing("问题", "没有销号的问题", not note, note, place))
    return found


def _keys(rows: QuerySet[Any]) -> set[int]:
    return set(rows.order_by().values_list("pk", flat=True))
