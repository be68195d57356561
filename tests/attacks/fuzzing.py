"""Damages sound and hostile files at random and hands each to its door: `python -m tests.attacks.fuzzing SECONDS FOLDER`.

Every file is tried in a process of its own with the limits of an inspection. A fault is whatever is neither
taken nor refused in Chinese; its file is stored in the folder, with what happened next to it.
"""

import io
import os
import random
import re
import sys
import time
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path

from portal.core.errors import Invalid
from portal.core.files.inspection import __main__ as child
from portal.core.files.zips import DAMAGED

_LARGEST = 2_000_000
# As a process says that ended for want of memory; any other than 0 would do.
_NO_MEMORY = 3
INSPECTED = ("pdf", "docx", "xlsx", "picture", "older")
Seed = tuple[str, bytes]
WORDS = [
    b"",
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"2147483648",
    b"-2147483649",
    b"99999999999999999999",
    b"1e999",
    b"NaN",
    b"1.5",
    b"\xff\xfe",
    b"\0",
    b"<",
    b">",
    b"&#0;",
    b"&x;",
    b"]]>",
    b"../x",
    b"true",
    b"/Length 9999",
    b"<<",
    b">>",
    b"[",
    b"]",
    b"(",
    b"stream",
    b"endobj",
    b"obj",
    b"R",
    "校".encode(),
    b"A1:XFD1048576",
    b"ZZZ9999999",
    b"45:61",
]
_TOKEN = re.compile(rb"(?<=\")[^\"<>]*(?=\")|\d+|/\w+|<[^<>]*>")


def damaged(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """The file with a few things done to it; of a package also inside its members."""
    if data.startswith(b"PK") and dice.random() < 0.75:
        try:
            return _package(data, dice)
        except DAMAGED:
            pass
    if dice.random() < 0.1:
        return data[: dice.randrange(len(data) + 1)] + other[dice.randrange(len(other) + 1) :]
    return _bytes(data, dice)


def _bytes(data: bytes, dice: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at, length = dice.randrange(len(made) + 1), dice.choice((1, 1, 2, 8, 100, 1000))
        what = dice.randrange(6)
        if what == 0 and at < len(made):
            made[at] ^= 1 << dice.randrange(8)
        elif what == 1:
            del made[at : at + length]
        elif what == 2:
            made[at:at] = made[at : at + length]
        elif what == 3:
            made[at : at + length] = dice.choice(WORDS)
        elif what == 4:
            made[at : at + length] = dice.randbytes(length)
        elif tokens := list(_TOKEN.finditer(made, max(0, at - 2000), at + 2000)):
            token = dice.choice(tokens)
            made[token.start() : token.end()] = dice.choice([*WORDS, token[0] * 2, dice.choice(tokens)[0]])
    return bytes(made)


def _package(data: bytes, dice: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if sum(info.file_size for info in package.infolist()) > _LARGEST:
            raise zipfile.BadZipFile
        members = [[info.filename, package.read(info)] for info in package.infolist()]
    for _ in range(dice.choice((1, 1, 3))):
        member = dice.choice(members)
        what = dice.randrange(8)
        if what == 0 and len(members) > 1:
            members.remove(member)
        elif what == 1:
            member[0] = dice.choice(
                (member[0].upper(), "x/" + member[0], member[0] + ".xml", member[0].replace("/", "\\"))
            )
        elif what == 2:
            member[1] = dice.choice(members)[1]
        else:
            member[1] = _bytes(member[1], dice)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as package:
        for name, content in members:
            package.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def seeds() -> list[Seed]:
    """Sound files and attacks of every kind, each with the door it goes to."""
    from tests.attacks import corpus, samples

    known = {"pdf": "pdf", "docx": "docx", "xlsx": "xlsx"}
    found = [(known.get(name.rpartition(".")[2].lower(), "picture"), content) for name, content in samples.files()]
    found += [("workbook", content) for kind, content in found if kind == "xlsx"]
    return found + samples.workbooks() + samples.older() + [("picture", corpus.photo_with_place())]


def entrances() -> dict[str, Callable[[bytes], object]]:
    """What becomes of an uploaded file of each kind, in the order the portal does it."""
    from indicators.collection.state_statistics import kinds, workbook as statistics
    from indicators.management.commands.judge import _standard
    from indicators.results.evaluations import workbook as workbooks
    from inspections.dossiers import packing
    from portal.core.errors import Problem
    from portal.core.spreadsheets import guard, mark, read
    from tests.attacks import samples

    standard, spec = _standard("", None)
    register, submissions = samples.register(), samples.submissions()
    catalogue, inspectors = kinds.shipped(), child.inspectors()

    def look(kind: str) -> Callable[[bytes], object]:
        return lambda data: inspectors[kind](io.BytesIO(data), f"文件.{kind}", kind)

    def pdf(data: bytes) -> object:
        look("pdf")(data)
        return packing.pages(io.BytesIO(data), "文件.pdf")

    def workbook(data: bytes) -> object:
        guard.is_large(data)
        for grid in read.grids(data):
            mark.faults(data, [Problem("错", f"工作表“{grid.name}”第 3 行 B 列")])
        return statistics.read(data, catalogue, spec.items, 2025)

    def within(act: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def run(data: bytes) -> object:
            with guard.in_this_process():
                return act(data)

        return run

    return {
        "pdf": pdf,
        "docx": look("docx"),
        "xlsx": look("xlsx"),
        "picture": look("picture"),
        "older": look("older"),
        "workbook": within(workbook),
        "register": within(lambda data: workbooks.judge(data, submissions, standard, spec)),
        "submissions": within(lambda data: workbooks.judge(register, data, standard, spec)),
    }


def trial(door: Callable[[bytes], object], kind: str, data: bytes) -> str:
    """Try one file in a process of its own; return the fault, "" for none."""
    read, write = os.pipe()
    if pid := os.fork():
        os.close(write)
        with os.fdopen(read, "rb") as said:
            fault = said.read().decode(errors="replace")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        # The limits end an inspection in a sentence; whoever reads a workbook afterwards has none.
        return fault or (f"died of {status}" if status and kind not in INSPECTED else "")
    os.close(read)
    try:
        child.limit(len(data))
        door(data)
    except Invalid as refusal:
        if not re.search("[\u4e00-\u9fff]", refusal.message):
            os.write(write, f"not in Chinese: {refusal.message}".encode())
    except MemoryError:
        os._exit(_NO_MEMORY)
    except BaseException:
        os.write(write, traceback.format_exc()[-3000:].encode())
    os._exit(0)


def run(seconds: float, folder: Path, start: int = 0) -> tuple[int, dict[str, str]]:
    """Try files for so long; return how many and the faults, one for each place in the code."""
    ways, files = entrances(), seeds()
    faults: dict[str, str] = {}
    tried, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        dice = random.Random(start + tried)
        kind, data = dice.choice(files)
        others = [content for other, content in files if other == kind]
        data = damaged(data, dice.choice(others), dice)
        tried += 1
        fault = trial(ways[kind], kind, data)
        place = "\n".join(fault.strip().splitlines()[-4:])
        if fault and place not in faults:
            faults[place] = fault
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{start + tried - 1}.{kind}").write_bytes(data)
            (folder / f"{start + tried - 1}.txt").write_text(fault)
    return tried, faults


if __name__ == "__main__":
    import django

    django.setup()
    count, found = run(float(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    sys.stdout.write("\n\n".join([f"{count} files, {len(found)} faults", *found.values()]) + "\n")
    sys.exit(bool(found))
