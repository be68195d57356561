"""Every link, button and form on every page, as each of the cast sees it: what is offered may be done, and the reverse.

What stands in the truth table is answered by it; of the rest the first and the last of a kind on a page are asked.
"""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from lxml import html

from portal.core.accounts.models import User
from tests.permissions.table import ALL, TABLE
from tests.permissions.world import World

pytestmark = pytest.mark.django_db
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
    # On lists that are filtered.
    "saved_lists:save",
}
DONE = {200, 204, 302}
REFUSED = {401, 403, 404, 405}


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


def _action(method: str, url: str) -> Action:
    match = resolve(urlsplit(url).path)
    return Action(method, match.view_name, tuple(sorted((key, str(value)) for key, value in match.kwargs.items())))


def _on(page: str, body: str) -> Iterator[Offer]:
    """What a page offers within the portal."""
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

    def ask(self, method: str, url: str, data: dict) -> tuple[int, list[Offer]]:
        """Return the status (401 = sent to sign in) and what the page offers."""
        cookies = self.client.cookies.output(header="", sep=";")
        with transaction.atomic():
            answer = getattr(self.client, method)(url, data)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            transaction.set_rollback(True)
        self.client.cookies.load(cookies)
        if answer.status_code == 302 and answer.url.startswith("/login/?"):
            return 401, []
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        return answer.status_code, list(_on(url, body.decode())) if is_page and body.strip() else []


def _ends(offers: list[Offer]) -> dict[Action, Offer]:
    """The first and the last of each kind: the rows of a list are alike."""
    last = {(offer.action.method, offer.action.name): offer for offer in offers}
    first = {(offer.action.method, offer.action.name): offer for offer in reversed(offers)}
    return {offer.action: offer for offer in [*first.values(), *last.values()]}


@pytest.mark.parametrize("person", sorted(ALL))
def test_offers_and_actions_agree(world: World, person: str) -> None:
    browser = Browser(getattr(world.cast, person))
    table = {}
    for row in TABLE:
        url = reverse(row.name, kwargs=row.args(world))
        table[_action(row.method, url)] = Offer(_action(row.method, url), url, row.data(world)), person in row.allowed
    offered: set[Action] = set()
    asked: dict[Action, Offer] = {}
    for row, allowed in table.values():
        if allowed and row.action.method == "get":
            _, offers = browser.ask("get", row.url, row.data)
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
