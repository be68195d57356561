"""Small files that would cost minutes or gigabytes cost their inspection's limits, a sentence, and nobody else."""

import io
import json
import random
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.attacks import corpus
from tests.attacks.test_pdf import pdf

MEASURE = """
import json, resource, sys
from portal.errors import Invalid
from portal.lib.inspection import door
try:
    with open(sys.argv[2], "rb") as file:
        door.inspect(file, sys.argv[1], "文件")
    said = ""
except Invalid as refusal:
    said = refusal.message
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([said, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def cost(kind: str, content: bytes, folder: Path) -> tuple[str, float, float]:
    """What was said, seconds of CPU and megabytes of an inspection, measured in a process that does nothing else."""
    path = folder / "file"
    path.write_bytes(content)
    done = subprocess.run([sys.executable, "-c", MEASURE, kind, path], capture_output=True, check=True, cwd=".")
    return tuple(json.loads(done.stdout))


def stream_bomb(layers: int) -> bytes:
    """An object stream of 2 GB of zeros, deflated once or twice."""
    packer = zlib.compressobj(9)
    block = b"\0" * (16 * 1024 * 1024)
    data = b"".join(packer.compress(block) for _ in range(128)) + packer.flush()
    data = zlib.compress(data, 9) if layers == 2 else data
    filters = b"[" + b"/FlateDecode " * layers + b"]"
    head = b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    body = b"3 0 obj\n<< /Type /ObjStm /N 2 /First 10 /Filter %s /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        filters, len(data), data,
    )  # fmt: skip
    table = b"\1" + (len(head)).to_bytes(4) + b"\0"
    rows = b"\0" * 6 + b"\1" + (9).to_bytes(4) + b"\0" + b"\2" + (3).to_bytes(4) + b"\0" + table
    place = len(head) + len(body)
    listed = b"4 0 obj\n<< /Type /XRef /Size 4 /W [1 4 1] /Root 1 0 R /Length %d >>\nstream\n%s\nendstream\nendobj\n"
    return head + body + listed % (len(rows), rows) + b"startxref\n%d\n%%%%EOF\n" % place


def deep_pdf() -> bytes:
    return pdf().replace(b"/Type /Catalog", b"/X " + b"[" * 2_000_000 + b" /Type /Catalog", 1)


def many_objects() -> bytes:
    import pikepdf

    def change(document):
        row = [document.make_indirect(pikepdf.Dictionary(A=n, B=pikepdf.Array([n]))) for n in range(60_000)]
        document.Root.X = pikepdf.Array(row * 4)

    return pdf(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def office(members: dict[str, bytes], main: str = corpus.XLSX) -> bytes:
    return corpus.office(main, {"xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS} | members)


WORKBOOK = '<workbook xmlns:r="r"><sheets><sheet name="表" r:id="r1"/></sheets></workbook>'
RELATIONS = corpus.RELS.format('<Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>')


def many_elements() -> bytes:
    """Eighty megabytes of elements that pack too badly to be suspicious by their ratio."""
    rows = random.Random(1)
    block = b"".join(b"<a%x/>" % rows.getrandbits(20) for _ in range(4_000))
    return b"<x>" + block * (80_000_000 // len(block)) + b"</x>"


def references() -> bytes:
    """One text of twenty million character references."""
    return (
        b"<worksheet><sheetData><row><c t='str'><v>"
        + b"&#65;&#66;" * 2_000_000
        + b"</v></c></row></sheetData></worksheet>"
    )


def far_rows() -> bytes:
    cells = b"".join(b'<row r="%d"><c r="ZZ%d"><v>1</v></c></row>' % (n, n) for n in range(1, 60_000))
    return b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"


def elements(name: str, count: int) -> bytes:
    return b"".join(b'<%s ref="A%d:B%d"/>' % (name.encode(), n, n) for n in range(1, count))


def lying_size() -> bytes:
    out = io.BytesIO(office({"word/a.xml": b" " * 60_000_000}, corpus.DOCX))
    raw = bytearray(out.getvalue())
    with zipfile.ZipFile(out) as package:
        info = package.getinfo("word/a.xml")
    at = raw.rfind(b"word/a.xml") - 46
    raw[at + 24 : at + 28] = raw[info.header_offset + 22 : info.header_offset + 26] = (1000).to_bytes(4, "little")
    return bytes(raw)


BOMBS = {
    "pdf, 2 GB of zeros": ("pdf", lambda: stream_bomb(1)),
    "pdf, 2 GB packed twice": ("pdf", lambda: stream_bomb(2)),
    "pdf, two million brackets": ("pdf", deep_pdf),
    "word, millions of elements": ("docx", lambda: office({"word/document.xml": many_elements()}, corpus.DOCX)),
    "word, more than it claims": ("docx", lying_size),
    "workbook, one endless text": ("workbook", lambda: office({"xl/worksheets/sheet1.xml": references()})),
    "workbook, far cells": ("workbook", lambda: office({"xl/worksheets/sheet1.xml": far_rows()})),
    "workbook, one endless shared text": (
        "workbook", lambda: office({"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 900_000 + b"</t></si></sst>"}),
    ),
    "workbook, far too many merged ranges": (
        "workbook", lambda: office({
            "xl/worksheets/sheet1.xml": b"<worksheet><mergeCells>" + elements("mergeCell", 200_000) + b"</mergeCells></worksheet>"
        }),
    ),
    "workbook, far too many styles": (
        "workbook", lambda: office({"xl/styles.xml": b"<styleSheet><cellXfs>" + elements("xf", 200_000) + b"</cellXfs></styleSheet>"}),
    ),
    "picture, far too large": ("picture", lambda: corpus.image_of_claimed_size(30_000, 30_000)),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_three_seconds_300_mb_and_a_sentence(bomb, tmp_path):
    kind, make = BOMBS[bomb]
    said, seconds, megabytes = cost(kind, make(), tmp_path)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said)
    assert seconds <= 3.2
    assert megabytes <= 300


HONEST = {
    "pdf of 60 000 objects": ("pdf", many_objects),
    "small pdf": ("pdf", pdf),
    "photo of 108 megapixels": ("picture", lambda: corpus.image(size=(12_000, 9_000))),
    "blank scan of 49 megapixels": ("picture", lambda: corpus.image("PNG", (7_000, 7_000))),
}


@pytest.mark.parametrize("kind", HONEST)
def test_what_is_large_and_honest_stays_within_the_limits(kind, tmp_path):
    of, make = HONEST[kind]
    said, _, megabytes = cost(of, make(), tmp_path)
    assert said == ""
    assert megabytes <= 300


def test_the_child_sees_no_setting_and_no_secret(monkeypatch):
    from portal.lib.inspection import door

    monkeypatch.setenv("SECRET_KEY", "geheim")
    monkeypatch.setenv("DATABASE_URL", "postgres://x:y@z/q")
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(door._environment())
