"""What the demonstration's bureau plans and looks after: duties, registers, monthly changes, relaxations, measures tried, a plan."""

import datetime as dt
import tomllib
from decimal import Decimal
from itertools import product
from math import ceil
from pathlib import Path
from typing import Any

from django.utils import timezone

from indicators.collection.relaxations import actions as relaxations, queries as relaxation_queries
from indicators.collection.relaxations.models import Relaxation
from indicators.collection.rounds import queries as round_queries
from indicators.planning.engine import KINDS, RULES, terms
from indicators.planning.forecast import actions as forecast
from indicators.planning.monthly import actions as monthly, queries as monthly_queries
from indicators.planning.plans import actions as plans
from indicators.planning.scenarios import actions as scenarios
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import case_of
from inspections.duties import actions as duties, content_queries, workflow
from inspections.duties.models import Duty, DutyReport
from portal.core.accounts.models import User
from portal.core.files import uploads
from portal.demo import generator, names
from portal.demo.figures import CURRENT
from portal.demo.town import FINANCE, TOWNSHIP, Clock, Story, Town
from schools.registers import actions as registers
from schools.registers.rights import Unit

DUTIES_GIVEN = -215
_STATE = DutyReport.State
_SAID = "已召开专题会议部署，按计划推进，材料随附。"
# Code, goal or safeguard, task, owner, measure, indicator or unit, least number a year.
_TASKS: tuple[tuple[str, str, str, str, str, str, int | None], ...] = (
    ("1-1", "goal", "教学及辅助用房达标", "bureau", "indicator", "A4", 90),
    ("2-1", "goal", "落实教育经费三个增长", FINANCE, "document", "", None),
    ("2-2", "goal", "教学仪器设备更新到位", FINANCE, "indicator", "A6", 95),
    ("3-1", "goal", "留守儿童关爱服务全覆盖", TOWNSHIP, "count", "次", 4),
    ("4-1", "goal", "选派城区教师到农村学校支教", "bureau", "count", "人", 12),
    ("6-1", "goal", "消除大班额", "3", "indicator", "B5", None),
    ("6-2", "goal", "防震、消防疏散演练", "0", "count", "次", 4),
    ("s-1", "safeguard", "把推进优质均衡纳入年度目标考核", FINANCE, "document", "", None),
)


def give_out_duties(place: Town) -> None:
    start, goal = timezone.localdate().replace(month=1, day=1), place.programme.goal_year
    for code, part, title, owner, measure, of, least in _TASKS:
        where: dict[str, Any] = {}
        if owner.isdigit():
            where["school"] = place.schools[int(owner)]
        elif owner != "bureau":
            where["department"] = place.district.departments.get(code=owner)
        target = None if least is None else Decimal(least)
        content = content_queries.DutyContent(
            code=code,
            part=part,
            number=int(code[0]) if part == "goal" else 1,
            title=title,
            measure=measure,
            indicator=of if measure == "indicator" else "",
            unit=of if measure == "count" else "",
            starts_on=start,
            due_on=dt.date(goal, 12, 31),
            phase=content_queries.phase_of(place.programme, start),
            years={year: content_queries.YearTarget(target) for year in range(start.year, goal + 1)},
            **where,
        )
        duties.create(programme_id=place.programme.pk, content=content, by=place.admin)


def report_on_duties(place: Town, clock: Clock) -> Story:
    """Some days after each past quarter; checked a week later."""
    today, given = clock.day(0), clock.day(DUTIES_GIVEN)
    for year, quarter in product(range(given.year, today.year + 1), range(1, 5)):
        ended = (workflow.quarter_end(year, quarter) - today).days
        if not DUTIES_GIVEN < ended < -12:
            continue
        yield ended + 5, 620
        for number, row in enumerate(_reports(year, quarter, _STATE.DUE)):
            _report(place, row, number)
        yield ended + 12, 620
        for number, row in enumerate(_reports(year, quarter, _STATE.REPORTED)[:-1]):
            step: dict[str, Any] = {"report_id": row.pk, "version": row.version, "by": place.reviewer}
            if number == 0:
                duties.send_back(**step, reason="进展写得太笼统，请写明完成了哪几项、还差什么。")
            else:
                result = "mostly" if quarter == 4 else ""
                duties.check(**step, text="情况属实，请抓紧推进。", result=result)


