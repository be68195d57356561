"""Handing over, signing and withdrawing: only whole submissions, in time, once."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import actions, answers, content_queries, queries, workflow
from indicators.collection.submissions.models import (
    Decision,
    Extension,
    Revision,
    SendBackReason,
    Submission,
    Waiver,
)
from indicators.collection.submissions.workflow import TABLE
from indicators.standard.engine import NotApplicable, Value
from indicators.standard.standards import files
from portal.core.accounts.queries import system_user
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.lib.models import ImmutableError
from portal.core.notices.models import Notice
from tests.figures import enter, good_answers
from tests.indicators.collection.submissions.conftest import make_round, make_submission

S = Submission.State


def submit(submission, by, **more):
    return actions.submit(submission_id=submission.pk, by=by, **more)


def set_values(submission, by, **values):
    actions.save(submission_id=submission.pk, values=values, by=by)


def where(refusal):
    return [problem.where for problem in refusal.value.problems]


def send_back(revision, *items, verdict=Decision.Verdict.SENT_BACK):
    """What a reviewer's action leaves behind."""
    decision = Decision.objects.create(revision=revision, verdict=verdict, decided_by=system_user())
    for item in items:
        SendBackReason.objects.create(decision=decision, item=item, text="与统计报表不一致")
    Submission.objects.filter(pk=revision.submission_id).update(state=verdict, decided_at=decision.decided_at)


@pytest.mark.parametrize("state", S.values)
@pytest.mark.parametrize("verb", ["submit", "withdraw", "begin_review", "send_back", "approve"])
def test_the_table_of_moves(state, verb):
    if state in TABLE[verb].at:
        assert TABLE.move(state, verb) == TABLE[verb].to
    else:
        with pytest.raises(Conflict, match="刷新页面"):
            TABLE.move(state, verb)


def test_signing_freezes_everything_under_a_receipt(cast, complete, spec):
    revision = submit(complete, cast.principal_a)
    complete.refresh_from_db()
    assert (complete.state, revision.number) == (S.SUBMITTED, 1)
    assert revision.receipt == f"410202-2026-{complete.pk:06d}-1"
    content = Revision.objects.get().content
    assert files.content_sha256(content) == revision.sha256
    assert content["school"] == {
        "code": "4102020001",
        "name": "甲小学",
        "kind": "小学",
        "area": "城区",
        "sponsor": 7,
        "boarding": False,
        "status": "在办",
    }
    assert content["standard"] == {"code": spec.code, "sha256": spec.content_sha256}
    assert content["answers"]["pupils_primary"]["value"] == "360"
    assert content["answers"]["charter"]["value"] == "是"
    assert content["answers"]["veto_fraud"]["value"] == "否"
    assert content["answers"]["pupils_primary"]["by"] == "甲校填报员（reporter_a）"
    assert answers.of_content(spec, content) == good_answers(spec, "小学")
    assert "partial" not in content


def test_a_revision_never_changes(cast, complete):
    revision = submit(complete, cast.principal_a)
    with pytest.raises(ImmutableError):
        revision.save()
    with pytest.raises(ImmutableError):
        Revision.objects.update(sha256="0" * 64)


def test_ten_tries_of_one_signing_are_one_submission_and_one_receipt(cast, complete):
    receipts = {submit(complete, cast.principal_a, number=1).receipt for _ in range(10)}
    assert len(receipts) == 1
    assert Revision.objects.count() == 1
    assert AuditEvent.objects.filter(action="submission.submit").count() == 1


def test_without_the_number_a_second_signing_is_a_conflict(cast, complete):
    submit(complete, cast.principal_a)
    with pytest.raises(Conflict):
        submit(complete, cast.principal_a)


def test_only_the_head_signs(cast, complete):
    with pytest.raises(NotAllowed):
        submit(complete, cast.reporter_a)
    with pytest.raises(NotFound):
        submit(complete, cast.reporter_b)
    assert submit(complete, cast.principal_a)


