"""Reads of zones: who is in charge of what within the limits, and the board of schools by how much they wait for a visit."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import IndicatorResult
from inspections import limits
from inspections.rectification import queries as ledger
from inspections.recusals.models import Recusal
from inspections.recusals.queries import inspectors
from inspections.visits import queries as visits
from inspections.visits.models import Visit
from inspections.zones.models import Charge, Zone
from portal.core.accounts.models import User
from portal.core.lib import dates
from schools.access.scope import Perm, roles_over, visible
from schools.directory.models import District, School, Status

_WORST_FIRST = ("bad", "warn", "ok")


def managed(user: User) -> QuerySet[Zone]:
    zones = Zone.objects.select_related("district")
    return visible(user, zones, Perm.ZONE_MANAGE).order_by("district__code", "name")


def get(user: User, zone_id: int) -> Zone:
    """Raises Http404."""
    return get_object_or_404(managed(user), pk=zone_id)


def get_charge(user: User, charge_id: int) -> Charge:
    """Raises Http404."""
    return get_object_or_404(visible(user, Charge.objects.all(), Perm.ZONE_MANAGE), pk=charge_id)


def districts(user: User) -> QuerySet[District]:
    """County-level ones with schools, in which the person draws zones."""
    with_schools = School.objects.order_by().values("district")
    return visible(user, District.objects.filter(pk__in=with_schools), Perm.ZONE_MANAGE).order_by("code")


def current(user: User) -> QuerySet[Charge]:
    """`is_authorised`: the inspector may still inspect the school (roles end, accounts are disabled).

    `is_recused`: the inspector steps back from it by now (回避).
    """
    roles = roles_over(Perm.VISIT_RECORD, Charge).filter(user=OuterRef("inspector"))
    stepping_back = Recusal.objects.filter(Recusal.in_force(timezone.localdate()))
    recusals = stepping_back.filter(inspector=OuterRef("inspector"), school=OuterRef("school"))
    rows = Charge.objects.filter(until=None).annotate(is_authorised=Exists(roles), is_recused=Exists(recusals))
    rows = rows.select_related("zone__district", "school", "inspector")
    return visible(user, rows, Perm.ZONE_VIEW).order_by("zone__name", "inspector__name", "inspector", "school__code")


@dataclass(frozen=True, slots=True)
class Load:
    """How many schools there are next to the limit for them."""

    count: int
    limit: limits.Limit

    @property
    def is_over(self) -> bool:
        return self.count > self.limit.count

    @property
    def words(self) -> str:
        return f"{self.count} {self.limit.unit}{f'，超过 {self.limit}' if self.is_over else ''}"

    @property
    def tone(self) -> str:
        return "warn" if self.is_over else "ok"


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone as the person sees it: its charges, and by inspector how many schools they are in charge of in all zones."""

    zone: Zone
    charges: tuple[Charge, ...]
    own: Mapping[int, Load]

    @property
    def schools(self) -> Load:
        return Load(len(self.charges), limits.ZONE_SCHOOLS)

    @property
    def people(self) -> list[tuple[User, Load, list[Charge]]]:
        found = groupby(self.charges, key=lambda charge: charge.inspector)
        return [(person, self.own[person.pk], list(charges)) for person, charges in found]


def register(user: User) -> list[ZoneRow]:
    """Who manages zones also sees those without a school."""
    zones = {zone.pk: zone for zone in managed(user)}
    charges: dict[int, list[Charge]] = defaultdict(list)
    for charge in current(user):
        zones.setdefault(charge.zone_id, charge.zone)
        charges[charge.zone_id].append(charge)
    own = own_schools(charge.inspector_id for rows in charges.values() for charge in rows)
    rows = [ZoneRow(zone, tuple(charges[pk]), own) for pk, zone in zones.items()]
    return sorted(rows, key=lambda row: (row.zone.district.code, row.zone.name))


def own_schools(people: Iterable[int]) -> dict[int, Load]:
    """By person, over all zones: other zones are work too."""
    rows = Charge.objects.filter(until=None, inspector__in=set(people)).values_list("inspector").order_by()
    return {pk: Load(count, limits.OWN_SCHOOLS) for pk, count in rows.annotate(Count("pk"))}


def without_charge(user: User) -> QuerySet[School]:
    schools = School.objects.filter(status=Status.OPEN).exclude(charges__until=None, charges__isnull=False)
    return visible(user, schools, Perm.ZONE_VIEW).order_by("code")


@dataclass(frozen=True, slots=True)
class Burden:
    """What an inspector has to do and did, within the reach of who looks; `due` are own schools to visit by now."""

    person: User
    schools: Load
    due: int
    planned: int
    done: int


def burdens(user: User) -> list[Burden]:
    """Most schools waiting first; visits count for everybody on the team.

    Includes inspectors in charge whose role has ended.
    """
    charges = list(current(user))
    people = list({*inspectors(user, Perm.ZONE_VIEW), *(charge.inspector for charge in charges)})
    waiting: Counter[int] = Counter()
    covered = {row.school.pk: row for row in visits.with_days(for_board(user))}
    own: Counter[int] = Counter()
    for charge in charges:
        own[charge.inspector_id] += 1
        row = covered.get(charge.school_id)
        waiting[charge.inspector_id] += row is not None and row.tone != "ok"
    since = timezone.localdate() - dt.timedelta(days=limits.LONG_DAYS.count)
    seen = visible(user, Visit.objects.filter(team__in=people).annotate(ended=visits.ended()), Perm.VISIT_VIEW)
    by_person = seen.order_by().values_list("team")
    counted = by_person.annotate(
        planned=Count("pk", filter=Q(state__in=(Visit.State.PLANNED, Visit.State.UNDERWAY))),
        done=Count("pk", filter=Q(state=Visit.State.DONE, ended__gte=since)),
    )
    trips = {pk: (planned, done) for pk, planned, done in counted}
    rows = [
        Burden(one, Load(own[one.pk], limits.OWN_SCHOOLS), waiting[one.pk], *trips.get(one.pk, (0, 0)))
        for one in people
    ]
    return sorted(rows, key=lambda row: (-row.due, -row.schools.count, row.person.name))


