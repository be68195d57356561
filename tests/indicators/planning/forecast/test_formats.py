"""Forecasts stored by every release are shown alike, and a new one is written in the shape of the newest sample."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from indicators.collection.submissions.models import Round
from indicators.planning.engine import assumptions
from indicators.planning.forecast import pages, queries, workbook
from indicators.planning.forecast.models import FORMAT, Forecast
from portal.core.lib import digests
from schools.directory.models import District, School
from tests.cast import Cast, make_school
from tests.indicators.planning.forecast.conftest import answer
from tests.samples import shape
from tests.schools.register import make_township

SAMPLES = Path(__file__).parent / "contents"
# Over the stored content, whatever it is read as.
SIGNED = {
    1: "647e4858796b82317d3cc34eb82321b33264f0bf231b723471149fdd8eef1dd5",
    2: "8050d6d83251a533c5a2ec826bf857a3fe63357f9b0fe213a3de202070351920",
}
NAMES = {"4102020001": "甲小学", "4102020002": "乙初级中学", "4102020079": "丙小学"}


def stored(name: int | str) -> Forecast:
    """A forecast as a release left it."""
    content = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    round_ = Round(name="2026 年度", district=District(name="龙亭区"))
    at = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    return Forecast(round=round_, to_year=2027, content=content, created_at=at)


def shown(forecast: Forecast) -> list[Any]:
    """What pages and workbook say of it."""
    own = [pages.years, pages.ratios, pages.errors, pages.indicators]
    named = [pages.warnings, pages.schools, pages.shares, workbook.build]
    found = [one(forecast) for one in own] + [one(forecast, NAMES) for one in named]
    return [*found, assumptions.lines_of(forecast.stored["base"], NAMES)]


def with_everything(cast: Cast, rounds: list[Round]) -> dict[str, Any]:
    """A year of a district with births by township, intake moved, homes, shares and ratios."""
    other = make_school("4102020079", "丙小学", cast.district)
    for round_ in rounds:
        answer(round_, other, "小学", [30] * 6)
    school_ids = [cast.school_a.pk, other.pk]
    School.objects.filter(pk__in=school_ids).update(township=make_township(cast.district, "北郊乡"))
    births = {2018: Decimal(120), 2019: Decimal(140), 2020: Decimal(160), 2021: Decimal(80)}
    typed = {
        "moved": "2027 小学 甲小学 丙小学 10",
        "homes": "2027 小学 甲小学 300 0.2",
        "shares": "初中 乙初级中学 100 全区只有这一所",
        "ratios": "小升初 0.9 0.95 1 部分外出",
    }
    expected = queries.expected(rounds[-1], 2027, typed, births)
    known = queries.history(rounds[-1], births, trend=False, expected=expected, born={"北郊乡": births})
    return queries.make(known, rounds[-1], 2027)


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_forecast_of_every_format_shows_the_same_and_its_digest_holds(number: int) -> None:
    forecast = stored(number)
    assert shown(forecast) == shown(stored(FORMAT))
    assert digests.fingerprint(forecast.content) == SIGNED[number]


def test_an_early_forecast_has_set_and_observed_nothing() -> None:
    forecast = stored("1-early")
    assert not {"townships", "observed", "shares", "ratios"} & forecast.content["base"].keys()
    assert pages.shares(forecast, NAMES) == pages.ratios(forecast) == []
    assert shown(forecast)


def test_a_forecast_of_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        _ = Forecast(content=stored(FORMAT).content | {"format": 99}).stored


@pytest.mark.django_db
def test_a_new_forecast_has_the_shape_of_the_sample(cast: Cast, rounds: list[Round]) -> None:
    assert shape(with_everything(cast, rounds)) == shape(stored(FORMAT).content)
