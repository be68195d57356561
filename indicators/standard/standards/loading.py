"""What loading a standard would do: which revision it becomes, and what that revision changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indicators.standard.standards import difference, reader
from indicators.standard.standards.models import Standard


@dataclass(frozen=True, slots=True)
class Planned:
    """One standard's content and the row it is or would become.

    `against` is the version it is compared with: the newest revision of the same code, else
    the base it is laid over; "" for a standard of its own that was never loaded.
    """

    content: dict[str, Any]
    sha256: str
    revision: int
    is_new: bool
    against: str
    changes: tuple[difference.Group, ...]

    @property
    def version(self) -> str:
        """The version as printed, e.g. `national-2017·2`."""
        return f"{self.content['code']}·{self.revision}"


def plan(folders: Sequence[Path] | None = None) -> list[Planned]:
    """Return what loading these folders (default: the shipped ones) and their bases would do; writes nothing.

    Raises StandardError with Chinese lines when a folder is faulty.
    """
    contents: dict[str, dict[str, Any]] = {}
    for folder in reader.shipped() if folders is None else folders:
        for content in reader.read_chain(folder):
            contents.setdefault(reader.content_sha256(content), content)
    return [_planned(sha256, content, contents) for sha256, content in contents.items()]


def _planned(sha256: str, content: dict[str, Any], others: dict[str, dict[str, Any]]) -> Planned:
    code = content["code"]
    stored = Standard.objects.filter(sha256=sha256).defer("content").first()
    if stored is not None:
        return Planned(content, sha256, stored.revision, False, "", ())
    last = Standard.objects.filter(code=code).order_by("-revision").first()
    if last is not None:
        return Planned(content, sha256, last.revision + 1, True, last.version, _changes(last.content, content))
    base = others.get(content.get("overlay", {}).get("base_sha256", ""))
    if base is not None:
        return Planned(content, sha256, 1, True, base["code"], _changes(base, content))
    return Planned(content, sha256, 1, True, "", ())


def _changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[difference.Group, ...]:
    return tuple(difference.between(old, new))
