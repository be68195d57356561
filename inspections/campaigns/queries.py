"""Reads of campaigns: the list with its progress, the calendar, and the plan: which team goes to which school on which day, who cannot."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from inspections import limits
from inspections.campaigns.models import Campaign
from inspections.rectification.models import Finding
from inspections.recusals.rights import Fitness
from inspections.visits import queries as visits, workflow
from inspections.visits.models import Visit
from inspections.zones import queries as zones
from portal.core.accounts.models import User
from portal.core.errors import Problem
from portal.core.lib import dates, digests
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import District, School, Status

S = Visit.State


@dataclass(frozen=True, slots=True)
class Progress:
    """How many visits of a campaign stand where; `overdue` are planned ones whose day has passed."""

    total: int
    planned: int
    underway: int
    done: int
    overdue: int
    findings: int

    @property
    def words(self) -> str:
        return f"完成 {self.done} / {self.total} 所"

    @property
    def tone(self) -> str:
        if self.overdue:
            return "bad"
        return "ok" if self.done == self.total else "info"


def for_list(user: User) -> QuerySet[Campaign]:
    """Of the own district, and those with a visit the person takes part in."""
    rows = visible(user, Campaign.objects.all(), Perm.CAMPAIGN_VIEW)
    taken = visible(user, Visit.objects.filter(team=user), Perm.VISIT_VIEW).order_by()
    of = Q(pk__in=rows.order_by().values("pk")) | Q(pk__in=taken.values("campaign"))
    return Campaign.objects.filter(of).select_related("district", "created_by", "cancelled_by")


def get(user: User, campaign_id: int) -> Campaign:
    """Raises Http404 out of scope."""
    return get_object_or_404(for_list(user), pk=campaign_id)


def districts(user: User) -> QuerySet[District]:
    return directory.districts(user, Perm.CAMPAIGN_MANAGE).filter(schools__isnull=False).distinct().order_by("code")


def visits_of(user: User, campaign: Campaign) -> list[Visit]:
    """By day, cancelled ones too."""
    rows = visits.for_list(user).filter(campaign=campaign).prefetch_related("team")
    found = visits.as_then(rows.order_by("planned_on", "leader", "school__code"))
    for visit in found:
        visit.tone = workflow.TABLE.states[visit.state].tone  # type: ignore[attr-defined]
    return found


Group: TypeAlias = tuple[int, frozenset[int]]


def group_of(visit: Visit) -> Group:
    """Equal for visits of one team."""
    return visit.leader_id, frozenset(person.pk for person in visit.team.all())


def groups(rows: Iterable[Visit]) -> list[tuple[str, str]]:
    """The teams as choices: the first visit of each, and its people with the number of schools."""
    found: dict[Group, list[Visit]] = {}
    for visit in rows:
        found.setdefault(group_of(visit), []).append(visit)
    choices = []
    for own in found.values():
        first = own[0]
        members = [person.name for person in first.team.all() if person.pk != first.leader_id]
        words = "、".join([f"{first.leader.name}（组长）", *members])
        choices.append((str(first.pk), f"{words}：{len(own)} 所"))
    return choices


def progress(user: User, campaigns: Iterable[Campaign]) -> dict[int, Progress]:
    """By campaign, of visible visits that are not cancelled; one query."""
    rows = visible(user, Visit.objects.filter(campaign__in=list(campaigns)), Perm.VISIT_VIEW).exclude(state=S.CANCELLED)

    def number(**of: object) -> Count:
        return Count("pk", filter=Q(**of), distinct=True)

    counted = rows.order_by().values_list("campaign")
    counted = counted.annotate(
        total=Count("pk", distinct=True),
        planned=number(state=S.PLANNED),
        underway=number(state=S.UNDERWAY),
        done=number(state=S.DONE),
        overdue=number(state=S.PLANNED, planned_on__lt=timezone.localdate()),
        found=Count("findings", filter=~Q(findings__state=Finding.State.VOID), distinct=True),
    )
    found = {row[0]: Progress(*row[1:]) for row in counted}  # type: ignore[call-arg]
    return {campaign.pk: found.get(campaign.pk, Progress(0, 0, 0, 0, 0, 0)) for campaign in campaigns}


def month(campaign: Campaign, rows: Sequence[Visit], asked: str) -> visits.Month:
    """The month asked for as 2026-11, else the present one within the period."""
    today = min(max(timezone.localdate(), campaign.starts_on), campaign.ends_on)
    first = visits.first_of(asked) or today.replace(day=1)
    within = [visit for visit in rows if (visit.planned_on.year, visit.planned_on.month) == (first.year, first.month)]
    return visits.by_week(first, [visit for visit in within if visit.state != S.CANCELLED])


LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Team:
    """Who goes together; `people` begin with the leader, who may be of the bureau's leadership (局领导)."""

    number: int
    leader: User
    members: tuple[User, ...]

    @property
    def people(self) -> tuple[User, ...]:
        return (self.leader, *(person for person in self.members if person != self.leader))

    def __str__(self) -> str:
        return f"第 {self.number} 组"


