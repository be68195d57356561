"""The workbooks of a dossier: register, indicator tables with their evidence, vetoes, ledger, gaps, catalogue."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from indicators.results.board import board, queries as boards
from indicators.results.board.workbook import judged_words
from indicators.results.evaluations import judging, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import LABEL, Relaxed, StoredResult
from indicators.standard.engine import Spec
from inspections.dossiers.pieces import NOT_PACKED, DossierCatalogue, Piece
from inspections.dossiers.submission_queries import DossierSubmission, of_items
from portal.core.spreadsheets import write
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Style, Value
from schools.directory.models import Sponsor

_STYLES: Mapping[str, Style] = {"ok": "good", "warn": "warning", "bad": "bad", "muted": "muted"}
Rows = Iterable[Sequence[Value | SheetCell]]
_STATED: Mapping[str, Style] = {"承诺没有": "good", "不要求承诺": "muted"}


def day(digits: str) -> dt.date:
    return dt.datetime.strptime(digits, "%Y%m%d").date()


def book(catalogue: DossierCatalogue, title: str, sheets: Sequence[Sheet], since: str = "") -> bytes:
    """Dated by the data: equal data give equal bytes; `since`: schools with another name today."""
    heading = catalogue.heading
    sheets = [replace(one, notes=[*one.notes, since]) for one in sheets] if since else sheets
    return write.render(write.Workbook(title, heading["author"], day(heading["date"]), sheets))


def sheet(name: str, heads: Mapping[str, float], rows: Rows, title: str = "", notes: Sequence[str] = ()) -> Sheet:
    columns = [SheetColumn(width, "@") for width in heads.values()]
    return Sheet(name, columns, [list(heads)], rows, title, notes, frozen_columns=1, count=True, filter=True)


def register(catalogue: DossierCatalogue, evaluation: Evaluation, since: str) -> bytes:
    heads = {
        "学校标识码": 13,
        "学校名称": 28,
        "学校类型": 16,
        "城乡类型": 10,
        "举办者": 16,
        "寄宿制": 8,
        "办学状态": 10,
        "填报回执号": 26,
    }
    rows = []
    for code, entry in sorted(judging.schools(evaluation.inputs).items()):
        if judging.is_closed_silent(entry):
            continue
        name, kind, area, sponsor, boarding, status = entry["register"]
        rows.append([code, name, kind, area, Sponsor(sponsor).label, bool(boarding), status, entry["receipt"] or "无"])
    return book(catalogue, "参加评估学校名录", [sheet("学校名录", heads, rows)], since)


def indicator(
    catalogue: DossierCatalogue,
    evaluation: Evaluation,
    spec: Spec,
    submitted: Mapping[str, DossierSubmission],
    code: str,
    since: str,
) -> bytes:
    wanted = spec.indicator(code)
    first = _results(evaluation, spec, code) if wanted.formula else _conclusion(evaluation, spec, code)
    sheets = [first, _sources(spec, submitted, wanted.items), _proofs(catalogue, code)]
    return book(catalogue, f"{code} {wanted.name}", sheets, since)


def _results(evaluation: Evaluation, spec: Spec, code: str) -> Sheet:
    heads = {
        "学校标识码": 13,
        "学校名称": 26,
        "学段": 8,
        "在校生数": 10,
        "指标值": 12,
        "标准": 10,
        "结论和距离": 30,
        "算式": 80,
    }
    facts, granted, rows = boards.facts(evaluation), stored.relaxed(evaluation), []
    heads |= {LABEL: 40} if granted else {}
    judged = stored.of(evaluation)
    for part in judged.parts:
        row = board.row(spec, part, facts, granted)
        cell = next(cell for cell in row.cells if cell.code == code)
        words = cell.words + ("，临界" if cell.near else "")
        alongside = None
        if cell.relaxed and row.relaxed:
            alongside = (
                f"{cell.relaxed.value}，{cell.relaxed.words}；综合评估{row.relaxed.verdict}（严格口径{row.verdict}）"
            )
        rows.append(
            [
                row.school_code,
                row.school,
                row.stage_label,
                row.pupils,
                cell.value,
                cell.figure.threshold,
                SheetCell(words, _STYLES[cell.tone]),
                cell.figure.formula,
                *([alongside] if granted else []),
            ]
        )
    notes = [_coefficient(spec, judged, stage, code, granted) for stage in spec.judged_stages]
    notes += _grants(granted, code)
    return sheet("分校结果", heads, rows, f"{code} {spec.indicator(code).name}", [note for note in notes if note])


def _grants(granted: Relaxed | None, code: str) -> list[str]:
    return [f"{LABEL}：{one.words}" for one in granted.allowed if one.indicator == code] if granted else []


def _coefficient(spec: Spec, judged: StoredResult, stage: str, code: str, granted: Relaxed | None) -> str:
    strict = judged.coefficient(stage, code)
    if strict is None:
        return ""
    value = board.printed(strict.cv, spec.printing["cv"])
    words = board.coefficient_words(strict)[1]
    other = granted.coefficient(stage, code) if granted else None
    if other:
        words += f"；{LABEL} {board.printed(other.cv, spec.printing['cv'])}，{board.coefficient_words(other)[1]}"
    return f"{spec.stages[stage].label}差异系数 {value}，限值 {spec.stages[stage].limit_text}，{words}"


def _conclusion(evaluation: Evaluation, spec: Spec, code: str) -> Sheet:
    granted = stored.relaxed(evaluation)
    judged = board.judged(spec, stored.of(evaluation), evaluation.inputs, granted)
    one_judged = next((one for one in judged if one.code == code), None)
    verdict = judged_words(one_judged) if one_judged else ""
    rows = [[code, one_judged.name, line, verdict] for line in one_judged.lines] if one_judged else []
    rows += [[s.school_code, s.school, s.why, "未达到"] for s in one_judged.failing] if one_judged else []
    rows += [[s.school_code, s.school, s.why, "还不能判定"] for s in one_judged.unknown] if one_judged else []
    rows += (
        [[code, LABEL, line, one_judged.relaxed.verdict] for line in one_judged.relaxed.lines]
        if one_judged and one_judged.relaxed
        else []
    )
    heads = {"指标或学校": 14, "名称": 44, "算式和依据": 80, "结论": 30}
    return sheet("结论和依据", heads, rows, notes=_grants(granted, code))


def _sources(spec: Spec, submitted: Mapping[str, DossierSubmission], references: tuple[str, ...]) -> Sheet:
    heads = {
        "单位": 26,
        "单位代码": 18,
        "项目": 34,
        "学段": 8,
        "填报值": 24,
        "计量单位": 10,
        "填写人": 14,
        "填写时间": 18,
        "回执号": 26,
    }
    rows = (
        [
            submission.name,
            key,
            line.item.base_label,
            line.stage,
            line.words,
            line.item.unit,
            line.by,
            line.at,
            submission.revision.receipt,
        ]
        for key, submission in submitted.items()
        for line in of_items(spec, submission, references)
    )
    return sheet("填报数据", heads, rows)


def _proofs(catalogue: DossierCatalogue, code: str) -> Sheet:
    heads = {"编号": 10, "档号": 30, "题名": 40, "责任者": 26, "日期": 10, "密级": 8, "存放位置": 90, "备注": 24}
    found = catalogue.section(code)
    where = {piece.code: piece.path for piece in catalogue.with_bytes()}
    pieces = [piece for piece in found[1].pieces if not piece.made] if found else []
    rows = [
        [p.code, p.archive_no, p.title, p.author, p.date, p.secrecy, where[p.see or p.code], p.remark] for p in pieces
    ]
    return sheet("佐证索引", heads, rows, notes=[] if rows else ["没有佐证"])


def veto(
    catalogue: DossierCatalogue,
    evaluation: Evaluation,
    spec: Spec,
    submitted: Mapping[str, DossierSubmission],
    code: str,
    since: str,
) -> bytes:
    wanted = next(v for v in spec.vetoes if v.code == code)
    judged = next(v for v in stored.of(evaluation).vetoes if v.code == code)
    rows = []
    for key, entry in sorted(judging.schools(evaluation.inputs).items()):
        if judging.is_closed_silent(entry):
            continue
        # Kinds of schools that are asked nothing hand in nothing either.
        stated = "承诺没有" if entry["revision"] else "不要求承诺"
        answer = "发生" if key in judged.schools else "未作承诺" if key in judged.unanswered else stated
        style = _STATED.get(answer, "bad")
        who = submitted[key].revision.submitted_by.name if key in submitted else ""
        rows.append([key, entry["register"][0], SheetCell(answer, style), who, entry["receipt"]])
    if judged.asks_bureau:
        stated = {True: "发生", False: "承诺没有", None: "未作声明"}[judged.bureau]
        submission = next((b for b in submitted.values() if not b.school and "/" not in b.key), None)
        who, receipt = (submission.revision.submitted_by.name, submission.revision.receipt) if submission else ("", "")
        rows.insert(0, ["", "教育局（对全区声明）", SheetCell(stated, _STATED.get(stated, "bad")), who, receipt])
    heads = {"学校标识码": 13, "学校名称": 28, "承诺": 14, "签发人": 14, "回执号": 26}
    statement = sheet("各校承诺", heads, rows, f"{code} {wanted.name}", [wanted.clause])
    return book(catalogue, f"{code} {wanted.name}", [statement, _proofs(catalogue, code)], since)


def ledger(catalogue: DossierCatalogue) -> bytes:
    """问题台账 at the freeze, one row per finding, its steps in one cell."""
    heads = {
        "编号": 18,
        "来源": 12,
        "单位": 24,
        "指标": 8,
        "问题描述": 50,
        "现状值": 12,
        "标准值": 12,
        "类别": 12,
        "整改目标": 30,
        "责任人": 14,
        "整改期限": 11,
        "办理过程": 80,
        "状态": 10,
        "核查人": 12,
        "销号时间": 18,
        "重新打开次数": 10,
    }
    rows = [
        [
            f["number"],
            f["source"],
            f["school_name"],
            f["indicator"],
            f["problem"],
            f["current"],
            f["standard"],
            f["category"],
            f["goal"] or f["requirement"],
            f["responsible"],
            f["due"],
            "\n".join(f"{e['at'][:10]} {e['kind']} {e['by']}：{e['text']}" for e in f["entries"])[: write.MAX_TEXT],
            f["state"],
            f["closed_by"],
            f["closed_at"],
            f["reopened"] or None,
        ]
        for f in catalogue.facts["findings"]
    ]
    return book(catalogue, "问题台账", [sheet("问题台账", heads, rows)])


def letters(catalogue: DossierCatalogue) -> bytes:
    """Signed papers: addressee, who received it and when, withdrawn with the reason."""
    heads = {
        "文号": 20,
        "文书": 16,
        "标题": 44,
        "发给": 24,
        "成文日期": 11,
        "签发人": 12,
        "状态": 14,
        "送达方式": 12,
        "送达日期": 11,
        "收件人": 12,
        "撤回日期": 11,
        "撤回原因": 40,
    }
    keys = ("number", "kind", "title", "to", "date", "signer", "state", "delivery", "delivered", "receiver")
    rows = [[row[key] for key in (*keys, "withdrawn", "withdraw_reason")] for row in catalogue.facts["letters"]]
    return book(catalogue, "督导文书送达和撤回登记", [sheet("文书", heads, rows)])


def missing(catalogue: DossierCatalogue) -> bytes:
    rows: list[list[Value | SheetCell]] = [
        [
            SheetCell(issue["level"], "bad" if issue["level"] == "阻断" else "warning"),
            issue["section"],
            issue["text"],
            "、".join(issue["who"])[: write.MAX_TEXT],
        ]
        for issue in catalogue.facts["issues"]
    ]
    notes = ["阻断：不补齐不能送验收；提示：建议补充或说明"]
    return book(
        catalogue,
        "缺项清单",
        [sheet("缺项清单", {"类别": 10, "卷": 8, "说明": 80, "涉及单位或问题": 120}, rows, notes=notes)],
    )


def row_of(number: int, piece: Piece, pages: int | None) -> list[Value | SheetCell]:
    """归档文件目录 (DA/T 22-2015 §5.5): nine columns."""
    return [
        number,
        piece.archive_no,
        piece.document_no,
        piece.author,
        piece.title,
        piece.date,
        piece.secrecy,
        pages,
        piece.remark,
    ]


def contents(catalogue: DossierCatalogue, built: Mapping[str, Mapping[str, Any]]) -> bytes:
    """总目录 of the package: a sheet of pieces, one of volumes; `built`: what was written, by path."""
    heading = catalogue.heading
    notes = [
        f"{heading['round_name']}，评估结论：{heading['verdict']}，数据截至 {heading['data_as_of']}",
        f"输入校验值 {heading['inputs_sha256']}",
        catalogue.left_out(built),
    ]
    volumes: list[list[Value | SheetCell]] = [
        [v.title, s.code, s.title, len(s.pieces)] for v, s in catalogue.sections()
    ]
    heads = {"卷": 22, "编号": 14, "名称": 34, "件数": 8}
    first = sheet("卷册", heads, volumes, heading["title"], list(filter(None, notes)))
    heads = {
        "序号": 7,
        "档号": 34,
        "文号": 18,
        "责任者": 26,
        "题名": 44,
        "日期": 10,
        "密级": 8,
        "页数": 7,
        "备注": 26,
        "编号": 16,
        "卷": 18,
        "存放位置": 90,
        "字节数": 12,
        "sha256": 66,
    }
    where = {piece.code: piece.path for piece in catalogue.with_bytes()}
    listed = [(volume, section, piece) for volume, section in catalogue.sections() for piece in section.pieces]
    rows: list[list[Value | SheetCell]] = []
    for number, (volume, section, piece) in enumerate(listed, 1):
        path = where[piece.see or piece.code]
        written = built.get(path, NOT_PACKED)
        place = path if path in built else "未装入本包"
        rows.append(
            [
                *row_of(number, piece, written["pages"]),
                piece.code,
                f"{volume.title} {section.title}",
                place,
                written["size"],
                written["sha256"],
            ]
        )
    return book(catalogue, "总目录", [first, sheet("归档文件目录", heads, rows, "归档文件目录")])
