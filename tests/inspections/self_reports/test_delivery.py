"""Where a self-report shows before and after it is issued: the head's task, the round's list, the dossier."""

from typing import Any

import pytest
from django.urls import reverse

from indicators.collection.reviews import actions as reviews
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Round
from indicators.results.evaluations import actions as evaluations, judging
from inspections.dossiers import catalogue_facts
from inspections.self_reports import actions, queries
from inspections.self_reports.models import SelfReport
from portal.home import task_queries as tasks
from tests.cast import Cast
from tests.inspections import making
from tests.inspections.self_reports.making import handed_in, issued, opened, problem, typed

pytestmark = pytest.mark.django_db
WRITE, SIGN = "写学校自评报告", "核对并签发自评报告"


def _tasks(user: Any, asked: str = SIGN) -> list[tuple[str, str]]:
    user.__dict__.pop("_rights", None)
    return [(task.action, task.url) for task in tasks.for_user(user) if task.action == asked]


def test_the_head_is_asked_once_a_draft_is_written_and_the_return_handed_in(cast: Cast) -> None:
    opened(cast)
    submission = typed(cast)
    written = problem(cast, submission, responsible="")
    assert _tasks(cast.principal_a) == [], "the submission is not handed in"
    handed_in(cast, submission)
    assert _tasks(cast.principal_a) == [], "a next step lacks who does it"
    problem(cast, submission, problem_id=written.pk, version=written.version)
    assert _tasks(cast.principal_a) == [(SIGN, reverse("self_reports:detail", args=[submission.pk]))]
    assert _tasks(cast.reporter_a) == []
    assert _tasks(cast.admin) == []
    issued(cast, submission)
    assert _tasks(cast.principal_a) == []


def test_the_reporter_is_asked_to_write_until_the_draft_is_written(cast: Cast) -> None:
    opened(cast)
    submission = typed(cast)
    asked = [(WRITE, reverse("self_reports:detail", args=[submission.pk]))]
    assert _tasks(cast.reporter_a, WRITE) == [], "the submission is not handed in"
    handed_in(cast, submission)
    assert _tasks(cast.reporter_a, WRITE) == asked
    assert _tasks(cast.reporter_b, WRITE) == _tasks(cast.admin, WRITE) == []
    written = problem(cast, submission, responsible="")
    assert _tasks(cast.reporter_a, WRITE) == asked, "begun"
    problem(cast, submission, problem_id=written.pk, version=written.version)
    assert _tasks(cast.reporter_a, WRITE) == []
    issued(cast, submission)
    assert _tasks(cast.reporter_a, WRITE) == []


def test_the_rounds_list_is_filtered_by_how_far_the_reports_are(cast: Cast, sign_in: Any) -> None:
    opened(cast)
    submission = typed(cast)
    client, page = sign_in(cast.admin), reverse("rounds:detail", args=[submission.round_id])

    def listed(stage: str) -> list[str]:
        return [line.row.respondent for line in client.get(page, {"report": stage}).context["page"]]

    assert listed("none") == ["甲小学", "乙初级中学"]
    problem(cast, submission)
    assert (listed("none"), listed("draft")) == (["乙初级中学"], ["甲小学"])
    body = client.get(page).content.decode()
    assert "设备老旧" not in body
    assert reverse("self_reports:detail", args=[submission.pk]) not in body
    handed_in(cast, submission)
    issued(cast, submission)
    assert (listed("draft"), listed("issued")) == ([], ["甲小学"])
    report = SelfReport.objects.get()
    assert queries.delivered(cast.admin, submission.round_id) == {submission.pk: report}
    assert queries.delivered(cast.foreign_admin, submission.round_id) == {}


def test_an_issued_report_lies_first_in_the_schools_volume(cast: Cast) -> None:
    opened(cast)
    submission = typed(cast)
    problem(cast, submission)
    handed_in(cast, submission)
    report = issued(cast, submission)
    reviews.approve(submission_id=submission.pk, by=cast.reviewer)
    round_ = Round.objects.get()
    evaluation = evaluations.record(
        judged=judging.judge(round_, judging.read(round_), making.timezone.now()), by=cast.admin
    )
    frozen = catalogue_facts.freeze(evaluation)
    volume = next(one for one in frozen.catalogue.volumes if one.code == "X")
    own = next(one for one in volume.sections if one.code == f"X{cast.school_a.code}")
    first, second = own.pieces[:2]
    assert report.docx
    assert report.pdf
    assert (first.stored, second.stored) == (report.docx.sha256, report.pdf.sha256)
    assert (first.author, first.folder, first.remark) == ("甲小学", "0 概况与自评报告", "引用填报第 1 次提交")
    lacking = [issue for issue in frozen.issues if "自评报告" in issue.text]
    assert lacking == []
    actions.withdraw(submission_id=submission.pk, reason="数据有误，重新核对后再签发", by=cast.principal_a)
    again = catalogue_facts.freeze(evaluation)
    assert [issue.who for issue in again.issues if "自评报告" in issue.text] == [("甲小学",)]
    assert submissions.Submission.objects.get(pk=submission.pk).state == "approved"
