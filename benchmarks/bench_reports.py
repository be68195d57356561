"""Phased reports of 60 and of 400 schools, from database to Word and PDF, and 60 opinion letters as Word and PDF, each
against its goal and against 60 schools in the same run. Run: python -m benchmarks.bench_reports"""

# ruff: noqa: E402 Django reads its settings before any model can be imported
import datetime as dt
import os
import re
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple, TypeVar

_FOLDER = tempfile.TemporaryDirectory(prefix="youheng-bench-")
os.environ["DATABASE_URL"] = f"sqlite:///{_FOLDER.name}/bench.sqlite3"
os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "x" * 40)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from inspections.letters import document as letter_document, kinds, queries as letter_queries
from inspections.rectification.models import Entry, Finding
from inspections.reports import document, facts, period_queries
from inspections.reports.ledger_queries import ReportScope
from inspections.reports.stored_facts import ReportPeriod
from portal.core.accounts.queries import system_user
from portal.core.papers import docx, pdf, tree
from schools.directory.models import District, School

FINDINGS = 10
# Schools → seconds for everything; MB; letters and their seconds.
GOALS = {60: 5.0, 400: 8.0}
GOAL_MB, LETTERS, LETTERS_SECONDS = 600, 60, 20.0
K, S = Entry.Kind, Finding.State
T = TypeVar("T")


class Spent(NamedTuple):
    """Seconds by the clock and of the processor."""

    clock: float
    cpu: float

    def against(self, goal: float, base: "Spent") -> str:
        """What it is of its goal, both ways, and of the work compared with."""
        both = f"{self.clock / goal:.2f} by the clock, {self.cpu / goal:.2f} by the processor"
        return f"{self.clock:.2f} s of {goal:.0f} s: {both}; {self.cpu / base.cpu:.2f} × 60 schools"


PROBLEMS = (
    ("A4", "生均教学及辅助用房面积低于标准，功能室被占作普通教室。", "3.91", "4.50"),
    ("A1", "高于规定学历教师不足，三年内退休较多。", "3.62", "4.20"),
    ("A7", "网络多媒体教室不足，部分设备已超过使用年限。", "2.01", "2.30"),
    ("B5", "三年级两个班超过 45 人。", "47", "45"),
    ("C7", "综合实践活动没有按课程计划开足。", "", ""),
)


def fill(code: str, count: int) -> District:
    """A district of so many schools with ten findings each, half of them closed, the rest under way, late or waiting."""
    system = system_user()
    stamp = {"created_by": system, "updated_by": system}
    district = District.objects.create(code=code, name=f"{count}校区")
    facts = {"district": district, "kind": "小学", "area": "镇区", "sponsor": 7}
    rows = [School(code=f"{code}{n:04d}", name=f"第{n + 1}小学", **facts, **stamp) for n in range(count)]
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
        ledger=school.district.code,
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


def timed(name: str, work: Callable[[], T]) -> tuple[T, Spent]:
    """Do a piece of work and print its seconds: by the clock, and of the processor, which a busy machine does not stretch."""
    start, cpu = time.perf_counter(), _processor()
    result = work()
    seconds, cpu = time.perf_counter() - start, _processor() - cpu
    size = f" {len(result) / 1024:8.0f} KiB" if isinstance(result, bytes) else ""
    print(f"{name:34} {seconds:6.2f} s (cpu {cpu:5.2f} s){size}")
    return result, Spent(seconds, cpu)


class Watch(Thread):
    """The most memory this process and those it started had together, looked at ten times a second; MB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.over = 0.0, Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.most = max(self.most, sum(map(_resident, _family(os.getpid()))))


def _family(pid: int) -> list[int]:
    """A process and all it started, which may end while one looks."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [one for child in task.read_text().split() for one in _family(int(child))]
    return found


def _resident(pid: int) -> float:
    """MB; pages shared with others in part (PSS)."""
    with suppress(OSError):
        found = re.search(r"^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
        return int(found[1]) / 1024 if found else 0
    return 0


def _processor() -> float:
    """Of this process and of those it started, which have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def report(district: District, count: int) -> Spent:
    """Facts, tree, Word and PDF of a district; the seconds of all together."""
    today = timezone.localdate()
    scope, period = ReportScope(district), ReportPeriod("整体推进阶段", today - dt.timedelta(days=90), today)
    compared = period_queries.compared_with(scope, period, None)
    build = lambda: facts.build(scope=scope, period=period, compared=compared, now=timezone.now())  # noqa: E731
    built, reading = timed(f"{count} schools: facts", build)
    made, setting = timed(f"{count} schools: document tree", lambda: document.of(built.facts))
    word, first = timed(f"{count} schools: Word", lambda: docx.render(made))
    paper, second = timed(f"{count} schools: PDF", lambda: pdf.render(made))
    if folder := os.environ.get("REPORT_OUT"):
        Path(folder, f"report-{count}.docx").write_bytes(word)
        Path(folder, f"report-{count}.pdf").write_bytes(paper)
    return Spent(*(sum(two) for two in zip(reading, setting, first, second, strict=True)))


def letters() -> None:
    """Word and PDF of so many filled opinion letters, each to another school."""
    kind = kinds.load()["opinion"]
    words = "督导组认为，学校对照标准逐条整改，生均面积 3.91 ㎡，低于 4.50 ㎡的规定。" * 8
    plain = {"d": "2026-03-05", "n": "12"}
    typed = {one.code: plain.get(one.type, words) for one in kind.typed() if one.type not in ("T", "c")}
    content = {
        "title": "督导意见书",
        "sections": letter_queries.sections(kind, None),
        "facts": dict.fromkeys(kind.blanks - kind.by_code.keys(), "第1小学"),
        "typed": typed,
        "signer": "李主任",
        "red_head": False,
        "issuer": "督导委员会办公室",
        "files": [],
    }
    for number in range(1, LETTERS + 1):
        numbered = content | {"number": f"督意〔2026〕{number}号"}
        text = letter_document.restored(kind, numbered, date=dt.date(2026, 3, 5), is_draft=False)
        made = letter_document.of(text)
        docx.render(made)
        pdf.render(made)


def main() -> None:
    """Print seconds and the ratios; with REPORT_OUT keep the files there."""
    call_command("migrate", verbosity=0)
    pdf.render(tree.Paper("预热", "局", timezone.localdate(), []))
    first = fill("410201", 5)
    report(first, 5)  # the standard and the fonts are read on their first use
    watch = Watch()
    watch.start()
    spent = {count: report(fill(code, count), count) for code, count in (("410202", 60), ("410203", 400))}
    watch.over.set()
    _, written = timed(f"{LETTERS} opinion letters, Word and PDF", letters)
    for count, goal in GOALS.items():
        print(f"{count} schools: {spent[count].against(goal, spent[60])}")
    print(f"{LETTERS} letters: {written.against(LETTERS_SECONDS, spent[60])}")
    print(f"peak memory of all processes together {watch.most:.0f} MB of {GOAL_MB} MB: {watch.most / GOAL_MB:.2f}")


if __name__ == "__main__":
    main()
