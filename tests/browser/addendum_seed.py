"""A finished visit, for the browser."""

from types import SimpleNamespace

from inspections.visits import actions
from schools.directory.models import District
from tests.cast import grant, make_school, make_user
from tests.inspections import making


def run() -> None:
    district = District.objects.create(code="410291", name="补记区")
    school = make_school("4102910001", "补记区晨光小学", district)
    inspector = make_user("addendum_inspector", "陶督学")
    grant(inspector, "inspector", school=school)
    visit = making.underway(SimpleNamespace(school_a=school, inspector_a=inspector))
    actions.finish(visit_id=visit.pk, summary="良好", accept_unanswered=True, by=inspector)
