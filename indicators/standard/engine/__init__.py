"""Judges what a district submitted by a standard. Pure Python: no Django, no files, no clock."""

from indicators.standard.engine.checks import DataProblem, check_school
from indicators.standard.engine.conditions import together
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
    fingerprint,
)
from indicators.standard.engine.evaluation import evaluate
from indicators.standard.engine.live import LiveIndicator, LivePart, live
from indicators.standard.engine.parsing import BadValue, parse_reason, parse_rows, parse_value
from indicators.standard.engine.result import ENGINE_VERSION, Excluded, Missing, Result
from indicators.standard.engine.scope import Required, required
from indicators.standard.engine.spec import Indicator, Item, Spec

__all__ = [
    "ENGINE_VERSION",
    "Answer",
    "BadValue",
    "DataProblem",
    "DistrictData",
    "Excluded",
    "Grant",
    "Indicator",
    "Item",
    "LiveIndicator",
    "LivePart",
    "Missing",
    "NotApplicable",
    "Required",
    "Result",
    "SchoolData",
    "Spec",
    "UnusableData",
    "Value",
    "check_school",
    "decode",
    "encode",
    "evaluate",
    "fingerprint",
    "live",
    "parse_reason",
    "parse_rows",
    "parse_value",
    "required",
    "together",
]
