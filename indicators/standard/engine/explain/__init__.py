"""Why a result is what it is: a lazy tree from the district's verdict down to single answers."""

from indicators.standard.engine.explain.conditions import condition_based, demand, school_condition
from indicators.standard.engine.explain.resources import coefficient, indicator, part
from indicators.standard.engine.explain.tree import (
    BLANK,
    NOT_APPLICABLE,
    VALUE,
    ZERO,
    Bound,
    Case,
    ConclusionPlace,
    Explanation,
    Input,
)
from indicators.standard.engine.explain.verdict import district, stage, veto, veto_at

__all__ = [
    "BLANK",
    "NOT_APPLICABLE",
    "VALUE",
    "ZERO",
    "Bound",
    "Case",
    "ConclusionPlace",
    "Explanation",
    "Input",
    "coefficient",
    "condition_based",
    "demand",
    "district",
    "indicator",
    "part",
    "school_condition",
    "stage",
    "veto",
    "veto_at",
]
