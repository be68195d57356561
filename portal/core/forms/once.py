"""A form sent twice (double click, reload, a slow line) is done once; the second answer leads to where the first did."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from portal.core.forms.models import LONGEST_ADDRESS, SentForm

# A page left open longer than this counts as a new one; a phone may hold a form for weeks before it has a network.
_STORED = timedelta(days=60)
View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Refused forms are not remembered. An answer seen only once names in `led_to` where a second sending goes."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            key = UUID(request.POST.get("form_key", ""))
        except ValueError:
            return view(request, *args, **kwargs)
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            # The row is the lock: the second of two at the same time waits here for the first.
            sent, is_first = SentForm.objects.get_or_create(user=request.user, key=key, digest=_digest(request))  # type: ignore[misc]
            if not is_first:
                messages.info(request, "这份表单已经提交过，没有重复办理。下面是上次提交的结果。")
                return redirect(sent.address)
            response = view(request, *args, **kwargs)
            address = response.headers.get("Location", "") or getattr(response, "led_to", "")
            if address and len(address) <= LONGEST_ADDRESS:
                sent.address = address
                sent.save(update_fields=["address"])
                SentForm.objects.filter(sent_at__lt=timezone.now() - _STORED).delete()
            else:
                sent.delete()
        return response

    guarded.once = True  # type: ignore[attr-defined]
    return guarded


def _digest(request: HttpRequest) -> str:
    typed = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    files: list[tuple[str, list[list[str | None]]]] = []
    for name, found in sorted(request.FILES.lists()):
        files.append((name, []))
        for file in found:
            sha256 = hashlib.sha256()
            for chunk in file.chunks():
                sha256.update(chunk)
            file.seek(0)
            files[-1][1].append([file.name, sha256.hexdigest()])
    return hashlib.sha256(json.dumps([request.get_full_path(), typed, files]).encode()).hexdigest()
