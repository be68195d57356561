"""The report as a document tree with its charts: 基本情况 → 组织领导与主要做法 → 整改完成情况 → 典型做法 → 未完成 → 下一步 → 长效机制 → 附台账."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from inspections.rectification.models import Finding
from inspections.rectification.queries import closing_rate
from inspections.reports import table_document, words
from inspections.reports.models import Report
from inspections.reports.stored_facts import ReportFacts, from_json
from inspections.self_assessments import document as assessment
from portal.core.errors import Problem, Refused
from portal.core.lib import dates
from portal.core.papers import charts, docx, pdf, tree

_SERIES = (("已销号", "accent"), ("未完成", "edge"))


def months(facts: ReportFacts) -> Iterator[tree.Figure]:
    bars = [_of_rate(row.month, row.closed, row.open) for row in facts.months if row.closed or row.open]
    yield from charts.bars("各月末销号率", bars, _SERIES)


def indicators(facts: ReportFacts) -> Iterator[tree.Figure]:
    rows = [row for row in sorted(facts.by_indicator, key=lambda row: row.key) if row.now.total]
    bars = [_of_rate(row.key, row.now.closed, row.now.open) for row in rows]
    yield from charts.bars("各指标销号率", bars, _SERIES)


def ages(facts: ReportFacts) -> Iterator[tree.Figure]:
    found = table_document.ages(facts)
    if any(number for _, number in found):
        bars = [charts.ChartBar(label, (number,), f"{number} 项") for label, number in found]
        yield from charts.bars("未完成问题从派发到现在的天数", bars, _SERIES[1:])


def _of_rate(label: str, closed: int, left: int) -> charts.ChartBar:
    total = closed + left
    return charts.ChartBar(label, (closed, left), f"{closed}/{total}　{words.rate(closing_rate(closed, total))}")


_TITLE_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A part of the report: its text as the portal writes it (figures in braces), then its tables and charts.

    `asks` says what only the office can add.
    """

    code: str
    heading: str
    text: str
    blocks: tuple[tree.Block, ...] = ()
    asks: str = ""


