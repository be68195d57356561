"""One's own password: what the new one may not be, how long it lasts, how often the old one may be guessed."""

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.config import env
from portal.config.settings import PASSWORD_HASHERS
from portal.core.accounts import actions as own_actions, authentication
from portal.core.accounts.models import FormerPassword, User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from schools.accounts import actions
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db
NEW = [f"Kaifeng-2026-{number}" for number in range(7)]


def _change(client: Client, old: str, new: str):
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("password_change"), form)


def test_the_forced_change_does_not_take_the_first_password_again(cast, sign_in) -> None:
    _, first = actions.reset_password(user_id=cast.reporter_a.pk, reason="忘记密码", by=cast.admin)
    client = sign_in(User.objects.get(pk=cast.reporter_a.pk))
    assert "不能与现在的密码" in _change(client, first, first).content.decode()
    assert "不能与现在的密码" in _change(client, first, PASSWORD).content.decode(), "nor the one before the reset"
    assert client.get("/").headers["Location"] == reverse("password_change")
    assert _change(client, first, NEW[0]).status_code == 302


def test_the_last_five_passwords_are_not_taken_again(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    for old, new in zip([PASSWORD, *NEW], NEW[:6], strict=False):
        assert _change(client, old, new).status_code == 302
    for used in NEW[:6]:
        assert "最近 5 次" in _change(client, NEW[5], used).content.decode()
    assert FormerPassword.objects.filter(user=cast.reporter_a).count() == 5
    assert _change(client, NEW[5], PASSWORD).status_code == 302, "the sixth before may come again"


@pytest.mark.parametrize(("profile", "due"), [(90, True), (0, False)])
def test_after_ninety_days_the_password_is_changed_before_anything_else(cast, sign_in, settings, profile, due) -> None:
    settings.PASSWORD_MAX_AGE_DAYS = profile
    client = sign_in(cast.reporter_a)
    for days, sent in ((89, False), (91, due)):
        User.objects.update(password_changed_at=timezone.now() - timedelta(days=days))
        assert (client.get("/").status_code == 302) is sent
    if due:
        assert "90 天以上" in client.get(reverse("password_change")).content.decode()
        assert _change(client, PASSWORD, NEW[0]).status_code == 302
        assert client.get("/").status_code == 200


def test_the_old_password_is_guessed_five_times_and_no_more(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    for left in (4, 3, 2, 1):
        assert f"还可以再试 {left} 次" in _change(client, "guessed", NEW[0]).content.decode()
    assert _change(client, "guessed", NEW[0]).status_code == 403
    assert client.get("/").status_code == 302, "the session has ended"
    assert AuditEvent.objects.filter(action="account.confirm_failed").count() == 5


def test_what_is_said_of_the_new_password_gives_nobody_the_old_one(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    page = _change(client, "guessed", PASSWORD).content.decode()
    assert "密码不正确" in page
    assert not AuditEvent.objects.filter(action="account.change_password").exists()
    assert 'class="invalid-feedback"><strong>新密码不能' not in page


def test_a_disabled_account_begins_anew_when_it_is_enabled(cast, client, sign_in) -> None:
    client.post(reverse("login"), {"username": "reporter_a", "password": PASSWORD})
    actions.disable_account(user_id=cast.reporter_a.pk, reason="调离", by=cast.admin)
    actions.enable_account(user_id=cast.reporter_a.pk, by=cast.admin)
    assert client.get("/").status_code == 302, "no old session comes back"
    assert sign_in(cast.reporter_a).get("/").status_code == 200


def test_the_asvs_profile_asks_for_length_and_a_password_not_known(cast, sign_in, settings) -> None:
    rules = [rule for rule in settings.AUTH_PASSWORD_VALIDATORS if "MixedClasses" not in rule["NAME"]]
    rules[-1] = rules[-1] | {"OPTIONS": {"remembered": 0}}
    settings.AUTH_PASSWORD_VALIDATORS = rules
    client = sign_in(cast.reporter_a)
    change = partial(_change, client)
    assert change(PASSWORD, "correct horse battery").status_code == 302
    assert change("correct horse battery", PASSWORD).status_code == 302
    assert "常见" in change(PASSWORD, "password1234").content.decode()


def test_a_profile_nobody_knows_is_named(monkeypatch) -> None:
    monkeypatch.setenv("PASSWORD_PROFILE", "strong")
    with pytest.raises(ImproperlyConfigured, match=r"dengbao、asvs.*“strong”"):
        env.one_of("PASSWORD_PROFILE", "dengbao", "asvs")


def test_accounts_not_used_for_ninety_days_are_listed(cast, sign_in) -> None:
    long_ago = timezone.now() - timedelta(days=91)
    User.objects.filter(pk=cast.reporter_a.pk).update(last_login=long_ago)
    User.objects.filter(pk=cast.reporter_b.pk).update(created_at=long_ago)
    User.objects.filter(pk=cast.principal_a.pk).update(created_at=long_ago, last_login=timezone.now())
    User.objects.filter(username="disabled").update(last_login=long_ago)
    client = sign_in(cast.admin)
    assert "有 2 个启用的账号 90 天以上没有登录" in client.get("/accounts/").content.decode()
    page = client.get("/accounts/?state=unused").content.decode()
    assert [name in page for name in ("甲校填报员", "乙校填报员", "甲校校长", "停用账户")] == [True, True, False, False]


@pytest.mark.parametrize("password", ["Zhang-san1", "Lt410202xz", "x13812345678X"])
def test_a_password_like_the_name_the_account_or_the_telephone_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        authentication.check_password_rules(
            password, User(username="lt410202xz", name="Zhang San", phone="13812345678")
        )
    assert "太相似" in str(refusal.value.problems[0])


def test_passwords_stored_with_other_numbers_are_right_and_stored_anew_at_the_sign_in(settings):
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    former = Argon2PasswordHasher().encode("Wisteria-7", "salt-of-16-chars")
    anew = []
    assert check_password("Wisteria-7", former, anew.append)
    assert anew == ["Wisteria-7"]
    assert make_password("Wisteria-7").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_nobody_waits_for_the_database_while_a_password_is_checked(cast, monkeypatch):
    outside, inside = len(connection.savepoint_ids), []

    def checked(*args):
        inside.append(len(connection.savepoint_ids))
        return check_password(*args)

    monkeypatch.setattr(own_actions, "check_password", checked)
    assert own_actions.confirm_password(password=PASSWORD, by=cast.principal_a) is None
    assert inside == [outside]


def test_a_password_changed_while_it_is_checked_is_not_right_any_more(cast):
    stale = User.objects.get(pk=cast.principal_a.pk)
    cast.principal_a.set_password("Wisteria-7")
    cast.principal_a.save()
    assert own_actions.confirm_password(password=PASSWORD, by=stale) == own_actions.MOST_WRONG - 1
