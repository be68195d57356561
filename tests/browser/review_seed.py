"""A submission sent back once and handed in again, for the browser."""

from indicators.collection.reviews import actions as reviews
from indicators.collection.submissions import actions
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from schools.directory.models import District
from tests.cast import grant, make_school, make_user
from tests.figures import enter, good_answers
from tests.indicators.collection.submissions.conftest import make_round, make_submission


def run() -> None:
    """Make school, clerk, head and reviewer; the teaching area came back once and has been changed."""
    district = District.objects.create(code="410297", name="审核区")
    school = make_school("4102970001", "审核区晨光小学", district)
    clerk, head, judge = (make_user(f"review_{who}", name) for who, name in PEOPLE)
    grant(clerk, "reporter", school=school)
    grant(head, "principal", school=school)
    grant(judge, "reviewer", district=district)
    round_ = make_round(district, "2026")
    submission = make_submission(round_, school=school)
    values = good_answers(standards.load_spec(round_.standard), "小学")
    enter(submission, values, by=clerk, head=head)
    actions.submit(submission_id=submission.pk, by=head)
    reasons = [reviews.Reason("teaching_area", "与测绘图不一致")]
    reviews.send_back(submission_id=submission.pk, reasons=reasons, by=judge)
    actions.save(submission_id=submission.pk, values={"teaching_area": Value(4200)}, by=clerk)
    actions.submit(submission_id=submission.pk, by=head)


PEOPLE = (("clerk", "周明远"), ("head", "何清"), ("judge", "陶审核"))
