"""A problem a school is weeks late with, what the night proposes of it, and a draft of a paper, for the browser."""

from datetime import timedelta

from django.utils import timezone

from inspections.escalation import actions as escalation
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from portal.core.accounts.queries import system_user
from schools.directory.models import District
from tests.cast import grant, make_school, make_user
from tests.inspections import making

PEOPLE = {"office": "高管理", "leader": "梁局长", "head": "秦校长"}


def run() -> None:
    """Make a district with school, head, office and leader; the finding fell due 45 days ago."""
    district = District.objects.create(code="410296", name="督办区")
    school = make_school("4102960001", "督办区春晓小学", district)
    office, leader, head = (make_user(f"orders_{who}", name) for who, name in PEOPLE.items())
    grant(office, "admin", district=district)
    grant(leader, "leader", district=district)
    grant(head, "principal", school=school)
    finding = rectification.register(school_id=school.pk, source="XF", content=making.content(), by=office)
    Finding.objects.filter(pk=finding.pk).update(due_on=timezone.localdate() - timedelta(days=45))
    escalation.propose(district_id=district.pk, by=system_user())
