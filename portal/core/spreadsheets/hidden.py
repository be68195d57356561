"""What a workbook hides from the person who looks at it: sheets, rows, columns, rows left out by a filter."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from portal.core.files.inspection.workbook import column_letter

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Hidden:
    """What one sheet hides: itself, rows and columns by number (columns as ranges), rows behind a filter."""

    sheet: bool = False
    rows: frozenset[int] = frozenset()
    columns: tuple[tuple[int, int], ...] = ()
    is_filtered: bool = False
    is_unknown: bool = False

    @classmethod
    def of(
        cls, sheet: bool, rows: Iterable[int], columns: Iterable[Sequence[int]], is_filtered: bool, is_unknown: bool
    ) -> "Hidden":
        """Return what an inspection found."""
        return cls(sheet, frozenset(rows), tuple((first, last) for first, last in columns), is_filtered, is_unknown)

    def hides_row(self, number: int) -> bool:
        """Whether a row is not seen."""
        return number in self.rows

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
