"""Reference dates a round starts from when nobody says otherwise."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

DAYS_TO_FILL = 30


@dataclass(frozen=True, slots=True)
class Clocks:
    """The three clocks of the figures: 学年初 (1 Sept), 财政 (calendar year), 学年."""

    school_year_start: date
    fiscal_year: int
    school_year: str

    def as_dict(self) -> dict[str, Any]:
        """The clocks by the names of a round's fields."""
        return asdict(self)


def clocks(code: str, today: date) -> Clocks:
    """The clocks of the year named in a round's code, else of the school year running on `today`.

    Money is that of the last fiscal year closed by `today`, or by the start of a year to come.
    """
    found = re.search(r"20\d\d", code)
    year = int(found.group()) if found else today.year - (today.month < 9)
    start = date(year, 9, 1)
    return Clocks(start, min(year, max(today, start).year - 1), f"{year}-{year + 1}")


def end_of(day: date) -> datetime:
    """The last second of a day: a due date includes its day."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def default_due(today: date, school_year_start: date) -> date:
    """The due date offered when a round is opened: never before the day the figures describe."""
    return max(today, school_year_start) + timedelta(days=DAYS_TO_FILL)


def default_name(code: str) -> str:
    return f"{code} 年度优质均衡自评" if re.fullmatch(r"20\d\d", code) else f"{code} 优质均衡自评"
