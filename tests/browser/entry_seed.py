"""A district of its own with a school in the middle of its submission, for the browser."""

from indicators.collection.submissions import actions
from indicators.standard.standards import queries as standards
from portal.core.accounts.queries import system_user
from schools.directory.models import District
from tests.cast import grant, make_school, make_user
from tests.figures import enter, good_answers
from tests.indicators.collection.submissions.conftest import make_round, make_submission


def run() -> None:
    """Make the school, its clerk and head, last year's submission and this year's nearly complete one."""
    district = District.objects.create(code="410298", name="试验区")
    school = make_school("4102980001", "试验区晨光小学", district)
    clerk, head = make_user("entry_clerk", "周明远"), make_user("entry_head", "何清")
    grant(clerk, "reporter", school=school)
    grant(head, "principal", school=school)
    for code, pupils in (("2025", 355), ("2026", 360)):
        round_ = make_round(district, code)
        submission = make_submission(round_, school=school)
        values = good_answers(standards.load_spec(round_.standard), "小学", primary=pupils)
        if code == "2026":
            del values["exchanged_in"]
        enter(submission, values, by=clerk, head=head)
        if code == "2025":
            actions.submit(submission_id=submission.pk, by=system_user(), partial=True)
