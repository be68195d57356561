"""Writing the audit trail. Called last in a deed: it locks the end of the chain."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string

from portal.accounts.models import User
from portal.audit import chain, checkpoints, context
from portal.audit.models import AuditEvent, AuditHead


def record(
    action: str,
    *,
    by: User | None,
    obj: models.Model | None = None,
    district: str = "",
    school: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    success: bool = True,
) -> AuditEvent:
    """Append one event to the chain inside the caller's transaction.

    `district` and `school` are codes (6 and 10 digits) by which the trail is
    scoped. Once committed a signed checkpoint is written outside the database.
    Raises RuntimeError outside a transaction: a deed without its audit row must roll back.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record needs the transaction of the deed it records")
    head = AuditHead.objects.select_for_update().get_or_create(pk=1)[0]
    request = context.current()
    event = AuditEvent(
        seq=head.seq + 1,
        at=dt.datetime.now(dt.UTC),
        actor_id=by.pk if by else None,
        actor_name=str(by)[:120] if by else "匿名",
        actor_role=import_string(settings.AUDIT_ROLES)(by)[:120] if by else "",
        address=request.address,
        request_id=request.request_id,
        action=action,
        object_type=obj._meta.label_lower if obj else "",
        object_id=str(obj.pk) if obj else "",
        object_name=str(obj)[:200] if obj else "",
        district_code=district,
        school_code=school,
        before=_plain(before or {}),
        after=_plain(after or {}),
        success=success,
        previous_hash=head.hash,
    )
    event.hash = chain.digest(event)
    event.save()
    head.seq, head.hash = event.seq, event.hash
    head.save()
    # Disk full: the event stands, the log says that its mark is missing.
    transaction.on_commit(lambda: checkpoints.keep(event.seq, event.hash), robust=True)
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    return str(value)
