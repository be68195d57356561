"""Signing in, staying signed in, and who is turned away."""

import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.core.audit.models import AuditEvent
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


def _sign_in(client: Client, username: str, password: str = PASSWORD, **extra):
    return client.post(reverse("login"), {"username": username, "password": password, **extra})


def _page(response) -> str:
    return response.content.decode()


def test_signing_in_leads_to_the_workbench_and_is_audited(cast, client) -> None:
    assert _sign_in(client, "reporter_a").headers["Location"] == "/"
    assert "甲校填报员" in _page(client.get("/"))
    assert AuditEvent.objects.filter(action="account.sign_in", actor_id=cast.reporter_a.pk).count() == 1


def test_signing_in_begins_a_new_session(cast, client) -> None:
    before = client.session.session_key
    client.get(reverse("login"))
    _sign_in(client, "reporter_a")
    assert client.session.session_key not in (None, before)


def test_wrong_password_unknown_account_and_disabled_account_get_one_answer(cast) -> None:
    answers = set()
    for username, password in [("reporter_a", "wrong"), ("nobody", "wrong"), ("disabled", PASSWORD)]:
        page = _page(_sign_in(Client(), username, password))
        assert "账号或密码不正确" in page
        answers.add(page.count("notice") + page.count("alert"))
    assert len(answers) == 1


def test_a_failed_sign_in_is_audited_without_the_password(cast, client) -> None:
    _sign_in(client, "reporter_a", "wrong-secret-1")
    event = AuditEvent.objects.get(action="account.sign_in_failed")
    assert (event.success, event.object_id, event.actor_id) == (False, str(cast.reporter_a.pk), None)
    assert "wrong-secret-1" not in f"{event.after}{event.before}{event.object_name}"


def _fail(client: Client, times: int, username: str = "reporter_a") -> list[int]:
    return [_sign_in(client, username, "wrong").status_code for _ in range(times)]


def test_the_fifth_failure_locks_account_and_address(cast, client) -> None:
    assert _fail(client, 5) == [200, 200, 200, 200, 429]
    locked = _sign_in(client, "reporter_a")
    assert locked.status_code == 429
    assert "暂停登录 30 分钟" in _page(locked)
    assert locked.headers["Retry-After"] == "1800"
    assert AccessAttempt.objects.get(username="reporter_a").failures_since_start >= 5


def test_four_failures_do_not_lock(cast, client) -> None:
    _fail(client, 4)
    assert _sign_in(client, "reporter_a").status_code == 302


def test_a_lock_touches_neither_other_accounts_nor_other_addresses(cast, client) -> None:
    _fail(client, 6)
    assert _sign_in(Client(), "principal_a").status_code == 302
    elsewhere = Client(REMOTE_ADDR="10.9.8.7")
    assert _sign_in(elsewhere, "reporter_a").status_code == 302


def test_the_lock_ends_after_half_an_hour(cast, client) -> None:
    _fail(client, 5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert _sign_in(client, "reporter_a").status_code == 302


def test_guessing_on_a_locked_account_does_not_flood_the_trail(cast, client) -> None:
    _fail(client, 9)
    events = AuditEvent.objects.filter(action="account.sign_in_failed").order_by("seq")
    assert [event.after["locked"] for event in events] == [False] * 4 + [True]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "\\\\evil.example",
        "logout",
        "http:///evil.example",
    ],
)
def test_a_foreign_next_address_is_not_followed(cast, client, wanted: str) -> None:
    assert _sign_in(client, "reporter_a", next=wanted).headers["Location"] == "/"


def test_a_page_of_our_own_is_followed_after_signing_in(cast, client) -> None:
    assert _sign_in(client, "reporter_a", next="/notices/?show=unread").headers["Location"] == "/notices/?show=unread"


