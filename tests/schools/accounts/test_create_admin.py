"""The first administrator comes from the command line, on an empty database, as often as one likes."""

import pytest
from django.core.management import CommandError, call_command

from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed
from schools.access import scope
from schools.access.models import Membership
from schools.access.scope import Perm
from schools.accounts import actions
from schools.directory.models import District

PASSWORD = "Longting-2026"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", PASSWORD)


@pytest.mark.django_db
def test_on_an_empty_database_it_makes_district_account_and_role(capsys, client) -> None:
    call_command("create_admin", "boss", "--district", "410202", "--name", "张局")
    person, district = User.objects.get(username="boss"), District.objects.get(code="410202")
    assert (person.name, person.must_change_password) == ("张局", False)
    assert (district.name, district.parent.name, district.parent.parent.name) == ("龙亭区", "开封市", "河南省")
    assert scope.holds(person, Perm.SCHOOL_EDIT)
    assert "已建立账号 boss，为龙亭区（410202）的局管理员" in capsys.readouterr().out
    assert client.post("/login/", {"username": "boss", "password": PASSWORD}).status_code == 302
    assert client.get("/schools/").status_code == 200
    assert AuditEvent.objects.filter(action="account.create_admin").count() == 1


@pytest.mark.django_db
def test_running_it_again_says_so_and_adds_nothing(capsys, monkeypatch) -> None:
    call_command("create_admin", "boss", "--district", "410202")
    before = (User.objects.count(), Membership.objects.count(), District.objects.count(), AuditEvent.objects.count())
    monkeypatch.setenv("ADMIN_PASSWORD", "Other-2026-pw")
    capsys.readouterr()
    call_command("create_admin", "boss", "--district", "410202")
    assert "已存在，且已是龙亭区（410202）的局管理员，没有任何改动" in capsys.readouterr().out
    after = (User.objects.count(), Membership.objects.count(), District.objects.count(), AuditEvent.objects.count())
    assert before == after
    assert User.objects.get(username="boss").check_password(PASSWORD)


def test_a_known_account_gets_the_role_in_a_further_district(cast, capsys) -> None:
    call_command("create_admin", "admin", "--district", "410203")
    assert "姓名和密码没有改动；现授予顺河回族区（410203）局管理员" in capsys.readouterr().out
    assert Membership.objects.filter(user=cast.admin, role="admin").count() == 2


@pytest.mark.django_db
def test_an_unknown_district_is_called_as_given_or_by_its_code() -> None:
    call_command("create_admin", "boss", "--district", "110101", "--district-name", "东城区")
    call_command("create_admin", "boss", "--district", "110102")
    assert list(District.objects.values_list("name", flat=True)) == ["东城区", "110102"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "district", "password", "words"),
    [
        ("boss", "4102", PASSWORD, "应为 6 位数字"),
        ("老板", "410202", PASSWORD, "工作账号须为"),
        ("boss", "410202", "short", "密码不符合要求"),
        ("boss", "410202", "alllowercase", "至少三类"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(monkeypatch, username, district, password, words) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", password)
    with pytest.raises(CommandError, match=words):
        call_command("create_admin", username, "--district", district)
    assert not User.objects.filter(is_system=False).exists()
    assert not District.objects.exists()


def test_a_disabled_account_is_not_made_admin(cast) -> None:
    with pytest.raises(CommandError, match="已停用"):
        call_command("create_admin", "disabled", "--district", "410203")


@pytest.mark.django_db
def test_without_password_and_terminal_it_says_what_to_set(monkeypatch) -> None:
    monkeypatch.delenv("ADMIN_PASSWORD")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="ADMIN_PASSWORD"):
        call_command("create_admin", "boss", "--district", "410202")


def test_no_person_can_do_it_through_the_action(cast) -> None:
    with pytest.raises(NotAllowed):
        actions.create_admin(username="evil", name="x", password=PASSWORD, district_code="410203", by=cast.admin)
