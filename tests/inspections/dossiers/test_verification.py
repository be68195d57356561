"""The check names every changed, missing and added file, and no hostile package hurts it."""

import io
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from inspections.dossiers import verification
from inspections.dossiers.packing import BagWriter
from inspections.dossiers.verification import check
from portal.core.errors import Invalid

FIRST, SECOND = "data/甲小学/一.txt", "data/甲小学/二 教室.txt"


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "档案.zip"
    with path.open("wb") as target:
        writer = BagWriter(target, "档案", {"Source-Organization": "龙亭区"})
        writer.add("甲小学/一.txt", [b"first"])
        writer.add("甲小学/二 教室.txt", [b"second"])
        writer.close()
    return path


@pytest.fixture
def folder(packed: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "解压")
    return tmp_path / "解压" / "档案"


def problems(path: Path) -> list[str]:
    return check(path).problems


def test_an_unpacked_package_holds_also_from_the_folder_above(folder: Path) -> None:
    assert problems(folder) == []
    assert problems(folder.parent) == []


def test_a_changed_file_is_named(folder: Path) -> None:
    (folder / SECOND).write_bytes(b"secomd")
    assert problems(folder) == [f"内容被改动：{SECOND}（与清单里的校验值不一致）"]


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / FIRST).unlink()
    assert problems(folder) == [f"缺少文件：{FIRST}（清单里有，包里没有）"]


@pytest.mark.parametrize("name", ["data/甲小学/三.txt", "多余.txt", "data/.隐藏"])
def test_an_added_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"x")
    assert problems(folder) == [f"多出文件：{name}（清单里没有它）"]


def test_several_changes_are_all_named(folder: Path) -> None:
    (folder / FIRST).write_bytes(b"x")
    (folder / SECOND).unlink()
    (folder / "data/三.txt").write_bytes(b"x")
    assert [text.split("：")[0] for text in problems(folder)] == ["内容被改动", "缺少文件", "多出文件"]


def test_a_changed_manifest_is_named(folder: Path) -> None:
    manifest = folder / "manifest-sha256.txt"
    manifest.write_text(manifest.read_text().replace("一.txt", "壹.txt"))
    found = "\n".join(problems(folder))
    assert "内容被改动：manifest-sha256.txt" in found
    assert "缺少文件：data/甲小学/壹.txt" in found


def test_a_file_cut_from_bag_and_manifests_alike_still_shows(folder: Path) -> None:
    (folder / FIRST).unlink()
    for kind in ("sha256", "sha512"):
        manifest = folder / f"manifest-{kind}.txt"
        lines = [line for line in manifest.read_text().splitlines(keepends=True) if "一.txt" not in line]
        manifest.write_text("".join(lines))
        (folder / f"tagmanifest-{kind}.txt").unlink()
    found = "\n".join(problems(folder))
    assert "缺少清单：tagmanifest-sha256.txt" in found


def test_the_promised_total_is_compared(folder: Path) -> None:
    import hashlib

    (folder / FIRST).unlink()
    for kind in ("sha256", "sha512"):
        manifest = folder / f"manifest-{kind}.txt"
        manifest.write_text("".join(x for x in manifest.read_text().splitlines(True) if "一.txt" not in x))
    for kind in ("sha256", "sha512"):
        lines = "".join(
            f"{hashlib.new(kind, (folder / name).read_bytes()).hexdigest()}  {name}\n"
            for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt")
        )
        (folder / f"tagmanifest-{kind}.txt").write_text(lines)
    assert problems(folder) == ["总数不符：bag-info.txt（应有 2 个文件、11 字节）"]


def test_a_folder_that_is_no_package_says_so(tmp_path: Path) -> None:
    assert problems(tmp_path) == ["缺少 bagit.txt：这不是验收档案包，或者没有解压完整"]


def test_names_written_by_a_mac_are_the_same_names(folder: Path) -> None:
    composed = folder / "data/é.txt"
    composed.write_bytes(b"x")
    listed = [text for text in problems(folder) if "é.txt" in text]
    composed.rename(folder / "data/e\u0301.txt")
    assert [text for text in problems(folder) if "é.txt" in text] == listed


def test_a_link_in_a_folder_is_not_followed(folder: Path) -> None:
    (folder / "data/链接").symlink_to("/etc/passwd")
    with pytest.raises(Invalid, match="链接"):
        check(folder)


def test_a_cut_download_is_reported(packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-100])
    with pytest.raises(Invalid, match="没有下载完整"):
        check(packed)


def test_a_flipped_byte_in_the_zip_is_found(packed: Path) -> None:
    content = bytearray(packed.read_bytes())
    content[content.index(b"second")] ^= 1
    packed.write_bytes(content)
    assert problems(packed) == [f"内容被改动：{SECOND}（与清单里的校验值不一致）"]


def test_nothing_at_the_path_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="没有找到"):
        check(tmp_path / "没有.zip")


def hostile(path: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        change(archive)
    return path


def _link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("档案/data/链接")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def _bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr(zipfile.ZipInfo("档案/data/炸弹"), bytes(32 * 1024 * 1024), zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.writestr("../外面.txt", "x"), "不安全"),
        (lambda a: a.writestr("档案/data/../../外面.txt", "x"), "不安全"),
        (lambda a: a.writestr("/etc/外面.txt", "x"), "不安全"),
        (lambda a: a.writestr("档案\\data\\外面.txt", "x"), "不安全"),
        (lambda a: a.writestr("C:/外面.txt", "x"), "不安全"),
        (_link, "不是普通文件"),
        (_bomb, "压缩炸弹"),
    ],
)
def test_a_hostile_zip_is_refused_before_anything_is_read(
    packed: Path, change: Callable[[zipfile.ZipFile], None], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        check(hostile(packed, change))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(packed: Path) -> None:
    with pytest.raises(Invalid, match="同名"):
        check(hostile(packed, lambda a: a.writestr(f"档案/{FIRST}", "other")))


def test_too_many_members_are_refused(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MAX_FILES", 3)
    with pytest.raises(Invalid, match="上限"):
        check(packed)


def test_an_encrypted_zip_is_refused(packed: Path) -> None:
    content = packed.read_bytes()
    # Bit 0 of the flags in every central header says: encrypted.
    changed = bytearray(content)
    start = 0
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        changed[start + 8] |= 1
        start += 4
    packed.write_bytes(changed)
    with pytest.raises(Invalid, match="密码"):
        check(packed)


def test_a_package_zipped_again_with_compression_still_holds(folder: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "again"), "zip", folder.parent, folder.name)
    assert problems(tmp_path / "again.zip") == []
    flat = io.BytesIO()
    with zipfile.ZipFile(flat, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    (tmp_path / "flat.zip").write_bytes(flat.getvalue())
    assert problems(tmp_path / "flat.zip") == []
