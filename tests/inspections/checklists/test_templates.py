"""Checklists that a district changes, version by version."""

import pytest
from django.urls import reverse

from inspections.checklists import actions, queries
from inspections.checklists.models import ChecklistVersion
from inspections.checklists.questions import left_out
from inspections.visits import actions as visits, queries as visit_queries
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import grant, make_user
from tests.inspections.making import dispatched, planned, underway

pytestmark = pytest.mark.django_db
ONE = [{"key": "a7-multimedia"}, {"key": "", "indicator": "C8", "text": "课后服务自愿", "look": "问家长。"}]


def change(cast, questions=ONE, seen=0, code="regular", **more) -> ChecklistVersion | None:
    given = {"district": "410202", "code": code, "reason": "本学期重点", "by": cast.admin} | more
    return actions.change(questions=questions, seen=seen, **given)


def keys(visit) -> list[str]:
    return [question.key for question in visit_queries.frozen_questions(visit)]


def special(cast, template: str):
    team = [make_user(f"inspector{n}", f"督学{n}") for n in (1, 2)]
    for user in team:
        grant(user, "inspector", district=cast.district)
    visit = planned(cast, kind="special", team=team, template=template)
    return visits.start(visit_id=visit.pk, by=cast.inspector_a)


def test_every_shipped_checklist_asks_something_with_keys_of_its_own(cast) -> None:
    pool = queries.pool(cast.district.pk)
    for one in queries.in_force(cast.district.pk):
        own = [question.key for question in one.of(pool)]
        assert own
        assert len(own) == len(set(own))
        assert not {question.indicator for question in one.of(pool)} & left_out()
        assert set(one.indicators) <= {question.indicator for question in pool}


def test_a_special_visit_asks_only_of_its_matter(cast) -> None:
    visit = special(cast, "special-safety")
    assert keys(visit) == ["e5-safety", "own-canteen", "own-drill", "own-gate"]
    assert visit.checklist["template"] == {"code": "special-safety", "name": "校园安全", "number": 0}


def test_a_matter_of_another_kind_is_refused(cast) -> None:
    with pytest.raises(Invalid):
        planned(cast, template="special-safety")


def test_a_new_version_holds_for_visits_that_start_later(cast) -> None:
    before = underway(cast)
    version = change(cast)
    assert version is not None
    after = underway(cast)
    assert keys(after) == ["a7-multimedia", "own-1"]
    assert after.checklist["template"]["number"] == 1
    before.refresh_from_db()
    assert len(keys(before)) > 10
    assert AuditEvent.objects.get(action="checklist.change").actor_id == cast.admin.pk


def test_open_findings_are_asked_whatever_the_checklist_says(cast) -> None:
    change(cast)
    dispatched(cast, indicator="C7")
    assert keys(underway(cast)) == ["c7-curriculum", "a7-multimedia", "own-1"]


def test_the_same_again_is_no_version_and_a_stale_page_is_refused(cast) -> None:
    change(cast)
    listed = ChecklistVersion.objects.get().content["questions"]
    assert change(cast, listed, seen=1) is None
    with pytest.raises(Conflict):
        change(cast, [{"key": "a1-degrees"}], seen=0)
    assert ChecklistVersion.objects.count() == 1


def test_a_key_is_never_given_to_another_question(cast) -> None:
    change(cast)
    change(cast, [{"key": "a7-multimedia"}], seen=1)
    version = change(cast, ONE, seen=2)
    assert version is not None
    assert [one["key"] for one in version.content["questions"]] == ["a7-multimedia", "own-2"]


def test_withdrawing_goes_back_to_the_default_and_forgets_nothing(cast) -> None:
    change(cast)
    actions.withdraw(district="410202", code="regular", seen=1, reason="学期结束", by=cast.admin)
    assert "a1-degrees" in keys(underway(cast))
    assert [one.reason for one in queries.versions(cast.district.pk, code="regular")] == ["学期结束", "本学期重点"]
    assert change(cast, seen=2).number == 3


@pytest.mark.parametrize(
    ("who", "error"), [("inspector_a", NotFound), ("reviewer", NotAllowed), ("foreign_admin", NotFound)]
)
def test_only_the_bureau_changes_its_own(cast, who: str, error: type) -> None:
    with pytest.raises(error):
        change(cast, by=getattr(cast, who))
    assert not ChecklistVersion.objects.exists()


@pytest.mark.parametrize("wrong", [{"questions": []}, {"reason": " "}, {"code": "nothing"}])
def test_what_is_incomplete_is_refused(cast, wrong: dict) -> None:
    with pytest.raises((Invalid, NotFound)):
        change(cast, **({"questions": ONE} | wrong))


