"""Findings about others than schools: departments, townships, the bureau itself; and who else answers for a school's."""

from contextlib import nullcontext

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from inspections.rectification import actions, queries, workflow
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from schools.accounts import actions as people
from tests.cast import grant, make_user
from tests.inspections.making import close, content, photo
from tests.inspections.rectification.test_raising import evaluated
from tests.schools.register import make_township
from tests.shared import shared

pytestmark = pytest.mark.django_db
DONE = "欠拨的公用经费已经全部补拨到校，拨付凭证已经归档备查"


def register(cast, **unit) -> Finding:
    return actions.register(source="SF", content=content(**unit.pop("says", {})), by=cast.admin, **unit)


@shared
def of_department(cast) -> Finding:
    return register(cast, department_id=cast.department.pk)


@shared
def of_school(cast) -> Finding:
    return register(cast, school_id=cast.school_a.pk, responsible_department_id=cast.department.pk)


@shared
def of_bureau(cast) -> Finding:
    return register(cast, bureau_id=cast.district.pk)


def measure(finding: Finding, by) -> None:
    finding.refresh_from_db()
    actions.measure(finding_id=finding.pk, version=finding.version, text="补拨经费 20 万元", responsible="李某", by=by)


def ask_for_closing(finding: Finding, by) -> None:
    finding.refresh_from_db()
    said = {"text": DONE, "uploads": [photo()], "by": by}
    actions.request_close(finding_id=finding.pk, version=finding.version, **said)


