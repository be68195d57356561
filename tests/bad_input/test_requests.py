"""What no browser sends on behalf of a person is answered before any page sees it."""

import pytest
from django.db import DataError
from django.test import Client
from django.urls import reverse

from tests.bad_input.asking import ask, faults

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "address", "data"),
    [
        ("get", "/schools/?q=%00", None),
        ("get", "/schools/%00/", None),
        ("post", "/login/", {"username\0": "a"}),
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_nul_is_400_in_chinese(world, signed_in: bool, method: str, address: str, data) -> None:
    answer = ask(world.cast.admin if signed_in else None, method, address, data)
    assert (answer.status_code, faults(answer)) == (400, [])
    assert "控制字符" in answer.content.decode()


def test_nul_in_a_posted_text_is_dropped(world) -> None:
    answer = ask(None, "post", "/login/", {"username": "no\0body", "password": "x"})
    assert (answer.status_code, faults(answer)) == (200, [])
    assert 'value="nobody"' in answer.content.decode()


def test_nul_in_a_cookie_is_400_in_chinese(world) -> None:
    # As a quoted cookie spells it; PostgreSQL would refuse the session's key.
    answer = Client(raise_request_exception=False, headers={"cookie": r'session="aaaaaaaaaaaa\000"'}).get("/")
    assert (answer.status_code, faults(answer)) == (400, [])


def test_scripts_get_the_refusal_as_json(world) -> None:
    answer = ask(world.cast.admin, "get", "/schools/?q=%00", headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert "控制字符" in answer.json()["message"]


@pytest.mark.parametrize("method", ["put", "delete", "patch", "trace"])
@pytest.mark.parametrize("address", ["/", "/login/", "/nowhere/", "/healthz"])
def test_other_methods_are_405_in_chinese(world, method: str, address: str) -> None:
    answer = ask(None, method, address)
    assert (answer.status_code, faults(answer)) == (405, [])
    assert answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    "address", ["/schools/?q=%ff%fe", "/schools/%ff%fe/", "/schools/?%ff=%ed%a0%80", "/%ed%a0%80/"]
)
def test_broken_utf8_is_answered_in_chinese(world, address: str) -> None:
    answer = ask(world.cast.admin, "get", address)
    assert answer.status_code in (200, 404)
    assert faults(answer) == []


def test_a_form_without_its_token_is_403_in_chinese(world) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(world.cast.reporter_a, backend="django.contrib.auth.backends.ModelBackend")
    for address in (reverse("submissions:submit", args=[world.submission.pk]), "/logout/"):
        answer = strict.post(address, {"number": "1"})
        assert (answer.status_code, faults(answer)) == (403, [])
        assert "页面已过期" in answer.content.decode()


@pytest.mark.parametrize("error", [DataError("value too long"), OverflowError("int too large"), OverflowError("date")])
def test_what_no_column_can_hold_is_400_in_chinese(world, monkeypatch, error: Exception) -> None:
    def too_long(*_: object) -> None:
        raise error

    monkeypatch.setattr("portal.home.views.tasks.for_user", too_long)
    answer = ask(world.cast.admin, "get", "/")
    assert (answer.status_code, faults(answer)) == (400, [])
    assert "超出" in answer.content.decode()


@pytest.mark.parametrize("address", ["/login/", "/nowhere/", "/logout/"])
@pytest.mark.parametrize(
    ("kind", "body", "statuses"),
    [
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 6_000_000, {404, 413}),
        ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(6000)), {404, 413}),
        ("application/x-www-form-urlencoded; charset=utf-16", b"a=1", {400, 404}),
        ("multipart/form-data", b"x", {400, 404}),
        ("multipart/form-data; boundary=\xe9", b"x", {400, 404}),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"y" * 100, {403, 404}),
    ],
    ids=["too long", "too many fields", "utf-16", "no boundary", "strange boundary", "cut off"],
)
def test_a_body_that_cannot_be_read_is_no_fault_of_ours(world, address: str, kind: str, body: bytes, statuses) -> None:
    # With the token checked, as in production: that reads the body first, and the error page must not read it again.
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.get("/login/")
    answer = strict.generic("POST", address, body, content_type=kind)
    assert answer.status_code in statuses
    assert faults(answer) == []
