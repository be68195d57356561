"""Projects pupils, carries out measures and searches for the cheapest way to the standard. Pure Python: no Django, no rows.

Types and constants are taken from here, what is done with them with its module: `engine.measures.read`, `terms.years`.
"""

from indicators.planning.engine.assumptions import (
    SCENARIOS,
    STAGES,
    Expected,
    MovedIntake,
    NewHomes,
    OwnRatio,
    OwnShare,
)
from indicators.planning.engine.cohorts import Projected
from indicators.planning.engine.known import JUNIOR, PRIMARY, RULES, Cell, Known, Observed
from indicators.planning.engine.measures import KINDS, MeasureKind, PlannedMeasure
from indicators.planning.engine.terms import (
    DEFAULTS,
    PLANNED,
    PUPILS,
    RESPONSIBLE,
    SECTIONS,
    PlanTerms,
    UnitCosts,
    by_year,
    unit_costs,
)

__all__ = [
    "DEFAULTS",
    "JUNIOR",
    "KINDS",
    "PLANNED",
    "PRIMARY",
    "PUPILS",
    "RESPONSIBLE",
    "RULES",
    "SCENARIOS",
    "SECTIONS",
    "STAGES",
    "Cell",
    "Expected",
    "Known",
    "MeasureKind",
    "MovedIntake",
    "NewHomes",
    "Observed",
    "OwnRatio",
    "OwnShare",
    "PlanTerms",
    "PlannedMeasure",
    "Projected",
    "UnitCosts",
    "by_year",
    "unit_costs",
]
