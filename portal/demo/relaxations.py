"""Relaxations of the standard: one granted, one asked for."""

import datetime as dt
from functools import partial

from indicators.collection.relaxations import actions as relaxations, queries as relaxation_queries
from indicators.collection.relaxations.models import Relaxation
from indicators.collection.rounds import queries as round_queries
from portal.core.files import uploads
from portal.demo import generator, names
from portal.demo.rounds import Agenda, Clock
from portal.demo.town import Town

_SIZE, _PE_ARTS = "relax_school_size", "relax_pe_arts_teachers"
_GRANTED, _ASKED = -19, -3
_TERM = dt.timedelta(days=730)


def plan(agenda: Agenda, place: Town, clock: Clock) -> None:
    agenda.at(_GRANTED, 600, partial(_grant, place, clock))
    agenda.at(_ASKED, 630, partial(_ask, place, clock, names.SMALL_POINT, _PE_ARTS, "体育、艺术课由中心校教师走教"))


def _grant(place: Town, clock: Clock) -> None:
    """Only an old building may."""
    school = place.schools[names.LARGE]
    if not relaxation_queries.fit(school, _SIZE).fits:
        return
    asked = _ask(place, clock, names.LARGE, _SIZE, "校舍建成较早，新校区建成前暂不分流学生")
    clock.tick(150)
    relaxations.approve(relaxation_id=asked.pk, opinion="情况属实，期满前完成分流。", by=place.reviewer)


def _ask(place: Town, clock: Clock, position: int, kind: str, reason: str) -> Relaxation:
    school, today = place.schools[position], clock.now().date()
    begin = round_queries.clocks("", today).school_year_start
    asked = relaxations.propose(
        school_id=school.pk, kind=kind, reason=reason, valid_from=begin, valid_until=begin + _TERM, by=place.admin
    )
    proof = generator.proof("情况说明", school.name, today.year, [("事项", asked.label), ("理由", reason)])
    relaxations.attach_proof(relaxation_id=asked.pk, file=uploads.accept(proof), by=place.admin)
    return asked
