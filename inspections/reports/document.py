"""The report as a document tree with its tables: 总体情况 → 逐项整改 → 未完成及下步 → 长效机制 → 附台账."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from django.db.models import TextChoices

from inspections.rectification.models import Finding
from inspections.reports import words
from inspections.reports.facts import BreakdownRow, ReportCoefficient, ReportFacts, ReportFinding, ReportGap
from portal.core.lib import dates
from portal.core.papers import tree
from portal.core.papers.tree import Table, TableColumn

_REPEATED_FROM = 3
_TITLE_CHARACTERS = 20
_LONG_TERM = Finding.Category.LONG_TERM
_HEAD = ("应整改", "已销号", "未完成", "逾期", "销号率", "上期\n销号率")
_FIGURES = (1.35, 1.35, 1.35, 1.1, 1.5, 1.6)
_ANNEX_CHARACTERS = 60
_SMALL = Decimal("10.5")  # 五号
_NOTE = "应整改＝结转＋新增（含重新打开）；销号率＝期末已销号÷应整改。"


def of(facts: ReportFacts) -> tree.Paper:
    """The whole report from its facts alone: equal facts give an equal tree."""
    head, middle, tail = facts.title.partition("优质均衡发展")
    return tree.Paper(
        # A long title gets two lines that break between words (GB/T 9704-2012 §7.3.1: 词意完整).
        title=f"{head}{middle}\n{tail}" if len(facts.title) > _TITLE_CHARACTERS else facts.title,
        subtitle=facts.subtitle,
        issuer=facts.issuer,
        date=facts.as_of,
        blocks=list(_blocks(facts)),
        annexes=[tree.Annex("问题台账", _annex(facts))] if facts.items else [],
        keywords=["整改报告", facts.district_code, *([facts.school_code] if facts.school else [])],
    )


def _blocks(facts: ReportFacts) -> Iterator[tree.Block]:
    yield tree.Heading("总体情况")
    yield tree.Heading("问题整改总体进展", 2)
    yield from overall(facts)
    yield tree.Heading("指标达标情况", 2)
    yield from standing(facts)
    if facts.schools:
        yield tree.Heading("分校整改情况", 2)
        yield schools_table(facts)
    yield tree.Heading("逐项整改情况")
    yield from _items(facts)
    yield tree.Heading("未完成问题的原因和下一步安排")
    yield from unfinished(facts)
    yield tree.Heading("长效机制")
    yield from _lasting(facts)


def overall(facts: ReportFacts) -> list[tree.Block]:
    blocks: list[tree.Block] = [
        tree.Paragraph(words.summary(facts)),
        tree.Paragraph(words.comparison(facts)),
        comparison_table(facts),
    ]
    if facts.now.total or facts.before.total:
        blocks += [
            breakdown_table("问题来源", facts.by_source, Finding.Source),
            breakdown_table("整改类别", facts.by_category, Finding.Category),
            breakdown_table("对应指标", facts.by_indicator),
        ]
    return blocks


def standing(facts: ReportFacts) -> list[tree.Block]:
    """What the newest evaluation says about A1–A7."""
    judged = facts.standing
    blocks: list[tree.Block] = [tree.Paragraph(words.standing(facts))]
    if judged is None:
        return blocks
    if judged.missing_schools:
        names = "、".join(judged.missing_schools)
        blocks.append(tree.Paragraph(f"以下学校数据未报齐，相应指标不能判定：{names}。"))
    if judged.gaps:
        blocks.append(gaps_table(judged.gaps))
    elif judged.parts and not judged.missing_schools:
        blocks.append(tree.Paragraph("资源配置指标没有低于标准的情况。"))
    if judged.spreads:
        blocks.append(spreads_table(judged.spreads))
    if judged.growth:
        blocks.append(tree.Paragraph(f"教育经费“三个增长”（不参加认定结论）：{'；'.join(judged.growth)}。"))
    if judged.relaxed:
        blocks.append(tree.Paragraph("以上按严格口径判定。已批准的放宽口径只并列说明，不代替严格口径："))
        blocks += [tree.Paragraph(f"{grant}。") for grant in judged.relaxed.grants]
    return blocks


def _items(facts: ReportFacts) -> list[tree.Block]:
    """问题—措施—成效—佐证: in prose for one school, in tables by school for a district."""
    if not facts.items:
        return [tree.Paragraph("本阶段没有需要整改的问题。")]
    blocks: list[tree.Block] = []
    if facts.school:
        for item in facts.items:
            values = words.values(item)
            blocks += [
                tree.Heading(f"{item.number}　{item.indicator}（{item.label('category')}，{item.label('state')}）", 2),
                *_labelled("问题", item.problem + (f"（{values}）" if values else "")),
                *_labelled("措施", words.statements(item.measures, "尚未填写整改措施")),
                *_labelled("成效", words.result(item)),
                *_labelled("佐证", words.files(item)),
            ]
        return blocks
    groups: dict[str, list[ReportFinding]] = {}
    for item in facts.items:
        groups.setdefault(item.school, []).append(item)
    for name, items in groups.items():
        blocks += [tree.Heading(name, 2), items_table(items)]
    return blocks


def _labelled(label: str, text: str) -> list[tree.Paragraph]:
    first, *rest = text.split("\n")
    head = tree.Paragraph((tree.Run(f"{label}：", bold=True), tree.Run(first)))
    return [head, *map(tree.Paragraph, rest)]


def unfinished(facts: ReportFacts) -> list[tree.Block]:
    if not facts.items:
        return [tree.Paragraph("本阶段没有需要整改的问题。")]
    if not facts.now.open:
        return [tree.Paragraph("本阶段应整改问题均已销号，没有未完成的问题。")]
    return [tree.Paragraph(f"未完成 {facts.now.open} 项，逐项原因和安排如下。"), unfinished_table(facts)]


def _lasting(facts: ReportFacts) -> list[tree.Block]:
    """长效机制: only what the ledger shows."""
    long_term = [item for item in facts.items if item.category == _LONG_TERM]
    reopened = [item for item in facts.items if item.reopened]
    points = [
        _point("长期坚持类问题", long_term, lambda own: f"其中已销号 {sum(i.is_closed for i in own)} 项"),
        _point("本阶段重新打开的问题", reopened, lambda own: "销号后指标回落或核实有反复，已恢复整改"),
    ]
    indicators = [name for name, _ in Counter(item.indicator for item in facts.items).most_common()]
    schools = {name: len({i.school for i in facts.items if i.indicator == name}) for name in indicators}
    repeated = [f"{name}（{number} 所学校）" for name, number in schools.items() if number >= _REPEATED_FROM]
    if repeated:
        points.append(f"多所学校共有的问题集中在：{'、'.join(repeated)}，需从制度和投入上统筹解决。")
    return [tree.Paragraph(point) for point in points]


def _annex(facts: ReportFacts) -> list[tree.Block]:
    sources = "、".join(f"{source.value} {source.label}" for source in Finding.Source)
    notes = (
        f"本台账共 {len(facts.items)} 项，按学校和编号排列，数据截至{dates.day(facts.as_of)}。",
        f"编号由年度、来源代码和序号组成，来源代码：{sources}。",
        "整改措施、进展和核查意见在台账中只列要点，全文见正文“逐项整改情况”。",
    )
    return [*(tree.Paragraph(note) for note in notes), tree.Landscape([ledger_table(facts)])]


def _point(label: str, items: list[ReportFinding], more: Callable[[list[ReportFinding]], str]) -> str:
    if not items:
        return f"{label}：没有。"
    return f"{label}：{len(items)} 项，{more(items)}（{'、'.join(item.number for item in items)}）。"


def _columns(*widths: float, align: str = "left") -> list[TableColumn]:
    return [TableColumn(width, align) for width in widths]  # type: ignore[arg-type]


def comparison_table(facts: ReportFacts) -> Table:
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
    columns = [TableColumn(3), TableColumn(2, "right"), TableColumn(2, "right"), TableColumn(3, "center")]
    return Table(columns, [["项目", "本阶段", "上一阶段", "变化"]], [*rows, last], caption="整改总体情况", note=_NOTE)


def breakdown_table(label: str, lines: Sequence[BreakdownRow], codes: type[TextChoices] | None = None) -> Table:
    rows = [
        [codes(line.key).label if codes else line.key, *words.counts(line.now), words.rate(line.before.rate)]
        for line in lines
    ]
    columns = [TableColumn(3), *_columns(*_FIGURES, align="right")]
    return Table(columns, [[label, *_HEAD]], rows, caption=f"按{label}统计", size=11)


def schools_table(facts: ReportFacts) -> Table:
    rows = [[s.name, *words.counts(s.now), words.rate(s.before.rate), s.verdict] for s in facts.schools]
    columns = [TableColumn(3.4), *_columns(*_FIGURES, align="right"), TableColumn(2.3)]
    return Table(columns, [["学校", *_HEAD, "指标判定"]], rows, size=11)


def gaps_table(gaps: Sequence[ReportGap]) -> Table:
    """A1–A7 below the threshold, with what is lacking."""
    rows = []
    for gap in gaps:
        lacking = gap.lacking if "还" in gap.lacking else f"还差 {gap.lacking}"
        lacking += "，未过底线" if gap.below_floor else ""
        value = gap.value + ("（临界）" if gap.near_limit else "")
        rows.append([gap.school, gap.stage, gap.indicator, value, gap.threshold, lacking])
    columns = [
        TableColumn(2.6),
        TableColumn(1, "center"),
        TableColumn(2.2),
        TableColumn(1.6, "right"),
        TableColumn(1.1, "right"),
        TableColumn(4),
    ]
    head = ["学校", "学段", "指标", "现值", "标准", "差距"]
    return Table(columns, [head], rows, caption="低于标准的指标", size=11)


def spreads_table(spreads: Sequence[ReportCoefficient]) -> Table:
    rows = [[s.stage, s.indicator, s.cv + ("（临界）" if s.near_limit else ""), s.limit] for s in spreads]
    columns = [TableColumn(1, "center"), TableColumn(3), TableColumn(2, "right"), TableColumn(1, "right")]
    return Table(columns, [["学段", "指标", "差异系数", "限值"]], rows, caption="超过限值的差异系数")


def items_table(items: Sequence[ReportFinding]) -> Table:
    """问题—措施—成效—佐证 of one school's findings, each under its number."""
    rows = [
        [
            f"{item.number}\n{item.label('state')}",
            f"{item.indicator}：{item.problem}" + (f"（{values}）" if (values := words.values(item)) else ""),
            words.statements(item.measures, "尚未填写整改措施"),
            f"{words.result(item)}\n佐证：{words.files(item)}",
        ]
        for item in items
    ]
    return Table(_columns(2.3, 3.8, 2.9, 4.1), [["编号", "问题", "措施", "成效与佐证"]], rows, size=_SMALL)


