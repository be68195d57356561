"""Guessing passwords: who is stopped, who must not be, and what it writes."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.config import env
from portal.core.accounts import authentication
from portal.core.audit.models import AuditEvent
from tests.cast import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def behind_proxy(settings, monkeypatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 172.18.0.2")
    settings.TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")


def _try(client: Client, username: str, password: str = "wrong", **headers: str) -> int:
    return client.post(reverse("login"), {"username": username, "password": password}, headers=headers).status_code


def _stranger(**extra) -> Client:
    return Client(REMOTE_ADDR="10.0.0.7", **extra)


def _last_address() -> str:
    return AuditEvent.objects.order_by("-seq").first().address


def test_behind_a_proxy_a_stranger_locks_nobody_else_out(cast, behind_proxy) -> None:
    """Every client comes from the proxy's address: the lock must fall on the one behind it."""
    tries = [_try(_stranger(), "principal_a", **{"x-forwarded-for": "198.51.100.9"}) for _ in range(6)]
    assert tries == [200, 200, 200, 200, 429, 429]
    assert _last_address() == "198.51.100.9"
    assert _try(_stranger(), "principal_a", PASSWORD, **{"x-forwarded-for": "203.0.113.5"}) == 302
    assert _last_address() == "203.0.113.5"


def test_without_the_setting_the_header_is_not_believed(cast) -> None:
    for number in range(5):
        _try(_stranger(), "principal_a", **{"x-forwarded-for": f"198.51.100.{number}"})
    assert _try(_stranger(), "principal_a", PASSWORD, **{"x-forwarded-for": "203.0.113.5"}) == 429
    assert _last_address() == "10.0.0.7"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.0.7", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.7", "1.2.3.4, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.7", "198.51.100.9, 172.18.0.2", "198.51.100.9"),
        ("10.0.0.7", "198.51.100.9:4711", "198.51.100.9"),
        ("10.0.0.7", "[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:10.0.0.7", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.7", "198.51.100.9, unknown", "10.0.0.7"),
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "10.1.1.1", "10.1.1.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),
        ("", "198.51.100.9", "198.51.100.9"),
    ],
)
def test_what_counts_is_the_last_address_that_is_no_proxy_of_ours(cast, behind_proxy, peer, forwarded, address) -> None:
    _try(Client(REMOTE_ADDR=peer), "principal_a", **{"x-forwarded-for": forwarded})
    assert _last_address() == address


