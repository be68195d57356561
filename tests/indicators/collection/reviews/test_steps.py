"""Two-step approval, and approving together what has no points."""

from typing import Any

import pytest
from django.urls import reverse

from indicators.collection.reviews import actions, queue_queries as queue, surroundings_queries as surroundings
from indicators.collection.reviews.actions import Reason
from indicators.collection.reviews.models import ReviewBatch
from indicators.collection.submissions import queries as submission_queries
from indicators.collection.submissions.models import Decision, Round, Submission
from indicators.collection.submissions.workflow import TABLE
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.notices.models import Notice
from tests.cast import grant, make_school, make_user
from tests.indicators.collection.reviews.test_actions import hand_in
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.district import hand_in as freeze
from tests.shared import shared

S = Submission.State


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


@shared
def in_two_steps(cast: Any, round_: Round) -> Submission:
    """甲小学's submission, signed by the administrator, in a district that reviews in two steps."""
    actions.set_steps(code=cast.district.code, two=True, by=cast.admin)
    return hand_in(cast, round_, pupils_primary=600)


def test_the_second_step_is_an_administrators_and_another_persons(in_two_steps, cast, round_) -> None:
    row = in_two_steps.pk
    with pytest.raises(Conflict, match="先由业务审核通过"):
        actions.approve(submission_id=row, by=cast.reviewer)
    actions.check(submission_id=row, comment="属实", by=cast.reviewer)
    in_two_steps.refresh_from_db()
    assert (in_two_steps.state, in_two_steps.reviewer) == (S.CHECKED, cast.reviewer)
    assert submission_queries.load_revisions(round_) == [], "not before the second step"
    assert not Notice.objects.filter(text__contains="审核通过").exists()
    with pytest.raises(NotAllowed):
        actions.approve(submission_id=row, by=cast.reviewer)
    second = make_user("admin3", "第三管理员")
    grant(second, "admin", district=cast.district)
    assert TABLE.allows(second, in_two_steps, "approve")
    assert list(queue.to_decide(second)) == [in_two_steps]
    assert list(queue.to_decide(cast.reviewer)) == []
    actions.approve(submission_id=row, by=second)
    assert [one.school_code for one in submission_queries.load_revisions(round_)] == [cast.school_a.code]
    assert list(Decision.objects.values_list("verdict", flat=True)) == ["checked", "approved"]


def test_who_took_the_first_step_may_not_take_the_second(in_two_steps, cast) -> None:
    second = make_user("admin3", "第三管理员")
    grant(second, "admin", district=cast.district)
    actions.check(submission_id=in_two_steps.pk, by=second)
    with pytest.raises(NotAllowed, match="另一位局管理员"):
        actions.approve(submission_id=in_two_steps.pk, by=second)


def test_the_queue_holds_what_the_person_can_bring_a_step_further(in_two_steps, cast) -> None:
    both, second = make_user("both", "两区任职"), make_user("admin3", "第三管理员")
    grant(both, "reviewer", district=cast.district)
    grant(both, "admin", district=cast.other_district)
    grant(second, "admin", district=cast.district)
    people = [cast.admin, cast.reviewer, cast.leader, cast.foreign_admin, cast.principal_a, both, second]

    def agree() -> list[str]:
        in_two_steps.refresh_from_db()
        able = [one for one in people if any(TABLE.allows(one, in_two_steps, code) for code in ("check", "approve"))]
        assert [one for one in people if in_two_steps in queue.to_decide(one)] == able
        return [one.username for one in able]

    assert agree() == ["reviewer", "both", "admin3"]
    actions.check(submission_id=in_two_steps.pk, by=cast.reviewer)
    assert agree() == ["admin3"]
    actions.set_steps(code=cast.district.code, two=False, by=cast.admin)
    assert agree() == ["reviewer", "both", "admin3"]