def test_the_page_stores_only_words_that_were_changed(cast, sign_in) -> None:
    client, address = sign_in(cast.admin), reverse("checklists:edit", args=["410202", "special-equipment"])
    form = client.get(address).context["form"]
    sent = {
        name: "" if form[name].value() is None else form[name].value()
        for name in form.fields
        if form[name].value() is not False
    }
    sent |= {"text_a7-multimedia": "逐间开机", "text_new-1": "设备有人管", "reason": "本学期重点"}
    assert client.post(address, sent | {"reason": ""}).status_code == 400
    assert client.post(address, sent).status_code == 302
    listed = ChecklistVersion.objects.get().content["questions"]
    assert listed == [
        {"key": "a6-equipment"},
        {"key": "a7-multimedia", "text": "逐间开机"},
        {"key": "c5-use"},
        {"key": "own-1", "text": "设备有人管", "look": "", "indicator": ""},
    ]
    page = client.get(address).content.decode()
    assert "逐间开机" in page
    withdraw = reverse("checklists:withdraw", args=["410202", "special-equipment"])
    assert client.post(withdraw, {"seen": "1", "reason": "学期结束"}).status_code == 302
    assert client.get(reverse("checklists:list", args=["410202"])).status_code == 200
    assert ChecklistVersion.objects.count() == 2


def matter(cast, **more) -> ChecklistVersion:
    given = {
        "district": "410202",
        "name": "食堂卫生",
        "copied": "special-safety",
        "reason": "专项整治",
        "by": cast.admin,
    }
    return actions.create(**given | more)


def test_a_district_makes_a_matter_of_its_own_by_copying(cast) -> None:
    made = matter(cast)
    template = queries.template(cast.district.pk, made.code)
    asked = [one.key for one in template.of(queries.pool(cast.district.pk))]
    assert (template.name, asked) == ("食堂卫生", ["e5-safety", "own-canteen", "own-drill", "own-gate"])
    assert (made.code, "食堂卫生") in queries.matters([cast.district.pk])
    elsewhere = cast.foreign_admin.memberships.get().district
    assert made.code not in dict(queries.matters([elsewhere.pk]))
    change(
        cast,
        code=made.code,
        seen=1,
        questions=[*ONE, {"key": "own-canteen", "text": "留样", "indicator": "E5", "look": ""}],
    )
    visit = special(cast, made.code)
    assert keys(visit) == ["a7-multimedia", "own-1", "own-canteen"]
    assert visit.checklist["template"] == {"code": made.code, "name": "食堂卫生", "number": 2}
    assert AuditEvent.objects.filter(action="checklist.create").count() == 1


def test_words_changed_in_the_copied_list_are_copied_and_later_changes_are_not(cast) -> None:
    change(cast, code="special-safety", questions=[{"key": "e5-safety", "text": "没有隐患"}])
    made = matter(cast)
    change(cast, code="special-safety", seen=1)
    (asked,) = queries.template(cast.district.pk, made.code).of(queries.pool(cast.district.pk))
    assert (asked.key, asked.text) == ("e5-safety", "没有隐患")
    assert asked.look


@pytest.mark.parametrize("wrong", [{"name": " "}, {"name": "长" * 31}, {"name": "校园安全"}, {"reason": ""}])
def test_a_name_in_use_or_without_words_makes_none(cast, wrong: dict) -> None:
    with pytest.raises(Invalid):
        matter(cast, **wrong)
    with pytest.raises(NotFound):
        matter(cast, copied="none")
    assert not ChecklistVersion.objects.exists()


def test_an_ended_matter_is_not_planned_any_more_but_what_is_planned_asks_it(cast) -> None:
    made = matter(cast)
    team = [make_user(f"inspector{n}", f"督学{n}") for n in (1, 2)]
    for user in team:
        grant(user, "inspector", district=cast.district)
    visit = planned(cast, kind="special", team=team, template=made.code)
    for _ in range(2):
        actions.withdraw(district="410202", code=made.code, seen=1, reason="不再用", by=cast.admin)
    assert queries.versions(cast.district.pk, code=made.code).count() == 2
    assert made.code not in dict(queries.matters([cast.district.pk]))
    with pytest.raises(Invalid):
        planned(cast, kind="special", team=team, template=made.code)
    assert "own-canteen" in keys(visits.start(visit_id=visit.pk, by=cast.inspector_a))
    actions.change(
        district="410202", code=made.code, seen=2, questions=ONE, name="食品安全", reason="又要用", by=cast.admin
    )
    assert (made.code, "食品安全") in queries.matters([cast.district.pk])


def test_the_page_makes_a_matter_and_offers_it_where_visits_are_planned(cast, sign_in) -> None:
    client, address = sign_in(cast.admin), reverse("checklists:create", args=["410202"])
    sent = {"name": "食堂卫生", "copied": "regular", "reason": "专项整治"}
    assert client.post(address, sent | {"name": "校园安全"}).status_code == 400
    code = ChecklistVersion.objects.values_list("code", flat=True)
    assert client.post(address, sent).url == reverse("checklists:edit", args=["410202", code.get()])
    page = client.get(reverse("checklists:edit", args=["410202", code.get()]))
    assert page.context["form"]["name"].value() == "食堂卫生"
    for plan in ("visits:plan", "campaigns:plan"):
        assert code.get() in dict(client.get(reverse(plan)).context["form"].fields["template"].choices)
