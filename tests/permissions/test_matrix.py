"""Every address × every member of the cast → the status the truth table says, and what its pages offer.

Of links, buttons and forms what stands in the truth table is answered by it; of the rest the first and the last of a
kind on a page are asked.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.backends.django import Template
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve, reverse
from lxml import html

from portal.core.accounts.models import User
from portal.core.lib import views
from schools.access import scope
from tests.known import Known
from tests.permissions.table import ALL, TABLE, Row
from tests.permissions.world import World
from tests.shared import shared

pytestmark = pytest.mark.django_db
Sessions = dict[str, str]
# By person, name and path.
Pages = dict[tuple[str, str, str], str]
# What somebody was answered when the table was asked need not be asked again for what it offers.
PAGES: Pages = {}
# By the keys of their sessions.
KNOWN: dict[str, Known] = {}
RENDERED: set[tuple[Any, ...]] = set()

PUBLIC = {"login", "login_code", "healthz", "offline_worker", "surveys:answer"}
PUBLIC |= {f"publicity:{name}" for name in ("everybody", "result", "complain", "ask")}
# Not guarded by a right: one's own notice, list or link, and a page that exists only while developing.
OWN = {"notices:read", "notices:confirm_email", "saved_lists:remove", "gallery"}
# What an action may answer to somebody entitled who sent an empty form.
ANSWERED = {"get": {200, 302}, "post": {200, 204, 302, 400, 409}}
# Actions no page offers: there is nothing to do in the world, or (the photo) their page is further off than this walk.
IDLE = {
    "notices:read_all",
    "accounts:enable",
    "accounts:drop_two_step",
    "accounts:confirm",
    "accounts:confirm_reset",
    "rounds:add_respondents",
    "rectification:raise_from_evaluation",
    "dossiers:build",
    # Offered once it is issued; in the world it was withdrawn.
    "self_reports:withdraw",
    # Offered once the section is marked; in the world it is not, and nothing is taken back.
    "shares:take_back_done",
    # Done once: what is adopted or handed out stays so.
    "programmes:adopt",
    "surveys:hand_out",
    "visits:withdraw_photo",
    "checklists:withdraw",
    # Offered while an address waits for its link; in the world nobody has entered one.
    "notices:ask_again",
    # On lists that are filtered.
    "saved_lists:save",
}
DONE = {200, 204, 302}
REFUSED = {401, 403, 404, 405}
# Addresses by the part of the portal they belong to: the world is set up once for all of a part.
PARTS = sorted({row.name.rpartition(":")[0] for row in TABLE})


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


def _refusal(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    """Thousands are refused, and of each only the status is asked: once a person and kind of refusal its page is rendered."""
    kind = request.user.pk, status, context["title"], bool(context["problems"]), bool(context["offer"])
    if kind in RENDERED:
        return HttpResponse(status=status)
    RENDERED.add(kind)
    return render(request, template, context, status=status)


def _answer(world: World, row: Row, person: str | None, sessions: Sessions) -> HttpResponse:
    client = Client(raise_request_exception=False)
    with ExitStack() as stack:
        stack.enter_context(patch.object(views, "render", _refusal))
        if person:
            key = client.cookies[settings.SESSION_COOKIE_NAME] = sessions[person]
            stack.enter_context(KNOWN.setdefault(key, Known(key)).asking())
        stack.enter_context(transaction.atomic())
        response = getattr(client, row.method)(reverse(row.name, kwargs=row.args(world)), row.data(world))
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response


def _status(response: HttpResponse) -> int:
    """401 when sent to sign in."""
    return 401 if response.status_code == 302 and "/login/?" in response.url else response.status_code


def _page(response: HttpResponse) -> str:
    """Blank for a file, a redirect."""
    is_page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
    return response.content.decode().strip() if is_page else ""


def _wrong(world: World, row: Row, sessions: Sessions, pages: Pages | None = None) -> Iterator[tuple[str | None, int]]:
    """Who gets another answer than the table says, and which; first those who may not come in."""
    for person in sorted(ALL, key=lambda person: (person in row.allowed, person)):
        response = _answer(world, row, person, sessions)
        status = _status(response)
        if person in row.allowed:
            right = status in ANSWERED[row.method]
            if pages is not None and row.method == "get":
                pages[person, row.name, response.request["PATH_INFO"]] = _page(response)
        else:
            right = status == (404 if person in row.hidden else 403)
        if not right:
            yield person, status
    for who in (None, "disabled"):
        if (status := _status(_answer(world, row, who, sessions))) != 401:
            yield who, status


@pytest.mark.parametrize("part", PARTS)
def test_each_person_gets_what_the_table_says(world: World, part: str, sessions: Sessions) -> None:
    rows = [row for row in TABLE if row.name.rpartition(":")[0] == part]
    wrong = [(row.name, row.method, *found) for row in rows for found in _wrong(world, row, sessions, PAGES)]
    assert wrong == []


def test_the_matrix_sees_a_door_without_its_guard(
    world: World, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: whoever may see everything and hold every right is noticed at each guarded address."""
    monkeypatch.setattr(scope, "_reach", lambda user, model, perm: Q())
    monkeypatch.setattr(scope, "holds", lambda user, perm: True)
    # What stands on the pages does not matter here.
    monkeypatch.setattr(Template, "render", lambda *_: "")
    guarded = [row for row in TABLE if row.allowed != ALL and row.name not in OWN]
    assert [row.name for row in guarded if next(_wrong(world, row, sessions), None) is None] == []


