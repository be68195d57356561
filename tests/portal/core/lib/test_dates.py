"""Working days of China, held against the notices of the 国务院办公厅 for 2025 and 2026 as they were published."""

import datetime as dt
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import given, strategies as st

from portal.core.lib import dates
from portal.core.lib.dates import Period, Unit

D = dt.date
DAY = dt.timedelta(days=1)
# 国务院办公厅关于2025年部分节假日安排的通知 and the one for 2026: first and last day off, weekend days worked.
NOTICES = {
    2025: {
        "off": [
            ("01-01", "01-01"),
            ("01-28", "02-04"),
            ("04-04", "04-06"),
            ("05-01", "05-05"),
            ("05-31", "06-02"),
            ("10-01", "10-08"),
        ],
        "worked": ["01-26", "02-08", "04-27", "09-28", "10-11"],
    },
    2026: {
        "off": [
            ("01-01", "01-03"),
            ("02-15", "02-23"),
            ("04-04", "04-06"),
            ("05-01", "05-05"),
            ("06-19", "06-21"),
            ("09-25", "09-27"),
            ("10-01", "10-07"),
        ],
        "worked": ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
    },
}
ANNOUNCED = st.dates(D(2010, 1, 1), D(2026, 12, 28))
ANY_DAY = st.dates(D(2008, 1, 1), D(2060, 12, 31))
COUNTS = st.integers(0, 366)


def workdays_of(count: int) -> Period:
    return Period(count, Unit.WORKDAYS)


def days_of(year: int) -> list[D]:
    return [D(year, 1, 1) + DAY * n for n in range((D(year + 1, 1, 1) - D(year, 1, 1)).days)]


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_of_a_year_is_as_its_notice_says(year: int) -> None:
    notice = NOTICES[year]
    worked = {D.fromisoformat(f"{year}-{day}") for day in notice["worked"]}
    spans = [(D.fromisoformat(f"{year}-{a}"), D.fromisoformat(f"{year}-{b}")) for a, b in notice["off"]]
    for day in days_of(year):
        off = any(first <= day <= last for first, last in spans)
        assert dates.is_workday(day) is (day in worked or (day.weekday() < 5 and not off)), day


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (D(2025, 9, 30), ""),
        (D(2025, 10, 1), "国庆节"),
        (D(2025, 10, 6), "中秋节"),
        (D(2025, 10, 8), "中秋节"),
        (D(2025, 10, 4), "周末"),
        (D(2025, 9, 28), ""),
        (D(2026, 2, 16), "春节"),
        (D(2026, 2, 20), "春节"),
        (D(2026, 2, 23), "春节"),
        (D(2026, 2, 14), ""),
        (D(2026, 1, 2), "元旦"),
        (D(2026, 10, 10), ""),
        (D(2007, 12, 31), "元旦"),
        (D(2007, 12, 29), ""),
        (D(2011, 12, 31), ""),
    ],
)
def test_a_day_off_says_why_and_a_weekend_day_worked_is_none(day: D, why: str) -> None:
    assert dates.rest(day) == why


@pytest.mark.parametrize("year", range(2008, 2027))
def test_no_day_off_of_an_announced_year_is_without_its_festival(year: int) -> None:
    assert "休息日" not in {dates.rest(day) for day in days_of(year)}


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (D(2025, 9, 26), 5, D(2025, 10, 10)),  # 28 Sept is worked, 1–8 Oct are off
        (D(2025, 9, 26), 6, D(2025, 10, 11)),  # a Saturday worked
        (D(2025, 1, 24), 5, D(2025, 2, 7)),  # 26 Jan is worked, 28 Jan – 4 Feb are off
        (D(2025, 1, 24), 6, D(2025, 2, 8)),  # a Saturday worked
        (D(2026, 2, 13), 1, D(2026, 2, 14)),  # a Saturday worked
        (D(2026, 2, 13), 2, D(2026, 2, 24)),  # after the Spring Festival
        (D(2026, 9, 24), 4, D(2026, 10, 8)),  # 中秋节, 国庆节
        (D(2026, 9, 24), 6, D(2026, 10, 10)),  # a Saturday worked
        (D(2026, 11, 26), 5, D(2026, 12, 3)),
    ],
)
def test_working_days_leave_out_holidays_and_take_in_weekends_worked(start: D, count: int, due: D) -> None:
    assert dates.add_days(start, workdays_of(count)) == due


def test_trap_23_days_and_working_days_are_not_the_same() -> None:
    start = D(2025, 9, 26)
    assert dates.add_days(start, Period(30)) == D(2025, 10, 26)
    assert dates.add_days(start, workdays_of(30)) == D(2025, 11, 13)
    assert dates.count(start, workdays_of(30)).words == (
        "30 个工作日，已跳过周末、国庆节和中秋节，9月28日、10月11日调休上班，计算在内，到2025年11月13日"
    )
    assert dates.count(start, Period(30)).words == "30 日，到2025年10月26日（周末，不是工作日）"


@pytest.mark.parametrize(
    ("start", "period", "words"),
    [
        (D(2025, 11, 3), workdays_of(3), "3 个工作日，到2025年11月6日"),
        (D(2025, 11, 3), workdays_of(5), "5 个工作日，已跳过周末，到2025年11月10日"),
        (D(2025, 9, 1), Period(30), "30 日，到2025年10月1日（国庆节，不是工作日）"),
        (D(2025, 9, 1), Period(27), "27 日，到2025年9月28日"),
    ],
)
def test_the_count_is_reported_in_words(start: D, period: Period, words: str) -> None:
    assert dates.count(start, period).words == words


