"""The shape of the returns workbook, derived from a standard: sheets, codes, Chinese headers."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from indicators.standard.engine import Item, Spec
from portal.core.spreadsheets.read import Wanted

VERSION = "1"
SCHOOLS, DISTRICT, README = "学校数据", "区县数据", "说明"
SCHOOL_CODE, SCHOOL_NAME, KIND = "school_code", "school_name", "kind"
SCHOOL_HEADERS = {SCHOOL_CODE: "学校标识码", SCHOOL_NAME: "学校名称"}
README_ROUND, README_DISTRICT, README_VERSION = "评估年度", "区划代码", "模板版本"
NOTHING = "无"


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet of table rows; several items may share it, told apart by the column `kind`."""

    name: str
    items: tuple[Item, ...]
    of_school: bool

    @property
    def by_kind(self) -> Mapping[str, Item]:
        """The items by the word in the column `kind`; empty when the sheet holds one item."""
        return {item.sheet_kind: item for item in self.items if item.sheet_kind}

    @property
    def headers(self) -> dict[str, str]:
        """Field codes with their Chinese headers, in order."""
        head = {SCHOOL_CODE: SCHOOL_HEADERS[SCHOOL_CODE]} if self.of_school else {}
        if self.by_kind:
            head[KIND] = "类别"
        return head | {column.code: titled(column.label, column.unit) for column in self.items[0].columns}


def titled(label: str, unit: str) -> str:
    """Return a header with its unit: 小学在校生数(人)."""
    return f"{label}（{unit}）" if unit else label


def single_items(items: Mapping[str, Item]) -> dict[str, Item]:
    """Return the items that take one cell each, by flat code."""
    return {code: item for code, item in items.items() if item.kind != "table"}


def table_sheets(spec: Spec) -> list[TableSheet]:
    """Return the table sheets of the schools, then those of the district."""
    sheets = []
    for items, of_school in ((spec.items, True), (spec.district_items, False)):
        grouped: dict[str, list[Item]] = defaultdict(list)
        for item in items.values():
            if item.kind == "table":
                grouped[item.sheet].append(item)
        sheets += [TableSheet(name, tuple(held), of_school) for name, held in grouped.items()]
    return sheets


def headers(items: Mapping[str, Item]) -> dict[str, str]:
    """Return the headers of single-cell items by flat code."""
    return {code: titled(item.label, item.unit) for code, item in single_items(items).items()}


def wanted(spec: Spec) -> list[Wanted]:
    """Return what a returns workbook may hold; the reader says which of it must be there."""
    code = frozenset({SCHOOL_CODE})
    tables = [
        Wanted(
            sheet.name,
            ({SCHOOL_NAME: SCHOOL_HEADERS[SCHOOL_NAME]} if sheet.of_school else {}) | sheet.headers,
            (code if sheet.of_school else frozenset()) | (frozenset({KIND}) if sheet.by_kind else frozenset()),
            SCHOOL_CODE if sheet.of_school else "",
            optional=True,
        )
        for sheet in table_sheets(spec)
    ]
    return [
        Wanted(SCHOOLS, SCHOOL_HEADERS | headers(spec.items), code, SCHOOL_CODE, optional=True),
        *tables,
        Wanted(DISTRICT, headers(spec.district_items), optional=True),
        Wanted(README, optional=True, plain=True),
    ]
