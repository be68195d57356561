"""The package format: a valid bag, equal contents give equal bytes."""

import io
import zipfile
from pathlib import Path

import bagit
import pytest

from inspections.dossiers.packing import BagWriter
from inspections.dossiers.verification import check

INFO = {"Source-Organization": "龙亭区", "External-Description": "两行\n并成一行", "Contact-Name": ""}


def bag(**files: bytes) -> bytes:
    target = io.BytesIO()
    writer = BagWriter(target, "档案", INFO)
    for name, content in files.items():
        writer.add(f"甲小学/{name}.txt", [content[:3], content[3:]])
    writer.close()
    return target.getvalue()


def test_a_bag_is_valid_for_the_reference_implementation(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bag(一="甲".encode(), 二=b""))) as archive:
        archive.extractall(tmp_path)
    read = bagit.Bag(str(tmp_path / "档案"))
    read.validate()
    assert read.info == {
        "Source-Organization": "龙亭区",
        "External-Description": "两行 并成一行",
        "Payload-Oxum": "3.2",
    }


def test_equal_contents_give_equal_bytes_and_others_do_not() -> None:
    assert bag(一=b"abc") == bag(一=b"abc")
    assert bag(一=b"abc") != bag(一=b"abd")


def test_chinese_names_are_marked_as_utf8_for_windows() -> None:
    with zipfile.ZipFile(io.BytesIO(bag(一=b"abc"))) as archive:
        chinese = [info for info in archive.infolist() if not info.filename.isascii()]
    assert chinese
    assert all(info.flag_bits & 0x800 for info in chinese)


def test_names_that_differ_in_case_alone_are_refused() -> None:
    writer = BagWriter(io.BytesIO(), "档案", INFO)
    writer.add("甲/A.txt", [b""])
    with pytest.raises(ValueError, match="two files"):
        writer.add("甲/a.txt", [b""])
    writer.abandon()


def test_an_abandoned_bag_is_no_package(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with path.open("wb") as target:
        writer = BagWriter(target, "档案", INFO)
        writer.add("甲.txt", [b"abc"])
        writer.abandon()
    assert not zipfile.is_zipfile(path)


def test_our_own_check_agrees_that_a_fresh_bag_holds(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(bag(一=b"abc", 二=b"defg"))
    report = check(path)
    assert (report.holds, report.files, report.size) == (True, 2, 7)
