"""What a worker does for a report: set the frozen facts as Word and PDF, store both at once."""

from collections.abc import Callable
from typing import Any

from inspections.reports import actions, document, facts, queries
from inspections.reports.models import Report
from portal.core.errors import NotFound, Refused
from portal.core.jobs.runner import JobContext
from portal.core.papers import docx, pdf, tree

_STEPS = 4
Progress = Callable[[int, str], None]


def run(context: JobContext) -> dict[str, Any]:
    """Make the files of this job's report; run twice, it finds the ones it made."""
    report = Report.objects.filter(pk=context.args["report"]).first()
    if report is None:
        raise NotFound("要编制的报告已不存在，没有写入任何文件。请重新编制。")
    if report.state != Report.State.READY:
        rendered = render(report, lambda step, note: context.progress(step, _STEPS, note))
        context.progress(3, _STEPS, "正在保存文件")
        with context.fenced():
            actions.publish(report_id=report.pk, rendered=rendered, by=context.by, tell=True)
    context.progress(_STEPS, _STEPS, "已完成")
    return {"report": report.pk, "url": queries.address(report)}


def render(report: Report, progress: Progress = lambda step, note: None) -> actions.Rendered:
    """Equal facts give equal bytes. Raises Refused for facts of another version, or when no Chinese font is installed."""
    progress(0, "正在整理报告内容")
    try:
        made = document.of(facts.from_json(report.context))
    except ValueError as error:
        raise Refused("这份报告的数据是由其他版本的系统保存的，不能生成文件。请重新编制。") from error
    warnings = glyph_warnings(made)
    progress(1, "正在生成 Word 文件")
    word = docx.render(made)
    progress(2, "正在生成 PDF 文件")
    return actions.Rendered(word, pdf.render(made), warnings)


def glyph_warnings(made: tree.Paper) -> tuple[str, ...]:
    missing = pdf.missing_glyphs(tree.texts(made))
    if not missing:
        return ()
    shown = "、".join(f"{char}(U+{ord(char):04X})" for char in missing)
    return (
        f"PDF 中有字体不支持的字：{shown}，已用编码标出；Word 文件不受影响。请技术人员安装含这些字的字体（FONT_DIRS）。",
    )
