"""Days as sentences have them (tables write 2026-03-31, which sorts), working days of China (工作日), days counted.

Sources: 全国年节及纪念日放假办法 (days off that hold every year) and the notice of the 国务院办公厅 for each year (which
days around them are off, which weekend days are worked instead), as the package `holidays` carries both.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.utils import timezone

WEEKEND = "周末"
_SWAPPED = "休息日"


def day(value: dt.date | dt.datetime) -> str:
    """2026年3月31日 (GB/T 9704-2012 §7.3.5.4)."""
    value = _local(value)
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: dt.datetime) -> str:
    """2026年3月31日 18:02."""
    return f"{day(value)} {_local(value):%H:%M}"


def brief(value: dt.date | dt.datetime) -> str:
    """3月31日 18:02, 3月31日; with the year unless it is this one."""
    local = _local(value)
    said = f"{local.month}月{local.day}日" if local.year == timezone.localdate().year else day(value)
    return f"{said} {local:%H:%M}" if isinstance(value, dt.datetime) else said


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    return timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value


class Unit(StrEnum):
    """What a period counts."""

    DAYS = "days"
    WORKDAYS = "workdays"

    @property
    def label(self) -> str:
        return "日" if self is Unit.DAYS else "工作日"


@dataclass(frozen=True, slots=True)
class Period:
    """How long something may take: so many 日 (calendar days) or 工作日."""

    count: int
    unit: Unit = Unit.DAYS

    def __str__(self) -> str:
        return f"{self.count} 日" if self.unit is Unit.DAYS else f"{self.count} 个工作日"


@dataclass(frozen=True, slots=True)
class Counted:
    """A period counted from a day, and what was met on the way.

    `skipped` names the days off left out (周末, 国庆节), in the order met; `worked` are the weekend days that count
    because they are worked (调休上班). Both are empty when 日 are counted.
    """

    period: Period
    due: dt.date
    skipped: tuple[str, ...] = ()
    worked: tuple[dt.date, ...] = ()
    unannounced: tuple[int, ...] = ()

    @property
    def how(self) -> str:
        """「30 个工作日，已跳过周末、国庆节和中秋节，9月28日、10月11日调休上班，计算在内」."""
        names = "和".join(filter(None, ("、".join(self.skipped[:-1]), *self.skipped[-1:])))
        skipped = f"，已跳过{names}" if names else ""
        worked = "、".join(f"{day.month}月{day.day}日" for day in self.worked)
        return f"{self.period}{skipped}{f'，{worked}调休上班，计算在内' if worked else ''}"

    @property
    def words(self) -> str:
        """「30 日，到2026年12月26日（周末，不是工作日）」."""
        off = rest(self.due)
        return f"{self.how}，到{day(self.due)}{f'（{off}，不是工作日）' if off else ''}{self.caution}"

    @property
    def caution(self) -> str:
        what = "" if self.period.unit is Unit.WORKDAYS else "是否休息日"
        return "".join(f"；{_caution(year, what)}" for year in self.unannounced)


def _caution(year: int, what: str = "") -> str:
    return f"{year} 年放假安排尚未收录，{what}暂按周末和法定节日推算"


def is_announced(year: int) -> bool:
    """By the notice published in the November before."""
    return _year(year).announced


def rest(day: dt.date) -> str:
    """国庆节, 周末; blank on a working day, also one swapped (调休上班)."""
    year = _year(day.year)
    if day in year.worked:
        return ""
    return year.off.get(day, "") or (WEEKEND if day.weekday() >= 5 else "")


def is_workday(day: dt.date) -> bool:
    return not rest(day)


def resting(day: dt.date) -> str:
    """「（周末）」; blank on a working day."""
    off = rest(day)
    return f"（{off}{'' if is_announced(_noticed(day)) else '，' + _caution(_noticed(day))}）" if off else ""


def add_days(start: dt.date, period: Period) -> dt.date:
    """The day it begins does not count (民法典 §201)."""
    return count(start, period).due


def count(start: dt.date, period: Period) -> Counted:
    """日 include days off; 工作日 leave them out."""
    if period.unit is Unit.DAYS:
        due = start + dt.timedelta(days=period.count)
        year = _noticed(due)
        return Counted(period, due, unannounced=() if is_announced(year) else (year,))
    due, left = start, period.count
    skipped: dict[str, None] = {}
    worked: list[dt.date] = []
    while left:
        due += dt.timedelta(days=1)
        if off := rest(due):
            skipped |= dict.fromkeys(off.split("、"))
            continue
        left -= 1
        if due.weekday() >= 5:
            worked.append(due)
    years = range(_noticed(start), _noticed(due) + 1)
    return Counted(period, due, tuple(skipped), tuple(worked), tuple(year for year in years if not is_announced(year)))


def _noticed(day: dt.date) -> int:
    """The notice of 元旦 may reach back to 29 December."""
    return day.year + (day.month == 12 and day.day >= 29)


@dataclass(frozen=True, slots=True)
class _Year:
    """One year's days off by name, its weekend days that are worked, and whether its notice is known."""

    off: Mapping[dt.date, str]
    worked: frozenset[dt.date]
    announced: bool


@lru_cache(maxsize=64)
def _year(year: int) -> _Year:
    # Imported by those who count only: the package brings every country along, half a second and 45 MB.
    from holidays import country_holidays

    # The next year's notice may say something about this year's last days.
    book = country_holidays("CN", years=[year, min(year + 1, dt.MAXYEAR)], language="zh_CN")
    # A day swapped with a weekend day, which the list does not name, gets a blank name.
    names = {}
    for day, listed in book.items():
        plain = [part.partition("（")[0].replace("农历除夕", "春节") for part in listed.split("; ")]
        names[day] = "、".join(dict.fromkeys(part for part in plain if part != _SWAPPED))
    worked = frozenset(book.weekend_workdays)
    off = {day: name or _around(day, names, worked) for day, name in names.items() if day.year == year}
    notices = book.special_public_holidays  # type: ignore[attr-defined]  # of China, by year
    return _Year(off, frozenset(day for day in worked if day.year == year), year in notices)


def _around(day: dt.date, names: Mapping[dt.date, str], worked: frozenset[dt.date]) -> str:
    for step in (dt.timedelta(days=-1), dt.timedelta(days=1)):
        near = day + step
        while near in names or (near.weekday() >= 5 and near not in worked):
            if names.get(near):
                return names[near]
            near += step
    return _SWAPPED