def sections(facts: ReportFacts) -> list[ReportSection]:
    """The office's texts replace the portal's, never tables and charts."""
    one = bool(facts.school)
    head = "收到督导意见情况" if one else "基本情况"
    lead = "整改组织情况" if one else "组织领导与主要做法"
    found = [
        ReportSection("opening", "", words.opening(facts)),
        ReportSection("situation", head, words.situation(facts), (), _ASKS["own_situation" if one else "situation"]),
        ReportSection("work", lead, words.work(facts), (), _ASKS["work"]),
        ReportSection(
            "results", "逐条整改情况" if one else "整改完成情况", words.results(facts), tuple(_results(facts))
        ),
    ]
    if not one:
        found.append(ReportSection("examples", "典型做法", words.examples(facts), (), _ASKS["examples"]))
    blocks: list[tree.Block] = [table_document.unfinished(facts)] if facts.now.open else []
    if facts.now.open and not facts.school:
        blocks += ages(facts)
    return [
        *found,
        ReportSection("unfinished", "未完成原因与分析", words.unfinished(facts), tuple(blocks), _ASKS["unfinished"]),
        ReportSection("next", "下一步打算", words.next_steps(facts), (), _ASKS["next"]),
        ReportSection("lasting", "长效机制", words.lasting(facts), (), _ASKS["lasting"]),
    ]


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as its page, its editor and its files need it, of whatever kind."""

    addressed_to: str
    sections: Sequence[ReportSection]
    figures: Mapping[str, str]
    paper: Callable[[Mapping[str, str], str], tree.Paper]
    remarks: Callable[[Mapping[str, str]], Sequence[Problem]] = lambda texts: ()


def draft(report: Report) -> Draft:
    """Raises ValueError for data of a format this version does not know."""
    if report.kind == Report.Kind.SELF_ASSESSMENT:
        content = assessment.read(report.context)
        found = [
            ReportSection(rule.code, rule.title, "", tuple(assessment.blocks(section)), rule.office)
            for rule, section in zip(assessment.sections(), content["sections"], strict=True)
        ]

        def paper(texts: Mapping[str, str], number: str) -> tree.Paper:
            return tree.Paper(
                title=content["title"],
                issuer=content["issuer"],
                date=dt.date.fromisoformat(content["as_of"]),
                blocks=list(_lines(found, texts, {})),
                number=number,
                addressed_to=_receiver(texts.get("addressed_to", content["addressed_to"])),
                annexes=assessment.annexes(content),
                contents=True,
            )

        return Draft(content["addressed_to"], found, {}, paper, lambda texts: assessment.checks(content, texts))
    data = from_json(report.context)
    return Draft(data.addressed_to, sections(data), words.figures(data), lambda texts, number: of(data, texts, number))


def _receiver(name: str) -> str:
    name = name.rstrip("：:")
    return f"{name}：" if name else ""


_ASKS = {
    "situation": "可补充：收到上级反馈意见的日期、区域和教育概况。",
    "own_situation": "可补充：收到督导意见书的日期和文号、当场反馈的意见。",
    "work": "请补充：领导小组、专题会议（日期、议题）、投入资金（万元）和新建改建项目。",
    "examples": "请写一到三条值得推广的做法，写明学校、做法和成效。",
    "unfinished": "请分析主要原因：资金、工程、编制、审批或其他。",
    "next": "请写明责任单位和完成时限。",
    "lasting": "请补充：出台的制度（名称、文号）和检查办法。",
}


def of(facts: ReportFacts, texts: Mapping[str, str] | None = None, number: str = "") -> tree.Paper:
    texts = texts or {}
    head, middle, tail = facts.title.partition("优质均衡发展")
    annexes = []
    if facts.items and not facts.school:
        used = {item.source for item in facts.items}
        sources = "、".join(f"{source.value} {source.label}" for source in Finding.Source if source in used)
        notes = (
            f"本台账共 {len(facts.items)} 项，按{words.units(facts)}和编号排列，数据截至{dates.day(facts.as_of)}。",
            f"编号由年度、来源代码和序号组成，来源代码：{sources}。",
        )
        ledger = tree.Landscape([*map(tree.Paragraph, notes), table_document.ledger(facts)])
        annexes.append(tree.Annex("问题整改台账", [ledger]))
    return tree.Paper(
        # A long title gets two lines that break between words (GB/T 9704-2012 §7.3.1: 词意完整).
        title=f"{head}{middle}\n{tail}" if len(facts.title) > _TITLE_CHARACTERS else facts.title,
        subtitle=facts.subtitle,
        number=number,
        addressed_to=_receiver(texts.get("addressed_to", facts.addressed_to)),
        issuer=facts.issuer,
        date=facts.as_of,
        blocks=[
            *_lines(sections(facts), texts, words.figures(facts)),
            *([tree.Paragraph("校长（签名）：", align="left")] if facts.school else []),
        ],
        annexes=annexes,
        contents=not facts.school,
        keywords=["整改报告", facts.district_code, *([facts.school_code] if facts.school else [])],
    )


def _lines(
    found: Sequence[ReportSection], texts: Mapping[str, str], figures: Mapping[str, str]
) -> Iterator[tree.Block]:
    for section in found:
        if section.heading:
            yield tree.Heading(section.heading)
        for line in words.fill(texts.get(section.code, section.text), figures).splitlines():
            if line.strip():
                yield tree.Paragraph(line.strip())
        yield from section.blocks


def _results(facts: ReportFacts) -> Iterator[tree.Block]:
    if facts.school:
        for item in facts.items:
            yield tree.Heading(
                f"{words.indicator(item.indicator)}（{item.label('category')}，{item.label('state')}）", 2
            )
            yield _labelled("问题", f"{words.problem(item)}。（编号 {item.number}）")
            yield _labelled("措施", f"{words.statements(item.measures) or '还没有填写'}。")
            yield _labelled("成效", f"{words.result(item)}。")
            yield _labelled("佐证", f"{words.files(item) or '没有上传'}。")
        yield from evaluation(facts)
        return
    if facts.before.total:
        yield table_document.comparison(facts)
    yield from months(facts)
    if facts.now.total:
        yield tree.Heading("按指标整改情况", 2)
        yield table_document.indicators(facts)
        yield from indicators(facts)
    if facts.now.closed:
        yield tree.Heading("已完成整改的问题", 2)
        yield tree.Paragraph("已销号的问题按指标归并如下，各问题的现状、标准、措施和成效见附件。")
        yield table_document.closed(facts)
    if any(row.now.total for row in facts.schools):
        yield tree.Heading("分学校整改情况", 2)
        rest = sum(not row.now.total for row in facts.schools)
        if rest:
            yield tree.Paragraph(f"另有 {rest} 所学校没有需要整改的问题，不列。")
        yield table_document.schools(facts)
    if any(row.now.total for row in facts.units):
        yield tree.Heading("部门、乡镇街道和教育局本级整改情况", 2)
        yield table_document.units(facts)
    yield tree.Heading("指标达标情况", 2)
    yield from evaluation(facts)


def evaluation(facts: ReportFacts) -> list[tree.Block]:
    judged = facts.standing
    blocks: list[tree.Block] = [tree.Paragraph(words.evaluation(facts))]
    if judged is None:
        return blocks
    if judged.missing_schools and not facts.school:
        names = "、".join(words.short(name, facts) for name in judged.missing_schools)
        blocks.append(tree.Paragraph(f"以下学校数据未报齐，相应指标不能判定：{names}。"))
    if judged.gaps:
        blocks.append(table_document.own_gaps(judged) if facts.school else table_document.gaps(judged, facts))
    elif judged.parts and not judged.missing_schools:
        blocks.append(tree.Paragraph("资源配置指标没有低于标准的情况。"))
    if judged.spreads:
        blocks.append(table_document.spreads(judged.spreads))
    if judged.growth:
        lines = "；".join(line.partition("（")[0] for line in judged.growth)
        blocks.append(tree.Paragraph(f"教育经费“三个增长”（不参加认定结论）：{lines}。"))
    if judged.relaxed:
        blocks.append(tree.Paragraph("以上按严格口径判定。已批准的放宽口径只并列说明，不代替严格口径："))
        blocks += [tree.Paragraph(f"{grant}。") for grant in judged.relaxed.grants]
    return blocks


def _labelled(label: str, text: str) -> tree.Paragraph:
    return tree.Paragraph((tree.Run(f"{label}：", bold=True), tree.Run(text)))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report's files, and what whoever opens them should know."""

    docx: bytes
    pdf: bytes
    warnings: tuple[str, ...] = ()


def render(report: Report, progress: Callable[[int, str], None] = lambda step, note: None) -> Rendered:
    """Equal facts give equal bytes. Raises Refused for facts of another version, or when no Chinese font is installed."""
    progress(0, "正在整理报告内容")
    try:
        texts = {section: own["text"] for section, own in report.texts.items()}
        made = draft(report).paper(texts, report.number)
    except ValueError as error:
        raise Refused("这份报告的数据是由其他版本的系统保存的，不能生成文件。请重新编制。") from error
    warnings = glyph_warnings(made)
    progress(1, "正在生成 Word 文件")
    word = docx.render(made)
    progress(2, "正在生成 PDF 文件")
    return Rendered(word, pdf.render(made), warnings)


def glyph_warnings(made: tree.Paper) -> tuple[str, ...]:
    missing = pdf.missing_glyphs(tree.texts(made))
    if not missing:
        return ()
    shown = "、".join(f"{char}(U+{ord(char):04X})" for char in missing)
    return (
        f"PDF 中有字体不支持的字：{shown}，已用编码标出；Word 文件不受影响。请技术人员安装含这些字的字体（FONT_DIRS）。",
    )
