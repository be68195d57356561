"""整改进展月报 as a workbook and as a document tree: units, what moved, what is late and why; persons in the document are masked."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from inspections.escalation.queries import MonthLine, MonthReport
from portal.core.lib import dates
from portal.core.papers import tree
from portal.core.papers.tree import Block, Heading, Landscape, Paragraph, Table, TableColumn
from portal.core.spreadsheets import write
from schools.access.restricted import Persons

UNITS = ("责任单位", "应改", "本月新增", "完成", "销号", "退回（次）", "逾期", "完成率", "销号率", "需协调事项")
_WIDE = {"责任单位", "问题", "本月进展", "原因", "需协调事项"}


def workbook(report: MonthReport) -> bytes:
    """The office fills in `需协调事项`."""
    units = [
        (
            one.name,
            one.count.total,
            one.count.raised,
            one.done,
            one.count.closed,
            one.sent_back,
            one.count.overdue,
            one.done_rate,
            one.closed_rate,
            None,
        )
        for one in (*report.units, report.total)
    ]
    note = f"{report.district.name}，数据截至 {timezone.localtime(report.until.at):%Y-%m-%d %H:%M}"
    sheets = [
        _sheet(report, note, "月报", UNITS, units),
        _sheet(
            report, note, "本月进展", ("编号", "责任单位", "问题", "本月进展"), _rows(report.moved, with_days=False)
        ),
        _sheet(report, note, "逾期名单", ("编号", "责任单位", "问题", "期限", "逾期天数", "原因"), _rows(report.late)),
        _sheet(report, note, "下月到期", ("编号", "责任单位", "问题", "期限"), _rows(report.next_due, with_text=False)),
    ]
    return write.render(write.Workbook(report.title, "优衡", timezone.localdate(), sheets))


def _rows(lines: Iterable[MonthLine], *, with_days: bool = True, with_text: bool = True) -> list[Sequence[write.Value]]:
    persons = Persons()
    found: list[Sequence[write.Value]] = []
    for line in lines:
        row: list[write.Value] = [line.finding.number, line.finding.answering_name, persons.text(line.problem)]
        if with_days:
            row += [line.due_on, *([line.days] if with_text else [])]
        found.append([*row, *([persons.text(line.text)] if with_text else [])])
    return found


def _sheet(
    report: MonthReport, note: str, name: str, header: Sequence[str], rows: Sequence[Sequence[write.Value]]
) -> write.Sheet:
    columns = [write.SheetColumn(36 if title in _WIDE else 12) for title in header]
    return write.Sheet(name, columns, [header], rows, f"{report.title}·{name}", [note], frozen_columns=1)


_SMALL = 10


def paper(report: MonthReport) -> tree.Paper:
    """The office fills in 需协调事项."""
    count, day = report.total.count, report.until.day
    said = (
        f"截至{dates.day(day)}，应整改问题 {count.total} 个，其中本月新增 {count.raised} 个；"
        f"已完成 {report.total.done} 个，销号 {count.closed} 个，销号率 {report.total.closed_rate}；逾期 {count.overdue} 个。"
    )
    rows = [
        [
            one.name,
            *map(str, (one.count.total, one.count.raised, one.done, one.count.closed, one.sent_back)),
            str(one.count.overdue),
            one.done_rate,
            one.closed_rate,
        ]
        for one in (*report.units, report.total)
    ]
    columns = [TableColumn(4), *(TableColumn(1.2, "right") for _ in UNITS[1:-1])]
    late = [[str(line.days), line.text] for line in report.late]
    blocks: list[Block] = [
        Heading("总体情况"),
        Paragraph(said),
        Heading("各单位进展"),
        Landscape([Table(columns, [list(UNITS[:-1])], rows, size=_SMALL)]),
        Heading("本月进展"),
        *_lines(report.moved, ("本月进展",), [[line.text] for line in report.moved], "本月没有进展。"),
        Heading("逾期名单和原因"),
        *_lines(report.late, ("逾期天数", "原因"), late, "没有逾期的问题。"),
        Heading("下月到期"),
        *_lines(report.next_due, (), [[] for _ in report.next_due], "下月没有到期的问题。"),
        Heading("需协调事项"),
        Paragraph("（由办公室填写）"),
    ]
    title = f"{report.district.name}{report.title}"
    return tree.Paper(title, report.district.signature, day, blocks, keywords=["整改进展月报"])


def _lines(lines: Sequence[MonthLine], more: Sequence[str], cells: Sequence[list[str]], empty: str) -> list[Block]:
    """Findings with further columns, or the sentence `empty`."""
    if not lines:
        return [Paragraph(empty)]
    persons = Persons()
    rows = [
        [line.finding.number, line.finding.answering_name, persons.text(line.problem), dates.day(line.due_on)]
        + [persons.text(cell) for cell in own]
        for line, own in zip(lines, cells, strict=True)
    ]
    columns = [TableColumn(1.8), TableColumn(2), TableColumn(4), TableColumn(1.8)]
    columns += [TableColumn(1 if name == "逾期天数" else 3) for name in more]
    return [Table(columns, [["编号", "责任单位", "问题", "期限", *more]], rows, size=_SMALL)]