@dataclass(frozen=True, slots=True)
class Weakness:
    """What speaks against a school today: findings not closed, and A1–A7 missed in its newest evaluation."""

    open: int = 0
    overdue: int = 0
    failed: tuple[str, ...] = ()
    year: str = ""

    @property
    def count(self) -> int:
        return self.open + len(self.failed)


def weaknesses(user: User, schools: Iterable[School]) -> dict[int, Weakness]:
    """By school, as far as visible; three queries."""
    ids = [school.pk for school in schools]
    rows = ledger.seen_by(user).filter(school__in=ids).filter(ledger.pending()).order_by()
    counted = rows.values_list("school").annotate(open=Count("pk"), late=Count("pk", filter=ledger.overdue()))
    findings = {school: (open_, late) for school, open_, late in counted}
    newest: dict[int, tuple[int, str]] = {}
    parts = evaluations.parts_shown_to(user).filter(school__in=ids)
    for school, evaluation, year in parts.values_list("school", "evaluation", "evaluation__round__name"):
        newest.setdefault(school, (evaluation, year))
    failed: dict[int, set[str]] = defaultdict(set)
    missed = IndicatorResult.objects.filter(part__school__in=ids, reaches=False)
    missed = missed.filter(part__evaluation__in={evaluation for evaluation, _ in newest.values()})
    for school, evaluation, code in missed.values_list("part__school", "part__evaluation", "code"):
        if newest.get(school, (None, ""))[0] == evaluation:
            failed[school].add(code)
    return {
        pk: Weakness(*findings.get(pk, (0, 0)), tuple(sorted(failed[pk])), newest.get(pk, (0, ""))[1]) for pk in ids
    }


@dataclass(frozen=True, slots=True)
class Because:
    """One reason for a place on the board, with the page that shows it."""

    text: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A school as the board ranks it."""

    school: School
    charge: Charge | None
    coverage: visits.Coverage
    weakness: Weakness
    next_on: dt.date | None

    @property
    def rank(self) -> tuple[int, int, int, float]:
        """By how overdue the visit is, then by what is overdue and open, then by days. No invented score."""
        days = float("inf") if self.coverage.days is None else self.coverage.days
        worst = _WORST_FIRST.index(self.coverage.tone)
        return worst, -self.weakness.overdue, -self.weakness.count, -days

    @property
    def reasons(self) -> list[Because]:
        own = urlencode({"school": self.school.name})
        found = [Because(self.coverage.words, self.coverage.tone, f"{reverse('visits:list')}?{own}")]
        findings = f"{reverse('rectification:list')}?{own}"
        if self.weakness.overdue:
            found.append(Because(f"{self.weakness.overdue} 个问题逾期没有销号", "bad", f"{findings}&overdue=on"))
        if rest := self.weakness.open - self.weakness.overdue:
            found.append(Because(f"{rest} 个问题还在整改", "warn", findings))
        if self.weakness.failed:
            text = f"最新评估（{self.weakness.year}）未达标：{'、'.join(self.weakness.failed)}"
            found.append(Because(text, "warn", reverse("board:school", args=[self.school.code])))
        if self.next_on:
            day, is_past = dates.day(self.next_on), self.next_on < timezone.localdate()
            text = f"原定{day}的督导还没有开始" if is_past else f"已安排{day}督导"
            found.append(Because(text, "warn" if is_past else "info", f"{reverse('visits:list')}?{own}"))
        return found


def for_board(user: User) -> QuerySet[School]:
    return visible(user, visits.coverage(user), Perm.ZONE_VIEW)


def board(user: User, schools: Sequence[School]) -> list[Waiting]:
    """Worst first; the number of queries is fixed."""
    ids = [school.pk for school in schools]
    charges = {charge.school_id: charge for charge in current(user).filter(school__in=ids)}
    planned = Visit.objects.filter(school__in=ids, state=Visit.State.PLANNED).order_by().values_list("school")
    coming = Min("planned_on", filter=Q(planned_on__gte=timezone.localdate()))
    next_on: Mapping[int, dt.date] = dict(planned.annotate(day=Coalesce(coming, Max("planned_on"))))
    weak = weaknesses(user, schools)
    rows = [
        Waiting(one.school, charges.get(one.school.pk), one, weak[one.school.pk], next_on.get(one.school.pk))
        for one in visits.with_days(schools)
    ]
    return sorted(rows, key=lambda row: (row.rank, row.school.code))


def tallied(rows: Iterable[Waiting]) -> Counter[str]:
    return Counter(row.coverage.tone for row in rows)


def visible_zones(user: User) -> QuerySet[Zone]:
    return Zone.objects.filter(Q(pk__in=current(user).order_by().values("zone")) | Q(pk__in=managed(user).values("pk")))
