"""The made PDFs of a dossier: programme, basis, a return, its receipt, a school's result, visits, findings."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from indicators.results.board import board
from indicators.results.board import queries as dashboards
from indicators.results.evaluations import relaxed
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.relaxed import LABEL
from indicators.standard.engine import Spec
from inspections.dossiers.facts import minute
from inspections.dossiers.figures import Line, lines
from inspections.dossiers.pieces import Catalogue
from inspections.dossiers.returns import Return
from inspections.dossiers.tables import day
from portal.core.lib import dates
from portal.core.papers import pdf, tree
from portal.core.papers.tree import Block, Column, Heading, KeyValues, Paragraph, Table

_SMALL = 10


def render(catalogue: Catalogue, title: str, subtitle: str, blocks: Sequence[Block]) -> bytes:
    """Set blocks as a PDF dated by the data; nothing of it is signed."""
    heading = catalogue.heading
    document = tree.Document(title, heading["author"], day(heading["date"]), blocks, subtitle=subtitle, signed=False)
    return pdf.render(document)


def programme(catalogue: Catalogue, told: Mapping[str, Any]) -> bytes:
    """Return a programme with its phases."""
    facts = KeyValues([("文号", told["document_no"]), ("目标年份", str(told["goal_year"]))], 2)
    rows = [[str(p["number"]), p["name"], p["starts"], p["ends"]] for p in told["phases"]]
    columns = [Column(1, "center"), Column(4), Column(2, "center"), Column(2, "center")]
    table = Table(columns, [["序号", "阶段", "开始", "结束"]], rows, caption="实施步骤")
    return render(catalogue, told["title"], "", [facts, table])


def basis(catalogue: Catalogue, evaluation: Evaluation, spec: Spec) -> bytes:
    """Return the official documents the standard rests on, and the versions that judged."""
    listed = evaluation.standard.content.get("documents", [])
    rows = [[str(n), d["number"], d["title"], d["issuer"], str(d["year"])] for n, d in enumerate(listed, 1)]
    columns = [Column(1, "center"), Column(3), Column(6), Column(3), Column(1.3, "center")]
    heading = catalogue.heading
    versions = KeyValues(
        [
            ("评估标准", heading["standard"]),
            ("规则版本", heading["rule_version"]),
            ("数据截至", heading["data_as_of"]),
            ("输入校验值", heading["inputs_sha256"]),
        ]
    )
    table = Table(columns, [["序号", "文号", "题名", "发文机关", "年份"]], rows, size=_SMALL)
    return render(catalogue, "评估依据文件目录", heading["round_name"], [table, versions])


def submitted(catalogue: Catalogue, spec: Spec, back: Return) -> bytes:
    """Return a frozen return as a readable form: figures by section, lists, explanations, evidence."""
    told = list(lines(spec, back))
    blocks: list[Block] = [KeyValues([("单位", back.name), ("回执号", back.revision.receipt)], 2)]
    labels = {section.code: section.label for section in spec.sections}
    for code, group in groupby(told, key=lambda line: line.item.section):
        blocks += [Heading(labels.get(code, code)), *_section(back, list(group))]
    blocks += _explanations(back) + _evidence(back)
    return render(catalogue, f"{back.name}填报表", catalogue.heading["round_name"], blocks)


def _section(back: Return, told: list[Line]) -> Iterator[Block]:
    figures_told = [line for line in told if line.item.kind != "table"]
    if figures_told:
        rows = [[line.item.base_label, line.stage, line.words, line.item.unit] for line in figures_told]
        columns = [Column(5), Column(1.2, "center"), Column(5), Column(1.2, "center")]
        yield Table(columns, [["项目", "学段", "填报值", "单位"]], rows, size=_SMALL)
    for line in told:
        if line.item.kind == "table":
            yield from _list(back, line)


def _list(back: Return, line: Line) -> Iterator[Block]:
    heads = [f"{c.label}（{c.unit}）" if c.unit else c.label for c in line.item.columns]
    data = back.content["answers"][line.item.code]
    rows = [[str(row.get(c.code, "")) for c in line.item.columns] for row in data.get("value", ())]
    if rows:
        yield Table([Column()] * len(heads), [heads], rows, caption=line.item.label, size=_SMALL)
    else:
        yield Paragraph(f"{line.item.label}：{line.words}")


def _explanations(back: Return) -> list[Block]:
    rows = [[w["field"], w.get("message", w["check"]), w["reason"]] for w in back.content["waivers"]]
    columns = [Column(2), Column(5), Column(5)]
    return [Heading("对提示的说明"), Table(columns, [["项目", "提示", "说明"]], rows, size=_SMALL)] if rows else []


def _evidence(back: Return) -> list[Block]:
    rows = [[p.item, p.name, "、".join(p.serves), p.sha256[:16]] for p in back.proofs]
    columns = [Column(2), Column(6), Column(3), Column(3)]
    head = [["项目", "文件", "用于指标", "sha256（前16位）"]]
    return [Heading("佐证材料"), Table(columns, head, rows, size=_SMALL)] if rows else []


def receipt(catalogue: Catalogue, back: Return) -> bytes:
    """Return the receipt of a return: when, by whom, which bytes, what the reviewer decided."""
    row, decision = back.revision, back.approved
    facts = [
        ("单位", back.name),
        ("评估年度", catalogue.heading["round_name"]),
        ("回执号", row.receipt),
        ("第几次提交", str(row.number)),
        ("提交时间", minute(row.submitted_at)),
        ("签发提交人", row.submitted_by.name),
        ("内容校验值", row.sha256),
    ]
    if decision:
        facts += [
            ("审核结论", decision.get_verdict_display()),
            ("审核人", decision.decided_by.name),
            ("审核时间", minute(decision.decided_at)),
            ("审核意见", decision.comment or "无"),
        ]
    return render(catalogue, "提交回执", back.name, [KeyValues(facts)])


def result(catalogue: Catalogue, evaluation: Evaluation, spec: Spec, code: str, name: str) -> bytes:
    """Return a school's result: each stage part with its seven indicators and formulas, or why it has none."""
    known, granted, blocks = dashboards.facts(evaluation), relaxed.of(evaluation), list[Block]()
    for part in evaluation.result["parts"]:
        if part["school_code"] == code:
            blocks += _part(spec, board.row(spec, part, known, granted))
    reason = next((e["reason"] for e in evaluation.result["excluded"] if e["school_code"] == code), "")
    if reason:
        blocks.append(Paragraph(f"本校不参加资源配置指标评估：{reason}。"))
    blocks += [Paragraph(f"{LABEL}：{one.words}。") for one in (granted.of_school(code) if granted else ())]
    return render(catalogue, "评估结果", name, blocks or [Paragraph("本校没有可以评估的数据。")])


