"""A district of its own with a school that has papers, for the browser."""

from schools.directory.models import District
from tests.cast import grant, make_school, make_user
from tests.indicators.collection.submissions.conftest import make_round, make_submission


def run() -> None:
    """Make the school, its clerk and this year's empty submission."""
    district = District.objects.create(code="410295", name="取数区")
    school = make_school("4102950001", "取数区朝阳小学", district)
    grant(make_user("roster_clerk", "田小禾"), "reporter", school=school)
    make_submission(make_round(district, "2026"), school=school)