def test_what_waits_for_the_second_step_can_be_sent_back(in_two_steps, cast) -> None:
    actions.check(submission_id=in_two_steps.pk, by=cast.reviewer)
    actions.send_back(submission_id=in_two_steps.pk, reasons=[Reason("pupils_primary", "请核对")], by=cast.reviewer)
    in_two_steps.refresh_from_db()
    assert in_two_steps.state == S.SENT_BACK


def test_a_district_of_one_step_has_no_first_and_the_setting_is_recorded(cast, round_) -> None:
    row = hand_in(cast, round_, pupils_primary=600)
    with pytest.raises(Conflict, match="一步审核"):
        actions.check(submission_id=row.pk, by=cast.reviewer)
    with pytest.raises(NotAllowed):
        actions.set_steps(code=cast.district.code, two=True, by=cast.reviewer)
    assert actions.set_steps(code=cast.district.code, two=True, by=cast.admin)
    assert not actions.set_steps(code=cast.district.code, two=True, by=cast.admin), "twice is once"
    assert AuditEvent.objects.get(action="district.set_review_steps").after == {"two": True}


def test_the_page_of_the_setting_and_the_button_of_the_first_step(sign_in, in_two_steps, cast) -> None:
    client, url = sign_in(cast.admin), reverse("reviews:steps", args=[cast.district.code])
    assert "由局管理员审定" in client.get(url).content.decode()
    page = sign_in(cast.reviewer).get(reverse("reviews:review", args=[in_two_steps.pk])).content.decode()
    assert reverse("reviews:check", args=[in_two_steps.pk]) in page
    assert reverse("reviews:approve", args=[in_two_steps.pk]) not in page
    assert sign_in(cast.reviewer).post(reverse("reviews:check", args=[in_two_steps.pk])).status_code == 302
    assert client.post(url, {"two": "one"}).status_code == 302
    assert not submission_queries.in_two_steps(cast.district.pk)


@pytest.fixture
def clean(cast: Any, round_: Round, monkeypatch: Any) -> list[Submission]:
    """Eleven schools that wait; nothing speaks against any, as if all their figures were sound."""
    made = []
    for number in range(11):
        school = make_school(f"410202{5000 + number}", f"第{number}小学", cast.district)
        made.append(freeze(round_, school, {"pupils_primary": 300 + number}, verdict=None).submission)
    monkeypatch.setattr(surroundings, "of", lambda user, rows: {row.pk: [] for row in rows})
    monkeypatch.setattr(actions.queries, "open_blanks", lambda signed, revision: ())
    return made


def test_a_batch_is_approved_only_after_its_sample_was_looked_at(clean, cast, round_) -> None:
    batch = actions.draw(round_id=round_.pk, by=cast.reviewer)
    assert (len(batch.revisions), len(batch.sample)) == (11, 2), "ten percent, rounded up"
    with pytest.raises(Conflict, match="还没有都通过"):
        actions.approve_rest(batch_id=batch.pk, by=cast.reviewer)
    for row in queue.sample_of(batch):
        actions.approve(submission_id=row.submission.pk, by=cast.reviewer)
    done = actions.approve_rest(batch_id=batch.pk, by=cast.reviewer)
    assert len(done) == 9
    assert {row.state for row in Submission.objects.filter(pk__in=[one.pk for one in clean])} == {S.APPROVED}
    with pytest.raises(Conflict, match="已经一次通过"):
        actions.approve_rest(batch_id=batch.pk, by=cast.reviewer)
    event = AuditEvent.objects.get(action="review_batch.draw")
    assert len(event.after["sample"]) == 2


def test_the_same_submissions_give_the_same_sample_and_one_sent_back_stops_the_batch(clean, cast, round_) -> None:
    first, again = (actions.draw(round_id=round_.pk, by=cast.reviewer) for _ in range(2))
    assert first.sample == again.sample
    drawn = queue.sample_of(again)[0].submission
    actions.send_back(submission_id=drawn.pk, reasons=[Reason("pupils_primary", "请核对")], by=cast.reviewer)
    with pytest.raises(Conflict, match="退回"):
        actions.approve_rest(batch_id=again.pk, by=cast.reviewer)
    assert not Decision.objects.filter(verdict="approved").exists()