@dataclass(frozen=True, slots=True)
class Brief:
    """What the bureau asks for."""

    district: District
    theme: str
    starts_on: dt.date
    ends_on: dt.date
    indicators: tuple[str, ...]
    matters: str
    notice_no: str
    # The checklist of each visit; blank: that of 专项督导.
    template: str
    per_day: int
    schools: tuple[School, ...]
    teams: tuple[Team, ...]

    @property
    def days(self) -> list[dt.date]:
        span = min((self.ends_on - self.starts_on).days, LONGEST_DAYS)
        days = (self.starts_on + dt.timedelta(days=n) for n in range(span + 1))
        return [day for day in days if dates.is_workday(day)]


@dataclass(frozen=True, slots=True)
class Bar:
    """Why somebody of a team cannot go to a school: steps back from it, works there, is not responsible for it."""

    team: Team
    problem: Problem


@dataclass(frozen=True, slots=True)
class Stop:
    """A school of the plan; `team` and `on` are None when nobody can go, `planned` are visits it gets in the period anyway."""

    school: School
    team: Team | None
    on: dt.date | None
    bars: tuple[Bar, ...]
    planned: tuple[Visit, ...]

    @property
    def number(self) -> int:
        return self.team.number if self.team else 0


@dataclass(frozen=True, slots=True)
class Workload:
    """What the campaign means for one person: schools and days of it, other visits in the period, those on the same day."""

    person: User
    team: Team
    stops: int
    days: int
    own: zones.Load
    others: int
    clashes: tuple[dt.date, ...]


@dataclass(frozen=True)
class Plan:
    """A draft worked out; it may be confirmed when there are no problems."""

    draft: Brief
    stops: tuple[Stop, ...]
    shares: tuple[Workload, ...]
    problems: tuple[Problem, ...]
    cautions: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """Of all that is shown and will be done."""
        draft = self.draft
        return digests.fingerprint(
            {
                "district": draft.district.code,
                "theme": draft.theme,
                "period": [draft.starts_on.isoformat(), draft.ends_on.isoformat()],
                "about": [*draft.indicators, draft.matters, draft.notice_no, draft.template, draft.per_day],
                "teams": [[person.pk for person in team.people] for team in draft.teams],
                "stops": [[stop.school.code, stop.number, stop.on and stop.on.isoformat()] for stop in self.stops],
            }
        )


def make_plan(draft: Brief) -> Plan:
    """The same draft gives the same plan while roles, recusals and the register stay; the number of queries is fixed."""
    people = [person for team in draft.teams for person in team.people]
    fitness = Fitness(people)
    open_ = Visit.objects.filter(state__in=(Visit.State.PLANNED, Visit.State.UNDERWAY))
    coming = open_.filter(planned_on__range=(draft.starts_on, draft.ends_on)).order_by("planned_on", "pk")
    at: dict[int, list[Visit]] = defaultdict(list)
    for visit in coming.filter(school__in=draft.schools):
        at[visit.school_id].append(visit)
    stops = _stops(draft, fitness, at)
    trips: dict[int, list[dt.date]] = defaultdict(list)
    for person, day in coming.filter(team__in=people).values_list("team", "planned_on"):
        trips[person].append(day)
    return Plan(
        draft,
        tuple(stops),
        tuple(_shares(draft, stops, trips)),
        tuple(_problems(draft, stops, fitness)),
        tuple(
            f"{team}的组长{team.leader.name}不是局领导。{limits.CAMPAIGN_LEADER.source}"
            for team in draft.teams
            if not fitness.is_bureau_leader(team.leader)
        ),
    )