def test_every_blank_is_named(cast, complete, spec):
    set_values(complete, cast.reporter_a, pupils_primary=None, teachers_primary=None)
    with pytest.raises(Invalid) as refusal:
        submit(complete, cast.principal_a)
    assert where(refusal) == ["小学在校生数", "小学专任教师数"]
    assert Revision.objects.count() == 0


def test_an_error_stops_it_whatever_is_waived(cast, complete):
    set_values(complete, cast.reporter_a, backbone_teachers_primary=Value(999))
    with pytest.raises(Invalid) as refusal:
        submit(complete, cast.principal_a)
    assert "多于" in str(refusal.value.problems[0])


def test_a_warning_needs_an_explanation_and_a_changed_figure_a_new_one(cast, complete):
    set_values(complete, cast.reporter_a, multimedia_rooms=Value(60))
    with pytest.raises(Invalid, match="1 处"):
        submit(complete, cast.principal_a)
    waived = {
        "submission_id": complete.pk,
        "check": "rows_multiple",
        "field": "multimedia_rooms",
        "by": cast.reporter_a,
    }
    actions.waive(**waived, reason="新建教学楼全部配备，含备用教室")
    set_values(complete, cast.reporter_a, multimedia_rooms=Value(61))
    with pytest.raises(Invalid):
        submit(complete, cast.principal_a)
    actions.waive(**waived, reason="新建教学楼全部配备，含备用教室和实验室")
    assert complete.waivers.count() == 1
    revision = submit(complete, cast.principal_a)
    assert revision.content["waivers"][0]["reason"] == "新建教学楼全部配备，含备用教室和实验室"


def test_a_change_against_last_year_asks_why_once_and_keeps_what_was_waived(cast, complete, round_):
    last = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    enter(last, good_answers(queries.load(last).spec, "小学"), by=cast.reporter_a, head=cast.principal_a)
    submit(last, cast.principal_a)
    set_values(complete, cast.reporter_a, equipment_value=Value(400))
    warned = next(w for w in workflow.assess(queries.load(complete)).warnings if w.problem.code == "change_warning")
    [problem] = workflow.problems_of(workflow.assess(queries.load(complete)), missing=False)
    assert str(problem).count("属实的请") == 1
    # Waived while the warning still asked for itself.
    before = f"{warned.problem.message}；属实的请说明原因"
    by = {"created_by": cast.reporter_a, "updated_by": cast.reporter_a}
    Waiver.objects.create(
        submission=complete,
        check_code="change_warning",
        field=warned.problem.item,
        message=before,
        reason="更新设备",
        **by,
    )
    import_module("indicators.migrations.0020_waivers_quote_the_warning_alone").quote_alone(apps, None)
    assert workflow.assess(queries.load(complete)).unwaived == ()


def test_a_warning_that_is_not_there_cannot_be_waived(cast, complete):
    with pytest.raises(Conflict):
        actions.waive(
            submission_id=complete.pk,
            check="rows_multiple",
            field="multimedia_rooms",
            reason="没有这条提示",
            by=cast.reporter_a,
        )


def test_an_explanation_says_something(cast, complete):
    for reason in ("", "    ", "对", "长" * 301):
        with pytest.raises(Invalid):
            actions.waive(
                submission_id=complete.pk, check="x", field="multimedia_rooms", reason=reason, by=cast.reporter_a
            )


def test_not_applicable_counts_as_answered(cast, complete):
    set_values(complete, cast.reporter_a, exchange_eligible=NotApplicable("民办学校不参加交流"))
    assert submit(complete, cast.principal_a)


def test_after_the_due_time_nobody_hands_in_unless_granted(cast, complete, round_):
    round_.due_at = timezone.now() - timedelta(seconds=1)
    round_.save()
    with pytest.raises(Conflict, match="局管理员（局管理员）"):
        submit(complete, cast.principal_a)
    Extension.objects.create(
        submission=complete,
        due_at=timezone.now() + timedelta(days=1),
        reason="停电",
        created_by=cast.admin,
        updated_by=cast.admin,
    )
    assert submit(complete, cast.principal_a)