def test_what_has_points_by_then_stays(clean, cast, round_, monkeypatch) -> None:
    batch = actions.draw(round_id=round_.pk, by=cast.reviewer)
    for row in queue.sample_of(batch):
        actions.approve(submission_id=row.submission.pk, by=cast.reviewer)
    left = [row for row in clean if row.revisions.get().pk not in batch.sample]
    monkeypatch.setattr(surroundings, "of", lambda user, rows: {row.pk: [object()] * (row == left[0]) for row in rows})
    assert len(actions.approve_rest(batch_id=batch.pk, by=cast.reviewer)) == 8
    left[0].refresh_from_db()
    assert left[0].state == S.SUBMITTED


def test_a_batch_takes_the_first_of_two_steps(clean, cast, round_) -> None:
    second = make_user("admin3", "第三管理员")
    grant(second, "admin", district=cast.district)
    actions.set_steps(code=cast.district.code, two=True, by=cast.admin)
    actions.check(submission_id=clean[0].pk, by=cast.reviewer)
    assert clean[0] in queue.to_decide(second)
    batch = actions.draw(round_id=round_.pk, by=second)
    for row in queue.sample_of(batch):
        actions.check(submission_id=row.submission.pk, by=second)
    assert len(actions.approve_rest(batch_id=batch.pk, by=second)) == 9
    assert {row.state for row in Submission.objects.filter(pk__in=[one.pk for one in clean])} == {S.CHECKED}


def test_the_queue_offers_together_what_the_batch_takes(sign_in, clean, cast, round_) -> None:
    actions.set_steps(code=cast.district.code, two=True, by=cast.admin)
    queue_page, batch_page = reverse("reviews:queue"), reverse("reviews:batch", args=[round_.pk])
    client = sign_in(cast.reviewer)
    assert f"有 {len(clean)} 份没有要看的地方" in client.get(queue_page).text
    actions.check(submission_id=clean[0].pk, by=cast.reviewer)
    assert f"有 {len(clean) - 1} 份没有要看的地方" in client.get(queue_page).text
    for row in clean[1:]:
        actions.check(submission_id=row.pk, by=cast.reviewer)
    assert batch_page not in client.get(queue_page).text
    assert "没有可以一次通过的填报" in client.get(batch_page).text


def test_without_clean_submissions_nothing_is_drawn(cast, round_) -> None:
    hand_in(cast, round_, pupils_primary=600)
    with pytest.raises(Invalid, match="逐份审核"):
        actions.draw(round_id=round_.pk, by=cast.reviewer)
    assert not ReviewBatch.objects.exists()


def test_the_pages_of_a_batch_lead_from_drawing_to_the_rest(sign_in, clean, cast, round_) -> None:
    client, page = sign_in(cast.reviewer), reverse("reviews:batch", args=[round_.pk])
    assert "抽取要看的" in client.get(page).content.decode()
    assert client.post(reverse("reviews:draw", args=[round_.pk])).url == page
    text = client.get(page).content.decode()
    assert text.count("待看") == 2
    assert reverse("reviews:approve_rest", args=[round_.pk]) not in text
    first, second = (row.submission.pk for row in queue.sample_of(ReviewBatch.objects.get()))
    assert client.post(reverse("reviews:approve", args=[first])).url == reverse("reviews:review", args=[second])
    assert client.post(reverse("reviews:approve", args=[second])).url == page
    assert "一次通过其余 9 份" in client.get(page).content.decode()
    assert client.post(reverse("reviews:approve_rest", args=[round_.pk])).status_code == 302
    assert Submission.objects.filter(round=round_, state=S.APPROVED).count() == 11
