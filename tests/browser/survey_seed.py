"""A survey whose codes are out, for the browser."""

from decimal import Decimal

from inspections.surveys import actions, queries
from schools.directory.models import District
from tests.cast import grant, make_school, make_user
from tests.inspections.making import today

SCHOOL = "调查区明湖小学"


def run() -> str:
    """Make a district with school and office; the first code of the school's parents."""
    district = District.objects.create(code="410210", name="调查区")
    school = make_school("4102100001", SCHOOL, district)
    office = make_user("survey_office", "郑管理")
    grant(office, "admin", district=district)
    days = {"opens_on": today(), "closes_on": today(7)}
    draft = actions.create(district_id=district.pk, title="调查", population=Decimal(39), by=office, **days)
    survey = actions.hand_out(survey_id=draft.pk, by=office)
    return next(queries.codes(survey, survey.portions.get(group="parents", school=school)))