def _part(spec: Spec, row: board.Row) -> list[Block]:
    rows = [
        [
            c.code,
            c.name,
            c.value,
            c.figure["threshold"],
            c.words + ("，临界" if c.near else "") + _beside(c),
            c.figure["formula"],
        ]
        for c in row.cells
    ]
    columns = [Column(1, "center"), Column(2), Column(1.7, "right"), Column(1.7, "right"), Column(2.6), Column(6)]
    told = f"在校生 {row.pupils} 人。结论：{row.verdict}（{row.reason}）。"
    if row.relaxed:
        told += f"{LABEL}：{row.relaxed.verdict}（{row.relaxed.reason}）。"
    table = Table(columns, [["指标", "名称", "数值", "标准", "结论和距离", "算式"]], rows, size=_SMALL)
    return [Heading(f"{row.stage_label}资源配置指标"), Paragraph(told), table]


def _beside(cell: board.Cell) -> str:
    return f"；{LABEL} {cell.relaxed.value}，{cell.relaxed.words}" if cell.relaxed else ""


def _day(digits: str) -> str:
    """An 8-digit date as people write it; nothing where there is none."""
    return dates.day(day(digits)) if digits else ""


def visits(catalogue: Catalogue, code: str, name: str) -> bytes:
    """Return the finished visits to a school: facts, checklist with claim and what was seen, summary."""
    blocks: list[Block] = []
    for visit in catalogue.facts["visits"]:
        if visit["school"] == code:
            blocks += _visit(visit)
    return render(catalogue, "督导记录", name, blocks)


def _visit(visit: Mapping[str, Any]) -> list[Block]:
    facts = [
        ("类型", visit["kind"]),
        ("通知文号", visit["notice_no"] or "无"),
        ("组长", visit["leader"]),
        ("成员", "、".join(visit["team"])),
        ("开始", visit["started"]),
        ("完成", visit["finished"]),
    ]
    blocks: list[Block] = [Heading(f"{_day(visit['planned'])} {visit['subject']}"), KeyValues(facts, 2)]
    rows = [[a["indicator"], a["question"], a["claimed"], a["seen"], a["found"], a["note"]] for a in visit["answers"]]
    if rows:
        columns = [Column(1.2), Column(5), Column(2.4), Column(1.4), Column(2.4), Column(4)]
        head = [["指标", "检查内容", "填报值", "结果", "现场值", "说明"]]
        blocks.append(Table(columns, head, rows, size=_SMALL))
    return [*blocks, Paragraph(f"小结：{visit['summary'] or '无'}")]


def findings(catalogue: Catalogue, code: str, name: str) -> bytes:
    """Return a school's findings, each with the whole conversation until closing."""
    blocks: list[Block] = []
    for finding in catalogue.facts["findings"]:
        if finding["school"] == code:
            blocks += _finding(finding)
    return render(catalogue, "问题整改记录", name, blocks)


def _finding(told: Mapping[str, Any]) -> list[Block]:
    facts = [
        ("指标", told["indicator"]),
        ("来源", told["source"]),
        ("现状值", told["current"]),
        ("标准值", told["standard"]),
        ("类别", told["category"]),
        ("期限", _day(told["due"])),
        ("责任人", told["responsible"]),
        ("状态", told["state"]),
    ]
    rows = [
        [e["at"], e["kind"], e["by"], e["text"] + "".join(f"\n佐证：{file['name']}" for file in e["files"])]
        for e in told["entries"]
    ]
    columns = [Column(2.4), Column(2), Column(2), Column(8)]
    steps = [Table(columns, [["时间", "事项", "办理人", "内容"]], rows, size=_SMALL)] if rows else []
    return [Heading(told["number"]), Paragraph(told["problem"]), KeyValues(facts, 2), *steps]
