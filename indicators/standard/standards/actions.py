"""Loading the standards that ship with the portal, and a province's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from indicators.standard.standards import difference_queries as difference
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class LoadedStandard:
    """One standard, whether loading it added a row, and what the row changes."""

    standard: Standard
    planned: difference.PlannedStandard

    @property
    def is_new(self) -> bool:
        return self.planned.is_new


def load(*, by: User, folders: Sequence[Path] | None = None) -> list[LoadedStandard]:
    """Each folder's content, and its base's, gets a row, by sha256; a changed file is a new revision.

    NotAllowed for anybody but the SYSTEM actor; StandardError in Chinese for a faulty folder: then nothing is stored.
    """
    if not by.is_system:
        raise NotAllowed("评估标准由系统管理员在服务器上载入，请使用系统命令 load_standard。")
    with transaction.atomic():
        loaded = []
        for planned in difference.plan(folders):
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
