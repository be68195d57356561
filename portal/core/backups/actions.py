"""Taking a backup and leaving word of it."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.backups import taking
from portal.core.backups.manifest import Manifest
from portal.core.backups.models import Backup
from portal.core.errors import Refused


def take(*, folder: Path, by: User) -> Manifest:
    """Take a backup into a new folder and leave word of it, also when it fails.

    Raises what `taking.take` raises.
    """
    try:
        made = taking.take(folder)
    except Refused as refusal:
        _note(Backup(at=timezone.now(), folder=str(folder), error=refusal.message), by)
        raise
    _note(
        Backup(
            at=timezone.now(),
            folder=str(folder),
            rows=sum(made.tables.values()),
            files=len(made.files),
            size=sum(made.files.values()),
            damaged=made.damaged,
        ),
        by,
    )
    return made


@transaction.atomic
def _note(row: Backup, by: User) -> None:
    row.save()
    told = {"folder": row.folder, "rows": row.rows, "files": row.files, "damaged": row.damaged, "error": row.error}
    audit.record("backup.take", by=by, obj=row, after=told, success=not row.error)
