"""A comparison as a workbook: the same rows and the same printed figures as the pages, the exact ones next to them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.utils import timezone

from indicators.results.milestones.pages import DistrictLine, VerdictTurn
from indicators.results.milestones.queries import Comparison
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Style, Value, Workbook

_STYLES: dict[str, Style] = {"ok": "good", "bad": "bad", "muted": ""}
_TEXT = "@"
_FIGURE = re.compile(r"([+-]?\d+(?:\.(\d+))?)(（临界）)?")
Rows = Iterable[Sequence[Value | SheetCell]]
# Head of a column → its width.
Columns = dict[str, float]
_DISTRICT: Columns = {"项目": 22, "前": 34, "后": 34, "变化": 34}
_COEFFICIENTS: Columns = {"学段": 8, "指标": 8, "名称": 20, "均值（前）": 14, "均值（后）": 14, "均值变化": 14}
_COEFFICIENTS |= {"差异系数（前）": 18, "差异系数（后）": 18, "变化": 14, "限值": 8, "结论": 20}
_CONDITIONS: Columns = {"指标": 44, "前": 60, "后": 60, "结论": 24, "变化": 14, "算式（前）": 80, "算式（后）": 80}
_SCHOOL: Columns = {"学校标识码": 13, "学校名称": 26}
_VERDICTS = _SCHOOL | {"学段": 8, "在校生（前）": 12, "在校生（后）": 12, "结论": 24, "说明": 50}
_CELLS = _SCHOOL | {"学段": 8, "指标": 8, "名称": 20, "前": 18, "后": 18, "变化": 14, "结论": 24}
_CELLS |= {"标准变化和放宽口径": 32, "前（未四舍五入）": 32, "后（未四舍五入）": 32}
_SUBMISSIONS: Columns = {"代码": 16, "单位": 26, "回执号（前）": 30, "回执号（后）": 30, "情况": 24, "有变化的项目": 70}


def build(comparison: Comparison, filtered: str = "") -> Workbook:
    """`filtered` says how rows were chosen."""
    then, now, view = comparison.then, comparison.now, comparison.overview
    notes = [
        f"前：{then.title}，输入校验值 {then.evaluation.inputs_sha256}",
        f"后：{now.title}，输入校验值 {now.evaluation.inputs_sha256}",
        *([f"仅列出：{filtered}"] if filtered else []),
    ]
    headings: list[list[Value | SheetCell]] = [
        [line.label, line.then, line.now, _turn(line.turn)] for line in view.headings
    ]
    verdicts: list[list[Value | SheetCell]] = [
        [
            row.school_code,
            row.school,
            row.stage_label,
            *map(_number, (row.pupils.then, row.pupils.now)),
            _turn(row.turn),
            "；".join(row.notes),
        ]
        for row in comparison.rows
    ]
    submissions = [
        [row.key, row.name, row.then_receipt, row.now_receipt, row.words, row.items] for row in comparison.submissions
    ]
    moved = [[one.school_code, one.school, "；".join(one.notes)] for one in view.moved]
    return Workbook(
        title="冻结节点对比",
        author=now.evaluation.round.district.signature,
        created=timezone.localtime(now.evaluation.data_as_of).date(),
        sheets=[
            _sheet("全区", _DISTRICT, headings, notes),
            _sheet("差异系数", _COEFFICIENTS, _coefficients(comparison)),
            _sheet("保障质量和否决事项", _CONDITIONS, _entered((*view.conditions, *view.vetoes))),
            _sheet("学校结论", _VERDICTS, verdicts, notes),
            _sheet("逐校逐项", _CELLS, _cells(comparison), notes),
            _sheet("填报", _SUBMISSIONS, submissions, notes),
            _sheet("名录变化", _SCHOOL | {"变化": 60}, moved),
        ],
    )


def _sheet(name: str, columns: Columns, rows: Rows, notes: Sequence[str] = ()) -> Sheet:
    return Sheet(
        name=name,
        columns=[SheetColumn(width, _TEXT) for width in columns.values()],
        header=[list(columns)],
        rows=list(rows),
        notes=notes,
        count=True,
    )


def _turn(turn: VerdictTurn) -> SheetCell:
    return SheetCell(f"{turn.sign} {turn.words}".strip(), _STYLES[turn.tone])


def _number(printed: str) -> Value | SheetCell:
    """A printed figure as a number that looks the same, + and 临界 in its format; words stay."""
    found = _FIGURE.fullmatch(printed)
    if found is None:
        return printed
    places = f".{'0' * len(found[2])}" if found[2] else ""
    mark = f'"{found[3]}"' if found[3] else ""
    looks = f"0{places}{mark}"
    return SheetCell(Decimal(found[1]), number_format=f"+{looks};-{looks}" if printed.startswith("+") else looks)


def _entered(lines: Iterable[DistrictLine]) -> Rows:
    for line in lines:
        yield [
            line.label,
            line.then,
            line.now,
            _turn(line.turn),
            line.change,
            "；".join(line.then_why),
            "；".join(line.now_why),
        ]


def _coefficients(comparison: Comparison) -> Rows:
    for one in comparison.overview.coefficients:
        yield [
            one.stage_label,
            one.code,
            one.name,
            *map(_number, (one.mean.then, one.mean.now, one.mean.change)),
            *map(_number, (one.cv.then, one.cv.now, one.cv.change, one.limit)),
            _turn(one.turn),
        ]


def _cells(comparison: Comparison) -> Iterator[Sequence[Value | SheetCell]]:
    for row in comparison.rows:
        for cell in row.cells:
            yield [
                row.school_code,
                row.school,
                row.stage_label,
                cell.code,
                cell.name,
                *map(_number, (cell.figure.then, cell.figure.now, cell.figure.change)),
                _turn(cell.turn),
                cell.note,
                cell.then.value if cell.then else None,
                cell.now.value if cell.now else None,
            ]
