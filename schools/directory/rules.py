"""What a fact of the register may be; each check returns the value or says in Chinese what is wrong and what to do."""

import re
from datetime import date
from decimal import Decimal

from django.utils import timezone

from portal.core.lib import written

FIRST_YEAR = 1800
# 中国领土的经纬度范围: a swapped pair falls outside.
LATITUDES, LONGITUDES = (Decimal(3), Decimal(54)), (Decimal(73), Decimal(136))
NOT_YET = "生效日期不能晚于今天。请在变更生效后再登记。"
_CODE = re.compile(r"[0-9]{10}")


class Fault(Exception):
    """A value the register cannot take: what is wrong and what to do; `field` where several are checked together."""

    def __init__(self, what: str, do: str, field: str = "") -> None:
        super().__init__(f"{what}。{do}")
        self.what, self.do, self.field = what, do, field


def code(value: str) -> str:
    """Return a 学校标识码 (10 digits)."""
    plain = written.digits(value)
    if not _CODE.fullmatch(plain):
        raise Fault("学校标识码应为 10 位数字", "请按《学校（机构）代码》填写 10 位标识码。")
    return plain


def name(value: str, label: str = "学校名称", longest: int = 100) -> str:
    """Return a name without outer blanks and line breaks."""
    tidy = re.sub(r"\s+", " ", written.bare(written.prose(value)))
    if not tidy:
        raise Fault(f"{label}未填写", f"请填写{label}。")
    if len(tidy) > longest:
        raise Fault(f"{label}有 {len(tidy)} 个字，最多 {longest} 个", "请使用批准的规范名称。")
    return tidy


def built_year(value: Decimal | int | None) -> int | None:
    """Return the year a school was founded, or None for unknown."""
    if value is None:
        return None
    latest = timezone.localdate().year
    if not FIRST_YEAR <= value <= latest or value != int(value):
        raise Fault(
            f"建校年份应为 {FIRST_YEAR}–{latest} 之间的整数，实为 {Decimal(value):f}",
            "请填写四位年份，如 1998；不详请留空。",
        )
    return int(value)


def opened_on(value: date | None) -> date | None:
    """Return the day a school was founded, or None for unknown; the coming year may be prepared."""
    if value is not None and not FIRST_YEAR <= value.year <= timezone.localdate().year + 1:
        raise Fault(
            f"设立日期 {value.isoformat()} 不对", "请填写学校批准设立、开始办学的日期，如 2026-09-01；不详请留空。"
        )
    return value


def coordinates(latitude: Decimal | None, longitude: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Return both coordinates in degrees, rounded to six decimals, or neither."""
    if (latitude is None) != (longitude is None):
        blank = "latitude" if latitude is None else "longitude"
        raise Fault("纬度和经度只填了一个", "请两个都填写，或都留空。", blank)
    if latitude is None or longitude is None:
        return None, None
    swapped = LATITUDES[0] <= longitude <= LATITUDES[1]
    for field, label, value, (least, most) in (
        ("latitude", "纬度", latitude, LATITUDES),
        ("longitude", "经度", longitude, LONGITUDES),
    ):
        if not least <= value <= most:
            hint = "是否把经度和纬度填反了？" if swapped else ""
            raise Fault(
                f"{label}应在 {least}–{most} 度之间，实为 {value:f}",
                f"{hint}请填写十进制度数，如纬度 34.797、经度 114.348。",
                field,
            )
    return round(latitude, 6).normalize() + 0, round(longitude, 6).normalize() + 0


def choice(value: str, allowed: list[str], label: str) -> str:
    """Return a value of a closed list."""
    if not value:
        raise Fault(f"{label}未填写", f"可填：{'、'.join(allowed)}。")
    chosen = written.chosen(value, allowed)
    if chosen is None:
        raise Fault(f"{label}“{value[:20]}”不在规定的类别中", f"可填：{'、'.join(allowed)}。")
    return chosen
