"""Reads of forecasts: the known years of a district, one forecast as JSON, what a person may see of it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from indicators.collection.rosters.kinds import FIRST, LAST, level_of
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from indicators.planning.engine import (
    JUNIOR,
    PRIMARY,
    RULES,
    SCENARIOS,
    Cell,
    Expected,
    Known,
    assumptions,
    cohorts,
    outlook,
    remarks,
)
from indicators.planning.forecast.models import FORMAT, Forecast
from indicators.results.evaluations import judging
from indicators.standard.engine import SchoolData, Spec, UnusableData, Value, evaluate, grades, numbers
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound
from portal.core.lib import digests
from portal.core.lib.numbers import plain
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import School, Status

# Part of every base: raise it whenever the same inputs could be projected otherwise.
VERSION = "1.3"
_NOTHING = Expected()


def rounds(user: User, perm: Perm = Perm.PLAN_VIEW) -> QuerySet[Round]:
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    return visible(user, rows, perm).order_by("-school_year_start", "-pk")


def shown_to(user: User) -> QuerySet[Forecast]:
    rows = visible(user, Forecast.objects.all(), Perm.PLAN_VIEW)
    return rows.select_related("round__district", "created_by").defer("content").order_by("-pk")


def get(user: User, forecast_id: int) -> Forecast:
    """Raises NotFound outside the person's scope."""
    rows = visible(
        user, Forecast.objects.select_related("round__district", "round__standard", "created_by"), Perm.PLAN_VIEW
    )
    found = rows.defer("round__standard__content").filter(pk=forecast_id).first()
    if found is None:
        raise NotFound("没有这份生源预测，或不在您可以查看的范围内。")
    return found


def newest_of(school: School) -> Forecast | None:
    rows = Forecast.objects.filter(round__district=school.district_id).select_related("round__district")
    return rows.order_by("-round__school_year_start", "-pk").first()


def ensure_year(round_: Round, to: int) -> None:
    """Raises Invalid for a year outside the forecast's reach."""
    first, last = round_.school_year_start.year + 1, max(RULES.last_year, round_.school_year_start.year + 1)
    if not first <= to <= last:
        raise Invalid(f"预测到的年份应在 {first} 至 {last} 之间，填的是 {to}。")


def expected(round_: Round, to: int, typed: Mapping[str, str], births: Collection[int]) -> Expected:
    """As `assumptions.read`, with the schools of the register that are not closed."""
    schools = School.objects.filter(district=round_.district_id).exclude(status=Status.CLOSED)
    return assumptions.read(
        typed,
        births,
        years=range(round_.school_year_start.year + 1, to + 1),
        spec=standards.load_spec(round_.standard),
        schools=schools.values_list("code", "name", "kind"),
    )


def grade_of(text: str, stage: str, year: int) -> int | None:
    """As written: 三年级 and 3 are 3, 初一 is 1, 七年级 is 7, 2025级 in its second year is 2; None without a number."""
    if found := re.search(rf"(?<!\d)({grades.NUMBER})(?!\d)", text):
        return grades.number(found[1])
    level = level_of(text, stage, year)
    return level - FIRST[stage] + 1 if level else None


def cells_of(spec: Spec, school: SchoolData, year: int) -> dict[Cell, int] | None:
    """Compulsory pupils from the class list; None where it is blank or a grade cannot be read."""
    listed = school.given.get(outlook.CLASS_LIST)
    if not isinstance(listed, Value):
        return None
    found: dict[Cell, int] = {}
    rows = [(spec.stage_by_label.get(row["stage"], ""), row) for row in listed.value]
    graded = [
        (stage, grade_of(str(row["grade"]), stage, year), int(row["pupils"]))
        for stage, row in rows
        if stage in (PRIMARY, JUNIOR)
    ]
    juniors = [grade for stage, grade, _ in graded if stage == JUNIOR and grade]
    # 六年级 of a 初中 is its first where primary schools end with the fifth (五四学制).
    before = LAST[PRIMARY] - (LAST[PRIMARY] in juniors)
    for stage, grade, pupils in graded:
        if grade is None:
            return None
        own = grade - before if stage == JUNIOR and grade > before else grade
        found[school.code, stage, own] = found.get((school.code, stage, own), 0) + pupils
    return found


