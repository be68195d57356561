"""Small files that would cost minutes or gigabytes cost their inspection's limits, a sentence, and nobody else."""

import copy
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

# A child is stopped at three seconds of CPU; the signal and the end of the process take a moment more.
SECONDS, MEGABYTES = 3.3, 300

MEASURE = """
import json, os, resource, sys
from pathlib import Path
from portal.core.errors import Invalid
from portal.core.files.inspection import sandbox
try:
    with open(sys.argv[2], "rb") as file:
        sandbox.inspect(file, sys.argv[1], "文件")
    said = ""
except Invalid as refusal:
    said = refusal.message
# What the inspector itself took, most of all to start, is none of the file's.
stat = Path(f"/proc/{sandbox._inspectors[os.getpid()].process.pid}/stat").read_text()
own = sum(map(int, stat.rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")
sandbox.stop()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([said, used.ru_utime + used.ru_stime - own, used.ru_maxrss / 1024]))
"""


def cost(kind: str, content: bytes, folder: Path) -> tuple[str, float, float]:
    """What was said, seconds of CPU and megabytes of an inspection, measured in a process that does nothing else."""
    path = folder / "file"
    path.write_bytes(content)
    done = subprocess.run([sys.executable, "-c", MEASURE, kind, path], capture_output=True, check=True, cwd=".")
    return tuple(json.loads(done.stdout))


def packed_zeros(blocks: int) -> bytes:
    """So many times 16 MB of zeros, deflated: one block packed and its bytes repeated, for to pack them all takes long."""
    packer, size = zlib.compressobj(9, wbits=-zlib.MAX_WBITS), 16 * 1024 * 1024
    block = packer.compress(bytes(size)) + packer.flush(zlib.Z_FULL_FLUSH)
    # Adler-32 of zeros: the first sum stays 1, the second counts them.
    check = (size * blocks % 65_521) << 16 | 1
    return b"\x78\xda" + block * blocks + packer.flush() + check.to_bytes(4)


def stream_bomb(layers: int) -> bytes:
    """An object stream of 2 GB of zeros, deflated once or twice."""
    data = packed_zeros(128)
    data = zlib.compress(data, 9) if layers == 2 else data
    filters = b"[" + b"/FlateDecode " * layers + b"]"
    head = b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    body = b"3 0 obj\n<< /Type /ObjStm /N 2 /First 10 /Filter %s /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        filters,
        len(data),
        data,
    )
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


def office(members: dict[str, bytes], main: str = corpus.XLSX, **how: int) -> bytes:
    parts = {"xl/workbook.xml": WORKBOOK, "xl/_rels/workbook.xml.rels": RELATIONS} | members
    return corpus.office(main, parts, **how)


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


PAGES = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"


def plain_pdf(*more: bytes, pages: bytes = PAGES, trailer: bytes = b"") -> bytes:
    """A PDF of one page written by hand: objects 4 and on are `more`."""
    out, places = bytearray(b"%PDF-1.5\n"), []
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    for number, held in enumerate((b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, *more), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, held)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    return bytes(
        out
    ) + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        trailer,
        len(out),
    )


