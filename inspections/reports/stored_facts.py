"""What a report says, as frozen plain values: gathered once, stored as JSON, printed from the JSON alone.

States, sources, categories and verdicts are stored by code and printed by label. A new shape is a new FORMAT with its step in
_UPGRADES and a sample in tests/inspections/reports/facts.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from inspections.rectification.models import Finding
from inspections.rectification.queries import closing_rate
from portal.core.lib import digests
from portal.core.lib.verdicts import VERDICTS

FORMAT = 4
_CODED = {"source": Finding.Source, "category": Finding.Category, "state": Finding.State}


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A phase (with its name) or a plain range of days, both ends included."""

    name: str
    starts_on: dt.date
    ends_on: dt.date


@dataclass(frozen=True, slots=True)
class Count:
    """Findings to be dealt with in a period, and their states at its end."""

    carried: int = 0
    raised: int = 0
    closed: int = 0
    overdue: int = 0
    reopened: int = 0

    @property
    def total(self) -> int:
        """应整改: carried over plus raised or reopened in the period."""
        return self.carried + self.raised

    @property
    def open(self) -> int:
        """未完成: in any state before 已销号."""
        return self.total - self.closed

    @property
    def rate(self) -> Fraction | None:
        """销号率, unrounded; None without findings."""
        return closing_rate(self.closed, self.total)


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One row of a breakdown: this period and the one before. `key` is a code, or an indicator with its name."""

    key: str
    now: Count
    before: Count


@dataclass(frozen=True, slots=True)
class Statement:
    """A dated statement of the record: a measure, a progress, a verdict, a reason. Who wrote it is not for a report."""

    on: dt.date
    text: str


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """One finding of the ledger as it stood at the data date."""

    number: str
    school_code: str
    school: str
    source: str
    indicator: str
    problem: str
    current: str
    standard: str
    category: str
    requirement: str
    goal: str
    responsible: str
    due_on: dt.date
    carried: bool
    state: str
    closed_on: dt.date | None
    overdue_days: int
    reopened: int
    measures: tuple[Statement, ...]
    progress: tuple[Statement, ...]
    verdict: Statement | None
    reason: Statement | None
    files: tuple[str, ...]
    # Unknown in reports from before format 3.
    begun_on: dt.date | None = None
    # Of a finding against no school: what kind of office `school` names then, with no code.
    unit: str = ""

    @property
    def is_closed(self) -> bool:
        return self.closed_on is not None

    def label(self, name: str) -> str:
        return str(_CODED[name](getattr(self, name)).label)


@dataclass(frozen=True, slots=True)
class ReportGap:
    """One of A1–A7 that a stage part does not reach; `lacking` in words: 3 名骨干教师, 全校还需 5 间…."""

    school_code: str
    school: str
    stage: str
    indicator: str
    value: str
    threshold: str
    lacking: str
    below_floor: bool
    near_limit: bool


@dataclass(frozen=True, slots=True)
class ReportCoefficient:
    """A coefficient of variation over its limit."""

    stage: str
    indicator: str
    cv: str
    limit: str
    near_limit: bool


@dataclass(frozen=True, slots=True)
class PartVerdict:
    """A stage part of a school: whether it passes, None = cannot be judged."""

    school_code: str
    stage: str
    passes: bool | None


@dataclass(frozen=True, slots=True)
class RelaxedEvaluation:
    """The same with the relaxations granted: verdict, parts that pass, the parts they touch, and each in words."""

    passes: bool | None
    passing: int
    parts: tuple[PartVerdict, ...]
    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportEvaluation:
    """The newest evaluation of the scope by the end of the period; `standard` is the name of its standard."""

    round: str
    judged_on: dt.date
    standard: str
    engine: str
    inputs_sha256: str
    passes: bool | None
    missing_schools: tuple[str, ...]
    parts: tuple[PartVerdict, ...]
    gaps: tuple[ReportGap, ...]
    spreads: tuple[ReportCoefficient, ...]
    relaxed: RelaxedEvaluation | None = None
    undecided_spreads: int = 0
    undecided_figures: int = 0
    growth: tuple[str, ...] = ()

    @property
    def passing(self) -> int:
        """Stage parts that pass 6 of 7 with the floor."""
        return sum(part.passes is True for part in self.parts)


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school's summary; `verdict` is the sentence of its parts as printed."""

    code: str
    name: str
    now: Count
    before: Count
    verdict: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A department's, township's or the bureau's own findings."""

    name: str
    kind: str
    now: Count
    before: Count


