"""Reads workbooks of 3 000 schools, guarded and named fault by fault, against openpyxl reading their bare values.

Run: python -m benchmarks.bench_reading [SCHOOLS]. openpyxl is no part of the portal: `pip install openpyxl` first.
Goal: at most 1.5 times openpyxl's processor time, at most 300 MB in each process, the inspecting child counted.
"""

import importlib.util
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import xlsxwriter

from indicators.collection.workbooks import workbook
from indicators.standard.engine import Item
from indicators.standard.standards import files, reader
from tests import workbooks

RUNS, GOAL, MEGABYTES = 3, 1.5, 300
ROOT = Path(__file__).resolve().parents[1]
# Each reading in a process of its own, its imports not counted: what is printed is what one more workbook costs.
PROGRAM = """
import io, json, os, resource, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
import django
django.setup()
{prepare}
with open(sys.argv[1], "rb") as file:
    data = file.read()
def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both), max(one.ru_maxrss for one in both) / 1024
before = used()[0]
{read}
after = used()
print(json.dumps([after[0] - before, after[1], count]))
"""
OPENPYXL = (
    "import openpyxl",
    "book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)\n"
    "count = sum(1 for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value is not None)",
)
SPEC = "from indicators.management.commands.judge import _standard\nspec = _standard('', None)[1]\n"
READERS = {
    "submissions": (
        SPEC
        + "from indicators.collection.submissions.models import Round\nfrom indicators.collection.workbooks import workbook",
        "read = workbook.read(data, spec, Round())\nassert not read.problems, read.problems[:3]\n"
        "count = sum(map(len, read.answers.values()))",
    ),
    "register": (
        "from schools.workbooks import workbook",
        "lines, problems = workbook.read(data)\nassert not problems, problems[:3]\ncount = len(lines)",
    ),
    "statistics": (
        SPEC + "from indicators.collection.state_statistics import kinds, workbook\ncatalogue = kinds.shipped()",
        "read = workbook.read(data, catalogue, spec.items, 2025)\nassert not read.problems, read.problems[:3]\n"
        "count = len(read.figures)",
    ),
}


SPEC_FOLDER = "national-2017"
COLUMNS = 40


def _submissions(path: Path, count: int) -> None:
    """Every school answers every question that takes one cell, as the template asks them."""
    chance, spec = random.Random(1), reader.spec_from_content(files.read_folder(files.SHIPPED / SPEC_FOLDER))
    items, heads = workbook.single_items(spec.items), workbook.SCHOOL_HEADERS | workbook.headers(spec.items)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(workbook.SCHOOLS)
        sheet.write_row(0, 0, heads.values())
        sheet.write_row(1, 0, heads)
        for number in range(count):
            answers = (_answer(item, number, chance) for item in items.values())
            sheet.write_row(number + 2, 0, [_code(number), f"第{number + 1}小学", *answers])


def _answer(item: Item, number: int, chance: random.Random) -> object:
    said = {"yes_no": "是", "text": f"第{number + 1}小学按规定开展，做法见所附说明", "number": chance.randrange(1, 900)}
    return item.choices[0] if item.kind == "choice" else said.get(item.kind, chance.randrange(1, 9999) / 100)


def _code(number: int) -> str:
    return f"410202{number + 1:04d}"


def _register(path: Path, count: int) -> None:
    made = workbooks.district(1)
    schools = [made[n % len(made)] | {"code": _code(n), "name": f"第{n + 1}小学"} for n in range(count)]
    workbooks.write_register(path, schools)


def _statistics(path: Path, count: int) -> None:
    """教基5176 with as many columns as the statistics offices print."""
    chance = random.Random(1)
    heads = ["学校标识码", "学校名称", "运动场地面积", "网络多媒体教室数", "教学仪器设备资产值"]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("教基5176")
        sheet.write(0, 0, "教基5176 办学条件 2025年")
        sheet.write_row(1, 0, [*heads, *(f"其他指标{n}" for n in range(COLUMNS - len(heads)))])
        for number in range(count):
            figures = (chance.randrange(1, 900) for _ in range(COLUMNS - 2))
            sheet.write_row(number + 2, 0, [_code(number), f"第{number + 1}小学", *figures])


MAKERS = {"submissions": _submissions, "register": _register, "statistics": _statistics}


def _measured(path: Path, prepare: str, read: str) -> tuple[float, float]:
    """The least processor seconds of a few runs, the most memory."""
    program, runs = PROGRAM.format(prepare=prepare, read=read), []
    for _ in range(RUNS):
        done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=True, cwd=ROOT)
        runs.append(json.loads(done.stdout))
    assert all(count for _, _, count in runs)
    return min(seconds for seconds, _, _ in runs), max(megabytes for _, megabytes, _ in runs)


def main(count: int) -> None:
    """Print for each kind of workbook what our reading costs, and what it is of openpyxl's."""
    with tempfile.TemporaryDirectory(prefix="bench-reading-") as folder:
        for kind, make in MAKERS.items():
            path = Path(folder) / f"{kind}.xlsx"
            make(path, count)
            own, memory = _measured(path, *READERS[kind])
            bare, its_memory = _measured(path, *OPENPYXL)
            print(
                f"{kind}, {count} schools, {path.stat().st_size // 1024} kB: {own:.2f} s, {memory:.0f} MB; openpyxl "
                f"{bare:.2f} s, {its_memory:.0f} MB; ratio {own / bare:.2f} (goal {GOAL}, {MEGABYTES} MB)"
            )


if __name__ == "__main__":
    if importlib.util.find_spec("openpyxl") is None:
        print("skipped: openpyxl is not installed (pip install openpyxl)")
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
