"""An open public page with a notice and a complaint, for the tests."""

from typing import Any
from uuid import uuid4

from inspections.publicity import actions
from inspections.publicity.models import Complaint, PublicNotice, PublicPage


def opened(cast: Any, **changes: Any) -> PublicPage:
    chosen = {"is_open": True, "takes_complaints": True, "shows_results": True, "milestone": None, "answer_days": 15}
    return actions.set_page(district=cast.district, by=cast.admin, **chosen | changes)


def published(cast: Any) -> PublicNotice:
    said = {"kind": "zones", "title": "2026年划片范围", "text": "明湖路以东。\n\n明湖路以西。"}
    return actions.publish(district=cast.district, by=cast.admin, **said)


def complained(cast: Any) -> Complaint:
    sent = actions.SentComplaint(cast.school_a, "操场常年锁着", "13800000000", uuid4())
    return actions.complain(page=opened(cast), sent=sent)