def test_a_finding_is_about_exactly_one_unit(cast, of_department) -> None:
    assert (of_department.respondent, of_department.answering) == ("区财政局", cast.department)
    assert (of_department.school, of_department.bureau, of_department.ledger) == (None, None, "410202")
    both = {"school_id": cast.school_a.pk, "department_id": cast.department.pk}
    with pytest.raises(Invalid):
        register(cast, **both)
    with pytest.raises(NotFound):
        register(cast)
    for wrong in ({"school": cast.school_a}, {"department": None}, {"responsible_department": cast.department}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Finding.objects.filter(pk=of_department.pk).update(**wrong)


def test_a_department_sees_its_own_and_rectifies_it(cast, of_department) -> None:
    other = register(cast, school_id=cast.school_a.pk)
    assert list(queries.seen_by(cast.liaison)) == [of_department]
    assert not queries.seen_by(cast.reporter_a).filter(pk=of_department.pk).exists()
    assert Notice.objects.filter(user=cast.liaison, text__contains=of_department.number).exists()
    measure(of_department, cast.liaison)
    ask_for_closing(of_department, cast.liaison)
    with pytest.raises(NotFound):
        measure(other, cast.liaison)
    with pytest.raises(NotFound):
        measure(of_department, cast.reporter_a)
    close(of_department, cast.reviewer)
    of_department.refresh_from_db()
    assert of_department.is_closed


def test_what_a_department_can_solve_the_school_only_sees(cast, of_school) -> None:
    assert set(queries.seen_by(cast.reporter_a)) == set(queries.seen_by(cast.liaison)) == {of_school}
    assert Notice.objects.filter(user=cast.liaison).exists()
    with pytest.raises(NotAllowed):
        measure(of_school, cast.reporter_a)
    measure(of_school, cast.liaison)
    assert [task.note for task in tasks.to_rectify(cast.liaison)] == [of_school.number]
    assert list(tasks.to_rectify(cast.reporter_a)) == []
    ask_for_closing(of_school, cast.liaison)
    close(of_school, cast.inspector_a)


def test_the_bureau_rectifies_its_own_and_another_closes_it(cast, of_bureau) -> None:
    assert not queries.seen_by(cast.reporter_a).exists()
    assert not queries.seen_by(cast.liaison).exists()
    measure(of_bureau, cast.admin)
    with pytest.raises(NotAllowed):
        actions.void(finding_id=of_bureau.pk, version=of_bureau.version + 1, text="登记错了", by=cast.admin)
    ask_for_closing(of_bureau, cast.admin)
    with pytest.raises(NotAllowed):
        close(of_bureau, cast.admin)
    close(of_bureau, cast.reviewer)
    of_bureau.refresh_from_db()
    assert (of_bureau.state, of_bureau.respondent) == ("closed", "龙亭区教育局（本级）")


@pytest.mark.parametrize(
    ("rectifier", "verifier", "refused"),
    [
        ("督导室", "督导室", True),
        ("督导室", " 督导室　", True),
        ("督导室", "基教科", False),
        ("督导室", "", False),
        ("", "", False),
    ],
)
def test_what_the_bureau_rectified_another_office_verifies(
    cast, of_bureau, rectifier: str, verifier: str, refused: bool
) -> None:
    for person, office in ((cast.admin, rectifier), (cast.reviewer, verifier)):
        people.edit_account(user_id=person.pk, name=person.name, phone="", office=office, by=system_user())
        person.refresh_from_db()
    measure(of_bureau, cast.admin)
    ask_for_closing(of_bureau, cast.admin)
    of_bureau.refresh_from_db()
    assert ("close" in {verb.code for verb in workflow.TABLE.offers(cast.reviewer, of_bureau)}) is not refused
    with pytest.raises(NotAllowed) if refused else nullcontext():
        close(of_bureau, cast.reviewer)


def test_an_office_counts_for_the_bureaus_own_only(cast, of_school) -> None:
    User.objects.update(office="财务科")
    for person in (cast.liaison, cast.reviewer):
        person.refresh_from_db()
    measure(of_school, cast.liaison)
    ask_for_closing(of_school, cast.liaison)
    close(of_school, cast.reviewer)
    of_school.refresh_from_db()
    assert (of_school.state, of_school.closed_by) == (Finding.State.CLOSED, cast.reviewer)


def test_nobody_of_the_bureau_answers_for_a_school(cast) -> None:
    finding = register(cast, school_id=cast.school_a.pk)
    with pytest.raises(NotAllowed):
        measure(finding, cast.admin)
    assert list(tasks.to_rectify(cast.admin)) == []


def test_a_township_answers_for_itself_not_for_its_schools(cast) -> None:
    township = make_township(cast.district, "北郊乡")
    cast.school_a.township = township
    cast.school_a.save()
    person = make_user("beijiao", "北郊乡联络员")
    grant(person, "liaison", department=township)
    own, other = register(cast, department_id=township.pk), register(cast, school_id=cast.school_a.pk)
    assert list(queries.seen_by(person)) == [own]
    measure(own, person)
    with pytest.raises(NotFound):
        measure(other, person)


def test_the_ledger_and_the_form_name_every_unit(cast, of_department, of_school, of_bureau, sign_in) -> None:
    client = sign_in(cast.admin)
    url = reverse("rectification:list")
    assert set(client.get(url).context["page"]) == {of_department, of_school, of_bureau}
    for unit, finding in (("school", of_school), ("department", of_department), ("bureau", of_bureau)):
        assert list(client.get(url, {"unit": unit}).context["page"]) == [finding]
    assert client.get(reverse("rectification:export")).status_code == 200
    for finding in (of_department, of_school, of_bureau):
        assert finding.respondent in client.get(reverse("rectification:detail", args=[finding.pk])).content.decode()
    fields = ("problem", "requirement", "category", "due_on")
    typed = {name: getattr(content(), name) for name in fields} | {"indicator": "B1", "source": "SF"}
    form = reverse("rectification:register")
    assert client.post(form, typed).status_code == 400
    unit = {"unit": f"bureau_id:{cast.district.pk}", "responsible_department": cast.department.pk}
    assert client.post(form, typed | unit | {"school": cast.school_a.pk}).status_code == 400
    assert client.post(form, typed | unit).status_code == 302
    made = Finding.objects.get(indicator="B1")
    assert (made.bureau, made.responsible_department) == (cast.district, cast.department)


def test_what_the_district_misses_without_a_school_is_for_the_bureau(cast) -> None:
    missed = {"district_indicators": {"B1": {"passes": False, "why": "没有规划"}}}
    spread = {"coefficients": {"primary": {"A1": {"cv": "0.5017", "limit": "0.50", "passes": False}}}}
    evaluation = evaluated(cast, {}, result=missed | spread)
    done = actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin)
    assert done.created == 2
    of_b1, of_a1 = Finding.objects.order_by("-indicator")
    assert (of_b1.bureau, of_b1.stage, of_a1.stage) == (cast.district, "", "primary")
    assert of_a1.current_value == "0.502"
    assert actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=cast.admin).already_there == 2
    better = {"district_indicators": {"B1": {"passes": True}}}
    evaluated(cast, {}, inputs="b", round_=evaluation.round, result=better)
    now = queries.current([of_b1, of_a1])
    assert (now[of_b1.pk].meets, now[of_a1.pk].meets) == (True, False)
