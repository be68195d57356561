"""A stored forecast as its pages show it: printed figures, each with its range."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.planning.engine import SCENARIOS, STAGES
from indicators.planning.forecast import workbook
from indicators.planning.forecast.models import Forecast
from portal.core.lib.numbers import text
from portal.core.papers import charts
from portal.core.papers.tree import Figure

BASES = {
    "school": "本校历年",
    "area": "同类地区（城乡）",
    "district": "全区",
    "assumed": "没有依据，按不变",
    "own": "局定",
}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """A count in the three scenarios, whole."""

    low: str
    mid: str
    high: str

    def __str__(self) -> str:
        return self.mid if self.low == self.high else f"{self.mid}（{self.low}–{self.high}）"


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year of the district: counts by name of `totals`, and coefficients of the middle scenario."""

    year: int
    counts: tuple[Range, ...]
    coefficients: tuple[tuple[str, tuple[tuple[str, bool | None], ...]], ...]


@dataclass(frozen=True, slots=True)
class WarningRow:
    """An early warning of the middle scenario."""

    year: int
    school_code: str
    school: str
    text: str


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """A stage of a school in a year."""

    year: int
    school_code: str
    school: str
    stage: str
    stage_label: str
    grades: tuple[Range, ...]
    pupils: Range
    classes: str
    seats: str
    gap: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Of a school in the district's intake of a stage: the mean of the last years, what is used, blank where births of townships are, why it was set."""

    school_code: str
    school: str
    stage: str
    stage_label: str
    mean: str
    share: str
    reason: str


@dataclass(frozen=True, slots=True)
class RatioRow:
    """Of the whole district: what was observed, what the bureau set instead and why, blank where it did not."""

    label: str
    observed: str
    own: str
    reason: str


def _range(values: Iterable[str]) -> Range:
    # A low ratio of births with a high one of classes may cross: the range is printed in order.
    low, mid, high = (Decimal(value) for value in values)
    return Range(*(text(one, 0) for one in (min(low, mid, high), mid, max(low, mid, high))))


def _by_year(forecast: Forecast) -> dict[int, dict[str, Json]]:
    found: dict[int, dict[str, Json]] = {}
    for year in forecast.stored["years"]:
        found.setdefault(year["year"], {})[year["scenario"]] = year
    return found


COLUMNS = (
    ("primary", "小学在校生"),
    ("junior", "初中在校生"),
    ("entrants", "小学一年级"),
    ("graduates", "小学毕业生"),
    ("junior_entrants", "初中一年级"),
)


def years(forecast: Forecast) -> list[YearRow]:
    return [
        YearRow(
            year,
            tuple(_range(by[scenario]["totals"][name] for scenario in SCENARIOS) for name, _ in COLUMNS),
            tuple(
                (
                    STAGES[stage],
                    tuple((text(one["cv"] and Decimal(one["cv"]), 3), one["passes"]) for one in by_code.values()),
                )
                for stage, by_code in by["mid"]["coefficients"].items()
            ),
        )
        for year, by in sorted(_by_year(forecast).items())
    ]


def curves(forecast: Forecast) -> Iterator[Figure]:
    """Pupils of each stage from now on: the middle scenario, low and high around it."""
    base, rows = forecast.stored["base"], years(forecast)
    labels = [str(base["year"]), *(str(row.year) for row in rows)]
    for at, (name, label) in enumerate(COLUMNS[:2]):
        now = Decimal(base["totals"][name])
        ranges = [row.counts[at] for row in rows]
        middle = [now, *(Decimal(one.mid) for one in ranges)]
        found = [charts.ChartLine(label, "accent", middle, [f"{text(now, 0)}（现状）", *map(str, ranges)])]
        for side in ("low", "high"):
            found.append(charts.ChartLine("", "accent", [now, *(Decimal(getattr(one, side)) for one in ranges)]))
        yield from charts.lines(f"{label}（人）", labels, found)


