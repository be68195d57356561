"""Judges what a district submitted by a standard. Pure Python: no Django, no files, no clock.

`evaluate(spec, data)` is the entry; whoever needs a type or a word of the engine takes it from here.
"""

from indicators.standard.engine.checks import DataProblem, check_district, check_school
from indicators.standard.engine.coefficients import AnalysedPart, Analysis, Coefficient, Effect, Spread, largest
from indicators.standard.engine.conditions import (
    DISTRICT,
    ClassSize,
    Monitoring,
    Rooms,
    Size,
    SmallSchoolFunds,
    Tally,
    tally,
    together,
)
from indicators.standard.engine.data import (
    Answer,
    DistrictData,
    Grant,
    NotApplicable,
    SchoolData,
    UnusableData,
    Value,
    decode,
    encode,
    figure,
    fingerprint,
)
from indicators.standard.engine.evaluation import evaluate, inputs_sha256
from indicators.standard.engine.live import (
    Live,
    LiveDemand,
    LiveIndicator,
    LivePart,
    OwnRating,
    live,
    own_rating,
    own_values,
)
from indicators.standard.engine.parsing import BadValue, parse_cell, parse_reason, parse_rows, parse_value
from indicators.standard.engine.recall import Recall
from indicators.standard.engine.respondents import AREAS, PRIVATE, RURAL, WHO, reporting
from indicators.standard.engine.result import ENGINE_VERSION, Excluded, Missing, Result
from indicators.standard.engine.scope import (
    Required,
    asked,
    is_triggered,
    required,
    required_of_district,
    unanswered,
)
from indicators.standard.engine.spec import COMPULSORY, Column, Indicator, Item, RelaxationRule, Spec, Veto
from indicators.standard.engine.totals import following, is_total

__all__ = [
    "AREAS",
    "COMPULSORY",
    "DISTRICT",
    "ENGINE_VERSION",
    "PRIVATE",
    "RURAL",
    "WHO",
    "AnalysedPart",
    "Analysis",
    "Answer",
    "BadValue",
    "ClassSize",
    "Coefficient",
    "Column",
    "DataProblem",
    "DistrictData",
    "Effect",
    "Excluded",
    "Grant",
    "Indicator",
    "Item",
    "Live",
    "LiveDemand",
    "LiveIndicator",
    "LivePart",
    "Missing",
    "Monitoring",
    "NotApplicable",
    "OwnRating",
    "Recall",
    "RelaxationRule",
    "Required",
    "Result",
    "Rooms",
    "SchoolData",
    "Size",
    "SmallSchoolFunds",
    "Spec",
    "Spread",
    "Tally",
    "UnusableData",
    "Value",
    "Veto",
    "asked",
    "check_district",
    "check_school",
    "decode",
    "encode",
    "evaluate",
    "figure",
    "fingerprint",
    "following",
    "inputs_sha256",
    "is_total",
    "is_triggered",
    "largest",
    "live",
    "own_rating",
    "own_values",
    "parse_cell",
    "parse_reason",
    "parse_rows",
    "parse_value",
    "reporting",
    "required",
    "required_of_district",
    "tally",
    "together",
    "unanswered",
]
