"""The rules of B1–D1: which function judges which kind of condition."""

from collections.abc import Callable, Mapping
from typing import Any

from indicators.standard.engine import conditions
from indicators.standard.engine.conditions import Condition
from indicators.standard.engine.facts import Facts
from indicators.standard.engine.outcomes import Outcome
from indicators.standard.engine.rules import district, holds, premises, ratio

# Each function takes its own type of condition.
JUDGES: Mapping[type[Condition], Callable[[Any, Facts], Outcome]] = {
    conditions.Ratio: ratio.judge,
    conditions.Holds: holds.judge,
    conditions.Some: holds.judge_some,
    conditions.Rooms: premises.rooms,
    conditions.Size: premises.size,
    conditions.ClassSize: premises.class_size,
    conditions.SmallSchoolFunds: district.small_school_funds,
    conditions.Retention: district.retention,
    conditions.Monitoring: district.monitoring,
    conditions.Agrees: district.agrees,
}


def judge(condition: Condition, facts: Facts) -> Outcome:
    """Judge one condition on the district's returns."""
    return JUDGES[type(condition)](condition, facts)