@dataclass(frozen=True)
class History:
    """The known years with the inputs of the base, remarks in words, names of new schools, and what is expected."""

    inputs: judging.Inputs
    known: Known
    notes: tuple[str, ...]
    names: Mapping[str, str]
    expected: Expected


def history(
    round_: Round,
    births: Mapping[int, Decimal],
    *,
    trend: bool,
    expected: Expected = _NOTHING,
    born: Mapping[str, Mapping[int, Decimal]] | None = None,
) -> History:
    """Class lists of this round and of earlier years of the district, merged schools under their successors.

    `births` of the district; `born` are the same by township, where these are known.

    Raises Invalid without a single class list in the round, or where pupils move to or from a school that is not forecast.
    """
    inputs = judging.read(round_)
    base = round_.school_year_start.year
    pupils, notes = _class_lists(round_, inputs)
    if base not in pupils:
        raise Invalid(f"{round_.name}还没有学校的班级名册通过审核，不能预测。请先完成填报和审核。")
    ends, going_on = _ends(round_, pupils[base])
    if going_on:
        notes.append(f"并入的学校这个年度还没有填报，仍按原校推算：{'、'.join(going_on)}")
    known = Known(
        pupils=pupils,
        births=births,
        areas={school.code: school.area for school in inputs.data.schools},
        ends=ends,
        trend=trend,
        moved=expected.moved,
        homes=expected.homes,
        own_shares=expected.shares,
        own_ratios=expected.ratios,
        born=born or {},
        townships=directory.townships_of(round_.district_id) if born else {},
    )
    names = {school.code: school.name for school in inputs.data.schools}
    new = directory.names_of(expected.schools - names.keys())
    remarks.ensure_possible(known, new, directory.names_of)
    words = expected.words(names | new)
    if new:
        words.append(f"新学校没有填报，只推算人数，不判定指标：{'、'.join(sorted(new.values()))}")
    return History(inputs, known, (*notes, *remarks.on(known, names), *words), new, expected)


def _class_lists(round_: Round, inputs: judging.Inputs) -> tuple[dict[int, dict[Cell, int]], list[str]]:
    """Compulsory pupils by year, and remarks on lists that cannot be used; `inputs` are the round's own."""
    notes, pupils, silent = [], dict[int, dict[Cell, int]](), set[str]()
    base = round_.school_year_start.year
    # Of schools merged by the round's day the pupils of then are the successor's.
    successors = {
        one.code: one.successor.code
        for one in _closed(round_)
        if one.successor and one.closed_on and one.closed_on <= round_.school_year_start
    }
    # This round and the newest of each earlier year, this one first.
    rows = Round.objects.filter(district=round_.district_id, school_year_start__lt=round_.school_year_start)
    earlier = {row.school_year_start.year: row for row in rows.select_related("district", "standard").order_by("pk")}
    earlier.pop(round_.school_year_start.year, None)
    for one in [round_, *(earlier[year] for year in sorted(earlier, reverse=True))]:
        year, read = one.school_year_start.year, inputs if one.pk == round_.pk else judging.read(one)
        cells, without = dict[Cell, int](), list[str]()
        for school in read.data.schools:
            kind = read.spec.kinds.get(school.kind)
            if kind is None or not kind.judged or not set(kind.stages) & {PRIMARY, JUNIOR} or school.code in silent:
                continue
            own = cells_of(read.spec, school, year) if school.status == Status.OPEN else {}
            if own is None:
                without.append(school.name)
                silent |= {school.code} if year == base else set()
                continue
            for (code, stage, grade), count in own.items():
                cell = (successors.get(code, code), stage, grade)
                cells[cell] = cells.get(cell, 0) + count
        if without and year != base:
            notes.append(f"{year} 年有 {len(without)} 所学校没有班级名册，这一年没有用于预测")
        elif cells:
            pupils[year] = cells
        if without and year == base:
            notes.append(f"没有可用的班级名册、没有预测的学校：{'、'.join(without)}（在校生按现状不变）")
    return pupils, notes


def _closed(round_: Round) -> list[School]:
    rows = School.objects.filter(district=round_.district_id, status=Status.CLOSED).exclude(closed_on=None)
    return list(rows.select_related("successor").order_by("code"))


