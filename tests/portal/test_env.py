"""Settings from the environment: what people paste is what counts."""

import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.config import env
from schools.access.permissions import ROLES


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("simple", "simple"),
        ("p@ss/w#rd?", "p@ss/w#rd?"),
        ("a:b%c[d]&e=f", "a:b%c[d]&e=f"),
        ("p%40ss%23", "p@ss#"),
        ("密码 1", "密码 1"),
    ],
)
def test_a_password_may_hold_any_character(written: str, meant: str) -> None:
    found = env.database(f"postgres://youheng:{written}@db.local:5432/youheng")
    assert [found[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "youheng",
        meant,
        "db.local",
        5432,
        "youheng",
    ]


@pytest.mark.parametrize(("written", "meant"), [("1", True), ("True", True), ("no", False), (" 0 ", False), ("", True)])
def test_a_switch_is_on_or_off(monkeypatch, written: str, meant: bool) -> None:
    monkeypatch.setenv("SEPARATION_OF_POWERS", written)
    assert env.env.bool("SEPARATION_OF_POWERS", default=True) is meant


@pytest.mark.parametrize("written", ["是", "enabled", "2"])
def test_a_switch_that_is_neither_stops_the_portal_instead_of_being_off(monkeypatch, written: str) -> None:
    monkeypatch.setenv("SEPARATION_OF_POWERS", written)
    with pytest.raises(ImproperlyConfigured, match=f"SEPARATION_OF_POWERS 只能是 1 或 0，现在是“{written}”"):
        env.env.bool("SEPARATION_OF_POWERS", default=False)


def test_blanks_behind_commas_belong_to_no_word(monkeypatch) -> None:
    monkeypatch.setenv("SOME", "admin, reviewer ,")
    assert env.env.list("SOME") == ["admin", "reviewer"]
    monkeypatch.setenv("SOME", "410202=X041, 410203 = X042")
    assert env.env.dict("SOME") == {"410202": "X041", "410203": "X042"}


def test_a_role_that_is_none_stops_the_portal_instead_of_asking_nobody(monkeypatch) -> None:
    def stated(written: str) -> list[str]:
        monkeypatch.setenv("TWO_STEP_ROLES", written)
        return env.several("TWO_STEP_ROLES", ["admin", "auditor"], default=["admin"])

    assert [stated("admin, auditor"), stated("none"), stated("")] == [["admin", "auditor"], [], ["admin"]]
    with pytest.raises(ImproperlyConfigured, match="现在还有“admins”"):
        stated("admins,auditor")


def test_every_role_may_be_asked_for_the_second_step(monkeypatch) -> None:
    monkeypatch.setenv("TWO_STEP_ROLES", ",".join(ROLES))
    code = "from portal.config import settings; print(*settings.TWO_STEP_ROLES)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == list(ROLES)


@pytest.mark.django_db
def test_the_health_check_is_answered_without_tls(client, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/login/").status_code == 301
    assert client.get("/healthz").status_code == 200


def test_the_robots_of_groups_are_named_by_district_and_a_wrong_one_is_not_repeated(monkeypatch) -> None:
    monkeypatch.setenv("GROUPS", "410202=wecom:https://a.example/send?key=x-1, 410203=feishu:https://b.example/hook/2")
    assert env.webhooks("GROUPS") == {
        "410202": ("wecom", "https://a.example/send?key=x-1"),
        "410203": ("feishu", "https://b.example/hook/2"),
    }
    monkeypatch.setenv("GROUPS", "410202=wechat:https://a.example/send?key=secret")
    with pytest.raises(ImproperlyConfigured, match="第 1 项") as error:
        env.webhooks("GROUPS")
    assert "secret" not in str(error.value)


def test_the_keys_of_robots_belong_to_groups_that_ask_for_a_signature(monkeypatch) -> None:
    groups = {"410202": ("dingtalk", "https://a.example"), "410203": ("wecom", "https://b.example")}
    monkeypatch.setenv("KEYS", "410202=SECabc=")
    assert env.group_secrets("KEYS", groups) == {"410202": "SECabc="}
    for wrong in ("410203=SECsecret", "410204=SECsecret", "SECsecret", "410202="):
        monkeypatch.setenv("KEYS", wrong)
        with pytest.raises(ImproperlyConfigured, match="第 1 项") as error:
            env.group_secrets("KEYS", groups)
        assert "SECsecret" not in str(error.value)


def test_the_body_for_the_gateway_is_json(monkeypatch) -> None:
    monkeypatch.setenv("BODY", '{"to": "{phone}"}')
    assert env.template("BODY", "{}") == {"to": "{phone}"}
    monkeypatch.setenv("BODY", "{phone}")
    with pytest.raises(ImproperlyConfigured, match="BODY 应是 JSON"):
        env.template("BODY", "{}")