def _stops(draft: Brief, fitness: Fitness, at: Mapping[int, list[Visit]]) -> list[Stop]:
    """Schools with the fewest possible teams first; each gets the team with the fewest schools so far.

    Each team's schools evenly over the working days, one township after another.
    """
    bars = {
        school: tuple(
            Bar(team, problem)
            for team in draft.teams
            for problem in fitness.problems(
                school, draft.starts_on, draft.ends_on, people=team.people, leader=team.leader
            )
        )
        for school in draft.schools
    }
    barred = {school: {bar.team.number for bar in found} for school, found in bars.items()}
    taken: Counter[int] = Counter()
    assigned: dict[School, Team | None] = {}
    for school in sorted(
        draft.schools, key=lambda school: (-len(barred[school]), school.township_id or 0, school.code)
    ):
        able = [team for team in draft.teams if team.number not in barred[school]]
        assigned[school] = team = min(able, key=lambda team: (taken[team.number], team.number), default=None)
        if team:
            taken[team.number] += 1
    days = draft.days
    on: dict[School, dt.date] = {}
    for team in draft.teams:
        own = [school for school in draft.schools if assigned[school] == team]
        own.sort(key=lambda school: (school.township_id or 0, school.code))
        on |= {school: days[n * len(days) // len(own)] for n, school in enumerate(own) if days}
    stops = (
        Stop(school, assigned[school], on.get(school), bars[school], tuple(at.get(school.pk, ())))
        for school in draft.schools
    )
    return sorted(stops, key=lambda stop: (stop.on or dt.date.min, stop.number, stop.school.code))


def _shares(draft: Brief, stops: Sequence[Stop], trips: Mapping[int, list[dt.date]]) -> Iterator[Workload]:
    own = zones.own_schools(person.pk for team in draft.teams for person in team.people)
    for team in draft.teams:
        days = [stop.on for stop in stops if stop.team == team and stop.on]
        for person in team.people:
            others = trips.get(person.pk, [])
            yield Workload(
                person,
                team,
                len(days),
                len(set(days)),
                own.get(person.pk, zones.Load(0, limits.OWN_SCHOOLS)),
                len(others),
                tuple(sorted(set(days) & set(others))),
            )


def _problems(draft: Brief, stops: Sequence[Stop], fitness: Fitness) -> Iterator[Problem]:
    if draft.starts_on < timezone.localdate() or not 0 <= (draft.ends_on - draft.starts_on).days <= LONGEST_DAYS:
        yield Problem("须从今天或以后开始，在一年以内结束", "起止日期", "请重新填写")
    elif not draft.days:
        yield Problem("这段时间没有工作日", "起止日期", "请延长")
    seats = Counter(person for team in draft.teams for person in team.people)
    for person, count in seats.items():
        if count > 1:
            yield Problem(f"{person.name}在 {count} 个组里", "督导小组", "请只留在一个组")
    for team in draft.teams:
        inspectors = [person for person in team.people if fitness.is_inspector(person)]
        if len(inspectors) < limits.TEAM.count:
            what = f"须有 {limits.TEAM}以上督学，带队的局领导不计在内，现有 {len(inspectors)} 名"
            yield Problem(what, str(team), f"请增加成员（{limits.TEAM.source}）")
        room, own = draft.per_day * len(draft.days), sum(stop.team == team for stop in stops)
        if own > room:
            what = f"要去 {own} 所学校，{len(draft.days)} 个工作日每天最多 {draft.per_day} 所，只排得下 {room} 所"
            yield Problem(what, str(team), "请延长时间、增加小组，或少选学校")
    for stop in stops:
        if stop.school.status != Status.OPEN:
            yield Problem("已停办", stop.school.name, "请不要选它")
        elif stop.team is None:
            why = "；".join(f"{bar.team}{bar.problem.what}" for bar in stop.bars)
            yield Problem(f"没有一个组可以去：{why}", stop.school.name, "请换人，或不选这所学校")