def test_signing_out_takes_a_form_not_a_link(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    refused = client.get(reverse("logout"))
    assert refused.status_code == 405
    assert "不能这样打开" in _page(refused)
    assert client.get("/").status_code == 200
    client.post(reverse("logout"))
    assert client.get("/").status_code == 302
    assert AuditEvent.objects.filter(action="account.sign_out").exists()


def test_a_form_without_its_token_is_refused_in_chinese(cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.reporter_a, backend="django.contrib.auth.backends.ModelBackend")
    refused = client.post(reverse("logout"))
    assert refused.status_code == 403
    assert "页面已过期" in _page(refused)


def _set_session(client: Client, **values: int) -> None:
    session = client.session
    session.update(values)
    session.save()


def test_half_an_hour_without_a_request_ends_the_session(cast, sign_in, settings) -> None:
    client = sign_in(cast.reporter_a)
    now = int(time.time())
    _set_session(client, last_seen=now - settings.SESSION_IDLE_SECONDS + 60, began=now - 3600)
    assert client.get("/notices/").status_code == 200
    _set_session(client, last_seen=now - settings.SESSION_IDLE_SECONDS - 60)
    answer = client.get("/notices/?show=unread")
    assert answer.headers["Location"] == "/login/?expired=1&next=%2Fnotices%2F%3Fshow%3Dunread"
    assert "已自动退出" in _page(client.get(answer.headers["Location"]))
    assert client.get("/").status_code == 302


def test_twelve_hours_end_even_a_busy_session(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    now = int(time.time())
    _set_session(client, last_seen=now, began=now - 12 * 3600 - 1)
    assert client.get("/").status_code == 302


def test_after_an_idle_post_the_sign_in_page_does_not_lead_back_to_the_post(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    _set_session(client, last_seen=1, began=1)
    assert client.post(reverse("notices:read_all")).headers["Location"] == "/login/?expired=1"


@pytest.mark.parametrize(
    ("referer", "place"),
    [
        ("http://testserver/findings/7/?view=duties", "/login/?expired=1&next=%2Ffindings%2F7%2F%3Fview%3Dduties"),
        ("http://elsewhere.example/findings/7/", "/login/?expired=1"),
        ("", "/login/?expired=1"),
        ("http://testserver/notices/read-all/", "/login/?expired=1"),
    ],
)
@pytest.mark.parametrize("ended", ["idle", "signed out elsewhere"])
def test_after_a_lost_post_the_sign_in_page_leads_back_to_the_form(
    cast, sign_in, client, referer, place, ended
) -> None:
    if ended == "idle":
        client = sign_in(cast.reporter_a)
        _set_session(client, last_seen=1, began=1)
    answer = client.post(reverse("notices:read_all"), headers={"referer": referer})
    assert answer.headers["Location"] == place


def test_scripts_get_401_instead_of_getting_the_sign_in_page(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    _set_session(client, last_seen=1, began=1)
    for _ in ("ended just now", "not signed in any more"):
        answer = client.get("/", headers={"accept": "application/json"})
        assert answer.status_code == 401
        assert "重新登录" in answer.json()["message"]


def test_a_first_password_must_be_changed_before_anything_else(cast, sign_in) -> None:
    cast.reporter_a.must_change_password = True
    cast.reporter_a.save()
    client = sign_in(cast.reporter_a)
    for url in ("/", "/notices/", "/jobs/"):
        assert client.get(url).headers["Location"] == reverse("password_change")
    assert "请先设置只有您自己知道的密码" in _page(client.get(reverse("password_change")))
    new = {"old_password": PASSWORD, "new_password1": "Kaifeng-2026!", "new_password2": "Kaifeng-2026!"}
    assert client.post(reverse("password_change"), new).status_code == 302
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("new", "says"),
    [("Short1!", "8"), ("abcdefghij", "三类"), ("Password123", "常见"), ("2026072812345", "三类")],
)
def test_weak_passwords_are_refused_in_chinese(cast, sign_in, new: str, says: str) -> None:
    client = sign_in(cast.reporter_a)
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    answer = client.post(reverse("password_change"), form)
    assert answer.status_code == 200
    assert says in _page(answer)
    cast.reporter_a.refresh_from_db()
    assert cast.reporter_a.check_password(PASSWORD)


def test_a_new_password_ends_the_other_sessions(cast, sign_in) -> None:
    here, there = sign_in(cast.reporter_a), sign_in(cast.reporter_a)
    new = {"old_password": PASSWORD, "new_password1": "Kaifeng-2026!", "new_password2": "Kaifeng-2026!"}
    here.post(reverse("password_change"), new)
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


def test_a_disabled_account_is_out_at_the_next_request(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    assert client.get("/").status_code == 200
    cast.reporter_a.is_active = False
    cast.reporter_a.save()
    assert client.get("/").status_code == 302


def test_pages_for_signed_in_people_are_not_stored(cast, sign_in, client) -> None:
    assert sign_in(cast.reporter_a).get("/").headers["Cache-Control"] == "no-store"


def test_the_policy_of_every_page_forbids_inline_code(cast, sign_in, client) -> None:
    for answer in (client.get(reverse("login")), sign_in(cast.admin).get("/"), client.get("/nowhere/")):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_health_check_needs_no_account(client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("due", ["password_change", "two_step"])
def test_what_a_script_sends_while_something_is_due_first_waits(cast, sign_in, settings, due: str) -> None:
    """A redirect would be taken as done, and what was typed forgotten by the browser."""
    settings.TWO_STEP_ROLES = ["principal"] if due == "two_step" else []
    cast.principal_a.must_change_password = due == "password_change"
    cast.principal_a.save()
    client, script = sign_in(cast.principal_a), {"accept": "application/json, text/html"}
    answer = client.post("/notices/read-all/", headers=script)
    assert (answer.status_code, answer.json()["offer"]["url"]) == (409, reverse(due))
    assert answer.json()["login"]
    assert client.post("/notices/read-all/").headers["Location"] == reverse(due)
    assert client.get("/notices/", headers=script).headers["Location"] == reverse(due)