@pytest.fixture
def notices_until_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the package knew no later notice, whichever release is installed."""
    known = dates._year

    def until_2026(year: int) -> object:
        made = known(year)
        return made if year <= 2026 else dates._Year(made.off, made.worked, False)

    monkeypatch.setattr(dates, "_year", until_2026)


@pytest.mark.parametrize(
    ("start", "period", "said"),
    [
        (D(2026, 12, 1), workdays_of(5), ""),
        (D(2026, 11, 26), workdays_of(30), "；2027 年放假安排尚未收录，暂按周末和法定节日推算"),
        (D(2026, 12, 28), workdays_of(1), "；2027 年放假安排尚未收录，暂按周末和法定节日推算"),
        (D(2026, 12, 1), Period(5), ""),
        (D(2026, 12, 1), Period(60), "；2027 年放假安排尚未收录，是否休息日暂按周末和法定节日推算"),
        (
            D(2026, 12, 30),
            workdays_of(300),
            "；2027 年放假安排尚未收录，暂按周末和法定节日推算；2028 年放假安排尚未收录，暂按周末和法定节日推算",
        ),
    ],
)
def test_trap_23_a_year_without_its_notice_is_reported_wherever_its_days_count(
    notices_until_2026: None, start: D, period: Period, said: str
) -> None:
    counted = dates.count(start, period)
    assert counted.caution == said
    assert counted.words.endswith(said)


def test_a_year_without_its_notice_still_has_its_statutory_holidays(notices_until_2026: None) -> None:
    assert not dates.is_announced(2027)
    assert [dates.rest(D(2027, 1, 1)), dates.rest(D(2027, 10, 1)), dates.rest(D(2027, 6, 9))] == [
        "元旦",
        "国庆节",
        "端午节",
    ]
    assert dates.rest(D(2027, 2, 8)) == "春节"
    assert dates.resting(D(2027, 3, 6)) == "（周末，2027 年放假安排尚未收录，暂按周末和法定节日推算）"


def test_a_due_day_off_is_remarked_in_brackets() -> None:
    assert dates.resting(D(2026, 10, 1)) == "（国庆节）"
    assert dates.resting(D(2026, 10, 11)) == "（周末）"
    assert dates.resting(D(2026, 10, 10)) == dates.resting(D(2026, 10, 9)) == ""


@pytest.mark.parametrize("day", [D.min, D(1949, 10, 1), D.max])
def test_the_ends_of_the_calendar_are_no_fault(day: D) -> None:
    assert dates.rest(day) in ("", "周末", "国庆节")
    dates.resting(day)


@given(ANY_DAY, COUNTS)
def test_so_many_working_days_lie_between_start_and_due(start: D, count: int) -> None:
    counted = dates.count(start, workdays_of(count))
    between = [start + DAY * n for n in range(1, (counted.due - start).days + 1)]
    assert sum(map(dates.is_workday, between)) == count
    assert count == 0 or dates.is_workday(counted.due)
    assert list(counted.worked) == [day for day in between if day.weekday() >= 5 and dates.is_workday(day)]
    assert set(counted.skipped) == {name for day in between for name in dates.rest(day).split("、")} - {""}


@given(ANY_DAY, st.integers(0, 120), st.integers(0, 120), st.sampled_from(Unit))
def test_two_periods_on_end_are_their_sum(start: D, first: int, second: int, unit: Unit) -> None:
    half_way = dates.add_days(start, Period(first, unit))
    assert dates.add_days(half_way, Period(second, unit)) == dates.add_days(start, Period(first + second, unit))


@given(ANY_DAY, COUNTS)
def test_days_are_calendar_days_and_never_later_than_working_days(start: D, count: int) -> None:
    assert dates.add_days(start, Period(count)) == start + DAY * count
    assert dates.add_days(start, workdays_of(count)) >= start + DAY * count


@given(ANY_DAY, st.integers(1, 120))
def test_who_begins_later_ends_no_earlier_and_one_day_more_ends_later(start: D, count: int) -> None:
    ends = [dates.add_days(start + DAY * n, workdays_of(count)) for n in range(8)]
    assert all(a <= b for a, b in pairwise(ends))
    assert dates.add_days(start, workdays_of(count + 1)) > ends[0]


@given(ANNOUNCED)
def test_an_announced_year_needs_no_caution(start: D) -> None:
    assert dates.is_announced(start.year)
    assert dates.count(start, workdays_of(0)).unannounced == ()


@pytest.mark.parametrize("year", range(2008, 2027))
def test_a_weekend_day_worked_pays_for_a_weekday_off(year: int) -> None:
    days = days_of(year)
    worked = [day for day in days if day.weekday() >= 5 and dates.is_workday(day)]
    off = {day for day in days if day.weekday() < 5 and not dates.is_workday(day)}
    assert len(worked) <= len(off)
    # Eleven statutory days until 2024, thirteen since; special days (2015, 2020) come on top.
    assert 7 <= len(off) - len(worked) <= 16


def test_in_lists_this_year_goes_without_saying() -> None:
    this = timezone.localdate().replace(month=3, day=31)
    assert dates.brief(this) == "3月31日"
    assert dates.brief(this.replace(year=this.year - 1)) == f"{this.year - 1}年3月31日"
    noon = timezone.make_aware(dt.datetime.combine(this, dt.time(18, 2)))
    assert dates.brief(noon) == "3月31日 18:02"
    assert dates.brief(noon.replace(year=this.year + 1)) == f"{this.year + 1}年3月31日 18:02"