def indicators(forecast: Forecast) -> list[str]:
    return list(forecast.stored["years"][0]["coefficients"]["primary"])


def warnings(forecast: Forecast, names: Mapping[str, str]) -> list[WarningRow]:
    return [
        WarningRow(year, one["school_code"] or "", names.get(one["school_code"] or "", "全区"), one["text"])
        for year, by in sorted(_by_year(forecast).items())
        for one in by["mid"]["warnings"]
    ]


def schools(forecast: Forecast, names: Mapping[str, str], *, year: int = 0, school: str = "") -> list[ForecastRow]:
    """Of one year, or of one school in all years."""
    found = []
    for its, by in sorted(_by_year(forecast).items()):
        if year and its != year:
            continue
        keyed = {s: {(row["school_code"], row["stage"]): row for row in by[s]["schools"]} for s in SCENARIOS}
        for key, row in keyed["mid"].items():
            if school not in ("", key[0]):
                continue
            three = [keyed[scenario][key] for scenario in SCENARIOS]
            found.append(
                ForecastRow(
                    year=its,
                    school_code=key[0],
                    school=names.get(key[0], key[0]),
                    stage=key[1],
                    stage_label=STAGES[key[1]],
                    grades=tuple(_range(one["grades"][grade] for one in three) for grade in row["grades"]),
                    pupils=_range(one["pupils"] for one in three),
                    classes=row["classes_needed"],
                    seats=row["seats"] or "—",
                    gap=text(row["seat_gap"] and Decimal(row["seat_gap"]), 0),
                )
            )
    return found


def shares(forecast: Forecast, names: Mapping[str, str]) -> list[ShareRow]:
    """Of schools that have one."""
    base = forecast.stored["base"]
    reasons = {(one["school"], one["stage"]): one["reason"] for one in base["shares"]}
    return [
        ShareRow(
            school_code=one["school_code"],
            school=names.get(one["school_code"], one["school_code"]),
            stage=one["stage"],
            stage_label=STAGES[one["stage"]],
            mean=_percent(one["mean"]),
            share=_percent(one["share"]) if one["share"] else "",
            reason=reasons.get((one["school_code"], one["stage"]), ""),
        )
        for one in base["intake_shares"]
        if Decimal(one["share"] or one["mean"]) or (one["school_code"], one["stage"]) in reasons
    ]


def ratios(forecast: Forecast) -> list[RatioRow]:
    """Entry, promotion and the steps the bureau set."""
    return [
        RatioRow(label, _of_three(observed), _of_three(own), own.get("reason", ""))
        for label, observed, own in workbook.ratios(forecast.stored["base"])
    ]


def _of_three(ratio: Json) -> str:
    """The middle one with its range."""
    if not ratio:
        return "—"
    if ratio.get("basis") == "assumed":
        return BASES["assumed"]
    low, mid, high = (text(Decimal(ratio[name]), 3) for name in SCENARIOS)
    return f"{mid}（{low}–{high}）"


def _percent(share: str) -> str:
    return f"{text(Decimal(share) * 100, 1)}%"


def bases(forecast: Forecast, school: str) -> list[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for one in forecast.stored["base"]["progressions"]:
        if one["school_code"] == school:
            found.setdefault((one["stage"], one["basis"]), []).append(f"{one['grade']}→{one['grade'] + 1}")
    return [f"{STAGES[stage]} {'、'.join(steps)} 年级：{BASES[basis]}" for (stage, basis), steps in found.items()]


def errors(forecast: Forecast) -> list[tuple[str, str]]:
    """The backtest in words and per cent; empty without one."""
    found = forecast.stored["backtest"]
    if found is None:
        return []
    lines = [("全区在校生", found["total_error"])]
    lines += [(STAGES[stage], error) for stage, error in found["by_stage"].items()]
    lines += [("学校误差中位数", found["median_school_error"]), ("误差最大的学校", found["worst_school_error"])]
    return [(label, _percent(error)) for label, error in lines]
