"""Two people at the same moment, in real transactions on PostgreSQL; each race first shown with the lock off."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections

from indicators.collection.submissions import actions, answers, queries, rights, workflow
from indicators.collection.submissions.models import Answer, Revision, Submission
from indicators.standard.engine import Value
from portal.core.accounts.models import User
from portal.core.errors import Conflict
from tests.cast import assemble, grant, make_school
from tests.figures import enter, good_answers
from tests.indicators.collection.submissions.conftest import make_round, make_submission

pytestmark = [
    pytest.mark.service,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time"),
]
F = "pupils_primary"


@pytest.fixture
def scene(transactional_db):
    """The cast and school 甲's complete submission, committed."""
    cast = assemble()
    submission = make_submission(make_round(cast.district, "2026"), school=cast.school_a)
    spec = queries.load(submission).spec
    enter(submission, good_answers(spec, "小学"), by=cast.reporter_a, head=cast.principal_a)
    return cast, submission


@pytest.fixture
def no_lock(monkeypatch):
    """The actions without their lock on the submission's row."""

    def unlocked(submission_id, by, asked):
        submission = queries.with_places(Submission.objects.all()).get(pk=submission_id)
        asked.ensure(by, submission)
        return submission

    monkeypatch.setattr(rights, "locked", unlocked)


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Run actions in threads of their own; return what each gave or raised."""
    outcomes: list[Any] = [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        try:
            outcomes[place] = action()
        except Exception as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, action)) for n, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def meet(monkeypatch, module, name: str, parties: int = 2, *, seconds: float = 1) -> None:
    """Make everybody wait for each other before a step; who is blocked by a lock is waited for a second in vain."""
    barrier, original = threading.Barrier(parties), getattr(module, name)

    def step(*args, **kwargs):
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(seconds)
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, step)


def saves(scene):
    cast, submission = scene
    return [
        lambda by=by, n=n: actions.save(submission_id=submission.pk, values={F: Value(n)}, versions={F: 1}, by=by)
        for by, n in ((cast.reporter_a, 361), (cast.principal_a, 362))
    ]


def test_without_the_lock_one_save_swallows_the_other(scene, no_lock, monkeypatch):
    meet(monkeypatch, answers, "traced", seconds=60)
    outcomes = at_once(*saves(scene))
    assert [outcome.stale for outcome in outcomes] == [{}, {}], "both believe to be saved: the race is real"


def test_of_two_saves_of_one_version_one_is_informed(scene, monkeypatch):
    meet(monkeypatch, answers, "traced")
    outcomes = at_once(*saves(scene))
    assert sorted(len(outcome.stale) for outcome in outcomes) == [0, 1]
    winner = next(outcome for outcome in outcomes if not outcome.stale)
    assert winner.versions == {F: 2}


def submits(scene):
    cast, submission = scene
    return [lambda: actions.submit(submission_id=submission.pk, number=1, by=cast.principal_a)] * 5


def test_without_the_lock_simultaneous_signing_fails_for_some(scene, no_lock, monkeypatch):
    meet(monkeypatch, workflow, "assess", 5, seconds=60)
    outcomes = at_once(*submits(scene))
    assert any(isinstance(outcome, DatabaseError) for outcome in outcomes)


def test_simultaneous_signing_is_one_submission_with_one_receipt(scene, monkeypatch):
    meet(monkeypatch, workflow, "assess", 5)
    outcomes = at_once(*submits(scene))
    assert {getattr(outcome, "receipt", outcome) for outcome in outcomes} == {Revision.objects.get().receipt}


def test_a_hundred_schools_hand_in_at_once(scene):
    cast, submission = scene
    given = list(submission.answers.all())
    rows = []
    for number in range(100):
        school = make_school(f"41020290{number:02}", f"第 {number} 小学", cast.district)
        grant(cast.principal_a, "principal", school=school)
        rows.append(make_submission(submission.round, school=school))
    answered = [replaced(answer, row) for row in rows for answer in given]
    Answer.objects.bulk_create(answered)
    head = User.objects.get(pk=cast.principal_a.pk)

    def submit(row):
        try:
            return actions.submit(submission_id=row.pk, by=head).receipt
        finally:
            connections.close_all()

    with ThreadPoolExecutor(25) as pool:
        receipts = list(pool.map(submit, rows))
    assert len(set(receipts)) == 100
    assert set(receipts) == set(Revision.objects.values_list("receipt", flat=True))
    handed_in = Submission.objects.filter(state=Submission.State.SUBMITTED)
    assert {row.pk for row in handed_in} == {row.pk for row in rows}


def replaced(answer: Answer, row: Submission) -> Answer:
    """The same answer of another submission."""
    answer = copy(answer)
    answer.pk, answer.submission = None, row
    return answer


def test_nothing_slips_in_between_the_last_look_and_the_freezing(scene, monkeypatch):
    cast, submission = scene
    original = workflow.assess
    looking, saved = threading.Event(), threading.Event()

    def look(known):
        looking.set()
        saved.wait(1.0)  # only a save that is not blocked ends this wait early
        return original(known)

    monkeypatch.setattr(workflow, "assess", look)

    def late_save():
        looking.wait(60)
        try:
            return actions.save(submission_id=submission.pk, values={F: Value(9)}, by=cast.reporter_a)
        finally:
            saved.set()

    outcomes = at_once(lambda: actions.submit(submission_id=submission.pk, by=cast.principal_a), late_save)
    assert isinstance(outcomes[1], Conflict)
    assert Revision.objects.get().content["answers"][F]["value"] == "360"
    assert submission.answers.get(field=F).number == 360
