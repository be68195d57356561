"""A right over one finding, and the list of those one has it over, say the same of everybody."""

import pytest

from inspections.rectification import actions, rights, workflow
from inspections.rectification.models import Finding
from inspections.recusals import actions as recusals
from portal.core.accounts.models import User
from portal.home import task_queries as tasks
from schools.access.scope import passes
from tests.cast import Cast, grant, make_user
from tests.inspections.making import ask_for_closing, content, today
from tests.permissions.world import World
from tests.schools.register import make_township

pytestmark = pytest.mark.django_db
WHERE = ("school__district", "department__district", "bureau", "responsible_department")


def registered(cast: Cast, **unit: int) -> Finding:
    return actions.register(source="SF", content=content(), despite="另一件事", by=cast.admin, **unit)


def measured(finding: Finding, by: User) -> None:
    finding.refresh_from_db()
    actions.measure(finding_id=finding.pk, version=finding.version, text="更换设备", by=by)


def several_roles(cast: Cast, township: int) -> None:
    """People whose roles meet: of the bureau and of a school, a department, a township; of one office with others."""
    for name, office in (
        ("both", ""),
        ("clerk", "督导室"),
        ("same", " 督导室　"),
        ("other", "基教科"),
        ("third", "财务科"),
    ):
        User.objects.filter(pk=make_user(name, name).pk).update(office=office)
        grant(User.objects.get(username=name), "reviewer", district=cast.district)
    grant(User.objects.get(username="both"), "reporter", school=cast.school_a)
    grant(User.objects.get(username="clerk"), "admin", district=cast.district)
    grant(User.objects.get(username="third"), "liaison", department=cast.department)
    worker = make_user("worker", "worker")
    grant(worker, "liaison", department_id=township)
    grant(worker, "reviewer", district=cast.district)
    recusals.declare(school_id=cast.school_a.pk, kind="family", since=today(), by=cast.inspector_a)


def test_the_list_to_verify_holds_what_the_action_accepts(cast: Cast, world: World) -> None:
    township = make_township(cast.district, "北郊乡").pk
    several_roles(cast, township)
    person = {user.username: user for user in User.objects.all()}
    school = {"school_id": cast.school_a.pk}
    answered = (
        (school, person["reporter_a"], person["both"]),
        (school | {"responsible_department_id": cast.department.pk}, person["liaison"], person["third"]),
        ({"department_id": cast.department.pk}, person["liaison"], person["third"]),
        ({"department_id": township}, person["worker"], person["worker"]),
        ({"bureau_id": cast.district.pk}, person["admin"], person["clerk"]),
        ({"bureau_id": cast.district.pk}, person["clerk"], person["admin"]),
    )
    for unit, first, last in answered:
        registered(cast, **unit)
        finding = registered(cast, **unit)
        measured(finding, first)
        ask_for_closing(finding, last)
    waiting = workflow.TABLE.waiting_for(workflow.VERIFY)
    accepted = refused = 0
    for user in User.objects.all():
        listed = set(rights.verifiable_by(user).values_list("pk", flat=True))
        for finding in Finding.objects.select_related(*WHERE):
            may = passes(rights.ensure_verify, user, finding)
            assert (finding.pk in listed) is may, f"{user.username}: {finding.pk} of {finding.respondent}"
            accepted, refused = accepted + may, refused + (not may)
        offered = {task.note for task in tasks.to_verify(user) if task.note}
        rows = Finding.objects.filter(pk__in=listed, state__in=waiting)
        if rows.count() <= 8:
            assert offered == {row.number for row in rows}
    assert (accepted > 40, refused > 100) == (True, True), (accepted, refused)


def test_the_list_to_rectify_holds_what_the_action_accepts(cast: Cast, world: World) -> None:
    several_roles(cast, make_township(cast.district, "北郊乡").pk)
    for unit in ({"department_id": cast.department.pk}, {"bureau_id": cast.district.pk}):
        registered(cast, **unit)
    for user in User.objects.all():
        listed = set(Finding.objects.filter(rights.answered_by(user)).values_list("pk", flat=True))
        for finding in Finding.objects.select_related(*WHERE):
            assert (finding.pk in listed) is rights.answers(user, finding), f"{user.username}: {finding.pk}"
