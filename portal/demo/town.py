"""The stage of the demonstration: the district with everybody in it, the clock it lives by and the agenda of what happens."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from heapq import heappop, heappush

from django.utils import timezone

from indicators.collection.submissions import owner_queries as owners
from indicators.collection.submissions.owner_actions import assign_items as assign_owners
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from inspections.programmes import actions as planning, queries as programmes
from inspections.programmes.models import Programme
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.demo import actions, names
from schools.accounts import actions as accounts
from schools.departments import actions as registry
from schools.directory import actions as directory
from schools.directory.facts import SchoolFacts
from schools.directory.models import Department, District, School

FINANCE, POSTS, TOWNSHIP = "CZ", "BB", "XZ02"
# Townships and streets by code: name, kind, the area whose schools lie in it.
PLACES = {
    "JD01": ("午朝门街道", "街道", "城区"),
    "JD02": ("北书店街道", "街道", "城区"),
    "XZ01": ("北郊乡", "乡镇", "镇区"),
    TOWNSHIP: ("柳园口乡", "乡镇", "乡村"),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Who fills in and who signs for a school."""

    reporter: User
    principal: User


@dataclass(frozen=True, slots=True)
class Town:
    """The district as it is before the first year, with everybody in it."""

    seed: int
    standard: Standard
    spec: Spec
    district: District
    programme: Programme
    sketches: Sequence[names.Sketch]
    schools: Sequence[School]
    departments: dict[str, Department]
    people: dict[str, User]

    @property
    def admin(self) -> User:
        return self.people[names.ADMIN]

    @property
    def reviewer(self) -> User:
        return self.people["reviewer"]

    def staff(self, position: int) -> Staff:
        return Staff(self.people[_account("reporter", position)], self.people[_account("principal", position)])

    def inspector(self, position: int) -> User:
        return self.people[names.INSPECTORS[position % 2]]


def build(count: int, seed: int) -> Town:
    system = system_user()
    standard = standards.current()
    sketches = names.sketches(count, seed)
    head = _admin(names.ADMIN, names.DISTRICT, names.DISTRICT_NAME, seed, system)
    townships = {}
    for code, (name, kind, _) in PLACES.items():
        facts = {"code": code, "name": name, "kind": kind, "status": "在用"}
        townships[code] = registry.create_department(district_id=head.district.pk, facts=facts, by=head.person)
    schools = [
        directory.create_school(code=s.code, facts=_facts(s, number), by=head.person)
        for number, s in enumerate(sketches)
    ]
    departments = actions.make_departments(
        district=head.district, names={FINANCE: "区财政局", POSTS: "区委编办"}, by=system
    )
    proposed = owners.proposed_owners(standards.offices(standard), list(departments.values()))
    assign_owners(district_id=head.district.pk, owners={item: row.pk for item, row in proposed.items()}, by=head.person)
    people = actions.make_accounts(
        district=head.district,
        people=_people(head.district, schools, departments | townships, seed),
        password=names.PASSWORD,
        by=system,
    )
    programme = planning.adopt_programme(
        district=head.district, content=programmes.read_file(programmes.LONGTING), by=head.person
    )
    _neighbour(seed, system)
    actions.let_passwords_stay(usernames=(names.ADMIN, names.NEIGHBOUR_ADMIN), by=system)
    return Town(
        seed,
        standard,
        standards.load_spec(standard),
        head.district,
        programme,
        sketches,
        schools,
        departments,
        people | {names.ADMIN: head.person},
    )


def _admin(username: str, district: str, name: str, seed: int, system: User) -> accounts.SetUp:
    return accounts.create_admin(
        username=username,
        name=names.person(seed, username),
        password=names.PASSWORD,
        district_code=district,
        district_name=name,
        by=system,
    )


def _account(role: str, position: int) -> str:
    for account in names.ACCOUNTS:
        if (account.role, account.school) == (role, position):
            return account.username
    return f"{role}-{names.PREFIX}{position + 1:04d}"


def _facts(sketch: names.Sketch, number: int) -> SchoolFacts:
    places = [code for code, (_, _, area) in PLACES.items() if area == sketch.area]
    return SchoolFacts(
        name=sketch.name,
        district=names.DISTRICT,
        kind=sketch.kind,
        area=sketch.area,
        sponsor=sketch.sponsor,
        boarding=sketch.boarding,
        built_year=sketch.built_year,
        status="在办",
        latitude=sketch.latitude,
        longitude=sketch.longitude,
        group=sketch.group,
        township=places[number % len(places)],
    )


