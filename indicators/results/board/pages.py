"""What stands around every page of the board; the board by township, by education group and on the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import cos, isqrt, radians
from typing import Any

from django.urls import reverse

from indicators.results.board import queries
from indicators.results.board.board import BoardRow, StageBoard
from indicators.results.board.queries import Choice, DistrictResult
from indicators.results.evaluations import change_queries as changes
from indicators.results.milestones import queries as milestones
from indicators.standard.engine import Tally, tally
from portal.core.accounts.models import User
from portal.core.lib import numbers
from portal.core.lib.verdicts import VERDICTS
from portal.core.papers import charts
from portal.core.papers.tree import Figure
from schools.access.scope import Perm, may
from schools.directory import queries as directory


@dataclass(frozen=True, slots=True)
class CutRow:
    """The parts of one township or group (`filtered`: the matrix's filter for it): how many pass, and by indicator do not."""

    name: str
    filtered: str
    counted: Tally
    failing: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A stage by township or by group; schools without one make the last row, named by `rest`."""

    label: str
    stage: StageBoard
    rows: tuple[CutRow, ...]


def frame(user: User, choice: Choice, tab: str) -> dict[str, Any]:
    """The context of `board/_frame.html`; without an evaluation only what may be chosen and done."""
    evaluation = choice.evaluation
    may_run = choice.round is not None and may(user, Perm.EVALUATION_RUN, choice.round)
    context = {"choice": choice, "may_run": may_run, "evaluation": evaluation, "tab": tab}
    if evaluation is None:
        return context
    content = queries.district(evaluation).content
    return context | {
        "content": content,
        "spec": content.spec,
        "heading": content.heading,
        "relaxed": content.heading.relaxed,
        "basis": queries.provisional_basis(evaluation),
        "stale": changes.staleness(evaluation),
        "milestones": milestones.of_evaluation(evaluation),
        "may_freeze": may(user, Perm.MILESTONE_FREEZE, evaluation.round),
    }


def of_district(district: DistrictResult) -> tuple[Cut, ...]:
    """By today's places and groups; without cuts that have no school."""
    own = directory.ever_of(district.evaluation.round.district_id).select_related("township", "group")
    schools = {school.code: school for school in own}
    found = []
    for field, label, rest in (
        ("township", "乡镇、街道", "没有登记乡镇、街道"),
        ("group", "教育集团", "不属于教育集团"),
    ):
        places = {code: getattr(school, field) for code, school in schools.items()}
        if not any(places.values()):
            continue
        for stage in district.content.stages:
            of_place: dict[tuple[str, str], list[BoardRow]] = {}
            for row in stage.rows:
                place = places.get(row.school_code)
                key = (str(place), f"{field}={place.pk}") if place else (rest, "")
                of_place.setdefault(key, []).append(row)
            rows = tuple(
                _cut_row(*key, parts) for key, parts in sorted(of_place.items(), key=lambda one: not one[0][1])
            )
            found.append(Cut(label, stage, rows))
    return tuple(found)


def _cut_row(name: str, filtered: str, parts: Sequence[BoardRow]) -> CutRow:
    by_indicator = zip(*(part.cells for part in parts), strict=True)
    failing = tuple(
        (f"{one[0].code} {one[0].name}", sum(cell.reaches is False for cell in one)) for one in by_indicator
    )
    return CutRow(name, filtered, tally(part.passes for part in parts), failing)


# The map in pixels of its own; on a phone it shrinks as a whole.
_WIDTH, _HEIGHT, _MARGIN, _LARGEST, _SMALLEST = 900, 640, 40, 22, 6
# Degrees a map spans at least, so that two neighbours do not lie at its ends.
_SPAN = Decimal("0.01")


# Names, colours and shapes of verdicts; what fails is named on the map.
_GROUPS = tuple(
    (*VERDICTS[passes], shape) for passes, shape in ((True, "circle"), (None, "diamond"), (False, "triangle"))
)
_LEGEND = "上为北；越大在校生越多；写校名的未达标；几个学段的学校按最差的一个。"


@dataclass(frozen=True, slots=True)
class SchoolMap:
    """Schools by latitude and longitude, north above; `unplaced` have no place in the register."""

    figure: Figure
    count: int
    unplaced: tuple[str, ...]


def school_map(district: DistrictResult, stage: str = "") -> SchoolMap | None:
    """Of all stages or one; None while no judged school has a place."""
    parts: dict[str, list[BoardRow]] = {}
    for one in (one for one in district.content.stages if stage in ("", one.stage)):
        for row in one.rows:
            parts.setdefault(row.school_code, []).append(row)
    own = directory.ever_of(district.evaluation.round.district_id).filter(code__in=parts)
    places = {one.code: (one.longitude, one.latitude) for one in own if one.longitude and one.latitude}
    if not places:
        return None
    size, drawn = _map_of(places)
    known = {code: [int(row.pupils) for row in rows if row.pupils.isdecimal()] for code, rows in parts.items()}
    # None if no part has a number: missing is not zero.
    pupils = {code: sum(counts) if counts else None for code, counts in known.items()}
    largest, spots = max(filter(None, pupils.values()), default=1), []
    for code, (x, y) in drawn.items():
        # A school of several stages by the worst of them.
        worst = min(parts[code], key=lambda row: (row.passes is not False, row.passes is not None))
        verdicts = "；".join(f"{row.stage_label}{row.verdict}" for row in parts[code])
        spot = charts.ChartSpot(
            label=worst.school,
            x=x,
            y=y,
            radius=max(_SMALLEST, isqrt(_LARGEST * _LARGEST * (pupils[code] or 0) // largest)),
            group=(True, None, False).index(worst.passes),
            words=f"在校生 {'缺数据' if pupils[code] is None else f'{pupils[code]} 人'}；{verdicts}",
            link=f"{reverse('board:school', args=[code])}?evaluation={district.evaluation.pk}",
        )
        spots.append((-spot.radius, code, spot))
    # The large ones below the small ones, so that each can be reached.
    ordered = [spot for *_, spot in sorted(spots, key=lambda one: one[:2])]
    unplaced = tuple(rows[0].school for code, rows in sorted(parts.items()) if code not in places)
    return SchoolMap(charts.spots("学校分布图", size, ordered, _GROUPS, _LEGEND), len(ordered), unplaced)


def _map_of(
    places: Mapping[str, tuple[Decimal, Decimal]],
) -> tuple[tuple[int, int], dict[str, tuple[Decimal, Decimal]]]:
    """The size of the map and each place on it."""
    longitudes, latitudes = zip(*places.values(), strict=True)
    west, north = min(longitudes), max(latitudes)
    # A degree of longitude is shorter than one of latitude, here by the cosine.
    shrunk = Decimal(str(cos(radians(float(north)))))
    across, down = max((max(longitudes) - west) * shrunk, _SPAN), max(north - min(latitudes), _SPAN)
    scale = min((_WIDTH - 2 * _MARGIN) / across, (_HEIGHT - 2 * _MARGIN) / down)
    left = (_WIDTH - across * scale) / 2
    drawn = {
        code: (
            numbers.half_up(left + (longitude - west) * shrunk * scale, 1),
            numbers.half_up(_MARGIN + (north - latitude) * scale, 1),
        )
        for code, (longitude, latitude) in places.items()
    }
    return (_WIDTH, int(down * scale) + 2 * _MARGIN), drawn
