"""The PDFs of a dossier: programme, basis, a submission, its receipt, a school's result, visits, findings, catalogue."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from indicators.results.board import board, queries as boards
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec
from inspections.dossiers.facts import minute
from inspections.dossiers.pieces import NOT_PACKED, DossierCatalogue, Piece
from inspections.dossiers.submission_queries import DossierSubmission, lines
from inspections.dossiers.workbook import day
from portal.core.lib import dates
from portal.core.papers import pdf, tree
from portal.core.papers.tree import Block, Heading, KeyValues, Landscape, Paragraph, Table, TableColumn

_SMALL, _SMALLEST = 10, 9
Files = Mapping[str, Mapping[str, Any]]


def render(catalogue: DossierCatalogue, title: str, subtitle: str, blocks: Sequence[Block]) -> bytes:
    heading = catalogue.heading
    document = tree.Paper(title, heading["author"], day(heading["date"]), blocks, subtitle=subtitle, signed=False)
    return pdf.render(document)


def programme(catalogue: DossierCatalogue, row: Mapping[str, Any]) -> bytes:
    facts = KeyValues([("文号", row["document_no"]), ("目标年份", str(row["goal_year"]))], 2)
    rows = [[str(p["number"]), p["name"], p["starts"], p["ends"]] for p in row["phases"]]
    columns = [TableColumn(1, "center"), TableColumn(4), TableColumn(2, "center"), TableColumn(2, "center")]
    table = Table(columns, [["序号", "阶段", "开始", "结束"]], rows, caption="实施步骤")
    return render(catalogue, row["title"], "", [facts, table])


def basis(catalogue: DossierCatalogue, evaluation: Evaluation, spec: Spec) -> bytes:
    listed = evaluation.standard.content.get("documents", [])
    rows = [[str(n), d["number"], d["title"], d["issuer"], str(d["year"])] for n, d in enumerate(listed, 1)]
    columns = [TableColumn(1, "center"), TableColumn(3), TableColumn(6), TableColumn(3), TableColumn(1.3, "center")]
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


def submission_form(catalogue: DossierCatalogue, spec: Spec, submission: DossierSubmission) -> bytes:
    blocks: list[Block] = [KeyValues([("单位", submission.name), ("回执号", submission.revision.receipt)], 2)]
    labels = {section.code: section.label for section in spec.sections}
    for code, group in groupby(lines(spec, submission), key=lambda line: line.item.section):
        answered = list(group)
        blocks.append(Heading(labels.get(code, code)))
        if figures := [line for line in answered if line.item.kind != "table"]:
            rows = [[line.item.base_label, line.stage, line.words, line.item.unit] for line in figures]
            columns = [TableColumn(5), TableColumn(1.2, "center"), TableColumn(5), TableColumn(1.2, "center")]
            blocks.append(Table(columns, [["项目", "学段", "填报值", "单位"]], rows, size=_SMALL))
        for line in answered:
            if line.item.kind != "table":
                continue
            heads = [f"{c.label}（{c.unit}）" if c.unit else c.label for c in line.item.columns]
            data = submission.content["answers"][line.item.code]
            if rows := [[str(row.get(c.code, "")) for c in line.item.columns] for row in data.get("value", ())]:
                block = Table([TableColumn()] * len(heads), [heads], rows, caption=line.item.label, size=_SMALL)
                blocks.append(block)
            else:
                blocks.append(Paragraph(f"{line.item.label}：{line.words}"))
    if rows := [[w["field"], w.get("message", w["check"]), w["reason"]] for w in submission.content["waivers"]]:
        head = [["项目", "提示", "说明"]]
        blocks += [
            Heading("对提示的说明"),
            Table([TableColumn(2), TableColumn(5), TableColumn(5)], head, rows, size=_SMALL),
        ]
    if rows := [[p.item, p.name, "、".join(p.serves), p.sha256[:16]] for p in submission.proofs]:
        head = [["项目", "文件", "用于指标", "sha256（前16位）"]]
        columns = [TableColumn(2), TableColumn(6), TableColumn(3), TableColumn(3)]
        blocks += [Heading("佐证材料"), Table(columns, head, rows, size=_SMALL)]
    return render(catalogue, f"{submission.name}填报表", catalogue.heading["round_name"], blocks)


def receipt(catalogue: DossierCatalogue, submission: DossierSubmission) -> bytes:
    row, decision = submission.revision, submission.approved
    facts = [
        ("单位", submission.name),
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
    return render(catalogue, "提交回执", submission.name, [KeyValues(facts)])


def result(catalogue: DossierCatalogue, evaluation: Evaluation, spec: Spec, code: str, name: str) -> bytes:
    known, granted, blocks = boards.facts(evaluation), stored.relaxed(evaluation), list[Block]()
    judged = stored.of(evaluation)
    for part in judged.parts:
        if part.school_code == code:
            blocks += _part(spec, board.row(spec, part, known, granted))
    reason = next((one.reason for one in judged.excluded if one.school_code == code), "")
    if reason:
        blocks.append(Paragraph(f"本校不参加资源配置指标评估：{reason}。"))
    blocks += [Paragraph(f"{stored.LABEL}：{one.words}。") for one in (granted.of_school(code) if granted else ())]
    return render(catalogue, "评估结果", name, blocks or [Paragraph("本校没有可以评估的数据。")])


def _part(spec: Spec, row: board.BoardRow) -> list[Block]:
    rows = [
        [
            c.code,
            c.name,
            c.value,
            c.figure.threshold,
            c.words
            + ("，临界" if c.near else "")
            + (f"；{stored.LABEL} {c.relaxed.value}，{c.relaxed.words}" if c.relaxed else ""),
            c.figure.formula,
        ]
        for c in row.cells
    ]
    columns = [
        TableColumn(1, "center"),
        TableColumn(2),
        TableColumn(1.7, "right"),
        TableColumn(1.7, "right"),
        TableColumn(2.6),
        TableColumn(6),
    ]
    conclusion = f"在校生 {row.pupils} 人。结论：{row.verdict}（{row.reason}）。"
    if row.relaxed:
        conclusion += f"{stored.LABEL}：{row.relaxed.verdict}（{row.relaxed.reason}）。"
    table = Table(columns, [["指标", "名称", "数值", "标准", "结论和距离", "算式"]], rows, size=_SMALL)
    return [Heading(f"{row.stage_label}资源配置指标"), Paragraph(conclusion), table]


def _day(digits: str) -> str:
    """From 8 digits; "" for none."""
    return dates.day(day(digits)) if digits else ""


def visits(catalogue: DossierCatalogue, code: str, name: str) -> bytes:
    blocks: list[Block] = []
    for visit in catalogue.facts["visits"]:
        if visit["school"] != code:
            continue
        facts = [
            ("类型", visit["kind"]),
            ("通知文号", visit["notice_no"] or "无"),
            ("组长", visit["leader"]),
            ("成员", "、".join(visit["team"])),
            ("开始", visit["started"]),
            ("完成", visit["finished"]),
        ]
        blocks += [Heading(f"{_day(visit['planned'])} {visit['subject']}"), KeyValues(facts, 2)]
        rows = [
            [a["indicator"], a["question"], a["claimed"], a["seen"], a["found"], a["note"]] for a in visit["answers"]
        ]
        if rows:
            columns = [
                TableColumn(1.2),
                TableColumn(5),
                TableColumn(2.4),
                TableColumn(1.4),
                TableColumn(2.4),
                TableColumn(4),
            ]
            head = [["指标", "检查内容", "填报值", "结果", "现场值", "说明"]]
            blocks.append(Table(columns, head, rows, size=_SMALL))
        blocks.append(Paragraph(f"小结：{visit['summary'] or '无'}"))
        if visit["witness"]:
            blocks.append(Paragraph(f"校方在场人员：{visit['witness']}"))
        for one in visit["addenda"]:
            named = "、".join(file["name"] for file in one["files"])
            words = f"补记（{one['at']} {one['by']}）：{one['text']}"
            blocks.append(Paragraph(f"{words}（附：{named}）" if named else words))
    return render(catalogue, "督导记录", name, blocks)


def findings(catalogue: DossierCatalogue, code: str, name: str) -> bytes:
    blocks: list[Block] = []
    for finding in catalogue.facts["findings"]:
        if finding["school"] != code:
            continue
        unit = [] if code else [("单位", finding["school_name"])]
        facts = [
            *unit,
            ("指标", finding["indicator"]),
            ("来源", finding["source"]),
            ("现状值", finding["current"]),
            ("标准值", finding["standard"]),
            ("类别", finding["category"]),
            ("期限", _day(finding["due"])),
            ("责任人", finding["responsible"]),
            ("状态", finding["state"]),
        ]
        rows = [
            [e["at"], e["kind"], e["by"], e["text"] + "".join(f"\n佐证：{file['name']}" for file in e["files"])]
            for e in finding["entries"]
        ]
        columns = [TableColumn(2.4), TableColumn(2), TableColumn(2), TableColumn(8)]
        steps = [Table(columns, [["时间", "事项", "办理人", "内容"]], rows, size=_SMALL)] if rows else []
        blocks += [Heading(finding["number"]), Paragraph(finding["problem"]), KeyValues(facts, 2), *steps]
    return render(catalogue, "问题整改记录", name, blocks)


def contents(catalogue: DossierCatalogue, built: Files) -> bytes:
    heading = catalogue.heading
    cover = KeyValues(
        [
            ("评估年度", heading["round_name"]),
            ("评估结论", heading["verdict"]),
            ("评估标准", heading["standard"]),
            ("规则版本", heading["rule_version"]),
            ("数据截至", heading["data_as_of"]),
        ]
    )
    count = Table(
        [TableColumn(1, "center"), TableColumn(4), TableColumn(1.5, "right")],
        [["编号", "卷", "件数"]],
        [[v.code, v.title, str(v.count)] for v in catalogue.volumes],
    )
    where = {piece.code: piece.path for piece in catalogue.with_bytes()}
    head = "各卷件数如下，互见的材料只存放一份，在备注中注明所在编号"
    note = "。".join(filter(None, [head, catalogue.left_out(built)])) + "。"
    listed: list[Block] = []
    for volume in catalogue.volumes:
        listed.append(Heading(f"{volume.code} {volume.title}", numbered=False))
        if volume.code == "X":
            for section in volume.sections:
                listed += [Heading(section.title, 2), _pieces(section.pieces, where, built)]
        else:
            pieces = [piece for section in volume.sections for piece in section.pieces]
            listed.append(_pieces(pieces, where, built) if pieces else Paragraph("本卷没有材料。"))
    return render(catalogue, heading["title"], "总目录", [cover, Paragraph(note), count, Landscape(listed)])


def _pieces(pieces: Sequence[Piece], where: Mapping[str, str], built: Files) -> Table:
    # A school's codes (X4102020001-05) must fit unbroken, in their own column and in the remark.
    widths = (2.5, 4, 1.6, 2.6, 4.4, 1.5, 0.9, 0.9, 3)
    columns = [TableColumn(width, "center" if 5 <= index <= 7 else "left") for index, width in enumerate(widths)]
    head = [["编号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"]]
    rows = [
        [
            p.code,
            p.archive_no,
            p.document_no,
            p.author,
            p.title,
            p.date,
            p.secrecy,
            str(built.get(where[p.see or p.code], NOT_PACKED)["pages"] or ""),
            p.remark,
        ]
        for p in pieces
    ]
    return Table(columns, head, rows, size=_SMALLEST)
