"""What PostgreSQL gives up for another's sake is done again, with its effects once."""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from portal.core.accounts import queries
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.jobs import actions, runner
from portal.core.jobs.models import Job
from portal.core.lib import models
from schools.accounts import views
from tests.cast import Cast, assemble

pytestmark = [
    pytest.mark.service,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]


@pytest.fixture
def cast(transactional_db) -> Cast:
    """The cast, committed."""
    return assemble()


def _edit_crosswise(cast: Cast, monkeypatch) -> list[int]:
    """Two administrators' forms, each of which holds one account and then wants the other's; their answers."""
    people, barrier, original = [cast.reporter_a, cast.leader], threading.Barrier(2), queries.checked_phone
    wanted = {"0371-1": cast.leader, "0371-2": cast.reporter_a}
    met: set[str] = set()

    def phone(value: str) -> str:
        # Called by the action once its own account is locked, and by the form before any transaction.
        if connection.in_atomic_block:
            if value not in met:
                met.add(value)
                barrier.wait(60)
            User.objects.select_for_update().get(pk=wanted[value].pk)
        return original(value)

    monkeypatch.setattr(queries, "checked_phone", phone)
    statuses = [0, 0]

    def send(place: int) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(cast.admin, backend="django.contrib.auth.backends.ModelBackend")
        form = {"name": f"改名{place}", "phone": f"0371-{place + 1}"}
        address = reverse("accounts:edit", args=[people[place].pk])
        statuses[place] = client.post(address, form).status_code
        connections.close_all()

    threads = [threading.Thread(target=send, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_of_two_who_block_each_other_both_are_served_once(cast, monkeypatch) -> None:
    assert _edit_crosswise(cast, monkeypatch) == [302, 302]
    assert set(User.objects.filter(name__startswith="改名").values_list("phone", flat=True)) == {"0371-1", "0371-2"}
    assert AuditEvent.objects.filter(action="account.edit").count() == 2


def test_without_it_one_of_them_is_asked_to_try_again(cast, monkeypatch) -> None:
    """The negative control."""
    monkeypatch.setattr(models, "is_given_up", lambda error: False)
    assert sorted(_edit_crosswise(cast, monkeypatch)) == [302, 503]
    assert AuditEvent.objects.filter(action="account.edit").count() == 1


def _given_up(code: str = "40001") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'given up' USING ERRCODE = '{code}'; END $$")


def _times(count: int, code: str = "40001") -> tuple[Callable[..., dict], list[int]]:
    tries: list[int] = []

    def work(context: object = None) -> dict:
        tries.append(1)
        if len(tries) <= count:
            _given_up(code)
        return {"url": "/"}

    return work, tries


@pytest.mark.parametrize(("count", "state", "tries"), [(2, "done", 3), (9, "failed", len(models.PAUSES) + 1)])
def test_a_job_that_is_given_up_runs_again_and_not_for_ever(cast, monkeypatch, count, state, tries) -> None:
    monkeypatch.setattr(models, "PAUSES", (0.0,) * len(models.PAUSES))
    work, tried = _times(count)
    monkeypatch.setattr(runner, "import_string", lambda path: work)
    with transaction.atomic():
        job = actions.enqueue(kind="evaluate", title="评估", args={}, key="k", by=cast.admin)
    assert runner.run_one(job.pk)
    assert Job.objects.get(pk=job.pk).state == state
    assert len(tried) == tries


def test_other_faults_and_what_has_acted_already_are_not_repeated() -> None:
    for code, may in (("57014", True), ("40P01", False)):
        work, tried = _times(1, code)
        with pytest.raises(OperationalError):
            models.do_again(work, may=lambda may=may: may)
        assert len(tried) == 1


def test_a_request_that_has_committed_an_action_is_not_answered_anew(cast, monkeypatch) -> None:
    edit = views.actions.edit_account

    def edit_and_fail(**about: object) -> None:
        edit(**about)
        _given_up()

    monkeypatch.setattr(views.actions, "edit_account", edit_and_fail)
    client = Client(raise_request_exception=False)
    client.force_login(cast.admin, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("accounts:edit", args=[cast.leader.pk]), {"name": "改名", "phone": "0371-1"})
    assert answer.status_code == 503
    assert AuditEvent.objects.filter(action="account.edit").count() == 1