def test_a_closed_round_takes_nothing(cast, complete, round_):
    round_.state = "closed"
    round_.save()
    with pytest.raises(Conflict, match="已关闭"):
        submit(complete, cast.principal_a)


def test_an_item_sent_back_must_be_answered_before_it_comes_back(cast, complete, round_):
    send_back(submit(complete, cast.principal_a), "pupils_primary", "teaching_area")
    round_.due_at = timezone.now() - timedelta(days=1)
    round_.save()
    with pytest.raises(Invalid) as refusal:
        submit(complete, cast.principal_a)
    assert where(refusal) == ["小学在校生数", "教学及辅助用房面积"]
    set_values(complete, cast.reporter_a, teaching_area=Value(3000))
    with pytest.raises(Invalid) as refusal:
        submit(complete, cast.principal_a)
    assert where(refusal) == ["小学在校生数"]
    set_values(complete, cast.reporter_a, pupils_primary=Value(361))
    rows = answers.of_rows({"class_list": _class_item(complete)}, complete.answers.all())["class_list"].value
    set_values(complete, cast.reporter_a, class_list=Value((*rows[:-1], rows[-1] | {"pupils": rows[-1]["pupils"] + 1})))
    revision = submit(complete, cast.principal_a)
    assert revision.receipt.endswith("-2")


def _class_item(submission):
    return queries.spec_of(submission).items["class_list"]


def test_setting_the_value_back_is_no_answer_to_being_sent_back(cast, complete):
    send_back(submit(complete, cast.principal_a), "teaching_area")
    set_values(complete, cast.reporter_a, teaching_area=Value(3000))
    set_values(complete, cast.reporter_a, teaching_area=Value(2520))
    with pytest.raises(Invalid):
        submit(complete, cast.principal_a)


def test_withdrawing_works_until_the_review_begins(cast, complete):
    submit(complete, cast.principal_a)
    with pytest.raises(NotAllowed):
        actions.withdraw(submission_id=complete.pk, reason="人数有误", by=cast.reporter_a)
    actions.withdraw(submission_id=complete.pk, reason="人数有误", by=cast.principal_a)
    set_values(complete, cast.reporter_a, exchanged_in=Value(2))
    assert submit(complete, cast.principal_a, number=2).number == 2
    Submission.objects.update(state=S.IN_REVIEW)
    with pytest.raises(Conflict):
        actions.withdraw(submission_id=complete.pk, reason="人数有误", by=cast.principal_a)


@pytest.mark.parametrize("reason", ["", " \u200b", "字" * 201], ids=["blank", "invisible", "long"])
def test_withdrawing_asks_why_and_keeps_it(cast, complete, sign_in, reason):
    submit(complete, cast.principal_a)
    client, url = sign_in(cast.principal_a), reverse("submissions:withdraw", args=[complete.pk])
    shown = client.post(url, {"reason": reason}, follow=True).content.decode()
    assert "请写明撤回填报的原因" in shown
    complete.refresh_from_db()
    assert complete.state == S.SUBMITTED
    assert client.post(url, {"reason": "人数有误"}).status_code == 302
    assert AuditEvent.objects.get(action="submission.withdraw").after == {"state": "draft", "reason": "人数有误"}


def test_nobody_locks_himself_out_by_withdrawing_too_late(cast, complete, round_):
    submit(complete, cast.principal_a)
    round_.due_at = timezone.now() - timedelta(seconds=1)
    round_.save()
    with pytest.raises(Conflict, match="截止"):
        actions.withdraw(submission_id=complete.pk, reason="人数有误", by=cast.principal_a)


def test_handing_over_leaves_only_the_heads_own_items_open_and_notifies_the_head(cast, complete, spec):
    vetoes = {code: None for code, item in spec.items.items() if item.signed}
    actions.save(submission_id=complete.pk, values=vetoes, by=cast.principal_a)
    for _ in range(2):
        actions.hand_over(submission_id=complete.pk, by=cast.reporter_a)
    assert [notice.user for notice in Notice.objects.all()] == [cast.principal_a]
    set_values(complete, cast.reporter_a, teaching_area=None)
    Submission.objects.update(handed_over_at=None, handed_over_by=None)
    with pytest.raises(Invalid) as refusal:
        actions.hand_over(submission_id=complete.pk, by=cast.reporter_a)
    assert where(refusal) == ["教学及辅助用房面积"]