@dataclass(frozen=True, slots=True)
class SchoolsOfKind:
    """How many schools of a type the scope has."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class ReportWork:
    """What was done in the period: visits (of them 专项 and 综合), schools visited, steps taken on findings."""

    visits: int = 0
    special: int = 0
    visited: int = 0
    found: int = 0
    measures: int = 0
    progress: int = 0
    verified: int = 0
    sent_back: int = 0
    extended: int = 0


@dataclass(frozen=True, slots=True)
class ReportMonth:
    """A month (2026-03) of the period: dispatched or reopened, closed, and left open at its end."""

    month: str
    raised: int
    closed: int
    open: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything a report prints. `as_of` is the day the data are of, the report's only date."""

    title: str
    subtitle: str
    issuer: str
    district_code: str
    district: str
    school_code: str
    school: str
    period: ReportPeriod
    previous: ReportPeriod | None
    as_of: dt.date
    now: Count
    before: Count
    by_source: tuple[BreakdownRow, ...]
    by_category: tuple[BreakdownRow, ...]
    by_indicator: tuple[BreakdownRow, ...]
    items: tuple[ReportFinding, ...]
    # Since format 3: which part of the district (`scope` as Report.Scope, `place` by name), what `before` is compared with.
    scope: str
    place: str
    compared: str
    # Stored under this key since the first report; elsewhere it is the evaluation.
    standing: ReportEvaluation | None = None
    standing_before: ReportEvaluation | None = None
    schools: tuple[SchoolRow, ...] = ()
    addressed_to: str = ""
    programme: str = ""
    kinds: tuple[SchoolsOfKind, ...] = ()
    work: ReportWork | None = None
    months: tuple[ReportMonth, ...] = ()
    units: tuple[UnitRow, ...] = ()
    format: int = FORMAT

    def as_json(self) -> dict[str, Any]:
        """`from_json` is its inverse."""
        content: dict[str, Any] = json.loads(json.dumps(asdict(self), default=dt.date.isoformat))
        return content

    @property
    def sha256(self) -> str:
        """Version of the data, whatever the day."""
        content = self.as_json()
        del content["as_of"]
        return digests.fingerprint(content)


# The labels of format 1, as they were then.
_LABELS_1 = {
    "source": {"学校自查": "ZP", "评估差距": "PG", "督导发现": "DD", "群众反映": "XF"},
    "category": {"立行立改": "at_once", "限期整改": "with_deadline", "长期坚持": "long_term"},
    "state": {
        "待派发": "to_dispatch",
        "整改中": "rectifying",
        "申请销号": "close_requested",
        "核查中": "verifying",
        "已销号": "closed",
        "退回整改": "sent_back",
    },
}


def _from_1(content: Mapping[str, Any]) -> dict[str, Any]:
    """Format 1 held labels."""
    items = [item | {name: codes[item[name]] for name, codes in _LABELS_1.items()} for item in content["items"]]
    found = dict(content) | {"format": 2, "items": items}
    for name in ("by_source", "by_category", "by_indicator"):
        codes = _LABELS_1.get(name.removeprefix("by_"), {})
        found[name] = [
            {"key": codes.get(row["label"], row["label"]), "now": row["now"], "before": row["before"]}
            for row in content[name]
        ]
    return found


def _from_2(content: Mapping[str, Any]) -> dict[str, Any]:
    """Format 2 named who wrote each statement, and had only districts and schools."""

    def unnamed(statement: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return {name: value for name, value in statement.items() if name != "by"} if statement else None

    items = [
        item
        | {name: [unnamed(one) for one in item[name]] for name in ("measures", "progress")}
        | {name: unnamed(item[name]) for name in ("verdict", "reason")}
        for item in content["items"]
    ]
    previous = content["previous"]
    return dict(content) | {
        "format": 3,
        "items": items,
        "scope": "school" if content["school"] else "district",
        "place": content["school"] or content["district"],
        "compared": "" if previous is None else "phase" if previous["name"] else "days",
    }


# The words of format 3 for a verdict, as they still are: a test holds them.
_VERDICTS_3 = {one.words: passes for passes, one in VERDICTS.items()}


def _from_3(content: Mapping[str, Any]) -> dict[str, Any]:
    """Format 3 held the words of verdicts."""

    def coded(entry: Mapping[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in entry.items() if name != "verdict"}
        return rest | {"passes": _VERDICTS_3[entry["verdict"]]}

    def judged(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if entry is None:
            return None
        return coded(entry) | {
            "parts": [coded(part) for part in entry["parts"]],
            "relaxed": judged(entry.get("relaxed")),
        }

    standings = {name: judged(content.get(name)) for name in ("standing", "standing_before")}
    return dict(content) | {"format": 4} | standings


_UPGRADES: digests.Upgrades = {1: _from_1, 2: _from_2, 3: _from_3}


def from_json(content: Mapping[str, Any]) -> ReportFacts:
    """From any format. Raises ValueError for one this version does not know."""
    facts: ReportFacts = _load(ReportFacts, digests.upgraded(content, FORMAT, _UPGRADES))
    return facts


_hints = cache(get_type_hints)


def _load(kind: Any, value: Any) -> Any:
    if get_origin(kind) is tuple:
        return tuple(_load(get_args(kind)[0], item) for item in value)
    if isinstance(kind, UnionType):
        return None if value is None else _load(get_args(kind)[0], value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        given = [field.name for field in fields(kind) if field.name in value]
        return kind(**{name: _load(hints[name], value[name]) for name in given})
    return dt.date.fromisoformat(value) if kind is dt.date else value
