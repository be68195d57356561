"""Every district item has one owner: who owns it sees, fills in and signs it, nobody else answers it."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from indicators.collection.submissions import actions, owner_queries, queries
from indicators.collection.submissions.models import ItemOwner, Submission
from indicators.collection.submissions.owner_actions import assign_items
from indicators.collection.submissions.workflow import assess
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotFound
from portal.core.notices.models import Notice
from schools.directory.models import Department
from tests.indicators.collection.submissions.conftest import make_submission
from tests.shared import shared


def own(row):
    return set(queries.items_of(Submission.objects.get(pk=row.pk)))


def page(code):
    return reverse("submissions:owners", args=[code])


@shared
def department(cast, round_):
    return make_submission(round_, department=cast.department)


@shared
def bureau(cast, round_):
    return make_submission(round_)


def test_a_department_sees_only_its_items_and_the_bureau_the_rest(cast, department, bureau, spec):
    assert own(department) == {"teacher_wage"}
    assert own(bureau) == set(spec.district_items) - {"teacher_wage"}


def test_a_second_answer_is_refused_naming_the_owner(cast, department, bureau):
    for row, field, owner in ((bureau, "teacher_wage", "区财政局"), (department, "townships", "教育局")):
        with pytest.raises(Invalid) as refused:
            actions.save(submission_id=row.pk, values={field: Value(5)}, by=cast.admin)
        assert owner in str(refused.value.problems[0])
        assert not row.answers.exists()


def test_what_a_department_owns_is_required_of_it_and_it_signs_itself(cast, department, sign_in):
    assert [field.code for field in assess(queries.load(department)).missing] == ["teacher_wage"]
    with pytest.raises(Invalid):
        actions.submit(submission_id=department.pk, by=cast.liaison)
    actions.save(submission_id=department.pk, values={"teacher_wage": Value(90000)}, by=cast.liaison)
    revision = actions.submit(submission_id=department.pk, by=cast.liaison)
    assert list(revision.content["answers"]) == ["teacher_wage"]
    assert revision.submitted_by == cast.liaison
    page = sign_in(cast.liaison).get(reverse("submissions:detail", args=[department.pk])).content.decode()
    assert "提交回执" in page
    assert revision.receipt in page


def test_the_bureau_is_not_asked_for_what_a_department_owns_but_sees_it(cast, department, bureau, sign_in):
    assert "teacher_wage" not in {field.code for field in assess(queries.load(bureau)).missing}
    actions.save(submission_id=department.pk, values={"teacher_wage": Value(90000)}, by=cast.liaison)
    check = sign_in(cast.admin).get(reverse("submissions:check", args=[bureau.pk]))
    assertContains(check, "区财政局：1 项")
    assertContains(check, "90000")
    mine = sign_in(cast.liaison).get(reverse("submissions:check", args=[department.pk]))
    assertNotContains(mine, "各部门填报的区县数据")


def test_owners_are_chosen_on_the_page_and_on_the_trail(cast, department, sign_in):
    client = sign_in(cast.admin)
    form = client.get(page("410202")).context["form"]
    data = {base: form[base].initial for base in form.items} | {"special_funds": cast.department.pk}
    assertRedirects(client.post(page("410202"), data), page("410202"))
    assert own(department) == {"teacher_wage", "special_funds"}
    event = AuditEvent.objects.get(action="district.assign_items")
    assert list(event.after.values()) == ["区财政局"]
    assertRedirects(client.post(page("410202"), data), page("410202"))
    assert AuditEvent.objects.filter(action="district.assign_items").count() == 1, "sent twice is done once"


def test_an_item_given_back_to_the_bureau_is_the_bureaus_again(cast, department, bureau):
    assign_items(district_id=cast.district.pk, owners={"teacher_wage": None}, reason="机构改革", by=cast.admin)
    assert own(department) == set()
    assert "teacher_wage" in own(bureau)


def test_taking_an_item_from_a_department_asks_why_and_notifies_its_people(cast, department, sign_in):
    client = sign_in(cast.admin)
    form = client.get(page("410202")).context["form"]
    data = {base: form[base].initial or "" for base in form.items} | {"teacher_wage": ""}
    answer = client.post(page("410202"), data)
    assertContains(answer, "请写明把部门的项目改由别的单位填报的原因", status_code=400)
    assert own(department) == {"teacher_wage"}
    assertRedirects(client.post(page("410202"), data | {"reason": "机构改革"}), page("410202"))
    assert AuditEvent.objects.get(action="district.assign_items").after["reason"] == "机构改革"
    assert Notice.objects.get(user=cast.liaison).text.endswith("由教育局填报。原因：机构改革。")


def test_what_is_handed_in_stays_with_who_handed_it_in_until_it_is_sent_back(cast, department):
    actions.save(submission_id=department.pk, values={"teacher_wage": Value(90000)}, by=cast.liaison)
    actions.submit(submission_id=department.pk, by=cast.liaison)
    with pytest.raises(Invalid) as refused:
        assign_items(district_id=cast.district.pk, owners={"teacher_wage": None}, reason="机构改革", by=cast.admin)
    assert "区财政局已经提交了这一项" in str(refused.value.problems[0])
    actions.withdraw(submission_id=department.pk, reason="人数有误", by=cast.liaison)
    assign_items(district_id=cast.district.pk, owners={"teacher_wage": None}, reason="机构改革", by=cast.admin)
    assert own(department) == set()


def test_only_departments_in_office_of_the_district_can_own(cast, bureau):
    foreign = Department.objects.create(
        district=cast.other_district, code="X", name="外区的局", created_by=cast.admin, updated_by=cast.admin
    )
    with pytest.raises(Invalid):
        assign_items(district_id=cast.district.pk, owners={"townships": foreign.pk}, by=cast.admin)
    with pytest.raises(NotFound):
        assign_items(district_id=cast.other_district.pk, owners={"townships": foreign.pk}, by=cast.admin)
    Department.objects.filter(pk=cast.department.pk).update(status="撤销")
    assert "teacher_wage" in own(bureau), "what an abolished department owned is the bureau's"
    with pytest.raises(Invalid):
        assign_items(district_id=cast.district.pk, owners={"townships": cast.department.pk}, by=cast.admin)


def test_the_default_table_is_proposed_by_name_and_saved_only_on_request(cast, sign_in):
    response = sign_in(cast.admin).get(page("410202") + "?propose")
    assert response.context["form"]["fiscal_education"].initial == cast.department.pk
    assertContains(response, "还没有保存")
    assert ItemOwner.objects.count() == 1


def test_two_departments_of_one_name_are_not_guessed_between(cast):
    departments = [Department(pk=1, name="区财政局"), Department(pk=2, name="开发区财政分局")]
    offices = standards.offices(standards.current())
    assert not owner_queries.proposed_owners(offices, departments)


def test_the_shipped_table_names_only_items_that_are_asked_each_once(db):
    standard = standards.current()
    bases = {item.base for item in standards.load_spec(standard).district_items.values()}
    named = [item for office in standards.offices(standard) for item in office["items"]]
    assert set(named) <= bases
    assert len(named) == len(set(named))
