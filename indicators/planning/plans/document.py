"""A plan as a paper: totals, the years with who passes, what decides, and 一校一案 as its annex."""

from collections.abc import Callable, Mapping
from operator import attrgetter

from django.utils import timezone

from indicators.planning.plans import pages
from indicators.planning.plans.models import PlanRun
from indicators.planning.plans.pages import EARLIER, FigureShown, PlanShown, SchoolShown
from portal.core.lib import written
from portal.core.papers.tree import (
    Annex,
    Block,
    BulletList,
    Heading,
    KeyValues,
    Paper,
    Paragraph,
    Row,
    Table,
    TableCell,
    TableColumn,
)

_SIZE = 10
_PASSING = ["年度", "新达标", "学校（学段）"]
# Checksums in full are on the page of the plan; so many characters distinguish two plans.
_SIGNS = 12


def paper(plan: PlanRun, shown: PlanShown) -> Paper:
    """Equal plans give equal bytes."""
    years = [
        [str(one.year), one.cost, *(amount for _, amount in one.levers), f"{one.passing} / {one.parts}"]
        for one in shown.years
    ]
    header = ["年度", "费用（万元）", *(f"其中：{lever}" for lever in shown.levers), "达标（分学段）"]
    columns = [TableColumn(1), *(TableColumn(1.4, "right") for _ in header[1:])]
    passing = [[str(one.year), str(len(one.newly)), "、".join(one.newly) or "无"] for one in shown.years]
    blocks: list[Block] = [
        Paragraph(f"测算依据{plan.round.name}，不是核定数据。"),
        KeyValues(list(shown.facts)),
        BulletList([*shown.notes, pages.pupils_of(plan, written.initial)]),
        Heading("逐年安排"),
        Table(columns, [header], years, size=_SIZE),
        Heading("年度达标名单"),
        Table([TableColumn(0.7), TableColumn(0.7, "right"), TableColumn(7)], [_PASSING], passing, size=_SIZE),
    ]
    if shown.binding:
        blocks += [Heading("决定费用的条件"), BulletList(list(shown.binding))]
    if shown.below:
        blocks += [Heading("仍低于标准的"), BulletList(list(shown.below))]
    if shown.steps:
        prices = [TableColumn(5), TableColumn(1.4, "right")]
        rows = [[words, cost] for words, cost in shown.steps]
        blocks += [Heading("下一步的价格"), Table(prices, [["下一步", "再要（万元）"]], rows, size=_SIZE)]
    if shown.earlier:
        blocks += [Heading("提前一年达标的价格"), Paragraph(f"{shown.earlier.words}。")]
    if shown.earlier and shown.earlier.rows:
        money = [TableColumn(1), *(TableColumn(1.4, "right") for _ in range(3))]
        blocks.append(Table(money, [EARLIER], [list(row) for row in shown.earlier.rows], size=_SIZE))
    blocks.append(Paragraph("；".join(pages.checksums(plan, _SIGNS))))
    plans = [block for one in shown.schools if one.measures for block in _school(one)]
    return Paper(
        title="县域义务教育优质均衡达标规划",
        subtitle=f"{plan.first_year}—{plan.last_year} 年",
        issuer=plan.round.district.signature,
        date=timezone.localtime(plan.created_at).date(),
        blocks=blocks,
        annexes=[Annex("一校一案", plans)] if plans else [],
    )


# A figure of a school, line by line.
_LINES: Mapping[str, Callable[[FigureShown], str]] = {
    "标准": attrgetter("threshold"),
    "现状": attrgetter("before"),
    "差距": attrgetter("gap"),
    "达标后": attrgetter("after"),
}


def _school(one: SchoolShown) -> list[Block]:
    codes = list(dict.fromkeys(figure.code for _, _, rows in one.parts for figure in rows))
    figures: list[Row] = []
    for stage, _, rows in one.parts:
        by_code = {figure.code: figure for figure in rows}
        for number, (label, value) in enumerate(_LINES.items()):
            values = [value(by_code[code]) if code in by_code else "—" for code in codes]
            figures.append([*([TableCell(stage, rowspan=len(_LINES))] if not number else []), label, *values])
    measures = [
        [
            str(row.year),
            f"{row.stage}{row.label}" + (f"（从{row.giver}）" if row.giver else ""),
            row.quantity,
            row.cost,
            row.responsible,
        ]
        for row in one.measures
    ]
    return [
        Heading(f"{one.name}（{one.passes_from}起达标）" if one.passes else one.name, 2),
        Table(
            [TableColumn(1), TableColumn(1.1), *(TableColumn(1.2, "right") for _ in codes)],
            [["学段", "", *codes]],
            figures,
            size=_SIZE,
        ),
        Table(
            [TableColumn(0.8), TableColumn(3), TableColumn(1.2, "right"), TableColumn(1.2, "right"), TableColumn(1.6)],
            [["年度", "措施", "数量", "万元", "责任单位"]],
            measures,
            size=_SIZE,
        ),
    ]
