"""What loading a standard would do: which revision it becomes, and what that revision changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indicators.standard.standards import difference, reader
from indicators.standard.standards.models import Standard


@dataclass(frozen=True, slots=True)
class PlannedStandard:
    """One standard's content and the row it is or would become.

    `against` is the version it is compared with: the newest revision of the same code, else
    the base of an overlay; "" for a standard of its own that was never loaded.
    """

    content: dict[str, Any]
    sha256: str
    revision: int
    is_new: bool
    against: str
    changes: tuple[difference.ChangeGroup, ...]

    @property
    def version(self) -> str:
        return f"{self.content['code']}·{self.revision}"


def plan(folders: Sequence[Path] | None = None) -> list[PlannedStandard]:
    """By default the shipped folders, and always their bases; writes nothing. StandardError when a folder is faulty."""
    contents: dict[str, dict[str, Any]] = {}
    for folder in reader.shipped() if folders is None else folders:
        for content in reader.read_chain(folder):
            contents.setdefault(reader.content_sha256(content), content)
    planned = []
    for sha256, content in contents.items():
        code = content["code"]
        stored = Standard.objects.filter(sha256=sha256).defer("content").first()
        if stored is not None:
            planned.append(PlannedStandard(content, sha256, stored.revision, False, "", ()))
            continue
        last = Standard.objects.filter(code=code).order_by("-revision").first()
        base = contents.get(content.get("overlay", {}).get("base_sha256", ""))
        revision, against, old = 1, "", None
        if last is not None:
            revision, against, old = last.revision + 1, last.version, last.content
        elif base is not None:
            against, old = base["code"], base
        changes = tuple(difference.between(old, content)) if old is not None else ()
        planned.append(PlannedStandard(content, sha256, revision, True, against, changes))
    return planned