def _reports(year: int, quarter: int, state: str) -> list[DutyReport]:
    rows = DutyReport.objects.filter(year__year=year, quarter=quarter, state=state)
    return list(rows.select_related("year__duty").order_by("year__duty__code"))


def _report(place: Town, row: DutyReport, number: int) -> None:
    """Every fifth is late, and so is who has no account here."""
    duty = row.year.duty
    departments = {FINANCE: place.people["liaison"], TOWNSHIP: place.people["township"]}
    by: User | None = place.admin
    if duty.school:
        by = place.staff([school.pk for school in place.schools].index(duty.school.pk)).reporter
    elif duty.department:
        by = departments.get(duty.department.code)
    if by is None or (number + row.quarter) % 5 == 0:
        return
    value = Decimal(3 * row.quarter) if duty.measure == Duty.Measure.COUNT else None
    files = [generator.photo("会议现场", number)] if duty.measure == Duty.Measure.DOCUMENT else []
    said: dict[str, Any] = {"claim": "under_way", "text": _SAID, "value": value, "uploads": files}
    duties.report(report_id=row.pk, version=row.version, by=by, **said)


_ENTRIES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("registers.toml").read_text(encoding="utf-8"))[
    "entries"
]


def fill_registers(town: Town, clock: Clock) -> None:
    """By the school's reporter; of the bureau and of projects by the admin."""
    year = clock.today.year - 1
    shared = {
        "year": year,
        "years": [year + later for later in range(4)],
        "codes": {str(-place): town.schools[-place].code for place in range(1, 7)},
    }
    for entry in _ENTRIES:
        kind, position = entry["kind"], entry.get("school")
        unit: Unit = town.district
        by: User = town.admin
        filled: dict[str, Any] = dict(shared)
        if position is not None:
            unit = town.schools[position]
            by = town.admin if kind == "project" else town.staff(position).reporter
            filled |= {
                "school": unit.name,
                "stage": "小学" if "小学" in town.sketches[position].kind else "初中",
                "person": names.person(town.seed, kind, position),
            }
        typed = {
            name: clock.day(value).isoformat() if isinstance(value, int) else value.format_map(filled)
            for name, value in entry["typed"].items()
        }
        registers.create(kind=kind, unit=unit, year=year + entry.get("years", 0), typed=typed, by=by)


def report_months(place: Town, clock: Clock) -> Story:
    """Three schools report each month since spring, the first of them also this month."""
    yield -200, 600
    monthly.set_day(district_id=place.district.pk, day=5, by=place.admin)
    this_month = month = clock.today.replace(day=1)
    months = [month := (month - dt.timedelta(days=1)).replace(day=1) for _ in range(6)]
    for back, month in reversed(list(enumerate(months, 1))):
        got = {"multimedia_rooms": (Decimal(back % 3), Decimal(0)), "equipment_value": (Decimal(back), Decimal(0))}
        for position in (0, 4, 9):
            yield (month - clock.today).days + 27, 640 + position
            changes, by = got if (back + position) % 4 else {}, place.staff(position).reporter
            monthly.report(school_id=place.schools[position].pk, month=month, changes=changes, by=by)
    if clock.today.day > 1:
        yield -1, 640
        got = {"multimedia_rooms": (Decimal(1), Decimal(0))}
        monthly.report(school_id=place.schools[0].pk, month=this_month, changes=got, by=place.staff(0).reporter)


_UNREPORTED = 5


def report_nothing_new(place: Town, clock: Clock) -> Story:
    """Those whose month passed without changes, but for some who are late."""
    if clock.today.day > 3:
        yield 3 - clock.today.day, 650
        day = monthly_queries.day_of(place.district)
        waiting = monthly_queries.unreported(day) if day else []
        positions = {school.pk: position for position, school in enumerate(place.schools)}
        late = {place.schools[names.HANDED_OVER].pk, *(school.pk for school in waiting[-_UNREPORTED:])}
        for school in waiting:
            if school.pk not in late:
                by, month = place.staff(positions[school.pk]).reporter, monthly_queries.last_month()
                monthly.report(school_id=school.pk, month=month, changes={}, by=by)


_SIZE, _PE_ARTS = "relax_school_size", "relax_pe_arts_teachers"
_TERM = dt.timedelta(days=730)


