"""Days and moments as people read them in sentences; tables and workbooks write 2026-03-31, which sorts."""

import datetime as dt

from django.utils import timezone


def day(value: dt.date | dt.datetime) -> str:
    """2026年3月31日 (GB/T 9704-2012 §7.3.5.4)."""
    value = _local(value)
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: dt.datetime) -> str:
    """2026年3月31日 18:02."""
    return f"{day(value)} {_local(value):%H:%M}"


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    return timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value
