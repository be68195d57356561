"""The facts the register keeps about a school, as plain values that can be compared and shown."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from schools.directory.models import School, Sponsor

LABELS: Mapping[str, str] = {
    "name": "学校名称",
    "district": "区划代码",
    "kind": "学校类型",
    "area": "城乡类型",
    "sponsor": "举办者类型",
    "boarding": "寄宿制",
    "built_year": "建校年份",
    "opened_on": "设立日期",
    "status": "办学状态",
    "latitude": "纬度",
    "longitude": "经度",
    "group": "教育集团",
    "successor": "并入学校",
    "township": "所在乡镇、街道",
}
# What a new school still needs before it can report anything.
NEXT_STEPS = (
    "新登记的学校还要做两件事：在“账号”中为它们开设账号；在“评估年度”中开启本年度，已经开启的在该年度页面加入新学校。"
)
# After a number of schools.
NEWLY_FOUNDED = (
    "新学校没有填设立日期和建校年份，按今天设立登记，不计入以前的年度；早已开办的，请在“设立日期”或“建校年份”中填明。"
)
_BLANK = "（空）"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is registered of a school: district and township by code, group by name, successor by 学校标识码 ("" = none)."""

    name: str
    district: str
    kind: str
    area: str
    sponsor: int
    boarding: bool
    built_year: int | None
    status: str
    latitude: Decimal | None
    longitude: Decimal | None
    group: str
    successor: str = ""
    opened_on: date | None = None
    township: str = ""

    @classmethod
    def of(cls, school: School) -> "Facts":
        """Return a school's current facts."""
        return cls(
            name=school.name,
            district=school.district.code,
            kind=school.kind,
            area=school.area,
            sponsor=school.sponsor,
            boarding=school.boarding,
            built_year=school.built_year,
            status=school.status,
            latitude=_trim(school.latitude),
            longitude=_trim(school.longitude),
            group=school.group.name if school.group else "",
            successor=school.successor.code if school.successor else "",
            opened_on=school.opened_on,
            township=school.township.code if school.township else "",
        )

    def as_values(self) -> dict[str, Any]:
        """Return the facts by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def as_json(self) -> dict[str, Any]:
        """Return the facts for SchoolChange and the audit trail; coordinates as decimal strings, days as 2026-09-01."""
        return {key: _plain(value) for key, value in self.as_values().items()}


def differences(old: Facts, new: Facts) -> dict[str, tuple[Any, Any]]:
    """Return the facts that differ: field → (old, new)."""
    was, now = old.as_json(), new.as_json()
    return {key: (was[key], now[key]) for key in now if was[key] != now[key]}


def shown(field: str, value: Any) -> str:
    """Return a fact the way people read it."""
    if value is None or value == "":
        return _BLANK
    if field == "boarding":
        return "是" if value else "否"
    if field == "sponsor":
        return f"{value} {Sponsor(value).label}" if value in Sponsor.values else str(value)
    return str(value)


def in_words(changed: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return differences as rows of label, before and after, for pages and messages."""
    return [
        {"label": LABELS.get(field, field), "before": shown(field, before), "after": shown(field, after)}
        for field, (before, after) in changed.items()
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value


def _trim(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.normalize() + 0