def test_only_a_proxy_of_ours_says_that_the_request_was_encrypted(cast, behind_proxy, settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER, settings.SECURE_SSL_REDIRECT = ("HTTP_X_FORWARDED_PROTO", "https"), True
    shown = {"x-forwarded-proto": "https"}
    assert Client(REMOTE_ADDR="10.0.0.7").get(reverse("login"), headers=shown).status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.1").get(reverse("login"), headers=shown).status_code == 301


def test_a_wrong_network_in_the_setting_is_named(monkeypatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8,proxy")
    with pytest.raises(ImproperlyConfigured, match=r"TRUSTED_PROXIES.*“proxy”"):
        env.networks("TRUSTED_PROXIES")


def test_nobody_at_the_same_address_locks_a_person_out_of_the_own_browser(cast) -> None:
    own, pupil = Client(), Client()
    assert _try(own, "principal_a", PASSWORD) == 302
    own.post(reverse("logout"))
    assert [_try(pupil, "principal_a") for _ in range(6)][-2:] == [429, 429]
    assert _try(own, "principal_a", PASSWORD) == 302, "the browser that signed in before stays open"
    assert _try(pupil, "principal_a", PASSWORD) == 429, "the stranger's does not"


def test_without_the_mark_of_the_own_browser_a_stranger_locks_its_owner_out(cast, monkeypatch) -> None:
    """The negative control of the test before."""
    monkeypatch.setattr(authentication, "_known_browser", lambda request: ("", []))
    own, pupil = Client(), Client()
    assert _try(own, "principal_a", PASSWORD) == 302
    own.post(reverse("logout"))
    assert [_try(pupil, "principal_a") for _ in range(6)][-2:] == [429, 429]
    assert _try(own, "principal_a", PASSWORD) == 429


def test_the_own_browser_is_locked_by_its_own_failures_and_is_no_key_to_others(cast) -> None:
    own = Client()
    _try(own, "principal_a", PASSWORD)
    own.post(reverse("logout"))
    for _ in range(5):
        _try(own, "principal_a")
    assert _try(own, "principal_a", PASSWORD) == 429
    for _ in range(5):
        _try(own, "reporter_a")
    assert _try(Client(), "reporter_a", PASSWORD) == 429, "for other accounts it counts by its address"


def test_a_forged_browser_mark_is_a_new_browser(cast) -> None:
    own = Client()
    _try(own, "principal_a", PASSWORD)
    mark = own.cookies["browser"].value
    for _ in range(5):
        _try(Client(), "principal_a")
    forged = Client()
    forged.cookies["browser"] = mark[:-2] + "xx"
    assert _try(forged, "principal_a", PASSWORD) == 429


def test_spraying_many_accounts_is_slowed_but_stops_nobody(cast, monkeypatch) -> None:
    own, elsewhere = Client(), Client(REMOTE_ADDR="203.0.113.5")
    _try(own, "principal_a", PASSWORD)
    own.post(reverse("logout"))
    names = [make_user(f"clerk{number}", f"职员{number}").username for number in range(authentication.SPRAY_LIMIT + 3)]
    tries = [_try(Client(), name) for name in names]
    assert tries == [200] * authentication.SPRAY_LIMIT + [429] * 3
    slowed = Client().post(reverse("login"), {"username": names[-1], "password": PASSWORD})
    assert slowed.status_code == 429
    assert 0 < int(slowed.headers["Retry-After"]) <= authentication.PAUSE.seconds
    assert "秒后再试" in slowed.content.decode()
    assert _try(own, "principal_a", PASSWORD) == 302
    assert _try(elsewhere, "reporter_a", PASSWORD) == 302
    AccessAttempt.objects.update(attempt_time=timezone.now() - authentication.PAUSE - timedelta(seconds=1))
    assert _try(Client(), names[-1], PASSWORD) == 302, "one try each pause"


def test_without_the_pause_one_address_sprays_as_many_accounts_as_it_likes(cast, monkeypatch) -> None:
    """The negative control of the test before."""
    monkeypatch.setattr(authentication, "seconds_to_wait", lambda request: 0)
    names = [make_user(f"clerk{number}", f"职员{number}").username for number in range(authentication.SPRAY_LIMIT + 3)]
    assert [_try(Client(), name) for name in names] == [200] * len(names)


def test_what_is_refused_unseen_writes_nothing(cast) -> None:
    for _ in range(5):
        _try(Client(), "principal_a")

    def size() -> tuple:
        attempts = AccessAttempt.objects.values_list("failures_since_start", "post_data", "attempt_time")
        return list(attempts), AuditEvent.objects.count(), AccessLog.objects.count()

    before = size()
    for agent in ("a", "b", "c"):
        _try(Client(), "principal_a", **{"user-agent": agent})
    assert size() == before


@pytest.mark.parametrize(
    "typed", ["Reporter_A", "ｒｅｐｏｒｔｅｒ＿ａ", " reporter_a ", "reporter_a\u200b", "\ufeffREPORTER_A"]
)
def test_a_name_is_read_as_people_type_it(cast, client, typed: str) -> None:
    assert _try(client, typed, PASSWORD) == 302
    assert client.session["_auth_user_id"] == str(cast.reporter_a.pk)


def test_another_way_to_write_a_name_is_no_further_try(cast) -> None:
    for typed in ("reporter_a", "Reporter_a", "REPORTER_A", "ｒeporter_a", "reporter_A"):
        _try(Client(), typed)
    assert _try(Client(), "reporter_a", PASSWORD) == 429


def test_of_two_old_names_that_differ_in_case_each_signs_in_as_written(cast) -> None:
    twin = make_user("Reporter_A", "甲校另一人")
    first, second, unclear = Client(), Client(), Client()
    assert (_try(first, "reporter_a", PASSWORD), _try(second, "Reporter_A", PASSWORD)) == (302, 302)
    assert first.session["_auth_user_id"] == str(cast.reporter_a.pk)
    assert second.session["_auth_user_id"] == str(twin.pk)
    assert _try(unclear, "REPORTER_A", PASSWORD) == 200


def test_the_sign_in_page_asks_for_no_capitals_and_says_that_case_does_not_matter(client) -> None:
    page = client.get(reverse("login")).content.decode()
    assert 'autocapitalize="none"' in page
    assert "不区分大小写" in page
