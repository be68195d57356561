"""The tables of a report."""

from collections.abc import Sequence
from decimal import Decimal

from inspections.reports import words
from inspections.reports.facts import Facts, Gap, Item, Line, Spread
from portal.core.papers.tree import Column, Table

_HEAD = ("应整改", "已销号", "未完成", "逾期", "销号率", "上期\n销号率")
_FIGURES = (1.35, 1.35, 1.35, 1.1, 1.5, 1.6)
_ANNEX_CHARACTERS = 60
_SMALL = Decimal("10.5")  # 五号
_NOTE = "应整改＝结转＋新增（含重新打开）；销号率＝期末已销号÷应整改。"


def _columns(*widths: float, align: str = "left") -> list[Column]:
    return [Column(width, align) for width in widths]  # type: ignore[arg-type]


def comparison(facts: Facts) -> Table:
    """This period beside the one before."""
    now, before, none = facts.now, facts.before, facts.previous is None
    rows = [
        (label, str(new), words.BLANK if none else str(old), words.BLANK if none else words.difference(new, old))
        for label, new, old in (
            ("应整改问题（项）", now.total, before.total),
            ("　其中：结转", now.carried, before.carried),
            ("　其中：新增", now.raised, before.raised),
            ("已销号（项）", now.closed, before.closed),
            ("未完成（项）", now.open, before.open),
            ("逾期（项）", now.overdue, before.overdue),
            ("重新打开（次）", now.reopened, before.reopened),
        )
    ]
    last = ("销号率", words.rate(now.rate), words.rate(before.rate), words.change(now.rate, before.rate))
    columns = [Column(3), Column(2, "right"), Column(2, "right"), Column(3, "center")]
    return Table(columns, [["项目", "本阶段", "上一阶段", "变化"]], [*rows, last], caption="整改总体情况", note=_NOTE)


def breakdown(label: str, lines: Sequence[Line]) -> Table:
    """Figures by source, category or indicator, with the closing rate of the period before."""
    rows = [[line.label, *words.counts(line.now), words.rate(line.before.rate)] for line in lines]
    columns = [Column(3), *_columns(*_FIGURES, align="right")]
    return Table(columns, [[label, *_HEAD]], rows, caption=f"按{label}统计", size=11)


def schools(facts: Facts) -> Table:
    """One line per school."""
    rows = [[s.name, *words.counts(s.now), words.rate(s.before.rate), s.verdict] for s in facts.schools]
    columns = [Column(3.4), *_columns(*_FIGURES, align="right"), Column(2.3)]
    return Table(columns, [["学校", *_HEAD, "指标判定"]], rows, size=11)


def gaps(gaps: Sequence[Gap]) -> Table:
    """A1–A7 below the threshold, with what is lacking."""
    rows = [
        [g.school, g.stage, g.indicator, g.value + ("（临界）" if g.near_limit else ""), g.threshold, _lacking(g)]
        for g in gaps
    ]
    columns = [Column(2.6), Column(1, "center"), Column(2.2), Column(1.6, "right"), Column(1.1, "right"), Column(4)]
    head = ["学校", "学段", "指标", "现值", "标准", "差距"]
    return Table(columns, [head], rows, caption="低于标准的指标", size=11)


def _lacking(gap: Gap) -> str:
    words = gap.lacking if "还" in gap.lacking else f"还差 {gap.lacking}"
    return words + ("，未过底线" if gap.below_floor else "")


def spreads(spreads: Sequence[Spread]) -> Table:
    """Coefficients over their limit."""
    rows = [[s.stage, s.indicator, s.cv + ("（临界）" if s.near_limit else ""), s.limit] for s in spreads]
    columns = [Column(1, "center"), Column(3), Column(2, "right"), Column(1, "right")]
    return Table(columns, [["学段", "指标", "差异系数", "限值"]], rows, caption="超过限值的差异系数")


def items(items: Sequence[Item]) -> Table:
    """问题—措施—成效—佐证 of one school's findings, each under its number."""
    rows = [
        [
            f"{item.number}\n{item.state}",
            _problem(item),
            words.statements(item.measures, "尚未填写整改措施"),
            f"{words.result(item)}\n佐证：{words.files(item)}",
        ]
        for item in items
    ]
    return Table(_columns(2.3, 3.8, 2.9, 4.1), [["编号", "问题", "措施", "成效与佐证"]], rows, size=_SMALL)


def _problem(item: Item) -> str:
    values = words.values(item)
    return f"{item.indicator}：{item.problem}" + (f"（{values}）" if values else "")


def unfinished(facts: Facts) -> Table:
    """Open findings with due day, latest progress, stated reason and next step."""
    rows = [
        [
            f"{item.number}\n{item.school}",
            words.due(item),
            words.said(item.progress[-1]) if item.progress else "没有进展记录",
            words.reason(item),
            f"{item.state}：{words.next_step(item)}",
        ]
        for item in facts.items
        if not item.is_closed
    ]
    head = ["编号、单位", "时限", "最新进展", "未完成原因", "状态与下一步"]
    return Table(_columns(2.4, 2.1, 3, 2.8, 2.8), [head], rows, size=_SMALL)


def ledger(facts: Facts) -> Table:
    """问题台账: one row per finding, on landscape pages."""
    columns = [Column(0.8, "center"), *_columns(3.1, 2, 1.6, 4.2, 1.3, 2.1, 4.8, 2.8, 4.4, 2.8)]
    head = [
        "序号",
        "编号和来源",
        "单位",
        "指标",
        "问题描述",
        "类别",
        "整改目标",
        "整改措施",
        "责任人\n和时限",
        "最新进展和核查意见",
        "状态",
    ]
    rows = [_row(number, item) for number, item in enumerate(facts.items, 1)]
    return Table(columns, [head], rows, size=9)


def _row(number: int, item: Item) -> list[str]:
    latest = item.verdict or (item.progress[-1] if item.progress else None)
    return [
        str(number),
        f"{item.number}\n{item.source}",
        item.school,
        item.indicator,
        "\n".join(filter(None, [item.problem, words.values(item)])),
        item.category,
        item.goal or item.requirement or words.BLANK,
        _short("\n".join(said.text for said in item.measures)),
        f"{item.responsible or words.BLANK}\n{words.due(item)}",
        _short(words.said(latest) if latest else ""),
        item.state + (f"\n{words.day(item.closed_on)}" if item.closed_on else ""),
    ]


def _short(text: str) -> str:
    """The text, or its beginning: the annex is an overview, the body holds every statement whole."""
    if len(text) <= _ANNEX_CHARACTERS:
        return text or words.BLANK
    return f"{text[:_ANNEX_CHARACTERS]}……（全文见正文）"
