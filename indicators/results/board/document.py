"""The board as a table for a terminal."""

import unicodedata
from collections.abc import Iterator

from indicators.results.board import workbook
from indicators.results.board.board import StageBoard
from indicators.results.board.queries import DistrictResult
from indicators.results.evaluations.stored import LABEL
from portal.core.lib import numbers


def as_text(district: DistrictResult) -> str:
    lines = [
        f"{district.evaluation.round.district} {district.evaluation.round.name} 评估结果",
        *workbook.notes_of(district),
        "",
    ]
    for stage in district.content.stages:
        lines += [f"【{stage.label}】{stage.total} 所（部）", *_text_table(stage)]
        if stage.has_shares:
            shares = (f"  {s.code} {s.name}：{s.top_words}" for s in stage.summaries if s.top)
            lines += ["影响最大的 3 校：", *shares]
        lines.append("")
    if district.content.lacking:
        lines += [
            "【缺数据】",
            *(f"{e.school}（{e.school_code}）：{'、'.join(e.items)}" for e in district.content.lacking),
            "",
        ]
    if district.content.left_out:
        lines += [
            "【不参评】",
            *(f"{e.school_name}（{e.school_code}）：{e.reason}" for e in district.content.left_out),
            "",
        ]
    heading, allowed = district.content.heading, district.content.allowed
    touched = [one for one in district.content.judged if one.relaxed]
    if allowed:
        both = (f"{one.code} {one.name}：{workbook.judged_words(one)}" for one in touched)
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


def _text_table(stage: StageBoard) -> Iterator[str]:
    summaries = stage.summaries
    rows = [["学校标识码", "学校", "在校生", *(f"{s.code} {s.name}" for s in summaries), "结论", "说明"]]
    for r in stage.rows:
        cells = []
        for cell in r.cells:
            other = f"（{LABEL} {cell.relaxed.value} {cell.relaxed.sign}）" if cell.relaxed else ""
            cells.append(f"{cell.value} {cell.sign}{' 临界' if cell.near else ''}{other}")
        verdict = f"{r.verdict}（{LABEL}：{r.relaxed.verdict}）" if r.relaxed else r.verdict
        rows.append([r.school_code, r.school, r.pupils, *cells, verdict, r.reason])
    for name, shown in {
        "标准": [numbers.at_least(s.threshold) for s in summaries],
        "全区均值": [s.mean for s in summaries],
        "差异系数": [s.cv for s in summaries],
        "限值": [numbers.at_most(s.limit) for s in summaries],
        "判定": [workbook.summary_words(s) for s in summaries],
    }.items():
        rows.append(["", name, "", *shown, "", ""])
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(t + " " * (width - _width(t)) for t, width in zip(row, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
