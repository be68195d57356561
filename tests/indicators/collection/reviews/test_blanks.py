"""Submissions that leave compulsory items blank because the standard was changed after they were signed."""

import pytest
from django.urls import reverse

from indicators.collection.reviews import actions, queries
from indicators.collection.rounds import actions as rounds
from indicators.collection.submissions import actions as submissions, queries as submission_queries, workflow
from indicators.collection.submissions.models import Submission
from indicators.results.standard_change import actions as adoption
from indicators.standard.standards import actions as standard_actions, queries as standards
from portal.core.accounts.queries import system_user
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import grant, make_user
from tests.figures import enter, good_answers
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.standard.standards import overlays
from tests.shared import shared

S = Submission.State


@shared
def round_(cast):
    return opened(cast)


def hand_in(cast, round_, school, kind, reporter, principal):
    row = Submission.objects.get(round=round_, school=school)
    answers = good_answers(standards.load_spec(round_.standard), kind)
    enter(row, answers, by=reporter, head=principal)
    submissions.submit(submission_id=row.pk, by=principal)
    row.refresh_from_db()
    return row


@shared
def signed(cast, round_):
    """甲小学's whole submission, signed by its head."""
    return hand_in(cast, round_, cast.school_a, "小学", cast.reporter_a, cast.principal_a)


@pytest.fixture
def changed(cast, round_, tmp_path):
    """Change the standard to one that asks every school for its libraries; returns the round."""

    def change():
        newer = standard_actions.load(by=system_user(), folders=[overlays.write(tmp_path)])[-1].standard
        adoption.adopt(round_id=round_.pk, standard_id=newer.pk, reason="省里补充", by=cast.admin)
        round_.refresh_from_db()
        return round_

    return change


def test_a_submission_blank_in_a_new_compulsory_item_cannot_be_approved(signed, changed, cast):
    changed()
    with pytest.raises(Invalid, match="1 项必填未填") as refusal:
        actions.approve(submission_id=signed.pk, by=cast.reviewer)
    assert [problem.where for problem in refusal.value.problems] == ["图书室"]
    signed.refresh_from_db()
    assert signed.state == S.SUBMITTED


def test_a_workbook_does_not_approve_it_either(signed, changed, cast):
    changed()
    with pytest.raises(Invalid, match="必填未填"):
        actions.approve(submission_id=signed.pk, by=cast.admin, taken_over=True)


def test_a_whole_submission_is_approved_as_before(signed, cast, round_):
    assert queries.with_blanks(round_) == []
    actions.approve(submission_id=signed.pk, by=cast.reviewer)


def test_gaps_the_bureau_took_over_knowingly_are_no_new_ones(cast, round_, changed):
    row = Submission.objects.get(round=round_, school=cast.school_a)
    answers = good_answers(standards.load_spec(round_.standard), "小学")
    submissions.save(submission_id=row.pk, values={"pupils_primary": answers["pupils_primary"]}, by=cast.reporter_a)
    submissions.submit(submission_id=row.pk, by=cast.admin, partial=True)
    assert queries.with_blanks(round_) == []
    (found,) = queries.with_blanks(changed())
    assert [field.code for field in found.fields] == ["libraries"]


def test_the_page_names_what_is_open_and_offers_no_approval(signed, changed, cast, client):
    changed()
    client.force_login(cast.reviewer)
    page = client.get(reverse("reviews:review", args=[signed.pk])).content.decode()
    assert "1 项必填未填" in page
    assert "图书室：必填未填" in page
    assert reverse("reviews:approve", args=[signed.pk]) not in page
    assert reverse("reviews:blanks", args=[signed.round_id]) in page
    answer = client.post(reverse("reviews:approve", args=[signed.pk]))
    assert answer.status_code == 400
    assert "图书室" in answer.content.decode()
    assert reverse("reviews:blanks", args=[signed.round_id]) in client.get(reverse("reviews:queue")).content.decode()


def test_all_affected_submissions_go_back_at_once_approved_ones_too(signed, cast, round_, changed, client):
    reporter, principal = (make_user(f"{role}_c", f"乙校{role}") for role in ("reporter", "principal"))
    for person, role in ((reporter, "reporter"), (principal, "principal")):
        grant(person, role, school=cast.school_b)
    other = hand_in(cast, round_, cast.school_b, cast.school_b.kind, reporter, principal)
    actions.approve(submission_id=other.pk, by=cast.reviewer)
    changed()
    client.force_login(cast.reviewer)
    address = reverse("reviews:blanks", args=[round_.pk])
    page = client.get(address).content.decode()
    assert cast.school_a.name in page
    assert "退回补填（2 份）" in page
    client.post(address)
    for row in (signed, other):
        row.refresh_from_db()
        assert row.state == S.SENT_BACK
        (reason,) = row.revisions.first().decision.reasons.all()
        assert (reason.item, "必填，请补填" in reason.text) == ("libraries", True)
    assert submission_queries.load_revisions(round_) == []
    assert "没有必填未填" in client.get(address).content.decode()
    assert actions.send_back_blanks(round_id=round_.pk, by=cast.reviewer) == []


def test_the_admin_who_changed_the_standard_is_led_there(signed, cast, round_, tmp_path, client):
    newer = standard_actions.load(by=system_user(), folders=[overlays.write(tmp_path)])[-1].standard
    client.force_login(cast.admin)
    answer = client.post(
        reverse("standard_change:adopt", args=[round_.pk]), {"standard": newer.pk, "reason": "省里补充"}
    )
    assert answer["Location"] == reverse("reviews:blanks", args=[round_.pk])


def test_what_somebody_signed_is_left_to_another_reviewer(cast, round_, changed):
    row = Submission.objects.get(round=round_, school=cast.school_a)
    answers = good_answers(standards.load_spec(round_.standard), "小学")
    enter(row, answers, by=cast.reporter_a, head=cast.principal_a)
    submissions.submit(submission_id=row.pk, by=cast.admin, partial=True)
    changed()
    assert actions.send_back_blanks(round_id=round_.pk, by=cast.admin) == []
    assert actions.send_back_blanks(round_id=round_.pk, by=cast.reviewer) == [row]


def test_only_reviewers_and_only_in_an_open_round(signed, cast, changed):
    round_ = changed()
    for person in (cast.principal_a, cast.inspector_a, cast.foreign_admin):
        with pytest.raises((NotAllowed, NotFound)):
            actions.send_back_blanks(round_id=round_.pk, by=person)
    rounds.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    with pytest.raises(Conflict, match="已关闭"):
        actions.send_back_blanks(round_id=round_.pk, by=cast.reviewer)


def test_a_veto_sent_back_is_the_heads_to_state_and_keeps_the_clerk_from_nothing(cast, round_, signed):
    actions.send_back(submission_id=signed.pk, reasons=[actions.Reason("veto_fraud", "请核实")], by=cast.reviewer)
    signed.refresh_from_db()
    assert workflow.assess(submission_queries.load(signed)).is_ready_for_head
