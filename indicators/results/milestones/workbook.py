"""A comparison as a workbook: the same rows and the same printed figures as the pages, the exact ones beside."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.utils import timezone

from indicators.results.milestones.comparison import Comparison
from indicators.results.milestones.comparison import DistrictLine as Line
from indicators.results.milestones.sides import VerdictTurn
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Style, Value, Workbook

_STYLES: dict[str, Style] = {"ok": "good", "bad": "bad", "muted": ""}
_TEXT = "@"
_FIGURE = re.compile(r"([+-]?\d+(?:\.(\d+))?)(（临界）)?")
Rows = Iterable[Sequence[Value | SheetCell]]


def build(comparison: Comparison, filtered: str = "") -> Workbook:
    """Return the workbook of a comparison; its rows may be filtered as on the pages, `filtered` says how."""
    then, now = comparison.then, comparison.now
    notes = [
        f"前：{then.title}，输入校验值 {then.evaluation.inputs_sha256}",
        f"后：{now.title}，输入校验值 {now.evaluation.inputs_sha256}",
    ]
    notes += [f"仅列出：{filtered}"] if filtered else []
    view = comparison.overview
    moved = [[one.school_code, one.school, "；".join(one.notes)] for one in view.moved]
    return Workbook(
        title="冻结节点对比",
        author=now.evaluation.round.district.signature,
        created=timezone.localtime(now.evaluation.data_as_of).date(),
        sheets=[
            _sheet("全区", {"项目": 22, "前": 34, "后": 34, "变化": 34}, _lines(view.headings), notes),
            _sheet(
                "差异系数",
                {
                    "学段": 8,
                    "指标": 8,
                    "名称": 20,
                    "均值（前）": 14,
                    "均值（后）": 14,
                    "均值变化": 14,
                    "差异系数（前）": 18,
                    "差异系数（后）": 18,
                    "变化": 14,
                    "限值": 8,
                    "结论": 20,
                },
                _coefficients(comparison),
            ),
            _sheet(
                "保障质量和否决事项",
                {"指标": 44, "前": 60, "后": 60, "结论": 24, "变化": 14, "算式（前）": 80, "算式（后）": 80},
                _entered((*view.entered, *view.vetoes)),
            ),
            _sheet(
                "学校结论",
                {
                    "学校标识码": 13,
                    "学校名称": 26,
                    "学段": 8,
                    "在校生（前）": 12,
                    "在校生（后）": 12,
                    "结论": 24,
                    "说明": 50,
                },
                _verdicts(comparison),
                notes,
            ),
            _sheet(
                "逐校逐项",
                {
                    "学校标识码": 13,
                    "学校名称": 26,
                    "学段": 8,
                    "指标": 8,
                    "名称": 20,
                    "前": 18,
                    "后": 18,
                    "变化": 14,
                    "结论": 24,
                    "标准变化和放宽口径": 32,
                    "前（未四舍五入）": 32,
                    "后（未四舍五入）": 32,
                },
                _cells(comparison),
                notes,
            ),
            _sheet(
                "填报",
                {"代码": 16, "单位": 26, "回执号（前）": 30, "回执号（后）": 30, "情况": 24, "有变化的项目": 70},
                _returns(comparison),
                notes,
            ),
            _sheet("名录变化", {"学校标识码": 13, "学校名称": 26, "变化": 60}, moved),
        ],
    )


def _sheet(name: str, columns: dict[str, float], rows: Rows, notes: Sequence[str] = ()) -> Sheet:
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
    """A printed figure or change as a number that reads the same, + and 临界 in its format; words as they are."""
    found = _FIGURE.fullmatch(printed)
    if found is None:
        return printed
    places = f".{'0' * len(found[2])}" if found[2] else ""
    mark = f'"{found[3]}"' if found[3] else ""
    looks = f"0{places}{mark}"
    return SheetCell(Decimal(found[1]), number_format=f"+{looks};-{looks}" if printed.startswith("+") else looks)


def _lines(lines: Iterable[Line]) -> Rows:
    for line in lines:
        yield [line.label, line.then, line.now, _turn(line.turn)]


def _entered(lines: Iterable[Line]) -> Rows:
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
            _number(one.mean.then),
            _number(one.mean.now),
            _number(one.mean.change),
            _number(one.cv.then),
            _number(one.cv.now),
            _number(one.cv.change),
            _number(one.limit),
            _turn(one.turn),
        ]


def _verdicts(comparison: Comparison) -> Rows:
    for row in comparison.rows:
        yield [
            row.school_code,
            row.school,
            row.stage_label,
            _number(row.pupils.then),
            _number(row.pupils.now),
            _turn(row.turn),
            "；".join(row.notes),
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
                _number(cell.figure.then),
                _number(cell.figure.now),
                _number(cell.figure.change),
                _turn(cell.turn),
                cell.note,
                cell.then.value if cell.then else None,
                cell.now.value if cell.now else None,
            ]


def _returns(comparison: Comparison) -> Rows:
    for row in comparison.returns:
        yield [row.key, row.name, row.then_receipt, row.now_receipt, row.words, row.items]
