"""Finds what a workbook hides from the person who looks at it: sheets, rows, columns, rows left out by a filter."""

import html
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from portal.errors import Invalid
from portal.lib.inspection.packages import DAMAGED
from portal.lib.xlsx_guard import MARK, SAVE_AS, column_letter

_CHUNK = 1 << 20
_TAG = re.compile(rb"<(?:\w+:)?(row|col|autoFilter|sheetFormatPr|sheet|Relationship)\b([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""(?:\w+:)?(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TRUE = frozenset({"1", "true", "on"})
_SHOWN = 10
Tag = tuple[str, dict[str, str]]


@dataclass(slots=True)
class Hidden:
    """What one sheet hides: itself, rows and columns by number (columns as ranges), rows behind a filter."""

    sheet: bool = False
    rows: set[int] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)
    is_filtered: bool = False
    is_unknown: bool = False
    # Every row is hidden unless it says otherwise.
    but_shown: set[int] | None = None

    def hides_row(self, number: int) -> bool:
        """Whether a row is not seen."""
        return number in self.rows or (self.but_shown is not None and number not in self.but_shown)

    def hides_column(self, number: int) -> bool:
        """Whether a column is not seen."""
        return any(first <= number <= last for first, last in self.columns)

    def notes(self, name: str, rows: Iterable[int], columns: Iterable[int]) -> Iterator[str]:
        """Say in words which of the rows and columns that would be taken nobody sees in the sheet."""
        where = f"工作表“{name}”"
        rows, columns = sorted(filter(self.hides_row, rows)), sorted(filter(self.hides_column, columns))
        do = "，照样读取；请取消隐藏核对，不该有的请删除。"
        if self.is_unknown:
            yield f"{where}来自 .xls 或 .ods 文件：隐藏的行列、筛选、百分比格式和出错的公式看不出来（出错的公式按空白读取），请逐项核对；另存为 .xlsx 再导入就能检查。"
        if self.sheet:
            yield f"{where}是隐藏的工作表{do}"
        if rows:
            why = "被筛选隐藏" if self.is_filtered else "是隐藏的"
            yield f"{where}第 {_listed(map(str, rows))} 行{why}（{len(rows)} 行）{do}"
        if columns:
            yield f"{where} {_listed(map(column_letter, columns))} 列是隐藏的{do}"


def _listed(words: Iterable[str]) -> str:
    all_words = list(words)
    return "、".join(all_words[:_SHOWN]) + (" 等" if len(all_words) > _SHOWN else "")


def find(data: bytes) -> dict[str, Hidden]:
    """Return what each sheet of an inspected .xlsx hides, by the sheet's name; nothing for other kinds of file.

    Raises Invalid when a part is damaged that no inspection has looked into.
    """
    if not data.startswith(b"PK"):
        return {}
    try:
        return _find(data)
    except DAMAGED as error:
        raise Invalid(f"文件已损坏，无法读取。{SAVE_AS}") from error


def _find(data: bytes) -> dict[str, Hidden]:
    with zipfile.ZipFile(BytesIO(data)) as package:
        members = {name.casefold(): name for name in package.namelist()}
        is_unknown = "docProps/core.xml" in members.values() and MARK.encode() in package.read("docProps/core.xml")
        if "xl/workbook.xml" not in members:
            return {}
        with package.open(members["xl/_rels/workbook.xml.rels"]) as stream:
            targets = {tag["Id"]: tag.get("Target", "") for name, tag in _tags(stream) if name == "Relationship"}
        with package.open(members["xl/workbook.xml"]) as stream:
            sheets = [tag for name, tag in _tags(stream) if name == "sheet"]
        found: dict[str, Hidden] = {}
        for sheet in sheets:
            path = targets.get(sheet.get("id", ""), "").replace("\\", "/").lstrip("/").casefold()
            part = members.get(path if path.startswith("xl/") else f"xl/{path}")
            if part:
                with package.open(part) as stream:
                    found[sheet["name"]] = _of_sheet(_tags(stream))
                found[sheet["name"]].sheet = sheet.get("state", "visible") != "visible"
                found[sheet["name"]].is_unknown = is_unknown
    return found


def _tags(stream: IO[bytes]) -> Iterator[Tag]:
    """The few elements that matter, by search: a parser that looks at every cell takes ten times as long."""
    chunk, rest = stream.read(_CHUNK), b""
    if chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
        chunk = (chunk + stream.read()).decode("utf-16", "replace").encode()
    while chunk:
        text = rest + chunk
        begun = text.rfind(b"<")
        cut = begun if begun > text.rfind(b">") else len(text)
        for match in _TAG.finditer(text, 0, cut):
            yield match[1].decode(), {a[1].decode(): _value(a[2] or a[3] or b"") for a in _ATTRIBUTE.finditer(match[2])}
        rest, chunk = text[cut:], stream.read(_CHUNK)


def _value(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))


def _of_sheet(tags: Iterable[Tag]) -> Hidden:
    found = Hidden()
    row = 0
    for name, tag in tags:
        if name == "row":
            row = int(tag.get("r", row + 1))
            if tag.get("hidden") in _TRUE or _is_flat(tag.get("ht"), tag.get("customHeight")):
                found.rows.add(row)
            elif found.but_shown is not None:
                found.but_shown.add(row)
        elif name == "col" and (tag.get("hidden") in _TRUE or _is_flat(tag.get("width"), tag.get("customWidth"))):
            found.columns.append((int(tag["min"]), int(tag["max"])))
        elif name == "autoFilter":
            found.is_filtered = True
        elif name == "sheetFormatPr" and tag.get("zeroHeight") in _TRUE:
            found.but_shown = set()
    return found


def _is_flat(size: str | None, is_custom: str | None) -> bool:
    return size is not None and is_custom in _TRUE and float(size) == 0
