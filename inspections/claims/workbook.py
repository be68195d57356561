"""Over-claiming as a workbook: by indicator, by school and by both."""

from collections.abc import Sequence

from django.utils import timezone

from inspections.claims.queries import ClaimStatistics, ClaimTally
from portal.core.lib import numbers
from portal.core.spreadsheets import write

HEAD = ("核对数据个数", "与填报不符", "其中填报好于现场", "差异中位数（%）")


def render(found: ClaimStatistics, filtered: str) -> bytes:
    """Three lists, the total last."""
    notes = [
        f"数据截至 {timezone.localtime():%Y-%m-%d %H:%M}",
        "差异 =（现场值 − 填报值）÷ 填报值，只计不符的数据；以小为好的（如班额）正负相反，负数都是填报好于现场",
    ]
    notes += [f"筛选：{filtered}"] if filtered else []
    sheets = [
        _sheet("按指标", ("指标", "名称"), [*found.indicators, found.total], notes),
        _sheet("按学校", ("学校标识码", "学校"), [*found.schools, found.total], notes),
        _sheet("填报好于现场的", ("指标", "学校和指标"), found.pairs, notes),
    ]
    return write.render(write.Workbook("现场核查统计", "优衡", timezone.localdate(), sheets))


def _sheet(name: str, key: tuple[str, str], rows: Sequence[ClaimTally], notes: Sequence[str]) -> write.Sheet:
    columns = [write.SheetColumn(width) for width in (14, 28, 14, 14, 14, 16)]
    cells = [
        (
            one.of,
            one.label,
            one.checked,
            one.different,
            one.over,
            None if one.median is None else numbers.half_up(one.median, 1),
        )
        for one in rows
    ]
    return write.Sheet(name, columns, [[*key, *HEAD]], cells, f"现场核查统计·{name}", list(notes), frozen_columns=1)
