"""Makers of self-reports: a school's submission as it is typed or handed in, a report ready to be issued."""

import datetime as dt
from typing import Any

from indicators.collection.rounds import actions as rounds
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import Answer, Value
from indicators.standard.standards import queries as standards
from inspections.self_reports import actions, queries
from inspections.self_reports.models import SelfReport, SelfReportProblem
from tests.cast import Cast
from tests.figures import enter, good_answers
from tests.inspections import making

NEXT_STEP: dict[str, Any] = {"measure": "更换 2 套设备", "responsible": "副校长", "due_on": dt.date(2027, 3, 31)}


def opened(cast: Cast) -> None:
    rounds.open_round(
        code="2026",
        name="2026 年度",
        district=cast.district,
        standard=standards.current(),
        due_at=making.timezone.now() + dt.timedelta(days=30),
        school_year_start=making.today(),
        fiscal_year=2025,
        school_year="2025-2026",
        by=cast.admin,
    )


def typed(cast: Cast, kind: str = "小学", **changes: Answer | None) -> Submission:
    """甲小学's submission, filled in but for `changes`, with what older forms asked for: the practice in words."""
    submission = Submission.objects.get(round__code="2026", school=cast.school_a)
    spec = standards.load_spec(standards.current())
    answers: dict[str, Answer | None] = (
        good_answers(spec, kind) | {"self_report": Value("每月研究一次。" * 10)} | changes
    )
    enter(submission, answers, by=cast.reporter_a, head=cast.principal_a)
    return submission


def handed_in(cast: Cast, submission: Submission) -> None:
    submissions.submit(submission_id=submission.pk, by=cast.principal_a)


def problem(cast: Cast, submission: Submission, **changes: Any) -> SelfReportProblem:
    """One of the school's own, with its next step."""
    given = {"text": "设备老旧", "problem_id": None, "version": 0, "by": cast.reporter_a} | NEXT_STEP | changes
    return actions.write_problem(submission_id=submission.pk, **given)


def digest(cast: Cast, submission: Submission) -> str:
    """Of what the head reads."""
    of = queries.submission(cast.principal_a, submission.pk)
    return queries.desk(cast.principal_a, queries.current(of)).digest


def practice(cast: Cast, submission: Submission, text: str = "每月研究一次教学。") -> None:
    actions.write_text(submission_id=submission.pk, section="practice", text=text, version=0, by=cast.reporter_a)


def issued(cast: Cast, submission: Submission) -> SelfReport:
    seen = digest(cast, submission)
    return actions.issue(submission_id=submission.pk, seen=seen, by=cast.principal_a)
