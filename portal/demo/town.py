"""Setting up the district: standard, register, departments, people and programme; who goes to which school."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from indicators.collection.submissions import rights as owners
from indicators.collection.submissions.owner_actions import assign_items as assign_owners
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from inspections.campaigns import actions as campaigns, queries
from inspections.checklists import actions as checklist_actions, queries as checklists
from inspections.programmes import actions as planning, queries as programmes
from inspections.programmes.models import Programme
from inspections.recusals import actions as recusals
from inspections.zones import actions as zones
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.demo import actions, names
from portal.demo.names import ACCOUNTS, ADMIN, INSPECTORS, NEIGHBOUR_ADMIN, PASSWORD, Sketch
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
    sketches: Sequence[Sketch]
    schools: Sequence[School]
    departments: dict[str, Department]
    people: dict[str, User]

    @property
    def admin(self) -> User:
        return self.people[ADMIN]

    @property
    def reviewer(self) -> User:
        return self.people["reviewer"]

    def staff(self, position: int) -> Staff:
        return Staff(self.people[_account("reporter", position)], self.people[_account("principal", position)])

    def inspector(self, position: int) -> User:
        return self.people[INSPECTORS[position % 2]]


def build(count: int, seed: int) -> Town:
    system = system_user()
    standard = standards.current()
    sketches = names.sketches(count, seed)
    head = _admin(ADMIN, names.DISTRICT, names.DISTRICT_NAME, seed, system)
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
        password=PASSWORD,
        by=system,
    )
    programme = planning.adopt_programme(
        district=head.district, content=programmes.read_file(programmes.LONGTING), by=head.person
    )
    _neighbour(seed, system)
    actions.let_passwords_stay(usernames=(ADMIN, NEIGHBOUR_ADMIN), by=system)
    return Town(
        seed,
        standard,
        standards.load_spec(standard),
        head.district,
        programme,
        sketches,
        schools,
        departments,
        people | {ADMIN: head.person},
    )


def _admin(username: str, district: str, name: str, seed: int, system: User) -> accounts.SetUp:
    return accounts.create_admin(
        username=username,
        name=names.person(seed, username),
        password=PASSWORD,
        district_code=district,
        district_name=name,
        by=system,
    )


def _account(role: str, position: int) -> str:
    for account in ACCOUNTS:
        if (account.role, account.school) == (role, position):
            return account.username
    return f"{role}-{names.PREFIX}{position + 1:04d}"


def _facts(sketch: Sketch, number: int) -> SchoolFacts:
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
    central = [account for account in ACCOUNTS if account.school is None]
    for account in central:
        if account.username not in (ADMIN, NEIGHBOUR_ADMIN):
            name = names.person(seed, account.username)
            yield actions.Person(account.username, name, account.role, places.get(account.username, [district]))
    for username in INSPECTORS[2:]:
        yield actions.Person(username, names.person(seed, username), "inspector", [district])
    yield actions.Person(names.COLLEAGUE, names.person(seed, names.COLLEAGUE), "reporter", [schools[names.SENT_BACK]])
    for position, school in enumerate(schools):
        for role in ("reporter", "principal"):
            yield actions.Person(_account(role, position), names.person(seed, role, position), role, [school])


def change_checklist(town: Town) -> None:
    """One question more on visits about equipment."""
    code, district = "special-equipment", town.district
    asked = checklists.template(district.pk, code).of(checklists.pool(district.pk))
    own = {"key": "", "indicator": "C5", "text": "设备有专人管理，报修有记录", "look": "看管理员分工和报修登记本。"}
    checklist_actions.change(
        district=district.code,
        code=code,
        seen=0,
        questions=[*({"key": one.key} for one in asked), own],
        reason="本学期装备管理专项检查",
        by=town.admin,
    )


def _neighbour(seed: int, system: User) -> None:
    head = _admin(NEIGHBOUR_ADMIN, names.NEIGHBOUR, names.NEIGHBOUR_NAME, seed, system)
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


def draw_zones(town: Town) -> None:
    """An inspector of the whole district takes what the other leaves."""
    for turn, name in enumerate(("第一责任区", "第二责任区")):
        zone = zones.create(district_id=town.district.pk, name=name, by=town.admin)
        schools = [school.pk for school in town.schools[turn::2]]
        half = len(schools) // 2
        for username, ids in ((INSPECTORS[turn], schools[:half]), (INSPECTORS[2 + turn], schools[half:])):
            zones.assign(zone_id=zone.pk, inspector=town.people[username], school_ids=ids, by=town.admin)


def recuse(town: Town, day: Callable[[int], dt.date], visited: Collection[int]) -> None:
    """One inspector steps back, another is objected to; neither visits or is in charge of that school."""
    last = len(town.schools) - 1
    even = last - last % 2
    if last not in visited:
        note, by = "子女在校就读", town.inspector(last)
        recusals.declare(school_id=town.schools[last].pk, kind="family", since=day(-400), note=note, by=by)
    if even not in visited:
        recusals.register(
            inspector=town.people[INSPECTORS[3]],
            school_id=town.schools[even].pk,
            kind="other",
            since=day(-58),
            note="学校认为曾有工作纠纷",
            is_objection=True,
            by=town.admin,
        )


def campaign(town: Town, day: Callable[[int], dt.date]) -> None:
    """Several schools within the next weeks, led by one of the bureau's leadership."""
    # None of the last two, from which somebody steps back.
    schools = tuple(town.schools[2:-2:4])
    if not schools:
        return
    members = tuple(town.people[INSPECTORS[n]] for n in (0, 2, 3))
    draft = queries.Brief(
        district=town.district,
        theme="义务教育优质均衡资源配置",
        starts_on=day(10),
        ends_on=day(30),
        indicators=("A4", "A5", "A7"),
        matters="教学用房、运动场地、多媒体教室与填报是否相符，问题整改是否到位。",
        notice_no="龙教督〔2026〕18号",
        template="",
        per_day=2,
        schools=schools,
        teams=(queries.Team(1, town.people["leader"], members),),
    )
    campaigns.create(draft=draft, seen=queries.make_plan(draft).digest, by=town.admin)