class Action(NamedTuple):
    """What is asked for: method, name of the address, its arguments."""

    method: str
    name: str
    args: tuple[tuple[str, str], ...]


class Offer(NamedTuple):
    """A link or form on a page: where it leads and what it sends as it stands."""

    action: Action
    url: str
    data: dict[str, str]


@cache
def _action(method: str, url: str) -> Action:
    """Cached: pages lead to the same places again and again."""
    match = resolve(urlsplit(url).path)
    return Action(method, match.view_name, tuple(sorted((key, str(value)) for key, value in match.kwargs.items())))


def _on(page: str, body: str) -> Iterator[Offer]:
    """What a page offers within the portal."""
    if not body:
        return
    tree = html.fromstring(body.encode(), parser=html.HTMLParser(encoding="utf-8"))
    found = [("get", link, {}) for link in tree.xpath("//a/@href | //*/@hx-get | //*/@data-finding")]
    for form in tree.forms:
        data = {name: str(value) for name, value in form.form_values() if name != "page_person"}
        found += [(form.method.lower(), to, data) for to in [form.get("action", ""), *form.xpath(".//@formaction")]]
    for method, to, data in found:
        url = urlsplit(urljoin(page, to))
        if not to.startswith("#") and not url.netloc and url.scheme in ("", "http"):
            yield Offer(_action(method, url.path), url._replace(fragment="").geturl(), data)


class Browser:
    """Somebody signed in, asking without effect: what is written is rolled back, signing out does not last."""

    def __init__(self, user: User) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.known = Known(self.client.session.session_key or "")

    def ask(self, method: str, url: str, data: dict) -> tuple[int, list[Offer]]:
        """Return the status (401 = sent to sign in) and what the page offers."""
        cookies = self.client.cookies.output(header="", sep=";")
        with self.known.asking(), transaction.atomic():
            answer = getattr(self.client, method)(url, data)
            if answer.streaming:
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        self.client.cookies.load(cookies)
        return _status(answer), list(_on(url, _page(answer)))


def _ends(offers: list[Offer]) -> dict[Action, Offer]:
    """The first and the last of each kind: the rows of a list are alike."""
    last = {(offer.action.method, offer.action.name): offer for offer in offers}
    first = {(offer.action.method, offer.action.name): offer for offer in reversed(offers)}
    return {offer.action: offer for offer in [*first.values(), *last.values()]}


@pytest.mark.parametrize("person", sorted(ALL))
def test_offers_and_actions_agree(world: World, sessions: Sessions, person: str) -> None:
    browser = Browser(getattr(world.cast, person))
    table = {}
    for row in TABLE:
        url = reverse(row.name, kwargs=row.args(world))
        table[_action(row.method, url)] = Offer(_action(row.method, url), url, row.data(world)), person in row.allowed
    offered: set[Action] = set()
    asked: dict[Action, Offer] = {}
    for row, allowed in table.values():
        if allowed and row.action.method == "get":
            page = PAGES.get((person, row.action.name, row.url))
            offers = browser.ask("get", row.url, row.data)[1] if page is None else list(_on(row.url, page))
            offered |= {offer.action for offer in offers}
            asked |= _ends(offers)

    # Where the data names the object, the address alone says nothing.
    known = {action: allowed for action, (row, allowed) in table.items() if not row.data}
    refused = [action for action in offered if not known.get(action, True)]
    for action in asked.keys() - known.keys():
        status, offers = browser.ask(action.method, asked[action].url, asked[action].data)
        offered |= {offer.action for offer in offers}
        if status in REFUSED or status >= 500:
            refused.append(action)
    assert refused == []

    hidden = [row for row, allowed in table.values() if allowed and row.action.method == "post"]
    hidden = [row for row in hidden if row.action not in offered and row.action.name not in IDLE]
    assert [row.action for row in hidden if browser.ask("post", row.url, row.data)[0] in DONE] == []
