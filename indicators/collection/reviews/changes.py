"""What differs between two revisions of the same submission."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Revision
from indicators.standard.engine import Answer, Item, Spec


@dataclass(frozen=True, slots=True)
class Changed:
    """One item that was sent back or changed: before, after, the reason it came back for, its files."""

    item: Item
    before: str
    after: str
    reason: str
    files: str

    @property
    def is_changed(self) -> bool:
        """Whether figure or files differ; a returned item without it was only explained."""
        return self.before != self.after or bool(self.files)


def between(spec: Spec, previous: Revision, newest: Revision) -> Iterator[Changed]:
    """Yield items that differ, and items sent back whether they differ or not, in form order."""
    old, new = (answers.of_content(spec, revision.content) for revision in (previous, newest))
    reasons = _reasons(previous)
    old_files, new_files = _files(previous.content), _files(newest.content)
    items = answers.items_of(spec, is_school=newest.content.get("school") is not None)
    seen: set[str] = set()
    for code, item in items.items():
        reason = reasons.get(code) or ("" if item.base in seen else reasons.get(item.base, ""))
        files = "" if item.base in seen else _file_words(old_files.get(item.base, {}), new_files.get(item.base, {}))
        if old.get(code) != new.get(code) or reason or files:
            seen.add(item.base)
            yield Changed(item, _words(item, old.get(code)), _words(item, new.get(code)), reason, files)


def _words(item: Item, answer: Answer | None) -> str:
    """An answer in words; tables row by row, so that a changed cell shows."""
    if item.kind == "table" and answer is not None and "value" in (frozen := answers.frozen(item, answer)):
        rows = frozen["value"]
        return "\n".join("，".join(answers.cells(item, row)) for row in rows) if rows else "没有"
    return answers.shown(item, answer)


def _reasons(revision: Revision) -> dict[str, str]:
    decision = revision.decision
    if decision is None:
        return {}
    return {reason.item: reason.text for reason in decision.reasons.all()}


def _files(content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in content.get("evidence", ()):
        found.setdefault(row["item"], {})[row["sha256"]] = row["name"]
    return found


def _file_words(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    come = [name for sha256, name in new.items() if sha256 not in old]
    gone = [name for sha256, name in old.items() if sha256 not in new]
    words = [f"新增 {'、'.join(come)}"] if come else []
    return "；".join(words + ([f"撤下 {'、'.join(gone)}"] if gone else []))
