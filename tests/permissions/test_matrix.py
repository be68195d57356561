"""Every address × every member of the cast → the status the truth table says."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from schools.access import scope
from tests.permissions.table import ALL, TABLE, Row
from tests.permissions.world import World
from tests.shared import shared

pytestmark = pytest.mark.django_db
Sessions = dict[str, str]

PUBLIC = {"login", "login_code", "healthz", "offline_worker", "surveys:answer"}
PUBLIC |= {f"publicity:{name}" for name in ("everybody", "result", "complain", "ask")}
# Not guarded by a right: one's own notice or list, and a page that exists only while developing.
OWN = {"notices:read", "saved_lists:remove", "gallery"}
# What an action may answer to somebody entitled who sent an empty form.
ANSWERED = {"get": {200, 302}, "post": {200, 204, 302, 400, 409}}


def _addresses(resolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + (entry.name or str(entry.pattern)), entry
        else:
            yield from _addresses(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)


ADDRESSES = dict(_addresses(get_resolver()))


def test_every_address_stands_in_the_table() -> None:
    assert set(ADDRESSES) - PUBLIC == {row.name for row in TABLE}


def test_every_view_declares_the_right_it_needs() -> None:
    assert [name for name, entry in ADDRESSES.items() if not getattr(entry.callback, "required", None)] == []
    assert {name for name, entry in ADDRESSES.items() if entry.callback.required == "public"} == PUBLIC


@shared
def sessions(world: World) -> Sessions:
    """Everybody signed in once: the keys of their sessions."""
    keys: Sessions = {}
    for person in (*ALL, "disabled"):
        client = Client()
        client.force_login(getattr(world.cast, person), backend="django.contrib.auth.backends.ModelBackend")
        keys[person] = client.session.session_key or ""
    return keys


def _status(world: World, row: Row, person: str | None, sessions: Sessions) -> int:
    client = Client(raise_request_exception=False)
    if person:
        client.cookies[settings.SESSION_COOKIE_NAME] = sessions[person]
    with transaction.atomic():
        url = reverse(row.name, kwargs=row.args(world))
        response = getattr(client, row.method)(url, row.data(world))
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    if response.status_code == 302 and "/login/?" in response.url:
        return 401
    return response.status_code


def _wrong(world: World, row: Row, sessions: Sessions) -> Iterator[tuple[str | None, int]]:
    """Who gets another answer than the table says, and which; first those who may not come in."""
    for person in sorted(ALL, key=lambda person: (person in row.allowed, person)):
        status = _status(world, row, person, sessions)
        if person in row.allowed:
            right = status in ANSWERED[row.method]
        else:
            right = status == (404 if person in row.hidden else 403)
        if not right:
            yield person, status
    yield from ((who, status) for who in (None, "disabled") if (status := _status(world, row, who, sessions)) != 401)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.name}-{row.method}")
def test_each_person_gets_what_the_table_says(world: World, row: Row, sessions: Sessions) -> None:
    assert list(_wrong(world, row, sessions)) == []


def test_the_matrix_sees_a_door_without_its_guard(
    world: World, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: whoever may see everything and hold every right is noticed at each guarded address."""
    monkeypatch.setattr(scope, "_reach", lambda user, model, perm: Q())
    monkeypatch.setattr(scope, "holds", lambda user, perm: True)
    guarded = [row for row in TABLE if row.allowed != ALL and row.name not in OWN]
    assert [row.name for row in guarded if next(_wrong(world, row, sessions), None) is None] == []