def relax(place: Town, clock: Clock) -> Story:
    """One granted, which only an old building may be, and one asked for."""
    yield -19, 600
    if relaxation_queries.fit(place.schools[names.LARGE], _SIZE).fits:
        asked = _ask(place, names.LARGE, _SIZE, "校舍建成较早，新校区建成前暂不分流学生")
        clock.tick(150)
        relaxations.approve(relaxation_id=asked.pk, opinion="情况属实，期满前完成分流。", by=place.reviewer)
    yield -3, 630
    _ask(place, names.SMALL_POINT, _PE_ARTS, "体育、艺术课由中心校教师走教")


def _ask(place: Town, position: int, kind: str, reason: str) -> Relaxation:
    school, today = place.schools[position], timezone.localdate()
    begin = round_queries.clocks("", today).school_year_start
    asked = relaxations.propose(
        school_id=school.pk, kind=kind, reason=reason, valid_from=begin, valid_until=begin + _TERM, by=place.admin
    )
    proof = generator.proof("情况说明", school.name, today.year, [("事项", asked.label), ("理由", reason)])
    relaxations.attach_proof(relaxation_id=asked.pk, file=uploads.accept(proof), by=place.admin)
    return asked


# What is done about an indicator that a school fails, and 万元 for one unit of it.
_REMEDIES = {
    "A1": ("train_degree", "1"),
    "A2": ("appoint_backbone", "0"),
    "A3": ("hire_pe_arts", "8"),
    "A4": ("build_teaching_area", "0.25"),
    "A5": ("build_sports_area", "0.06"),
    "A6": ("equip", "1"),
    "A7": ("multimedia_room", "5"),
}


# Which kind of teacher an indicator lacks.
_MOVED = {"A1": "degree", "A2": "backbone", "A3": "pe_arts"}
# Born in the district by the year that ends on 31 August, falling as in the country.
_BIRTHS = {
    CURRENT - 9 + at: Decimal(count) for at, count in enumerate((2630, 2590, 2560, 2540, 2470, 2350, 2210, 2080))
}


def look_ahead(town: Town) -> Story:
    """A plan on last year's evaluation, and a forecast from its class lists, which are all approved."""
    evaluation = _last_evaluation(town)
    yield -8, 570
    years = tuple(range(CURRENT, CURRENT + 3))
    wanted = terms.PlanTerms(years=years, costs=terms.DEFAULTS, kinds=terms.kinds([], terms.DEFAULTS))
    plans.start(round_id=evaluation.round_id, wanted=wanted, by=town.admin)
    yield -7, 570
    forecast.start(round_id=evaluation.round_id, to=RULES.last_year, births=_BIRTHS, trend=False, by=town.admin)


def _last_evaluation(town: Town) -> Evaluation:
    return Evaluation.objects.filter(round__district=town.district, round__code=str(CURRENT - 1)).latest("pk")


def try_measures(town: Town) -> None:
    """Whatever is missing; and to each school that lacks teachers of a kind one from the school with the most."""
    evaluation = _last_evaluation(town)
    parts = case_of(evaluation).result.parts
    bought: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for part in parts:
        for at, one in enumerate(part.indicators):
            code = one.indicator.code
            if one.gap and code in _REMEDIES:
                kind, price = _REMEDIES[code]
                quantity = ceil(one.gap)
                cost = {"cost": str(Decimal(price) * quantity), "year": CURRENT}
                stage = {"stage": part.stage} if KINDS[kind].by_stage else {}
                bought.append({"kind": kind, "school_code": part.school.code, "quantity": str(quantity)} | stage | cost)
            if one.gap and code in _MOVED:
                near = [other for other in parts if other.stage == part.stage and other.school.code != part.school.code]
                held = [other.indicators[at].value or 0 for other in near]
                giver = near[held.index(max(held))].school.code
                where = {"school_code": part.school.code, "from_school_code": giver, "stage": part.stage}
                moved.append({"kind": "move", "of": _MOVED[code], "quantity": "1", "year": CURRENT} | where)
    for name, note, measures in (
        ("暑期交流轮岗", "缺教师的学校各从同学段最富余的学校调一名，签发前核对。", moved[:6]),
        ("缺口一次补齐", "所有没有达标的学校，缺多少补多少。", bought),
    ):
        scenarios.create(evaluation_id=evaluation.pk, name=name, note=note, measures=measures, by=town.admin)
