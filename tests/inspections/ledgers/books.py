"""Small ledgers as other systems write them."""

from portal.core.spreadsheets.write import Sheet, SheetColumn, Value, Workbook, render
from tests.inspections.making import today

HEADER = (
    "序号",
    "问题编号",
    "来源",
    "学校名称",
    "对应指标",
    "存在问题",
    "整改措施",
    "责任单位",
    "责任人",
    "整改时限",
    "状态",
    "销号时间",
)


def ledger(*rows: dict[str, Value], header: tuple[str, ...] = HEADER) -> bytes:
    """A title above the header; every row by header word."""
    lines = [[row.get(name) for name in header] for row in rows]
    sheet = Sheet("整改台账", [SheetColumn()] * len(header), [list(header)], lines, "某区整改台账")
    return render(Workbook("台账", "某区", today(), [sheet]))


def line(unit: str, **changes: Value) -> dict[str, Value]:
    """An open problem of a unit."""
    said: dict[str, Value] = {
        "问题编号": "2024-12",
        "来源": "市复核",
        "学校名称": unit,
        "对应指标": "A7 多媒体教室",
        "存在问题": "2 间教室不能联网",
        "整改措施": "更换交换机",
        "责任人": "李某",
        "整改时限": f"{today(20):%Y.%m.%d}",
        "状态": "整改中",
    }
    return said | changes


def closed(unit: str, **changes: Value) -> dict[str, Value]:
    """One closed in another year."""
    return line(unit, 问题编号="2023-3", 状态="已销号", 销号时间="2023年5月6日", 整改时限="2023-06-01") | changes