def unfinished_table(facts: ReportFacts) -> Table:
    rows = [
        [
            f"{item.number}\n{item.school}",
            words.due(item),
            words.statement(item.progress[-1]) if item.progress else "没有进展记录",
            words.reason(item),
            f"{item.label('state')}：{words.next_step(item)}",
        ]
        for item in facts.items
        if not item.is_closed
    ]
    head = ["编号、单位", "时限", "最新进展", "未完成原因", "状态与下一步"]
    return Table(_columns(2.4, 2.1, 3, 2.8, 2.8), [head], rows, size=_SMALL)


def ledger_table(facts: ReportFacts) -> Table:
    """问题台账: one row per finding, on landscape pages."""
    columns = [TableColumn(0.8, "center"), *_columns(3.1, 2, 1.6, 4.2, 1.3, 2.1, 4.8, 2.8, 4.4, 2.8)]
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
    rows = []
    for number, item in enumerate(facts.items, 1):
        latest = item.verdict or (item.progress[-1] if item.progress else None)
        rows.append(
            [
                str(number),
                f"{item.number}\n{item.label('source')}",
                item.school,
                item.indicator,
                "\n".join(filter(None, [item.problem, words.values(item)])),
                item.label("category"),
                item.goal or item.requirement or words.BLANK,
                _short("\n".join(measure.text for measure in item.measures)),
                f"{item.responsible or words.BLANK}\n{words.due(item)}",
                _short(words.statement(latest) if latest else ""),
                item.label("state") + (f"\n{words.day(item.closed_on)}" if item.closed_on else ""),
            ]
        )
    return Table(columns, [head], rows, size=9)


def _short(text: str) -> str:
    if len(text) <= _ANNEX_CHARACTERS:
        return text or words.BLANK
    return f"{text[:_ANNEX_CHARACTERS]}……（全文见正文）"
