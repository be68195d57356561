"""Writing the audit trail. Called last in an action: it locks the end of the chain."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string

from portal.core.accounts.models import User
from portal.core.audit import chain
from portal.core.audit.models import AuditEvent, AuditHead
from portal.core.lib.prepared import Prepared, PreparedInsert, PreparedUpdate

_BATCH = 500
_ADD = PreparedInsert(AuditEvent)
_MOVE = PreparedUpdate(AuditHead, "seq", "hash")
_HEAD = Prepared(lambda pk: AuditHead.objects.filter(pk=pk).select_for_update(), pk=models.BigAutoField())


@dataclass(slots=True)
class RequestContext:
    """Address and number of the request being served; blank in commands and jobs. Whether an action of it is committed."""

    address: str = ""
    request_id: str = ""
    has_acted: bool = False


_NO_REQUEST = RequestContext()
current_request: ContextVar[RequestContext] = ContextVar("audit_request", default=_NO_REQUEST)
_waiting: ContextVar[list[AuditEvent] | None] = ContextVar("audit_waiting", default=None)


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
    """In the caller's transaction, else RuntimeError.

    `district`, `school`: codes (6, 10 digits), else those of `obj`.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record needs the transaction of the action it records")
    if not district:
        place = import_string(settings.AUDIT_PLACE)(obj)
        district, school = place.get("district", ""), place.get("school", "")
    request, waiting = current_request.get(), _waiting.get()
    role = ""
    if by:
        known = next((event.actor_role for event in reversed(waiting or ()) if event.actor_id == by.pk), None)
        role = import_string(settings.AUDIT_ROLES)(by)[:120] if known is None else known
    event = AuditEvent(
        actor_id=by.pk if by else None,
        actor_name=str(by)[:120] if by else "匿名",
        actor_role=role,
        address=request.address,
        request_id=request.request_id,
        action=action,
        object_type=obj._meta.label_lower if obj else "",
        object_id=str(obj.pk) if obj else "",
        object_name=str(obj)[:200] if obj else "",
        district_code=district or (import_string(settings.AUDIT_HOME)(by) if by else ""),
        school_code=school,
        before=_plain(before or {}),
        after=_plain(after or {}),
        success=success,
    )
    if waiting is None:
        _append([event])
    else:
        waiting.append(event)
    return event


@contextmanager
def gathered() -> Iterator[None]:
    """Appends at its end, for an action that is the sum of thousands. What raises here must roll that back."""
    waiting: list[AuditEvent] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        _append(waiting)


def _append(events: list[AuditEvent]) -> None:
    head = next(iter(_HEAD(pk=1)), None) or AuditHead.objects.select_for_update().get_or_create(pk=1)[0]
    now = dt.datetime.now(dt.UTC)
    for event in events:
        event.seq, event.at, event.previous_hash = head.seq + 1, now, head.hash
        head.seq, head.hash = event.seq, chain.digest(event)
        event.hash = head.hash
    _ADD(events, batch_size=_BATCH)
    _MOVE(pk=head.pk, seq=head.seq, hash=head.hash)
    seq, mark, request = head.seq, head.hash, current_request.get()
    transaction.on_commit(lambda: setattr(request, "has_acted", True))
    # Disk full: the event counts, the log says that its mark is missing.
    transaction.on_commit(lambda: chain.store_checkpoint(seq, mark), robust=True)


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
