"""Settings from the environment: what people paste is what counts."""

import pytest

from portal.config import env


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
        "youheng", meant, "db.local", 5432, "youheng"]  # fmt: skip


@pytest.mark.django_db
def test_the_health_check_is_answered_without_tls(client, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/login/").status_code == 301
    assert client.get("/healthz").status_code == 200
