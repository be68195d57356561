"""Phased report of 60 schools, from database to Word and PDF: goal 5 s together. Run: python -m benchmarks.bench_report"""

# ruff: noqa: E402 Django reads its settings before any model can be imported
import datetime as dt
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_FOLDER = tempfile.TemporaryDirectory(prefix="youheng-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{_FOLDER.name}/bench.sqlite3"
os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "x" * 40)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from inspections.rectification.models import Entry, Finding
from inspections.reports import context, document
from inspections.reports.facts import ReportPeriod
from portal.core.accounts.queries import system_user
from portal.core.papers import docx, pdf, tree
from schools.directory.models import District, School

SCHOOLS, FINDINGS, GOAL_SECONDS = 60, 10, 5.0
K, S = Entry.Kind, Finding.State
T = TypeVar("T")
PROBLEMS = (
    ("A4", "生均教学及辅助用房面积低于标准，功能室被占作普通教室。", "3.91", "4.50"),
    ("A1", "高于规定学历教师不足，三年内退休较多。", "3.62", "4.20"),
    ("A7", "网络多媒体教室不足，部分设备已超过使用年限。", "2.01", "2.30"),
    ("B5", "三年级两个班超过 45 人。", "47", "45"),
    ("C7", "综合实践活动没有按课程计划开足。", "", ""),
)


def fill() -> District:
    """A district of 60 schools with ten findings each, half of them closed, the rest under way, late or waiting."""
    system = system_user()
    stamp = {"created_by": system, "updated_by": system}
    district = District.objects.create(code="410202", name="龙亭区")
    facts = {"district": district, "kind": "小学", "area": "镇区", "sponsor": 7}
    rows = [School(code=f"41020200{n:02d}", name=f"第{n + 1}小学", **facts, **stamp) for n in range(SCHOOLS)]
    schools = School.objects.bulk_create(rows)
    findings = Finding.objects.bulk_create(
        _finding(school, index, number, stamp) for index, school in enumerate(schools) for number in range(FINDINGS)
    )
    Entry.objects.bulk_create(entry for n, finding in enumerate(findings) for entry in _entries(n, finding, system))
    return district


def _finding(school: School, index: int, number: int, stamp: dict) -> Finding:
    indicator, problem, current, standard = PROBLEMS[number % len(PROBLEMS)]
    closed = number % 2 == 0
    late = dt.timedelta(days=30 if number % 3 else -20)
    return Finding(
        school=school,
        number=f"2026-DD-{index * FINDINGS + number + 1:03d}",
        ledger="410202",
        source="DD",
        indicator=indicator,
        problem=problem,
        current_value=current,
        standard_value=standard,
        goal="达到国家标准",
        responsible="张校长",
        due_on=timezone.localdate() + late,
        state=S.CLOSED if closed else S.RECTIFYING,
        closed_at=timezone.now() if closed else None,
        closed_by=stamp["created_by"] if closed else None,
        **stamp,
    )


def _entries(number: int, finding: Finding, by: object) -> list[Entry]:
    steps = [
        (K.DISPATCH, "请学校对照标准制订整改方案，明确责任人和时限。"),
        (K.MEASURE, "一是腾退被占用的功能室，二是列入暑期改造计划，三是商请区编办补充教师，四是每月向督导室报告进度。"),
        (K.PROGRESS, "已腾退功能室 2 间，改造工程完成招标，预计暑期完工；新进教师 1 名已到岗。"),
    ]
    if finding.state == S.CLOSED:
        steps.append((K.CLOSE, "现场核查，与申报一致，同意销号。"))
    elif number % 3 == 1:
        steps.append((K.ASK_EXTENSION, "施工许可办理较慢，申请延期一个月。"))
    return [Entry(finding=finding, kind=kind, text=text, by=by) for kind, text in steps]


def timed(name: str, work: Callable[[], T]) -> tuple[T, float]:
    """Do a piece of work and print its seconds."""
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    size = f" {len(result) / 1024:8.0f} KiB" if isinstance(result, bytes) else ""
    print(f"{name:22} {seconds:6.2f} s (cpu {cpu:5.2f} s) {seconds / GOAL_SECONDS:5.2f} of the goal{size}")
    return result, seconds


def main() -> None:
    """Print seconds, sizes, and each against the goal; with REPORT_OUT keep the files there."""
    call_command("migrate", verbosity=0)
    district = fill()
    today = timezone.localdate()
    period = ReportPeriod("整体推进阶段", today - dt.timedelta(days=90), today)
    pdf.render(tree.Paper("预热", "局", today, []))
    previous = context.period_before(period, None)
    build = lambda: context.build(  # noqa: E731
        district=district, school=None, period=period, previous=previous, now=timezone.now()
    )
    build()  # the standard is read on its first use
    built, reading = timed("facts from the database", build)
    made, setting = timed("document tree", lambda: document.of(built.facts))
    word, first = timed("Word", lambda: docx.render(made))
    paper, second = timed("PDF", lambda: pdf.render(made))
    both = first + second
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{SCHOOLS} schools, {len(built.facts.items)} findings: Word and PDF {both:.2f} s of {GOAL_SECONDS:.0f} s: "
        f"ratio {both / GOAL_SECONDS:.2f}; everything {reading + setting + both:.2f} s; peak memory {peak:.0f} MB"
    )
    if folder := os.environ.get("REPORT_OUT"):
        Path(folder, "report.docx").write_bytes(word)
        Path(folder, "report.pdf").write_bytes(paper)


if __name__ == "__main__":
    main()