def test_signing_ends_the_handing_over_and_notifies_reviewers_once_a_day(cast, complete, round_, spec):
    actions.hand_over(submission_id=complete.pk, by=cast.reporter_a)
    submit(complete, cast.principal_a)
    complete.refresh_from_db()
    assert complete.handed_over_at is None
    other = make_submission(round_, school=cast.school_b)
    actions.save(submission_id=other.pk, values=good_answers(spec, "初级中学"), by=cast.admin)
    submit(other, cast.admin)
    assert Notice.objects.filter(user=cast.reviewer).count() == 1
    assert Notice.objects.filter(user=cast.reporter_a, text__contains="回执号").count() == 1


def test_the_bureau_may_take_over_a_submission_with_gaps(cast, submission, round_):
    set_values(submission, cast.admin, pupils_primary=Value(300), teaching_area=Value(1500))
    round_.due_at = timezone.now() - timedelta(days=400)
    round_.save()
    with pytest.raises(NotAllowed):
        submit(submission, cast.principal_a, partial=True)
    revision = submit(submission, cast.admin, partial=True)
    assert "teachers_primary" in revision.content["partial"]["missing"]
    assert "pupils_primary" not in revision.content["partial"]["missing"]


def test_taking_over_does_not_let_errors_through(cast, submission):
    set_values(submission, cast.admin, teaching_area=Value(100), indoor_sports_area=Value(200))
    with pytest.raises(Invalid):
        submit(submission, cast.admin, partial=True)


def test_nothing_at_all_is_not_a_submission(cast, submission):
    with pytest.raises(Invalid, match="没有填写任何内容"):
        submit(submission, cast.admin, partial=True)


def test_the_bureau_and_departments_answer_the_district_items(cast, round_, spec):
    bureau = make_submission(round_)
    actions.save(submission_id=bureau.pk, values={"townships": Value(6)}, by=cast.admin)
    department = make_submission(round_, department=cast.department)
    actions.save(submission_id=department.pk, values={"teacher_wage": Value(90000)}, by=cast.liaison)
    with pytest.raises(Invalid) as refusal:
        submit(bureau, cast.admin)
    assert len(refusal.value.problems) > 10
    revision = submit(department, cast.admin)
    assert (revision.content["school"], revision.content["department"]) == (None, "CZ")
    assert queries.own(cast.admin) == [bureau]
    assert queries.own(cast.liaison) == [department]


def test_only_approved_revisions_are_loaded_and_the_newest_counts(cast, complete, round_, spec):
    first = submit(complete, cast.principal_a)
    assert queries.load_revisions(round_) == []
    send_back(first, verdict=Decision.Verdict.APPROVED)
    (loaded,) = queries.load_revisions(round_)
    assert (loaded.school_code, loaded.revision_id, loaded.sha256) == ("4102020001", first.pk, first.sha256)
    assert loaded.answers == good_answers(spec, "小学")
    Submission.objects.update(state=S.SENT_BACK)
    assert queries.load_revisions(round_) == []


def test_loading_takes_two_queries_however_many_schools(cast, complete, round_, django_assert_max_num_queries):
    send_back(submit(complete, cast.principal_a), verdict=Decision.Verdict.APPROVED)
    with django_assert_max_num_queries(2):
        queries.load_revisions(round_)


def test_last_years_figures_come_from_the_latest_earlier_round(cast, complete, spec):
    older = make_submission(make_round(cast.district, "2024"), school=cast.school_a)
    last = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    for row, count in ((older, 100), (last, 200)):
        set_values(row, cast.admin, pupils_primary=Value(count))
        submit(row, cast.admin, partial=True)

    assert content_queries.background(complete)[1] == {"pupils_primary": Value(200)}
    with pytest.raises(Invalid) as refusal:
        submit(complete, cast.principal_a)
    assert "比上年 200 人增加" in str(refusal.value.problems[0])
