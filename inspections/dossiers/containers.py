"""Reads a package from a zip or a folder without trusting it: no path leaves it, no bomb unfolds."""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from portal.core.errors import Invalid
from portal.core.files import zips

# Our packages hold their files unpacked; a zip made again by hand may deflate tables and text, never a thousandfold.
MAX_RATIO, RATIO_FROM = 200, 16 * 1024 * 1024
MAX_FILES = 1_000_000
DECLARATION = "bagit.txt"


class Container(Protocol):
    """Files of a package by their path below the bag's folder."""

    def paths(self) -> list[str]:
        """Every file's path, with / between folders."""

    def size(self, path: str) -> int:
        """A file's size in bytes."""

    def open(self, path: str) -> BinaryIO:
        """A file's bytes."""


class Folder:
    """An unpacked package."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._paths = sorted(self._walk())

    def _walk(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.root, followlinks=False):
            for name in [*folders, *names]:
                path = Path(folder, name)
                if path.is_symlink():
                    raise Invalid(
                        f"“{path.relative_to(self.root)}”是指向别处的链接，档案包里不应有链接。请删除后再核验。"
                    )
            for name in names:
                yield Path(folder, name).relative_to(self.root).as_posix()

    def paths(self) -> list[str]:
        """Every file's path, with / between folders."""
        return self._paths

    def size(self, path: str) -> int:
        """A file's size in bytes."""
        return (self.root / path).stat().st_size

    def open(self, path: str) -> BinaryIO:
        """A file's bytes."""
        return (self.root / path).open("rb")


class Zip:
    """A package as one zip; nothing is unpacked to disk."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        members = [_safe(info) for info in archive.infolist() if not info.is_dir()]
        if len(members) > MAX_FILES:
            raise Invalid(f"压缩包里有 {len(members)} 个文件，超过 {MAX_FILES} 个的上限，没有核验。")
        tops = {info.filename.split("/")[0] for info in members if "/" in info.filename}
        flat = any(info.filename == DECLARATION for info in members)
        self.prefix = "" if flat or len(tops) != 1 else f"{tops.pop()}/"
        self.members = {info.filename.removeprefix(self.prefix): info for info in members}
        if len(self.members) != len(members):
            raise Invalid("压缩包里有同名的文件，无法确定哪一个是真的。请重新下载档案包。")

    def paths(self) -> list[str]:
        """Every file's path, with / between folders."""
        return sorted(self.members)

    def size(self, path: str) -> int:
        """A file's unpacked size in bytes."""
        return self.members[path].file_size

    def open(self, path: str) -> BinaryIO:
        """A file's bytes."""
        return cast(BinaryIO, self.archive.open(self.members[path]))


def _safe(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return the member. Raises Invalid when it would leave the folder, is no plain file, or is a bomb."""
    # ZipInfo cuts names at a NUL and turns backslashes on Windows; the raw name says what was meant.
    raw = info.orig_filename
    parts = PurePosixPath(raw).parts
    if raw.startswith("/") or ".." in parts or "\\" in raw or ":" in raw or "\x00" in raw:
        raise Invalid(f"压缩包里的路径“{raw[:120]}”不安全（会写到别的文件夹），没有核验。请重新下载档案包。")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Invalid(f"压缩包里的“{raw[:120]}”不是普通文件（可能是链接），没有核验。")
    if info.flag_bits & 0x1:
        raise Invalid("压缩包有密码，无法核验。请提供没有加密的档案包。")
    if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise Invalid(f"压缩包里的“{raw[:120]}”解开后大得异常（压缩炸弹），没有核验。")
    return info


@contextmanager
def opened(path: Path) -> Iterator[Container]:
    """Open a zip or a folder. Raises Invalid, in Chinese, for what is neither or is not safe to read."""
    if path.is_dir():
        yield Folder(_bag_folder(path))
        return
    if not path.exists():
        raise Invalid(f"没有找到“{path}”。请核对路径。")
    try:
        with zipfile.ZipFile(path) as archive:
            yield Zip(archive)
    except OSError as error:
        raise Invalid(f"“{path}”无法读取：{error.strerror}。") from error
    except zips.DAMAGED as error:
        raise Invalid(f"“{path.name}”不是完整的压缩包，可能没有下载完整。请重新下载后再核验。") from error


def _bag_folder(path: Path) -> Path:
    """The bag itself: this folder, or the only folder in it as unpacking leaves it."""
    if not (path / DECLARATION).exists():
        inner = [child for child in path.iterdir() if child.is_dir() and (child / DECLARATION).exists()]
        if len(inner) == 1:
            return inner[0]
    return path
