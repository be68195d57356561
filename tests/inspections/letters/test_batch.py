"""One draft signed for many schools: each its own data and number, one bad school named, again is once."""

import pytest
from django.urls import reverse

from inspections.letters import actions
from inspections.letters.models import Letter
from portal.core.errors import Conflict, NotFound
from portal.core.jobs import actions as jobs, runner
from portal.core.jobs.models import Job
from tests.cast import Cast
from tests.inspections import making
from tests.inspections.letters import papers

pytestmark = pytest.mark.django_db


def _ask(cast: Cast, letter: Letter) -> Job:
    schools = [cast.school_a.pk, cast.school_b.pk]
    return actions.ask_batch(letter_id=letter.pk, school_ids=schools, signer="张局长", by=cast.admin)


def test_each_school_gets_its_own_and_a_retry_does_the_rest(cast: Cast) -> None:
    letter = papers.ready(cast)
    letter = papers.write(letter, cast.admin, origin="三月督导")
    job = _ask(cast, letter)
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert cast.school_b.name in job.error
    copy = letter.copies.get()
    assert (copy.school, copy.state, copy.serial) == (cast.school_a, Letter.State.ISSUED, 1)
    finding = making.dispatched(cast, cast.school_b)
    jobs.retry(job_id=job.pk, by=cast.admin)
    assert runner.run_one(job.pk)
    other = letter.copies.get(school=cast.school_b)
    assert (other.serial, other.typed["origin"]) == (2, "三月督导")
    assert [row["number"] for row in other.facts["problems"]] == [finding.number]
    assert letter.copies.count() == 2
    assert _ask(cast, letter) == job


def test_only_kinds_for_many_schools_and_only_who_may_sign(cast: Cast, sign_in) -> None:
    visit = papers.done_visit(cast)
    feedback = papers.ready(cast, "feedback", visit.pk)
    with pytest.raises(Conflict):
        _ask(cast, feedback)
    letter = papers.ready(cast)
    with pytest.raises(NotFound):
        actions.ask_batch(letter_id=letter.pk, school_ids=[cast.school_a.pk], signer="x", by=cast.reviewer)
    address = reverse("letters:batch", args=[letter.pk])
    client = sign_in(cast.admin)
    assert client.post(address, {"signer": "张局长"}).status_code == 400
    assert client.post(address, {"signer": "张局长", "schools": [cast.school_a.pk]}).status_code == 302
    assert Job.objects.get(kind="issue_letters").args["schools"] == [cast.school_a.pk]
