"""The facts the register holds about a school: plain values, what each may be, and how they become rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.lib import written
from schools.directory.models import Department, District, Group, School, SchoolChange, Sponsor, Status

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
class SchoolFacts:
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
    def of(cls, school: School) -> "SchoolFacts":
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
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def as_json(self) -> dict[str, Any]:
        """Coordinates as decimal strings, days as 2026-09-01."""
        return {
            key: value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else value
            for key, value in self.as_values().items()
        }


def differences(old: SchoolFacts, new: SchoolFacts) -> dict[str, tuple[Any, Any]]:
    """Field → (old, new)."""
    was, now = old.as_json(), new.as_json()
    return {key: (was[key], now[key]) for key in now if was[key] != now[key]}


def shown(field: str, value: Any) -> str:
    if value is None or value == "":
        return _BLANK
    if field == "boarding":
        return "是" if value else "否"
    if field == "sponsor":
        return f"{value} {Sponsor(value).label}" if value in Sponsor.values else str(value)
    return str(value)


def in_words(changed: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"label": LABELS.get(field, field), "before": shown(field, before), "after": shown(field, after)}
        for field, (before, after) in changed.items()
    ]


def _trim(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.normalize() + 0


FIRST_YEAR = 1800
# 中国领土的经纬度范围: a swapped pair falls outside.
LATITUDES, LONGITUDES = (Decimal(3), Decimal(54)), (Decimal(73), Decimal(136))
NOT_YET = "生效日期不能晚于今天。请在变更生效后再登记。"
# What somebody else did meanwhile, and what to do.
SAME_CODE = ("登记了同一个学校标识码", "请刷新名录后重试。")
_CODE = re.compile(r"[0-9]{10}")


class Fault(Exception):
    """A value the register cannot take: what is wrong and what to do; `field` where several are checked together."""

    def __init__(self, what: str, do: str, field: str = "") -> None:
        super().__init__(f"{what}。{do}")
        self.what, self.do, self.field = what, do, field


def check_code(value: str) -> str:
    plain = written.digits(value)
    if not _CODE.fullmatch(plain):
        raise Fault("学校标识码应为 10 位数字", "请按《学校（机构）代码》填写 10 位标识码。")
    return plain


def check_name(value: str, label: str = "学校名称", longest: int = 100) -> str:
    tidy = re.sub(r"\s+", " ", written.bare(written.prose(value)))
    if not tidy:
        raise Fault(f"{label}未填写", f"请填写{label}。")
    if len(tidy) > longest:
        raise Fault(f"{label}有 {len(tidy)} 个字，最多 {longest} 个", "请使用批准的规范名称。")
    return tidy


def check_built_year(value: Decimal | int | None) -> int | None:
    """None for unknown."""
    if value is None:
        return None
    latest = timezone.localdate().year
    if not FIRST_YEAR <= value <= latest or value != int(value):
        raise Fault(
            f"建校年份应为 {FIRST_YEAR}–{latest} 之间的整数，实为 {Decimal(value):f}",
            "请填写四位年份，如 1998；不详请留空。",
        )
    return int(value)


def check_opened_on(value: date | None) -> date | None:
    """None for unknown; the coming year may be prepared."""
    if value is not None and not FIRST_YEAR <= value.year <= timezone.localdate().year + 1:
        raise Fault(
            f"设立日期 {value.isoformat()} 不对", "请填写学校批准设立、开始办学的日期，如 2026-09-01；不详请留空。"
        )
    return value


def check_coordinates(latitude: Decimal | None, longitude: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """In degrees, rounded to six decimals; both or neither."""
    if (latitude is None) != (longitude is None):
        blank = "latitude" if latitude is None else "longitude"
        raise Fault("纬度和经度只填了一个", "请两个都填写，或都留空。", blank)
    if latitude is None or longitude is None:
        return None, None
    swapped = LATITUDES[0] <= longitude <= LATITUDES[1]
    for code, label, value, (least, most) in (
        ("latitude", "纬度", latitude, LATITUDES),
        ("longitude", "经度", longitude, LONGITUDES),
    ):
        if not least <= value <= most:
            hint = "是否把经度和纬度填反了？" if swapped else ""
            raise Fault(
                f"{label}应在 {least}–{most} 度之间，实为 {value:f}",
                f"{hint}请填写十进制度数，如纬度 34.797、经度 114.348。",
                code,
            )
    return round(latitude, 6).normalize() + 0, round(longitude, 6).normalize() + 0


def check_choice(value: str, allowed: list[str], label: str) -> str:
    if not value:
        raise Fault(f"{label}未填写", f"可填：{'、'.join(allowed)}。")
    chosen = written.chosen(value, allowed)
    if chosen is None:
        raise Fault(f"{label}“{value[:20]}”不在规定的类别中", f"可填：{'、'.join(allowed)}。")
    return chosen


BATCH = 500


PLAIN_FACTS = (
    "name",
    "kind",
    "area",
    "sponsor",
    "boarding",
    "built_year",
    "opened_on",
    "status",
    "latitude",
    "longitude",
)


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """What happens to a school: its facts, how they differ from those before, the district it left."""

    school: School
    facts: SchoolFacts
    changed: Mapping[str, Any] = field(default_factory=dict)
    left: District | None = None
    reason: str = ""


def apply(
    school: School,
    facts: SchoolFacts,
    district: District,
    group: Group | None,
    township: Department | None,
    *,
    by: User,
) -> None:
    """In memory only."""
    for name in PLAIN_FACTS:
        setattr(school, name, getattr(facts, name))
    school.district, school.group, school.township = district, group, township
    school.updated_by, school.updated_at = by, timezone.now()


def set_days(school: School, changed: Mapping[str, Any], valid_from: date) -> None:
    school.changed_on = max(valid_from, school.changed_on or valid_from)
    if "status" in changed:
        school.closed_on = valid_from if school.status == Status.CLOSED else None


def record_changes(entries: Sequence[AppliedChange], *, valid_from: date, by: User) -> None:
    SchoolChange.objects.bulk_create(
        [
            SchoolChange(
                school=entry.school,
                valid_from=valid_from,
                facts=entry.facts.as_json(),
                left=entry.left,
                changed={key: list(pair) for key, pair in entry.changed.items()},
                reason=entry.reason,
                by=by,
            )
            for entry in entries
        ],
        batch_size=BATCH,
    )


def founded(facts: SchoolFacts, *, is_first: bool) -> SchoolFacts:
    """A new school of unknown age: as old as the register when that begins, else founded today."""
    if is_first or facts.opened_on or facts.built_year:
        return facts
    return replace(facts, opened_on=timezone.localdate())
