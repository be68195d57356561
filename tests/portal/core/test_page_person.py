"""Every write carries the person its page was made for; nobody else's session carries it out."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from portal.core.notices import actions as notices
from portal.core.notices.models import Notice
from tests.cast import PASSWORD
from tests.test_architecture import TEMPLATES, _name

pytestmark = pytest.mark.django_db
BROWSER = {"origin": "http://testserver"}
READ_ALL = "notices:read_all"


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


@pytest.fixture
def shared(cast) -> Client:
    """The browser of a staff room, protection tokens checked as on the live site."""
    with transaction.atomic():
        notices.notify([cast.reporter_a, cast.principal_a], text="通知", url="/", key="test", by=None)
    return Client(enforce_csrf_checks=True)


def _enter(client: Client, username: str, address: str = "") -> None:
    page = client.get(address or reverse("login")).content.decode()
    answer = client.post(
        reverse("login"), _hidden(page) | {"username": username, "password": PASSWORD}, headers=BROWSER
    )
    assert answer.status_code == 302


def _unread(person) -> int:
    return Notice.objects.filter(user=person, read_at__isnull=True).count()


@pytest.mark.parametrize("token", ["of the page", "of the browser"])
def test_a_form_of_one_person_does_nothing_in_the_session_of_another(cast, shared, token) -> None:
    _enter(shared, "reporter_a")
    page = _hidden(shared.get(reverse("notices:list")).content.decode())
    shared.post(reverse("logout"), page, headers=BROWSER)
    _enter(shared, "principal_a")
    if token == "of the browser":
        page["csrfmiddlewaretoken"] = shared.cookies["csrf"].value
    answer = shared.post(reverse(READ_ALL), page, headers=BROWSER)
    assert answer.status_code == 409
    assert "甲校校长" in answer.content.decode()
    assert "没有保存" in answer.content.decode()
    assert (_unread(cast.reporter_a), _unread(cast.principal_a)) == (1, 1)


@pytest.mark.parametrize("method", ["get", "post"])
def test_scripts_of_a_page_are_refused_in_words_too(cast, sign_in, method) -> None:
    headers = {"accept": "application/json", "x-page-person": str(cast.reporter_a.pk)}
    answer = getattr(sign_in(cast.principal_a), method)(reverse(READ_ALL), headers=headers)
    assert answer.status_code == 409
    assert answer.json()["login"] == reverse("login") + "?switch=1"
    assert "甲校校长" in answer.json()["message"]
    own = sign_in(cast.reporter_a).post(reverse(READ_ALL), headers=headers)
    assert own.json() == {"location": reverse("notices:list")}


def test_a_page_of_ours_that_forgets_its_person_is_refused(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    assert client.post(reverse(READ_ALL), headers=BROWSER).status_code == 409
    assert client.post(reverse(READ_ALL)).status_code == 302, "a program without a browser has no page"


def test_who_signs_in_next_to_another_gets_the_own_session(cast, shared) -> None:
    _enter(shared, "reporter_a")
    assert shared.get(reverse("login")).status_code == 302
    form = shared.get(reverse("login") + "?switch=1")
    assert "甲校填报员" in form.content.decode()
    _enter(shared, "principal_a", reverse("login") + "?switch=1")
    home = shared.get("/").content.decode()
    assert "甲校校长" in home
    assert "甲校填报员" not in home


def test_a_sign_in_page_left_open_does_not_lead_into_another_session(cast, shared) -> None:
    """Both tabs show the sign-in page; whoever types the own password second must not work as the first."""
    page = _hidden(shared.get(reverse("login")).content.decode())
    _enter(shared, "reporter_a")
    page["csrfmiddlewaretoken"] = shared.cookies["csrf"].value
    shared.post(reverse("login"), page | {"username": "principal_a", "password": PASSWORD}, headers=BROWSER)
    assert "甲校校长" in shared.get("/").content.decode()


def test_the_browser_knows_who_is_signed_in_until_they_leave(cast, shared) -> None:
    _enter(shared, "reporter_a")
    assert shared.cookies["person"].value == str(cast.reporter_a.pk)
    shared.post(reverse("logout"), _hidden(shared.get("/").content.decode()), headers=BROWSER)
    assert shared.cookies["person"].value == ""


# Nobody is signed in on these, nor can be.
PUBLIC = '{% extends "public.html" %}'


@pytest.mark.parametrize("path", [path for path in TEMPLATES if not path.read_text().startswith(PUBLIC)], ids=_name)
def test_every_form_that_writes_carries_token_and_person(path) -> None:
    for form in re.findall(r"<form\b.*?</form>", path.read_text(), flags=re.S | re.I):
        if 'method="post"' in form.lower():
            assert "{% csrf_token %}" in form