def _ends(round_: Round, cells: Mapping[Cell, int]) -> tuple[dict[str, tuple[int, str]], list[str]]:
    """Schools of the base that are registered as closed later: the first September without them, and their successor.

    A successor that is not forecast (it opened since) has nothing to add pupils to: such schools go on, by name.
    """
    running, closed = {code for code, _, _ in cells}, {school.code: school for school in _closed(round_)}
    found, going_on = dict[str, tuple[int, str]](), list[str]()
    for school in closed.values():
        day, heir = school.closed_on, school.successor
        if school.code not in running or not day or day <= round_.school_year_start:
            continue
        while heir and heir.code not in running:
            heir = closed[heir.code].successor if heir.code in closed else None
        if school.successor and heir is None:
            going_on.append(school.name)
        else:
            found[school.code] = (day.year + ((day.month, day.day) > (9, 1)), heir.code if heir else "")
    return found, going_on


def make(found: History, round_: Round, to: int) -> dict[str, Any]:
    """The whole forecast as JSON; the same history gives the same bytes. Raises Invalid when a figure cannot be judged."""
    known, spec, data = found.known, found.inputs.spec, found.inputs.data
    try:
        judged = evaluate(spec, data)
        years = []
        for scenario in SCENARIOS:
            watching = outlook.Outlook(spec, data, known.pupils[known.base], judged)
            for year in cohorts.project(known, to, scenario):
                years.append(watching.as_json(year))
    except UnusableData as error:
        raise Invalid(str(error)) from error
    back = cohorts.backtest(known)
    years.sort(key=lambda year: (year["year"], SCENARIOS.index(year["scenario"])))
    base = {
        "round": round_.code,
        "district": round_.district.code,
        "standard": spec.code,
        "engine": judged.engine,
        "forecast": VERSION,
        "inputs_sha256": found.inputs.sha256,
    }
    return {"format": FORMAT, "base": base | _known(found), "years": years, "backtest": back and back.as_json()}


def _known(found: History) -> dict[str, Any]:
    """What the years are projected from: pupils, births (of townships with the ratio entrants follow), ratios, shares."""
    known = found.known
    entries = {(PRIMARY, 0), (JUNIOR, 0), *known.own}
    ratios = known.township_entries if known.by_township else {}
    townships = [
        {"township": township, "births": births_as_json(births)}
        | (ratios[township].as_json() if township in ratios else {})
        for township, births in sorted(known.born.items())
    ]
    # Null where a primary takes its part of its township instead.
    used = {part: None if known.by_township and part[1] == PRIMARY else share for part, share in known.shares.items()}
    return {
        "year": known.base,
        "known_years": sorted(known.pupils),
        "births": births_as_json(known.births),
        "townships": townships,
        "assumption": "trend" if known.trend else "held",
        "entry": known.entry.as_json() if known.entry else None,
        "promotion": known.promotion.as_json(),
        "progressions": [
            {"school_code": school, "stage": stage, "grade": grade} | ratio.as_json()
            for (school, stage, grade), ratio in known.progressions.items()
        ],
        "observed": [
            {"stage": stage, "grade": grade} | ratio.as_json()
            for stage, grade in sorted(entries, key=lambda at: (at[1], at[0] != PRIMARY))
            if (ratio := known.observed(stage, grade))
        ],
        "intake_shares": [
            {"school_code": part[0], "stage": part[1], "mean": numbers.text(mean), "share": numbers.text(used[part])}
            for part, mean in known.mean_shares.items()
        ],
        "totals": {
            stage: str(sum(count for (_, own, _), count in known.pupils[known.base].items() if own == stage))
            for stage in (PRIMARY, JUNIOR)
        },
        "notes": list(found.notes),
        **found.expected.as_json(),
    }


def births_as_json(births: Mapping[int, Decimal]) -> dict[str, str]:
    return {str(year): plain(count) for year, count in sorted(births.items())}


def data_sha256(round_: Round) -> str:
    """Of which revisions count in the district up to this round: another one makes another forecast."""
    rounds_ = Round.objects.filter(district=round_.district_id, school_year_start__lte=round_.school_year_start)
    rows = submissions.counting().filter(submission__round__in=rounds_).order_by("pk").values_list("pk", "sha256")
    changes = School.objects.filter(district=round_.district_id).order_by("code").values_list("code", "version")
    return digests.fingerprint([VERSION, list(map(list, rows)), list(map(list, changes)), round_.standard_id])
