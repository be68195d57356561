"""Loading the standards that ship with the portal, and a province's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from indicators.standard.standards import loading
from indicators.standard.standards.loading import PlannedStandard
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class LoadedStandard:
    """One standard, whether loading it added a row, and what the row changes."""

    standard: Standard
    planned: PlannedStandard

    @property
    def is_new(self) -> bool:
        return self.planned.is_new


def load(*, by: User, folders: Sequence[Path] | None = None) -> list[LoadedStandard]:
    """Store every standard of these folders (and its base) that is not stored yet, by the sha256 of its content.

    Before: any state. After: each folder has a row; unchanged files keep their row,
    changed files are a new revision of the same code, so a version in use never
    changes. Raises NotAllowed for anybody but the SYSTEM actor, StandardError with
    Chinese lines when a folder is faulty; nothing is stored then.
    """
    if not by.is_system:
        raise NotAllowed("评估标准由系统管理员在服务器上载入，请使用系统命令 load_standard。")
    with transaction.atomic():
        loaded = []
        for planned in loading.plan(folders):
            if planned.is_new:
                row = Standard.objects.create(
                    code=planned.content["code"],
                    revision=planned.revision,
                    name=planned.content["name"],
                    content=planned.content,
                    sha256=planned.sha256,
                )
            else:
                row = Standard.objects.get(sha256=planned.sha256)
            loaded.append(LoadedStandard(row, planned))
        added = [one.standard for one in loaded if one.is_new]
        if added:
            audit.record("standard.load", by=by, after={row.version: row.sha256 for row in added})
    return loaded
