"""Small .xls files whose OLE container or BIFF records promise more than they hold: three seconds, 300 MB, a sentence."""

import io
import re
import struct
from collections.abc import Iterable
from pathlib import Path

import pytest

from portal.core.errors import Invalid
from portal.core.files.inspection import workbook
from tests.attacks.test_bombs import MEGABYTES, SECONDS, cost
from tests.portal.core.spreadsheets.books import compound, record, xls

END, FREE = 0xFFFFFFFE, 0xFFFFFFFF
SOUND = xls("表", [["学校标识码", "人数"], ["4102020001", 300]])
_PLACE = struct.Struct("<HHH")


def sheets(*records: bytes, names: int = 1, before: Iterable[bytes] = ()) -> bytes:
    """A workbook whose sheets, under so many names, are the same records."""
    begin, end = [record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0)) for kind in (5, 16)], record(0x0A)
    held, title = b"".join(before), lambda n: struct.pack("<BB", 4, 0) + f"{n:04}".encode()
    first = len(begin[0]) + len(held) + names * (4 + 6 + 6) + len(end)
    bound = b"".join(record(0x0085, struct.pack("<IH", first, 0) + title(n)) for n in range(names))
    return compound(begin[0] + held + bound + end + begin[1] + b"".join(records) + end)


def number(row: int, column: int) -> bytes:
    return record(0x0203, _PLACE.pack(row, column, 0) + struct.pack("<d", 1))


def shared(count: int, *parts: bytes) -> bytes:
    """A table of shared texts that says how many it holds, with its continuations."""
    first, *more = parts
    return record(0x00FC, struct.pack("<II", count, count) + first) + b"".join(record(0x003C, one) for one in more)


def at(place: int, value: int, data: bytes = SOUND) -> bytes:
    """The sound file with one word of its container changed."""
    return data[:place] + struct.pack("<I", value) + data[place + 4 :]


BLOCK = b"".join(struct.pack("<HB", 1, 0) + b"a" for _ in range(2000))
BOMBS = {
    "two cells in opposite corners": lambda: sheets(number(0, 0), number(65535, 255)),
    "corners in a hundred sheets": lambda: sheets(number(0, 0), number(65535, 255), names=100),
    "corners in a thousand sheets": lambda: sheets(number(0, 0), number(65535, 255), names=1000),
    "a column beyond Excel's": lambda: sheets(number(0, 0), number(65535, 65535)),
    "dimensions of the whole sheet": lambda: sheets(
        record(0x0200, struct.pack("<IIHHH", 0, 65536, 0, 256, 0)), number(0, 0)
    ),
    "dimensions beyond all numbers": lambda: sheets(
        record(0x0200, struct.pack("<IIHHH", 0, FREE, 0, 65535, 0)), number(0, 0)
    ),
    "four thousand million shared texts": lambda: sheets(number(0, 0), before=[shared(FREE, b"")]),
    "a shared text without end": lambda: sheets(
        number(0, 0), before=[shared(1, struct.pack("<HB", 65535, 1), *[b"\1" + b"a" * 8000] * 100)]
    ),
    "a million shared texts": lambda: sheets(number(0, 0), before=[shared(1_000_000, BLOCK, *[BLOCK] * 499)]),
    "runs of formats without number": lambda: sheets(
        number(0, 0), before=[shared(1, struct.pack("<HBHI", 1, 0x0C, 65535, FREE) + b"a")]
    ),
    "one shared text in every cell": lambda: sheets(
        *(record(0x00FD, _PLACE.pack(n % 65536, n // 65536, 0) + bytes(4)) for n in range(60_000)),
        before=[shared(1, struct.pack("<HB", 8000, 0) + b"a" * 8000)],
    ),
    "sixty thousand cells in a hundred sheets": lambda: sheets(*(number(n, 0) for n in range(60_000)), names=100),
    "multiples that end before they begin": lambda: sheets(
        *(record(0x00BD, struct.pack("<HH", n, 65535) + bytes(6 * 1000) + struct.pack("<H", 0)) for n in range(500))
    ),
    "formulas of nested calls": lambda: sheets(
        *(
            record(0x0006, _PLACE.pack(n, 0, 0) + bytes(14) + struct.pack("<H", 8000) + b"\x1e\1\0" + b"\x15" * 7997)
            for n in range(500)
        )
    ),
    "formulas that grow by joining": lambda: sheets(
        *(
            record(
                0x0006,
                _PLACE.pack(n, 0, 0) + bytes(14) + struct.pack("<H", 4003) + b"\x1e\1\0" + b"\x1e\1\0\x08" * 1000,
            )
            for n in range(500)
        )
    ),
    "texts of formulas, each a long one": lambda: sheets(
        *(
            record(0x0006, _PLACE.pack(n, 0, 0) + b"\0" * 6 + b"\xff\xff" + bytes(6) + bytes(2))
            + record(0x0207, struct.pack("<HB", 8000, 0) + b"a" * 8000)
            for n in range(2000)
        )
    ),
    "merged ranges over everything": lambda: sheets(
        number(0, 0),
        *(record(0x00E5, struct.pack("<H", 1000) + struct.pack("<HHHH", 0, 65535, 0, 255) * 1000) for _ in range(50)),
    ),
    "a sheet that begins in itself": lambda: at(512 * 3 + 24, 0),
    "a table of sectors that leads to itself": lambda: at(512 + 8, 2),
    "a chain that runs in a circle": lambda: at(512 + 4 * (len(SOUND) // 512 - 2), 2),
    "a directory that runs in a circle": lambda: at(512 + 4, 1),
    "sectors of two thousand megabytes": lambda: at(30, 31 | 6 << 16),
    "sectors of one byte": lambda: at(30, 0),
    "a table of tables without end": lambda: at(68, 0, at(72, FREE - 10)),
    "a table of tables that leads to itself": lambda: at(68, 1, at(72, 1_000_000)),
    "more tables than the file has room for": lambda: at(44, FREE - 10),
    "a stream longer than the file": lambda: at(1024 + 128 + 120, 0x7FFFFFF0),
    "a small stream in sectors that are not there": lambda: at(60, 5, at(64, FREE - 10)),
    "cut in the middle": lambda: SOUND[: len(SOUND) // 2],
    "the head alone": lambda: SOUND[:512],
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_xls_costs_three_seconds_and_300_mb_and_gets_a_sentence(bomb: str, tmp_path: Path) -> None:
    said, seconds, megabytes = cost("older", BOMBS[bomb](), tmp_path)
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES
    # What calamine reads in these limits is a workbook; all else is refused in Chinese.
    assert not said or re.search(r"[\u4e00-\u9fff]", said)


@pytest.mark.parametrize("length", [512, 600, 1100, 1536])
def test_a_cut_one_is_refused_where_no_child_stands_between(length: int) -> None:
    """`judge` reads in its own process: what its reader asserts in vain must not end it."""
    with pytest.raises(Invalid, match="请"):
        workbook.inspect_older(io.BytesIO(SOUND[:length]))


def test_the_sound_one_is_read(tmp_path: Path) -> None:
    assert cost("older", SOUND, tmp_path)[0] == ""
    assert cost("older", sheets(number(0, 0)), tmp_path)[0] == ""
