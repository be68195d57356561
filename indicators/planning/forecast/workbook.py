"""Births in, forecasts out, as workbooks."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone

from indicators.planning.engine import STAGES, assumptions
from indicators.planning.forecast.models import Forecast
from portal.core.errors import Invalid, Problem
from portal.core.lib import dates
from portal.core.lib.numbers import half_up
from portal.core.spreadsheets import read
from portal.core.spreadsheets.write import Sheet, SheetColumn, Workbook

BIRTHS = "出生人口"
_COLUMNS = {"year": "出生年度", "births": "出生人数", "township": "乡镇、街道"}
FIRST_YEAR, LAST_YEAR = 1990, 2100
WORDS = {"low": "低", "mid": "中", "high": "高"}


def ratios(base: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Of a forecast's base: the name of each, what was observed, what the bureau set; empty where there is none."""
    observed, own = ({(one["stage"], one["grade"]): one for one in base[name]} for name in ("observed", "ratios"))
    for at in sorted(observed | own, key=lambda at: (at[1], at[0] != "primary")):
        yield assumptions.step(*at), observed.get(at, {}), own.get(at, {})
    for one in base["townships"]:
        if "mid" in one:
            yield f"入学（{one['township']}）", one, {}


def split(counts: Mapping[tuple[int, str], Decimal]) -> tuple[dict[int, Decimal], dict[str, dict[int, Decimal]]]:
    """Births by year, and by township and year where any township is named."""
    by_year: dict[int, Decimal] = {}
    by_township: dict[str, dict[int, Decimal]] = {}
    for (year, township), count in sorted(counts.items()):
        by_year[year] = by_year.get(year, Decimal(0)) + count
        by_township.setdefault(township, {})[year] = count
    return by_year, by_township if any(by_township) else {}


def births(source: read.Source) -> dict[tuple[int, str], Decimal]:
    """By the year that ends on 31 August and the township, blank where none is named. Raises Invalid with every fault."""
    wanted = read.Wanted(BIRTHS, _COLUMNS, required=frozenset({"year", "births"}), key="year")
    sheet = read.workbook(source, [wanted])[BIRTHS]
    found: dict[tuple[int, str], Decimal] = {}
    problems: list[Problem] = []
    for row in sheet.rows:
        try:
            year, count = read.number(row["year"]), read.number(row["births"])
        except Invalid as error:
            problems += error.problems
            continue
        township = read.text(row.cells.get("township"))
        if year is None or year != int(year) or not FIRST_YEAR <= year <= LAST_YEAR:
            problems.append(row["year"].problem("出生年度应为四位年份", "请填截止 8 月 31 日的那一年，如 2020。"))
        elif count is None or count < 0 or count != int(count):
            problems.append(row["births"].problem("出生人数应为不小于 0 的整数", "请填人数；不知道的年度不要列出。"))
        elif (int(year), township) in found:
            problems.append(row["year"].problem(f"{int(year)} 年度重复", "同一年度（同一乡镇）只留一行。"))
        else:
            found[int(year), township] = count
    if problems:
        raise Invalid("出生人口表的内容有误，请按下列说明修改。", problems)
    return found


# Totals of a year with their heads.
_COUNTED = {
    "primary": "小学在校生",
    "junior": "初中在校生",
    "entrants": "小学一年级",
    "graduates": "小学毕业生",
    "junior_entrants": "初中一年级",
    "outflow": "小升初流出",
}
_RATIOS = ["比例", "历年低", "历年中", "历年高", "局定低", "局定中", "局定高", "局定的理由"]
_SHARES = ["学校标识码", "学校", "学段", "历年平均%", "采用%", "局定的理由"]
_PUPILS = ["年度", "方案", "学校标识码", "学校", "学段", "年级", "人数"]


def build(forecast: Forecast, names: dict[str, str]) -> Workbook:
    content, base = forecast.stored, forecast.stored["base"]
    notes = [
        f"测算，不是核定数据。基于{forecast.round.name}，{dates.moment(forecast.created_at)}预测",
        *base["notes"],
        f"预测校验值 {forecast.sha256}；填报校验值 {base['inputs_sha256']}",
    ]
    totals = [
        [year["year"], WORDS[year["scenario"]], *(Decimal(year["totals"][key]) for key in _COUNTED)]
        for year in content["years"]
    ]
    warnings = [
        [year["year"], WORDS[year["scenario"]], one["school_code"], one["text"]]
        for year in content["years"]
        for one in year["warnings"]
    ]
    shown = [
        [
            label,
            *(one.get(name) and half_up(Decimal(one[name]), 4) for one in (observed, own) for name in WORDS),
            own.get("reason"),
        ]
        for label, observed, own in ratios(base)
    ]
    return Workbook(
        title=str(forecast),
        author=forecast.round.district.signature,
        created=timezone.localtime(forecast.created_at).date(),
        sheets=[
            _sheet("全区", ["年度（9 月）", "方案", *_COUNTED.values()], totals, notes),
            _sheet("比例", _RATIOS, shown, notes),
            _sheet("新生份额", _SHARES, _share_rows(base, names), notes),
            _sheet("预警", ["年度", "方案", "学校标识码", "内容"], warnings, notes),
            _sheet("逐校逐年级", _PUPILS, _cells(content, names), notes),
        ],
    )


def _share_rows(base: dict[str, Any], names: dict[str, str]) -> list[list[Any]]:
    reasons = {(one["school"], one["stage"]): one["reason"] for one in base["shares"]}
    return [
        [
            (code := one["school_code"]),
            names.get(code, code),
            STAGES[one["stage"]],
            *(one[key] and half_up(Decimal(one[key]) * 100, 2) for key in ("mean", "share")),
            reasons.get((code, one["stage"]), ""),
        ]
        for one in base["intake_shares"]
    ]


def _cells(content: Mapping[str, Any], names: dict[str, str]) -> Iterator[list[Any]]:
    for year in content["years"]:
        for row in year["schools"]:
            code = row["school_code"]
            for grade, count in row["grades"].items():
                where = [code, names.get(code, code), STAGES[row["stage"]], int(grade)]
                yield [year["year"], WORDS[year["scenario"]], *where, Decimal(count)]


def _sheet(name: str, header: list[str], rows: Any, notes: list[str]) -> Sheet:
    widths = {"内容": 70.0, "学校": 26.0, "局定的理由": 50.0}
    columns = [
        SheetColumn(widths.get(head, 12), "0" if head == "人数" or name == "全区" else "General") for head in header
    ]
    return Sheet(name=name, columns=columns, header=[header], rows=list(rows), notes=notes, count=True)
