"""Verifies a package against its manifests: names every changed, missing and added file."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from inspections.dossiers.bag import ALGORITHMS, CHUNK
from inspections.dossiers.containers import DECLARATION, Container, opened
from portal.core.files import zips

_LINE = re.compile(r"([0-9a-fA-F]+)[ \t]+\*?(.+)")
_TAG_LIMIT = 256 * 1024 * 1024


@dataclass
class Report:
    """What a check found; problems are Chinese sentences, each naming its file."""

    files: int = 0
    size: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every file is there, unchanged, and nothing was added."""
        return not self.problems


def check(path: Path) -> Report:
    """Check a zip or an unpacked folder in constant memory. Raises Invalid for what is no safe package at all."""
    with opened(path) as container:
        return _Check(container).run()


class _Check:
    def __init__(self, container: Container) -> None:
        self.container, self.report = container, Report()
        self.there = {unicodedata.normalize("NFC", path): path for path in container.paths()}

    def run(self) -> Report:
        if DECLARATION not in self.there:
            self.report.problems.append("缺少 bagit.txt：这不是验收档案包，或者没有解压完整")
            return self.report
        payload = self._manifests("manifest")
        tags = self._manifests("tagmanifest")
        for path in sorted(payload.keys() | tags.keys()):
            self._compare(path, payload.get(path) or tags[path])
        known = payload.keys() | tags.keys()
        for path in sorted(self.there.keys() - known):
            if not path.startswith("tagmanifest-"):
                self._problem("多出文件", path, "清单里没有它")
        self._oxum(payload)
        return self.report

    def _manifests(self, kind: str) -> dict[str, dict[str, str]]:
        """Path → algorithm → digest, from all manifests of a kind; reports what they disagree on."""
        found: dict[str, dict[str, str]] = {}
        present = [name for name in ALGORITHMS if f"{kind}-{name}.txt" in self.there]
        for name in ALGORITHMS:
            if name not in present:
                self._problem("缺少清单", f"{kind}-{name}.txt", "不能核对文件")
                continue
            for digest, path in self._lines(f"{kind}-{name}.txt"):
                found.setdefault(path, {})[name] = digest
        for path, digests in sorted(found.items()):
            if len(digests) != len(present):
                self._problem("清单不一致", path, "没有列在所有清单里")
        return found

    def _lines(self, path: str) -> Iterator[tuple[str, str]]:
        text = self._text(path)
        for number, line in enumerate(text.splitlines(), 1):
            match = _LINE.fullmatch(line)
            if match:
                name = match[2].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
                yield match[1].lower(), unicodedata.normalize("NFC", name)
            elif line.strip():
                self._problem("清单有误", path, f"第 {number} 行不是“校验值 路径”")

    def _text(self, path: str) -> str:
        real = self.there[path]
        if self.container.size(real) > _TAG_LIMIT:
            self._problem("清单有误", path, "大得异常，没有读取")
            return ""
        with self.container.open(real) as file:
            return file.read(_TAG_LIMIT).decode("utf-8", errors="replace")

    def _compare(self, path: str, wanted: dict[str, str]) -> None:
        real = self.there.get(path)
        if real is None:
            self._problem("缺少文件", path, "清单里有，包里没有")
            return
        self.report.files += path.startswith("data/")
        with self.container.open(real) as file:
            digests, size = _digests(file, list(wanted))
        self.report.size += size if path.startswith("data/") else 0
        if digests != wanted:
            self._problem("内容被改动", path, "与清单里的校验值不一致")

    def _oxum(self, payload: dict[str, dict[str, str]]) -> None:
        """Compare the count and bytes that bag-info.txt promises: a file cut from bag and manifests alike."""
        if "bag-info.txt" not in self.there:
            return
        told = re.search(r"^Payload-Oxum: (\d+)\.(\d+)$", self._text("bag-info.txt"), re.MULTILINE)
        there = self.report.problems == []
        if told and there and (int(told[1]), int(told[2])) != (self.report.size, len(payload)):
            self._problem("总数不符", "bag-info.txt", f"应有 {told[2]} 个文件、{told[1]} 字节")

    def _problem(self, what: str, path: str, why: str) -> None:
        self.report.problems.append(f"{what}：{path}（{why}）")


def _digests(file: BinaryIO, algorithms: list[str]) -> tuple[dict[str, str], int]:
    running, size = {name: hashlib.new(name) for name in algorithms}, 0
    try:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            for digest in running.values():
                digest.update(chunk)
    except zips.DAMAGED as error:
        return {"unreadable": type(error).__name__}, size
    return {name: digest.hexdigest() for name, digest in running.items()}, size
