"""The tables of a report. A finding has one row: in the annex of a report on many schools, in the text of a school's own."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from inspections.rectification.queries import AGES
from inspections.reports import words
from inspections.reports.stored_facts import ReportCoefficient, ReportEvaluation, ReportFacts, ReportFinding
from portal.core.papers.tree import Table, TableCell, TableColumn

_HEAD = ("应整改", "已销号", "未完成", "逾期", "销号率", "上期\n销号率")
_FIGURES = (1.2, 1.2, 1.2, 1, 1.4, 1.4)
_SMALL = Decimal("10.5")  # 五号
_NOTE = "应整改＝结转＋新增（含重新打开），没有派发的不计；销号率＝期末已销号÷应整改。"
_GROUPS = {
    "A": "资源配置",
    "B": "政府保障程度",
    "C": "教育质量",
    "D": "社会认可度",
    "E": "否决事项",
}


def _columns(*widths: float, align: str = "left") -> list[TableColumn]:
    return [TableColumn(width, align) for width in widths]  # type: ignore[arg-type]


def comparison(facts: ReportFacts) -> Table:
    now, before, none = facts.now, facts.before, facts.previous is None
    lines = (
        ("应整改问题（项）", now.total, before.total),
        ("　其中：结转", now.carried, before.carried),
        ("　其中：新增", now.raised, before.raised),
        ("已销号（项）", now.closed, before.closed),
        ("未完成（项）", now.open, before.open),
        ("逾期（项）", now.overdue, before.overdue),
        ("重新打开（次）", now.reopened, before.reopened),
    )
    rows = [
        (label, str(new), words.BLANK if none else str(old), words.BLANK if none else words.difference(new, old))
        for label, new, old in lines
    ]
    last = ("销号率", words.rate(now.rate), words.rate(before.rate), words.change(now.rate, before.rate))
    columns = [TableColumn(3), TableColumn(2, "right"), TableColumn(2, "right"), TableColumn(3, "center")]
    return Table(
        columns, [["项目", "本期", "上期", "变化"]], [*rows, last], caption="整改总体情况", note=_NOTE, size=11
    )


def indicators(facts: ReportFacts) -> Table:
    """By indicator, grouped as in the standard."""
    rows: list[list[str | TableCell]] = []
    group = ""
    for line in sorted((one for one in facts.by_indicator if one.now.total), key=lambda one: one.key):
        if (now := _GROUPS.get(line.key[:1], "其他")) != group:
            group = now
            rows.append([TableCell(group, colspan=8)])
        schools = len({item.school_code for item in facts.items if item.indicator == line.key} - {""})
        rows.append([line.key, str(schools), *words.counts(line.now), words.rate(line.before.rate)])
    columns = [TableColumn(3), *_columns(1, *_FIGURES, align="right")]
    return Table(columns, [["指标", "学校", *_HEAD]], rows, caption="按指标整改情况", size=_SMALL)


def schools(facts: ReportFacts) -> Table:
    rows = [
        [words.short(s.name, facts), *words.counts(s.now), words.rate(s.before.rate), s.verdict]
        for s in facts.schools
        if s.now.total
    ]
    columns = [TableColumn(3), *_columns(*_FIGURES, align="right"), TableColumn(2.6)]
    return Table(columns, [["学校", *_HEAD, "指标判定"]], rows, size=_SMALL)


def units(facts: ReportFacts) -> Table:
    """Findings against departments, townships and the bureau itself."""
    rows = [
        [words.short(one.name, facts), one.kind, *words.counts(one.now), words.rate(one.before.rate)]
        for one in facts.units
        if one.now.total
    ]
    columns = [TableColumn(3), TableColumn(1.6, "center"), *_columns(*_FIGURES, align="right")]
    return Table(columns, [["单位", "类别", *_HEAD]], rows, size=_SMALL)


def gaps(judged: ReportEvaluation, facts: ReportFacts) -> Table:
    """By indicator and stage: schools below the standard, and the one furthest from it."""
    parts = Counter(part.stage for part in judged.parts)
    groups: dict[tuple[str, str], list] = {}
    for gap in judged.gaps:
        groups.setdefault((gap.indicator, gap.stage), []).append(gap)
    rows = []
    for (indicator, stage), found in sorted(groups.items()):
        floor = sum(gap.below_floor for gap in found)
        named = "、".join(
            f"{words.short(gap.school, facts)} {gap.value}（{_lacking(gap.lacking)}）" for gap in found[:4]
        )
        more = f"等 {len(found)} 所" if len(found) > 4 else ""
        rows.append(
            [
                indicator,
                stage,
                f"{len(found)}/{parts[stage]}",
                str(floor or words.BLANK),
                found[0].threshold,
                named + more,
            ]
        )
    columns = [*_columns(2.2), *_columns(1, 1.3, 1.2, 1.2, align="center"), TableColumn(5.6)]
    head = ["指标", "学段", "未达标/\n参评", "未过\n底线", "标准", "学校、现值和差距"]
    return Table(columns, [head], rows, caption="低于标准的指标", size=_SMALL)


def own_gaps(judged: ReportEvaluation) -> Table:
    rows = [
        [
            gap.stage,
            gap.indicator,
            gap.value + ("（临界）" if gap.near_limit else ""),
            gap.threshold,
            _lacking(gap.lacking) + ("，未过底线" if gap.below_floor else ""),
        ]
        for gap in judged.gaps
    ]
    columns = [TableColumn(1, "center"), TableColumn(2.4), *_columns(1.6, 1.2, align="right"), TableColumn(4)]
    return Table(columns, [["学段", "指标", "现值", "标准", "差距"]], rows, caption="低于标准的指标", size=11)


def _lacking(text: str) -> str:
    return text if "还" in text else f"还差 {text}"


def spreads(rows: Sequence[ReportCoefficient]) -> Table:
    lines = [[s.stage, s.indicator, s.cv + ("（临界）" if s.near_limit else ""), s.limit] for s in rows]
    columns = [TableColumn(1, "center"), TableColumn(3), TableColumn(2, "right"), TableColumn(1, "right")]
    return Table(columns, [["学段", "指标", "差异系数", "限值"]], lines, caption="超过限值的校际差异系数", size=11)


def closed(facts: ReportFacts) -> Table:
    """Measures by indicator, and where; the problems with figures are in the annex."""
    groups: dict[str, list[ReportFinding]] = {}
    for item in facts.items:
        if item.is_closed:
            groups.setdefault(item.indicator, []).append(item)
    rows = []
    for name, items in sorted(groups.items()):
        measures = Counter(words.brief(item.measures[-1].text) for item in items if item.measures)
        done = "；".join(text for text, _ in measures.most_common(2))
        found = Counter(words.short(item.school, facts) for item in items)
        names = "、".join(unit if number == 1 else f"{unit}（{number} 项）" for unit, number in found.items())
        rows.append([f"{name}\n（{len(items)} 项）", done or words.BLANK, names])
    return Table(
        _columns(2.2, 4.4, 6.4), [["指标", "主要措施", f"已完成整改的{words.units(facts)}"]], rows, size=_SMALL
    )


def unfinished(facts: ReportFacts) -> Table:
    """Grouped by indicator and reason, the longest overdue first."""
    groups: dict[tuple[str, str, str], list[ReportFinding]] = {}
    for item in sorted(facts.items, key=lambda item: (-item.overdue_days, item.due_on, item.number)):
        if not item.is_closed:
            why = words.brief(words.reason_given(item)) or "还没有说明"
            groups.setdefault((item.indicator, why, words.next_step(item)), []).append(item)
    rows = []
    for (name, why, step), items in groups.items():
        units = (
            f"{words.short(item.school, facts)}（{f'逾期 {item.overdue_days} 天' if item.overdue_days else words.day(item.due_on)}）"
            for item in items
        )
        rows.append([name, "、".join(units), why, step])
    head = ["指标", f"{words.units(facts)}（整改时限）", "原因和进展", "下一步"]
    return Table(_columns(2, 4, 4.2, 2.8), [head], rows, size=_SMALL)


def ages(facts: ReportFacts) -> list[tuple[str, int]]:
    """From the day they were sent out."""
    found = [0] * len(AGES)
    for item in facts.items:
        if item.begun_on and not item.is_closed:
            days = (facts.as_of - item.begun_on).days
            found[next(n for n, (most, _) in enumerate(AGES) if most is None or days <= most)] += 1
    return [(label, number) for (_, label), number in zip(AGES, found, strict=True)]


def ledger(facts: ReportFacts) -> Table:
    """问题台账: one row per finding, landscape."""
    columns = [TableColumn(0.9, "center"), *_columns(2.7, 2.5, 4.5, 4, 4.9, 2.5, 2.4)]
    head = [
        "序号",
        "编号、来源",
        f"{words.units(facts)}、指标",
        "问题（现状与标准）",
        "整改措施",
        "整改成效或进展",
        "责任人、时限",
        "状态",
    ]
    rows = []
    for number, item in enumerate(facts.items, 1):
        closed_on = f"\n{words.day(item.closed_on)}" if item.closed_on else ""
        evidence = words.files(item)
        rows.append(
            [
                str(number),
                f"{item.number}\n{item.label('source')}",
                f"{words.short(item.school, facts)}\n{item.indicator}",
                words.problem(item),
                words.statements(item.measures) or words.BLANK,
                words.result(item) + (f"\n佐证：{evidence}" if evidence else ""),
                "\n".join(
                    filter(None, [item.responsible, words.due(item) if not item.is_closed else words.day(item.due_on)])
                ),
                f"{item.label('state')}{closed_on}",
            ]
        )
    return Table(columns, [head], rows, size=10)
