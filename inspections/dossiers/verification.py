"""Verifies a package, zip or folder, against its manifests without trusting it: every changed, missing and added file is named."""

import hashlib
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from inspections.dossiers.packing import ALGORITHMS, CHUNK
from portal.core.errors import Invalid
from portal.core.files import zips

# Our packages hold their files unpacked; a zip made again by hand may deflate tables and text, never a thousandfold.
MAX_RATIO, RATIO_FROM = 200, 16 * 1024 * 1024
MAX_FILES = 1_000_000
DECLARATION = "bagit.txt"
_LINE = re.compile(r"([0-9a-fA-F]+)[ \t]+\*?(.+)")
_TAG_LIMIT = 256 * 1024 * 1024


class Container(Protocol):
    """Files of a package by their path below the bag's folder."""

    def paths(self) -> list[str]:
        """With / between folders."""

    def size(self, path: str) -> int:
        """In bytes."""

    def open(self, path: str) -> BinaryIO:
        """A file's bytes."""


class Folder:
    """An unpacked package."""

    def __init__(self, root: Path) -> None:
        self.root = root
        found = []
        for folder, folders, names in os.walk(root, followlinks=False):
            for name in [*folders, *names]:
                path = Path(folder, name)
                if path.is_symlink():
                    raise Invalid(f"“{path.relative_to(root)}”是指向别处的链接，档案包里不应有链接。请删除后再核验。")
            found += [Path(folder, name).relative_to(root).as_posix() for name in names]
        self._paths = sorted(found)

    def paths(self) -> list[str]:
        return self._paths

    def size(self, path: str) -> int:
        return (self.root / path).stat().st_size

    def open(self, path: str) -> BinaryIO:
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
        return sorted(self.members)

    def size(self, path: str) -> int:
        return self.members[path].file_size

    def open(self, path: str) -> BinaryIO:
        return cast(BinaryIO, self.archive.open(self.members[path]))


def _safe(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Raises Invalid when a member would leave the folder, is no plain file, or is a bomb."""
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
    """Raises Invalid for what is neither or is not safe to read."""
    if path.is_dir():
        if not (path / DECLARATION).exists():
            # The only folder in it, as unpacking leaves it.
            inner = [child for child in path.iterdir() if child.is_dir() and (child / DECLARATION).exists()]
            path = inner[0] if len(inner) == 1 else path
        yield Folder(path)
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


@dataclass
class VerificationReport:
    """What a check found; problems are Chinese sentences, each naming its file."""

    files: int = 0
    size: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.problems


def check(path: Path) -> VerificationReport:
    """Raises Invalid for no safe package."""
    with opened(path) as container:
        return _Check(container).run()


class _Check:
    def __init__(self, container: Container) -> None:
        self.container, self.report = container, VerificationReport()
        self.there = {unicodedata.normalize("NFC", path): path for path in container.paths()}

    def run(self) -> VerificationReport:
        if DECLARATION not in self.there:
            self.report.problems.append("缺少 bagit.txt：这不是验收档案包，或者没有解压完整")
            return self.report
        payload = self.manifests("manifest")
        tags = self.manifests("tagmanifest")
        for path in sorted(payload.keys() | tags.keys()):
            self.compare(path, payload.get(path) or tags[path])
        known = payload.keys() | tags.keys()
        for path in sorted(self.there.keys() - known):
            if not path.startswith("tagmanifest-"):
                self.problem("多出文件", path, "清单里没有它")
        self.oxum(payload)
        return self.report

    def manifests(self, kind: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        present = [name for name in ALGORITHMS if f"{kind}-{name}.txt" in self.there]
        for name in ALGORITHMS:
            if name not in present:
                self.problem("缺少清单", f"{kind}-{name}.txt", "不能核对文件")
                continue
            for digest, path in self.lines(f"{kind}-{name}.txt"):
                found.setdefault(path, {})[name] = digest
        for path, digests in sorted(found.items()):
            if len(digests) != len(present):
                self.problem("清单不一致", path, "没有列在所有清单里")
        return found

    def lines(self, path: str) -> Iterator[tuple[str, str]]:
        text = self.text(path)
        for number, line in enumerate(text.splitlines(), 1):
            match = _LINE.fullmatch(line)
            if match:
                name = match[2].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
                yield match[1].lower(), unicodedata.normalize("NFC", name)
            elif line.strip():
                self.problem("清单有误", path, f"第 {number} 行不是“校验值 路径”")

    def text(self, path: str) -> str:
        real = self.there[path]
        if self.container.size(real) > _TAG_LIMIT:
            self.problem("清单有误", path, "大得异常，没有读取")
            return ""
        with self.container.open(real) as file:
            return file.read(_TAG_LIMIT).decode("utf-8", errors="replace")

    def compare(self, path: str, wanted: dict[str, str]) -> None:
        real = self.there.get(path)
        if real is None:
            self.problem("缺少文件", path, "清单里有，包里没有")
            return
        self.report.files += path.startswith("data/")
        running, size, is_whole = {name: hashlib.new(name) for name in wanted}, 0, True
        with self.container.open(real) as file:
            try:
                while chunk := file.read(CHUNK):
                    size += len(chunk)
                    for digest in running.values():
                        digest.update(chunk)
            except zips.DAMAGED:
                is_whole = False
        self.report.size += size if path.startswith("data/") else 0
        if not is_whole or {name: digest.hexdigest() for name, digest in running.items()} != wanted:
            self.problem("内容被改动", path, "与清单里的校验值不一致")

    def oxum(self, payload: dict[str, dict[str, str]]) -> None:
        if "bag-info.txt" not in self.there:
            return
        promised = re.search(r"^Payload-Oxum: (\d+)\.(\d+)$", self.text("bag-info.txt"), re.MULTILINE)
        there = self.report.problems == []
        if promised and there and (int(promised[1]), int(promised[2])) != (self.report.size, len(payload)):
            self.problem("总数不符", "bag-info.txt", f"应有 {promised[2]} 个文件、{promised[1]} 字节")

    def problem(self, what: str, path: str, why: str) -> None:
        self.report.problems.append(f"{what}：{path}（{why}）")
