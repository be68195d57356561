"""Loading into an empty database that goes wrong, and what only the command may do."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from portal.demo import actions, rounds
from portal.management.commands import load_demo
from schools.directory.models import School

pytestmark = pytest.mark.django_db


def test_an_interrupted_load_leaves_nothing_behind_and_the_clock_right(monkeypatch) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    real = timezone.now
    monkeypatch.setattr(rounds, "open_year", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_demo.load(schools=17)
    assert not School.objects.exists()
    assert not User.objects.filter(username="admin").exists()
    assert timezone.now is real


def test_too_few_schools_are_refused() -> None:
    with pytest.raises(CommandError, match="17 至 9999"):
        call_command("load_demo", "--schools", "16")


def test_without_a_demonstration_no_account_is_printed() -> None:
    with pytest.raises(CommandError, match="没有演示账号"):
        call_command("demo_accounts")


def test_only_the_system_makes_accounts_with_a_known_password(cast) -> None:
    with pytest.raises(NotAllowed):
        actions.make_accounts(district=cast.district, people=[], password="Longting-2026", by=cast.admin)
    with pytest.raises(NotAllowed):
        actions.make_departments(district=cast.district, names={"X": "某局"}, by=cast.admin)
