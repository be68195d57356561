"""Two-step sign-in: a code of the authenticator app next to the password, each accepted once."""

import re
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.core.accounts import actions
from portal.core.accounts.models import RecoveryCode, User
from portal.core.audit.models import AuditEvent
from schools.accounts import actions as accounts
from tests.cast import PASSWORD
from tests.shared import shared

pytestmark = pytest.mark.django_db


def _code(user: User, steps: int = 0) -> str:
    """What the app of the user shows now, or in so many half minutes."""
    device = TOTPDevice.objects.get(user=user)
    clock = TOTP(device.bin_key, drift=device.drift)
    clock.time = time.time() + steps * device.step
    return f"{clock.token():06d}"


@shared
def codes(cast) -> list[str]:
    """The recovery codes of the principal, who has it on; the code it was turned on with is spent."""
    actions.begin_two_step(by=cast.principal_a)
    found = actions.confirm_two_step(code=_code(cast.principal_a, -1), by=cast.principal_a)
    assert found is not None
    TOTPDevice.objects.update(last_t=0)
    return found


def _password(client: Client, username: str = "principal_a"):
    return client.post(reverse("login"), {"username": username, "password": PASSWORD, "next": "/notices/"})


def _enter(client: Client, code: str):
    return client.post(reverse("login_code"), {"code": code})


def test_it_is_turned_on_with_the_password_and_the_first_code(cast, sign_in) -> None:
    client, elsewhere = sign_in(cast.admin), sign_in(cast.admin)
    elsewhere.get("/")
    assert client.post(reverse("two_step_begin"), {"password": "wrong"}).status_code == 400
    assert client.post(reverse("two_step_begin"), {"password": PASSWORD}).status_code == 302
    page = client.get(reverse("two_step")).content.decode()
    assert "data:image/svg+xml" in page
    assert client.post(reverse("two_step_confirm"), {"code": "000000"}).status_code == 400
    TOTPDevice.objects.update(throttling_failure_count=0)
    shown = client.post(reverse("two_step_confirm"), {"code": _code(cast.admin)}).content.decode()
    assert len(re.findall(r"<li>[A-Z2-9]{5}-[A-Z2-9]{5}</li>", shown)) == 10
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302, "sessions begun with the password alone are over"
    trail = str(list(AuditEvent.objects.values_list("before", "after")))
    assert TOTPDevice.objects.get().key not in trail


def test_the_password_alone_signs_nobody_in(cast, codes, client) -> None:
    assert _password(client).headers["Location"] == reverse("login_code")
    assert client.get("/").status_code == 302
    assert not AuditEvent.objects.filter(action="account.sign_in").exists()
    assert _enter(client, _code(cast.principal_a)).headers["Location"] == "/notices/"
    assert client.get("/").status_code == 200
    assert AuditEvent.objects.filter(action="account.sign_in", actor_id=cast.principal_a.pk).count() == 1


def test_a_code_is_accepted_once(cast, codes) -> None:
    first, second = Client(), Client()
    code = _code(cast.principal_a)
    _password(first), _password(second)
    assert _enter(first, code).status_code == 302
    refused = _enter(second, code)
    assert refused.status_code == 200
    assert "每个验证码只能用一次" in refused.content.decode()
    assert AuditEvent.objects.filter(action="two_step.wrong", success=False).count() == 1


def test_a_recovery_code_stands_in_once(cast, codes) -> None:
    for typed, status in ((codes[0].lower(), 302), (codes[0], 200)):
        client = Client()
        _password(client)
        assert _enter(client, typed).status_code == status
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 1
    assert not RecoveryCode.objects.filter(digest__contains=codes[1][:5]).exists()
    other = User.objects.get(pk=cast.reporter_a.pk)
    actions.begin_two_step(by=other)
    actions.confirm_two_step(code=_code(other), by=other)
    assert actions.verify_code(code=codes[1], by=other) != "", "it is one account's own"


def test_wrong_codes_wait_longer_and_longer(cast, codes, client) -> None:
    _password(client)
    for _ in range(4):
        TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
        assert "不正确" in _enter(client, "000000").content.decode()
    waits = _enter(client, _code(cast.principal_a)).content.decode()
    assert re.search(r"请 [78] 秒后再试", waits)
    TOTPDevice.objects.update(throttling_failure_count=0)
    assert _enter(client, _code(cast.principal_a)).status_code == 302, (
        "the negative control: without the wait it is right"
    )