def page_tree(depth: int) -> bytes:
    nodes = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 1) for number in range(4, depth)]
    return plain_pdf(*nodes, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", pages=PAGES.replace(b"[3", b"[4"))


def packed_streams(count: int) -> bytes:
    """Object streams of eight megabytes of blanks each, in eight kilobytes."""
    held = zlib.compress(b" " * 8_000_000, 9)
    body = b"<< /Type /ObjStm /N 0 /First 0 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
        len(held),
        held,
    )
    return plain_pdf(*[body] * count)


def drawn(coding: bytes) -> bytes:
    """An image that claims ten thousand million pixels."""
    head = b"<< /Type /XObject /Subtype /Image /Width 100000 /Height 100000 /ColorSpace /DeviceGray /BitsPerComponent 8"
    return plain_pdf(head + b" /Filter %s /Length 4 >>\nstream\n\0\0\0\0\nendstream" % coding)


def chained_tables(count: int) -> bytes:
    made = bytearray(plain_pdf())
    before = made.rfind(b"xref\n0")
    for _ in range(count):
        here = len(made)
        made += b"xref\n0 0\ntrailer\n<< /Size 4 /Root 1 0 R /Prev %d >>\n" % before
        before = here
    return bytes(made) + b"startxref\n%d\n%%%%EOF\n" % before


def overlapping(count: int) -> bytes:
    """A zip whose many members are the same packed bytes."""
    out = io.BytesIO(corpus.office(members={"word/a.xml": b" " * 900_000}))
    with zipfile.ZipFile(out, "a") as package:
        last = package.infolist()[-1]
        for number in range(count):
            one = copy.copy(last)
            one.filename = f"word/{number:05d}.xml"
            package.filelist.append(one)
        package._didModify = True
    return out.getvalue()


HARMLESS = {
    "jbig2 of absurd size": lambda: drawn(b"/JBIG2Decode"),
    "jpx of absurd size": lambda: drawn(b"/JPXDecode"),
    "table that leads to itself": lambda: plain_pdf(trailer=b"/Prev 240"),
    "fifty thousand tables": lambda: chained_tables(50_000),
    "table of two thousand million": lambda: plain_pdf().replace(b"xref\n0 4", b"xref\n0 2000000000"),
    "length without end": lambda: plain_pdf(b"<< /Length 999999999999 >>\nstream\nx\nendstream"),
    "lengths in a circle": lambda: plain_pdf(
        b"<< /Length 5 0 R >>\nstream\nx\nendstream", b"<< /Length 4 0 R >>\nstream\nx\nendstream"
    ),
    "object streams in a circle": lambda: plain_pdf(
        b"<< /Type /ObjStm /N 0 /First 0 /Extends 4 0 R /Length 0 >>\nstream\n\nendstream"
    ),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_pdf_that_only_looks_endless_costs_no_more_than_its_limits(kind, tmp_path):
    _, seconds, megabytes = cost("pdf", HARMLESS[kind](), tmp_path)
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES


BOMBS = {
    "pdf, pages within themselves": (
        "pdf",
        lambda: plain_pdf(pages=b"<< /Type /Pages /Count 2 /Kids [3 0 R 2 0 R] >>"),
    ),
    "pdf, pages a hundred thousand deep": ("pdf", lambda: page_tree(100_000)),
    "pdf, one page half a million times": (
        "pdf",
        lambda: plain_pdf(pages=b"<< /Type /Pages /Count 500000 /Kids [%s] >>" % (b"3 0 R " * 500_000)),
    ),
    "pdf, 8 GB of blanks in a thousand streams": ("pdf", lambda: packed_streams(1000)),
    "word, overlapping members": ("docx", lambda: overlapping(2_000)),
    "pdf, 2 GB of zeros": ("pdf", lambda: stream_bomb(1)),
    "pdf, 2 GB packed twice": ("pdf", lambda: stream_bomb(2)),
    "pdf, two million brackets": ("pdf", deep_pdf),
    "word, millions of elements": (
        "docx",
        lambda: office({"word/document.xml": many_elements()}, corpus.DOCX, compresslevel=1),
    ),
    "word, more than it claims": ("docx", lying_size),
    "workbook, one endless text": ("workbook", lambda: office({"xl/worksheets/sheet1.xml": references()})),
    "workbook, far cells": ("workbook", lambda: office({"xl/worksheets/sheet1.xml": far_rows()})),
    "workbook, one endless shared text": (
        "workbook",
        lambda: office({"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 900_000 + b"</t></si></sst>"}),
    ),
    "workbook, far too many merged ranges": (
        "workbook",
        lambda: office(
            {
                "xl/worksheets/sheet1.xml": b"<worksheet><mergeCells>"
                + elements("mergeCell", 200_000)
                + b"</mergeCells></worksheet>"
            }
        ),
    ),
    "workbook, far too many styles": (
        "workbook",
        lambda: office(
            {"xl/styles.xml": b"<styleSheet><cellXfs>" + elements("xf", 200_000) + b"</cellXfs></styleSheet>"}
        ),
    ),
    "picture, far too large": ("picture", lambda: corpus.image_of_claimed_size(30_000, 30_000)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_three_seconds_300_mb_and_a_sentence(bomb, tmp_path):
    kind, make = BOMBS[bomb]
    said, seconds, megabytes = cost(kind, make(), tmp_path)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said)
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES


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
    assert megabytes <= MEGABYTES


def test_the_child_sees_no_setting_and_no_secret(monkeypatch):
    from portal.core.files.inspection import sandbox

    monkeypatch.setenv("SECRET_KEY", "geheim")
    monkeypatch.setenv("DATABASE_URL", "postgres://x:y@z/q")
    assert not {"SECRET_KEY", "DATABASE_URL"} & set(sandbox.environment())
