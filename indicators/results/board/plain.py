"""The board as a table for a terminal: Chinese characters take two columns."""

import unicodedata
from collections.abc import Sequence

from indicators.results.board.board import BoardCell, StageBoard
from indicators.results.board.queries import DistrictResult
from indicators.results.board.workbook import judged_words, notes_of, summary_words
from indicators.results.evaluations.stored import LABEL


def render(district: DistrictResult) -> str:
    """Return the whole board as plain text."""
    lines = [f"{district.evaluation.round.district} {district.evaluation.round.name} 评估结果", *notes_of(district), ""]
    for board in district.content.stages:
        lines += [f"【{board.label}】{board.total} 所（部）", *_table(_rows(board)), *_largest(board), ""]
    if district.content.lacking:
        lines += [
            "【缺数据】",
            *(f"{e.school}（{e.school_code}）：{'、'.join(e.items)}" for e in district.content.lacking),
            "",
        ]
    if district.content.left_out:
        lines += ["【不参评】", *(f"{e.school}（{e.school_code}）：{e.reason}" for e in district.content.left_out), ""]
    heading, allowed = district.content.heading, district.content.allowed
    touched = [one for one in district.content.judged if one.relaxed]
    if allowed:
        both = (f"{one.code} {one.name}：{judged_words(one)}" for one in touched)
        lines += [f"【{LABEL}】", *(one.words for one in allowed), *both, ""]
    lines += [
        "【一票否决事项】",
        *(f"{v.code} {v.name}：{v.answer}" + (f"（{v.bureau}）" if v.bureau else "") for v in district.content.vetoes),
        "",
    ]
    if district.content.growth:
        lines += ["【三个增长】", *(f"{g.label}：{g.words}" for g in district.content.growth), ""]
    lines += ["【结论】" + heading.verdict, *(f"- {why}" for why in heading.why)]
    if heading.relaxed:
        lines += [f"【{LABEL}结论】{heading.relaxed.verdict}", *(f"- {why}" for why in heading.relaxed.why)]
    return "\n".join(lines)


def _rows(board: StageBoard) -> list[list[str]]:
    head = ["学校标识码", "学校", "在校生", *(f"{s.code} {s.name}" for s in board.summaries), "结论", "说明"]
    body = [
        [
            r.school_code,
            r.school,
            r.pupils,
            *map(_cell, r.cells),
            f"{r.verdict}（{LABEL}：{r.relaxed.verdict}）" if r.relaxed else r.verdict,
            r.reason,
        ]
        for r in board.rows
    ]
    foot = [
        ["", "标准", "", *(f"≥ {s.threshold}" for s in board.summaries), "", ""],
        ["", "全区均值", "", *(s.mean for s in board.summaries), "", ""],
        ["", "差异系数", "", *(s.cv for s in board.summaries), "", ""],
        ["", "限值", "", *(f"≤ {s.limit}" for s in board.summaries), "", ""],
        ["", "判定", "", *(summary_words(s) for s in board.summaries), "", ""],
    ]
    return [head, *body, *foot]


def _cell(cell: BoardCell) -> str:
    other = f"（{LABEL} {cell.relaxed.value} {cell.relaxed.sign}）" if cell.relaxed else ""
    return f"{cell.value} {cell.sign}{' 临界' if cell.near else ''}{other}"


def _largest(board: StageBoard) -> list[str]:
    """影响最大的 3 校 of every coefficient, a line each."""
    if not board.has_shares:
        return []
    shares = ((s, "、".join(f"{share.school} {share.percent}" for share in s.top)) for s in board.summaries)
    return ["影响最大的 3 校：", *(f"  {s.code} {s.name}：{told}" for s, told in shares if told)]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
