"""Report of 60 schools, tree to Word and PDF: goal 5 s together. Run: python -m benchmarks.bench_report"""

import datetime
import os
import resource
import time
from collections.abc import Callable
from decimal import Decimal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

from portal.documents import charts, docx, pdf, tree

SCHOOLS, GOAL_SECONDS = 60, 5.0
INDICATORS = [f"A{number}" for number in range(1, 8)]


def school(number: int) -> list[tree.Block]:
    """A school's chapter: facts, seven indicators, a chart, ten findings with measures."""
    columns = [tree.Column(1, "center"), tree.Column(2, "right"), tree.Column(2, "right"), tree.Column(2, "center")]
    figures = [[code, f"{number % 7 + 0.61:.2f}", "4.50", "达标" if number % 5 else "未达标"] for code in INDICATORS]
    bars = [charts.Bar(code, Decimal(number % 7 + 1), "4.21", bool(number % 5)) for code in INDICATORS]
    findings = [
        [
            str(row),
            "生均教学及辅助用房面积低于标准，还差 412 ㎡。",
            "改造闲置用房，调整班额。" * 4,
            "整改中",
            "2026-06-30",
        ]
        for row in range(1, 11)
    ]
    wide = [tree.Column(1, "center"), tree.Column(4), tree.Column(6), tree.Column(2), tree.Column(3)]
    head = [["序号", "问题", "措施", "状态", "时限"]]
    return [
        tree.Heading(f"第{number}小学", 2),
        tree.KeyValues(
            [("学校标识码", f"41020{number:05}"), ("学段", "小学"), ("在校生数", "812"), ("城乡", "镇区")], 2
        ),
        tree.Paragraph("本阶段该校对照七项指标逐项自查，建立问题台账，明确责任领导、责任单位和整改时限。" * 6),
        tree.Table(columns, [["指标", "指标值", "标准值", "结论"]], figures, caption="七项指标"),
        charts.bars(bars, "七项指标与标准值", Decimal(4), "标准 4.00"),
        tree.Table(wide, head, findings, caption="问题、措施与进展"),
    ]


def report() -> tree.Document:
    """The report of all schools."""
    chapters = [block for number in range(1, SCHOOLS + 1) for block in school(number)]
    date = datetime.date(2026, 3, 5)
    return tree.Document("阶段整改报告", "区人民政府教育督导室", date, [tree.Heading("各校情况"), *chapters])


def timed(render: Callable[[tree.Document], bytes], document: tree.Document) -> tuple[float, int]:
    """Seconds and size of one rendering."""
    start = time.perf_counter()
    size = len(render(document))
    return time.perf_counter() - start, size


def main() -> None:
    """Print seconds, size, and each against the goal."""
    document = report()
    cold, _ = timed(pdf.render, tree.Document("预热", "局", document.date, []))
    print(f"first page of the process (fonts read) {cold:.2f} s")
    total = 0.0
    for name, render in (("docx", docx.render), ("pdf", pdf.render)):
        seconds, size = timed(render, document)
        total += seconds
        print(
            f"{name:4} {SCHOOLS} schools {seconds:6.2f} s {size / 1024:8.0f} KiB  {seconds / GOAL_SECONDS:5.2f} of the goal"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"both {total:.2f} s of {GOAL_SECONDS:.0f} s: ratio {total / GOAL_SECONDS:.2f}; peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