def _people(
    district: District, schools: Sequence[School], departments: dict[str, Department], seed: int
) -> Iterator[actions.Person]:
    places: dict[str, Sequence[District | School | Department]] = {
        "inspector": schools[0::2],
        "inspector2": schools[1::2],
        "liaison": [departments[FINANCE]],
        "township": [departments[TOWNSHIP]],
    }
    central = [account for account in names.ACCOUNTS if account.school is None]
    for account in central:
        if account.username not in (names.ADMIN, names.NEIGHBOUR_ADMIN):
            name = names.person(seed, account.username)
            yield actions.Person(account.username, name, account.role, places.get(account.username, [district]))
    for username in names.INSPECTORS[2:]:
        yield actions.Person(username, names.person(seed, username), "inspector", [district])
    yield actions.Person(names.COLLEAGUE, names.person(seed, names.COLLEAGUE), "reporter", [schools[names.SENT_BACK]])
    for position, school in enumerate(schools):
        for role in ("reporter", "principal"):
            yield actions.Person(_account(role, position), names.person(seed, role, position), role, [school])


def _neighbour(seed: int, system: User) -> None:
    head = _admin(names.NEIGHBOUR_ADMIN, names.NEIGHBOUR, names.NEIGHBOUR_NAME, seed, system)
    for number, (name, kind) in enumerate((("清平路小学", "小学"), ("东郊初级中学", "初级中学")), 1):
        facts = SchoolFacts(
            name=f"{names.NEIGHBOUR_NAME}{name}",
            district=names.NEIGHBOUR,
            kind=kind,
            area="城区",
            sponsor=7,
            boarding=False,
            built_year=1987,
            status="在办",
            latitude=Decimal("34.8"),
            longitude=Decimal("114.37"),
            group="",
        )
        directory.create_school(code=f"{names.NEIGHBOUR}{number:04d}", facts=facts, by=head.person)


# What happens one after the other: it yields the day from today and the minute it waits for, then goes on.
Story = Iterator[tuple[int, int]]


class Clock:
    """The moment the portal takes for now; `today` and `minute` are the real ones it counts from."""

    def __init__(self, real: dt.datetime) -> None:
        local = timezone.localtime(real)
        self.today = local.date()
        self.minute = local.hour * 60 + local.minute
        self._now = real

    def now(self) -> dt.datetime:
        return self._now

    def day(self, days: int) -> dt.date:
        return self.today + dt.timedelta(days=days)

    def set(self, days: int, hour: int = 9, minute: int = 0) -> None:
        local = dt.datetime.combine(self.day(days), dt.time(hour)) + dt.timedelta(minutes=minute)
        self._now = timezone.make_aware(local)

    def tick(self, minutes: int) -> None:
        self._now += dt.timedelta(minutes=minutes)


@contextmanager
def turned_back() -> Iterator[Clock]:
    """A clock for the whole process; only for `load_demo`.

    Actions ask `timezone.now` and take no date. The audit trail has the real time on purpose.
    """
    real = timezone.now
    clock = Clock(real())
    timezone.now = clock.now
    try:
        yield clock
    finally:
        timezone.now = real


class Agenda:
    """Dated actions and stories, carried out by the calendar whatever the order they were written down in."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    def at(self, day: int, minute: int, action: Callable[[], object]) -> None:
        """`day` counts from today, `minute` from midnight."""
        heappush(self._entries, (day, minute, next(self._numbers), action))

    def follow(self, story: Story) -> None:
        """What stands before the first moment in it happens at once."""
        self._wait(story, next(self._numbers))

    def _wait(self, story: Story, number: int) -> None:
        go_on: Callable[[], object] = partial(self._wait, story, number)
        if moment := next(story, None):
            heappush(self._entries, (*moment, number, go_on))

    def carry_out(self, clock: Clock, *, before: int = 1) -> None:
        while self._entries and self._entries[0][0] < before:
            day, minute, _, action = heappop(self._entries)
            clock.set(day, *divmod(minute, 60))
            action()
