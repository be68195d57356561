"""The keyed hash that links each audit event to the one before."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings

_FIELDS = (
    "seq",
    "actor_id",
    "actor_name",
    "address",
    "request_id",
    "action",
    "object_type",
    "object_id",
    "object_name",
    "district_code",
    "school_code",
    "before",
    "after",
    "success",
    "previous_hash",
)


def digest(event: Any) -> str:
    """Return the HMAC-SHA256 (hex) over every field of an event, its predecessor's hash included."""
    content = {name: getattr(event, name) for name in _FIELDS} | {"at": event.at.isoformat()}
    # Events of before 0.2 have no role; their hashes stay as they were.
    if event.actor_role:
        content["actor_role"] = event.actor_role
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(settings.AUDIT_KEY.encode(), data.encode(), hashlib.sha256).hexdigest()