@pytest.mark.parametrize("meanwhile", ["too late", "new password", "disabled"])
def test_who_waits_for_the_code_is_forgotten(cast, codes, client, meanwhile: str) -> None:
    _password(client)
    code = _code(cast.principal_a)
    if meanwhile == "too late":
        session = client.session
        pk, known, since, leads_to = session["pending_sign_in"]
        session["pending_sign_in"] = [pk, known, since - 301, leads_to]
        session.save()
    elif meanwhile == "new password":
        accounts.reset_password(user_id=cast.principal_a.pk, reason="忘记密码", by=cast.admin)
    else:
        accounts.disable_account(user_id=cast.principal_a.pk, reason="调离", by=cast.admin)
    assert _enter(client, code).headers["Location"].startswith(reverse("login"))
    assert client.get("/").status_code == 302


def test_roles_that_must_have_it_do_nothing_before(cast, sign_in, settings) -> None:
    settings.TWO_STEP_ROLES = ["admin", "reviewer", "auditor"]
    for person in (cast.admin, cast.reviewer, cast.auditor):
        assert sign_in(person).get("/notices/").headers["Location"] == reverse("two_step")
    assert sign_in(cast.principal_a).get("/notices/").status_code == 200
    client = sign_in(cast.admin)
    assert "须开启两步验证" in client.get(reverse("two_step")).content.decode()
    client.post(reverse("two_step_begin"), {"password": PASSWORD})
    client.post(reverse("two_step_confirm"), {"code": _code(cast.admin)})
    assert client.get("/notices/").status_code == 200


def test_signing_asks_for_a_code_of_its_own(cast, codes, sign_in) -> None:
    client = Client()
    _password(client)
    code = _code(cast.principal_a)
    _enter(client, code)
    for typed, says in (("", "请输入动态验证码"), (code, "每个验证码只能用一次")):
        answer = client.post(reverse("two_step_codes"), {"password": PASSWORD, "code": typed})
        assert answer.status_code == 400
        assert says in answer.content.decode()
    TOTPDevice.objects.update(throttling_failure_count=0)
    fresh = {"password": PASSWORD, "code": _code(cast.principal_a, 1)}
    assert client.post(reverse("two_step_codes"), fresh).status_code == 200


def test_a_wrong_password_spends_no_code(cast, codes, sign_in) -> None:
    client = sign_in(cast.principal_a)
    code = _code(cast.principal_a)
    assert client.post(reverse("two_step_off"), {"password": "wrong", "code": code}).status_code == 400
    assert client.post(reverse("two_step_off"), {"password": PASSWORD, "code": code}).status_code == 302
    assert not TOTPDevice.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_an_admin_lets_somebody_in_whose_phone_is_lost(cast, codes, client, sign_in) -> None:
    _password(client)
    _enter(client, _code(cast.principal_a))
    answer = sign_in(cast.admin).post(
        reverse("accounts:drop_two_step", args=[cast.principal_a.pk]), {"reason": "手机丢失"}
    )
    assert answer.status_code == 302
    assert client.get("/").status_code == 302, "sessions end"
    assert _password(client).headers["Location"] == "/notices/"
    assert AuditEvent.objects.filter(action="account.drop_two_step", district_code="410202").count() == 1


def test_turned_off_where_a_role_asks_for_it_nothing_else_is_open_until_it_is_on_again(cast, codes, settings) -> None:
    settings.TWO_STEP_ROLES = ["principal"]
    client, elsewhere = Client(), Client()
    for one, code in ((client, codes[0]), (elsewhere, codes[1])):
        _password(one)
        _enter(one, code)
        assert one.get("/").status_code == 200
    form = {"password": PASSWORD, "code": codes[2]}
    assert client.post(reverse("two_step_off"), form).headers["Location"] == reverse("two_step")
    assert client.get("/").headers["Location"] == reverse("two_step")
    assert elsewhere.get("/").headers["Location"].startswith(reverse("login"))
