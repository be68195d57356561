"""Loading the standards that ship with the portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from indicators.standards import reader
from indicators.standards.models import Standard
from portal.accounts.models import User
from portal.audit import actions as audit
from portal.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Loaded:
    """One shipped standard and whether loading it added a row."""

    standard: Standard
    is_new: bool


def load(*, by: User, folders: Sequence[Path] | None = None) -> list[Loaded]:
    """Store every shipped standard that is not stored yet, by the sha256 of its content.

    Before: any state. After: each folder has a row; unchanged files keep their row,
    changed files are a new revision of the same code, so a version in use never
    changes. Raises NotAllowed for anybody but the SYSTEM actor, StandardError with
    Chinese lines when a data folder is faulty.
    """
    if not by.is_system:
        raise NotAllowed("评估标准随系统发布，只能由系统命令 load_standard 载入。")
    contents = [reader.read_folder(folder) for folder in (reader.shipped() if folders is None else folders)]
    with transaction.atomic():
        loaded = [_store(content) for content in contents]
        added = [entry.standard for entry in loaded if entry.is_new]
        if added:
            audit.record("standard.load", by=by, after={row.version: row.sha256 for row in added})
    return loaded


def _store(content: dict) -> Loaded:
    sha256 = reader.content_sha256(content)
    row = Standard.objects.filter(sha256=sha256).first()
    if row is not None:
        return Loaded(row, is_new=False)
    last = Standard.objects.filter(code=content["code"]).aggregate(last=Max("revision"))["last"] or 0
    row = Standard.objects.create(
        code=content["code"], revision=last + 1, name=content["name"], content=content, sha256=sha256
    )
    return Loaded(row, is_new=True)
