"""Workbooks that would cost minutes to read cost three seconds in all: in the child, and in whoever asked for it."""

import io
import json
import subprocess
import sys
import zipfile

import pytest

from indicators.collection.state_statistics import kinds, workbook
from indicators.management.commands.judge import _standard
from tests.attacks import corpus
from tests.attacks.test_bombs import MEGABYTES, SECONDS
from tests.indicators.collection.state_statistics import books

# Read as an import reads it, marked as a faulty one is marked, in a process that does nothing else.
READ = """
import json, os, resource, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
import django
django.setup()
from pathlib import Path
from indicators.management.commands.judge import _standard
from indicators.collection.state_statistics import kinds, workbook
from portal.core.errors import Invalid, Problem
from portal.core.files.inspection import sandbox
from portal.core.spreadsheets import guard, mark
catalogue, items = kinds.shipped(), _standard("", None)[1].items
with open(sys.argv[1], "rb") as file:
    data = file.read()
steps = {
    "measure": lambda: guard.is_large(data),
    "read": lambda: workbook.read(data, catalogue, items, 2025),
    "mark": lambda: mark.faults(data, [Problem("错", "工作表“表”第 3 行 A 列")]),
}
started = 0
def used():
    global started
    if inspector := sandbox._inspectors.get(os.getpid()):
        # Counted once it has ended; what it took itself, most of all to start, is none of the file's.
        stat = Path(f"/proc/{inspector.process.pid}/stat").read_text()
        started += sum(map(int, stat.rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")
        sandbox.stop()
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    with open("/proc/self/status") as status:  # what getrusage says of this process is its parent's
        own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    return sum(one.ru_utime + one.ru_stime for one in both) - started, max(own, both[1].ru_maxrss) / 1024
for name, step in steps.items():
    before = used()[0]
    try:
        step()
        said = ""
    except Invalid as refusal:
        said = refusal.message
    print(json.dumps([name, said, used()[0] - before, used()[1]]), flush=True)
"""
NAMES = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
NUMBER = '<table:table-cell office:value-type="float" office:value="1"{}/>'


def book(rows: str = "", after: str = "", sheets: int = 1, **parts: str) -> bytes:
    """A workbook as Excel writes it: rows and what follows them in its sheet, that sheet under many names."""
    named = "".join(f'<sheet name="表{n or ""}" sheetId="{n + 1}" r:id="r1"/>' for n in range(sheets))
    return corpus.office(
        corpus.XLSX,
        {
            "xl/workbook.xml": f"<workbook {NAMES}><sheets>{named}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": corpus.RELS.format(
                f'<Relationship Id="r1" Type="{KIND}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="r2" Type="{KIND}/sharedStrings" Target="sharedStrings.xml"/>'
            ),
            SHEET: f"<worksheet {NAMES}><sheetData>{rows}</sheetData>{after}</worksheet>",
            **{f"xl/{name}.xml": f"<sst {NAMES}>{held}</sst>" for name, held in parts.items()},
        },
    )


def ods(rows: str) -> bytes:
    out, of = io.BytesIO(), "urn:oasis:names:tc:opendocument:xmlns"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(zipfile.ZipInfo("mimetype"), kind)
        package.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{of}:manifest:1.0"><m:file-entry m:full-path="/" '
            f'm:media-type="{kind}"/></m:manifest>',
        )
        package.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{of}:office:1.0" xmlns:table="{of}:table:1.0">'
            f'<office:body><office:spreadsheet><table:table table:name="表">{rows}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        )
    return out.getvalue()


def repeated(rows: int, columns: int, times: int = 1) -> bytes:
    cell = NUMBER.format(f' table:number-columns-repeated="{columns}"')
    return ods(f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>' * times)


def merged(*ranges: str) -> str:
    return "<mergeCells>" + "".join(f'<mergeCell ref="{one}"/>' for one in ranges) + "</mergeCells>"


ROW = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
BOMBS = {
    "a million hidden rows": lambda: book("".join(f'<row r="{n}" hidden="1"/>' for n in range(1, 1_000_000))),
    "two million rules for cells": lambda: book(after='<dataValidation sqref="A1"/>' * 2_000_000),
    "half a million rows": lambda: book("".join(ROW.format(n) for n in range(1, 500_000))),
    "a million and a half shared texts": lambda: book(
        '<row><c t="s"><v>1</v></c></row>', sharedStrings="".join(f"<si><t>{n:x}</t></si>" for n in range(1_500_000))
    ),
    "one sheet under two thousand names": lambda: book("<row><c><v>1</v></c></row>" * 2_000, sheets=2_000),
    "a merged range over everything": lambda: book(ROW.format(1), merged("A1:XFD1048576")),
    "merged ranges over one another": lambda: book(
        "".join(ROW.format(n) for n in range(1, 3_000)), merged(*(f"A{n}:C9999" for n in range(1, 40_000)))
    ),
    "ods, rows repeated": lambda: repeated(1_048_576, 1),
    "ods, columns repeated": lambda: repeated(1, 16_384, times=3_000),
    "ods, everything repeated": lambda: repeated(1_048_576, 16_384),
    "ods, repeated beyond numbers": lambda: repeated(10**18, 10**18),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_reading_a_workbook_costs_three_seconds_and_300_mb_in_all(bomb, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(BOMBS[bomb]())
    done = subprocess.run([sys.executable, "-c", READ, path], capture_output=True, check=True, cwd=".", timeout=600)
    for line in done.stdout.splitlines():
        step, said, seconds, megabytes = json.loads(line)
        assert seconds <= SECONDS, step
        assert megabytes <= MEGABYTES, step
        assert not said or any("\u4e00" <= letter <= "\u9fff" for letter in said)


def test_statistics_name_each_merged_range_once():
    title, head, *rows = books.pupils(*([f"41020200{n:02d}", "小学", 300] for n in range(1, 6)))
    data = books.merged({"教基3112": ([title, head, *rows], ["C3:C6"])})
    read = workbook.read(data, kinds.shipped(), _standard("", None)[1].items, 2026)
    assert sum("已合并" in problem.what for problem in read.problems) == 1
