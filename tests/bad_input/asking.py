"""Asks one thing of the portal, forgets what it wrote, and judges the answer."""

import html
import re
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from portal.core.accounts.models import User
from tests.known import Known

_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
_ENGLISH = re.compile(r"\b[A-Za-z]{2,}(?: [A-Za-z']{2,}){2,}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
REFUSALS = {400, 403, 404, 405, 409, 413}


def ask(asker: User | Known | None, method: str, address: str, data: Any = None, **extra: Any) -> HttpResponse:
    """Return the answer to one request, read to its end; what it wrote is rolled back."""
    client = Client(raise_request_exception=False)
    known = asker if isinstance(asker, Known) else None
    if asker:
        client.cookies[settings.SESSION_COOKIE_NAME] = asker.session_key if known else session_of(asker)
    with known.asking() if known else nullcontext(), transaction.atomic():
        answer = getattr(client, method)(address, data, **extra)
        if answer.streaming:
            # Read to its end, where it may still fail; the client closes it there.
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer


def session_of(user: User) -> str:
    """Return the key of a session of theirs, begun at the first question and used for all that follow."""
    if not hasattr(user, "asking_in"):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        user.asking_in = client.session.session_key
    return user.asking_in


def text_of(answer: HttpResponse) -> str:
    """Return what a person reads on a page, or the JSON of an answer to a script."""
    body = answer.content.decode()
    return body if "json" in answer.headers["Content-Type"] else html.unescape(_HIDDEN.sub(" ", body))


def faults(answer: HttpResponse) -> list[str]:
    """Return what is wrong with an answer: a server fault, a refusal that is not Chinese, English sentences."""
    found = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    kind = answer.headers.get("Content-Type", "")
    if answer.streaming or not kind.startswith(("text/", "application/json")):
        return found
    shown = text_of(answer)
    if answer.status_code >= 400 and not _CHINESE.search(shown):
        found.append(f"status {answer.status_code} without a Chinese word: {shown[:80]!r}")
    return found + [f"English: {words.group()}" for words in _ENGLISH.finditer(shown)]
