"""Pages of accounts: scope, choices within reach, passwords shown once, who sees a school."""

import pytest
from django.utils import timezone

from portal.core.accounts.models import User
from schools.access.models import Membership
from schools.accounts import queries
from schools.accounts.forms import RoleForm
from tests.cast import grant, make_school, make_user


def _text(answer) -> str:
    return answer.content.decode()


def _new(cast, **changes) -> dict[str, str]:
    values = {
        "username": "new.person",
        "name": "新同志",
        "phone": "",
        "role": "reporter",
        "place": f"school-{cast.school_a.pk}",
        "valid_until": "",
    }
    return values | changes


def test_the_list_holds_the_people_of_the_district_its_schools_and_departments(cast, sign_in) -> None:
    page = _text(sign_in(cast.admin).get("/accounts/"))
    for name in ("局管理员", "甲校填报员", "财政联络员", "过期专家", "停用账户"):
        assert name in page
    for name in ("外区管理员", "乙区督学"):
        assert name not in page


def test_a_persons_roles_elsewhere_are_not_shown(cast, sign_in) -> None:
    grant(cast.reporter_a, "inspector", school=cast.school_c)
    page = _text(sign_in(cast.admin).get("/accounts/?q=reporter_a"))
    assert "甲小学" in page
    assert "丙小学" not in page


def test_many_roles_of_a_person_are_folded_behind_their_number(cast, sign_in) -> None:
    for number in range(4):
        grant(
            cast.inspector_a, "inspector", school=make_school(f"410202900{number}", f"责任{number}小学", cast.district)
        )
    page = _text(sign_in(cast.admin).get(f"/accounts/?q={cast.inspector_a.username}"))
    shown, folded = page.split("项授权</summary>")
    assert shown.count("责任督学 · ") == 3
    assert folded.count("责任督学 · ") == cast.inspector_a.memberships.count() - 3


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("q=填报员", "甲校填报员", "甲校校长"),
        ("role=principal", "甲校校长", "甲校填报员"),
        ("state=0", "停用账户", "甲校校长"),
        ("role=expert", "复核专家", "过期专家"),
    ],
)
def test_the_list_is_filtered_by_the_address(cast, sign_in, query: str, there: str, absent: str) -> None:
    page = _text(sign_in(cast.admin).get(f"/accounts/?{query}"))
    assert f">{there}<" in page
    assert f">{absent}<" not in page


def test_the_list_needs_as_many_queries_for_50_people_as_for_5(cast, sign_in, django_assert_max_num_queries) -> None:
    for n in range(45):
        grant(make_user(f"person{n}", f"第{n}人"), "inspector", school=cast.school_a)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(12):
        client.get("/accounts/")


@pytest.mark.parametrize(("who", "status"), [("admin", 200), ("auditor", 200), ("leader", 403), ("foreign_admin", 404)])
def test_who_may_open_an_account(cast, sign_in, who: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).get(f"/accounts/{cast.reporter_a.pk}/").status_code == status


@pytest.mark.parametrize("act", ["edit", "grant", "disable", "enable", "reset"])
@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("leader", 403), ("foreign_admin", 404)])
def test_who_may_not_touch_an_account(cast, sign_in, act: str, who: str, status: int) -> None:
    answer = sign_in(getattr(cast, who)).post(f"/accounts/{cast.reporter_a.pk}/{act}/", {"name": "x"})
    assert answer.status_code == status


def test_the_system_account_is_nowhere_to_be_found(cast, sign_in) -> None:
    system = User.objects.get(is_system=True)
    grant(system, "admin", district=cast.district)
    client = sign_in(cast.admin)
    assert system.username not in [person.username for person in queries.accounts(cast.admin)]
    assert client.get(f"/accounts/{system.pk}/").status_code == 404
    assert client.post(f"/accounts/{system.pk}/reset/").status_code == 404


def test_the_first_password_is_shown_once_and_works(cast, sign_in, client) -> None:
    answer = sign_in(cast.admin).post("/accounts/new/", _new(cast))
    password = answer.context["password"]
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert password in _text(answer)
    person = User.objects.get(username="new.person")
    assert password not in _text(sign_in(cast.admin).get(f"/accounts/{person.pk}/"))
    assert client.post("/login/", {"username": "new.person", "password": password}).status_code == 302
    assert client.get("/").headers["Location"] == "/password/"


def test_sending_the_form_again_makes_no_second_account(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    client.post("/accounts/new/", _new(cast))
    again = client.post("/accounts/new/", _new(cast))
    assert again.status_code == 400
    assert "已被使用" in _text(again)
    assert Membership.objects.filter(user__username="new.person").count() == 1


def test_only_places_in_reach_are_offered_and_accepted(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    page = _text(client.get("/accounts/new/"))
    assert "甲小学" in page
    assert "丙小学" not in page
    answer = client.post("/accounts/new/", _new(cast, place=f"school-{cast.school_c.pk}"))
    assert answer.status_code == 400
    assert not User.objects.filter(username="new.person").exists()


def test_a_role_that_does_not_fit_the_place_is_said_at_the_field(cast, sign_in) -> None:
    answer = sign_in(cast.admin).post("/accounts/new/", _new(cast, role="admin"))
    assert answer.status_code == 400
    assert "不能授予" in str(answer.context["form"].errors["place"])


def test_an_expert_needs_an_end_date(cast, sign_in) -> None:
    district = f"district-{cast.district.pk}"
    answer = sign_in(cast.admin).post("/accounts/new/", _new(cast, role="expert", place=district))
    assert "限期授权" in str(answer.context["form"].errors["valid_until"])


def test_a_role_is_given_and_ended_by_the_pages(cast, sign_in) -> None:
    client, today = sign_in(cast.admin), timezone.localdate().isoformat()
    form = {"role": "inspector", "place": f"school-{cast.school_b.pk}", "valid_from": today, "valid_until": ""}
    assert client.post(f"/accounts/{cast.reporter_a.pk}/grant/", form).status_code == 302
    row = Membership.objects.get(user=cast.reporter_a, role="inspector")
    assert client.post(f"/accounts/{cast.reporter_a.pk}/grant/", form).status_code == 400
    assert client.post(f"/accounts/memberships/{row.pk}/end/", {"reason": "调离"}).status_code == 302
    row.refresh_from_db()
    assert not row.is_in_force


@pytest.mark.parametrize(("who", "status"), [("foreign_admin", 404), ("auditor", 403), ("principal_a", 403)])
def test_who_may_not_end_a_role(cast, sign_in, who: str, status: int) -> None:
    row = cast.reporter_a.memberships.get()
    assert (
        sign_in(getattr(cast, who)).post(f"/accounts/memberships/{row.pk}/end/", {"reason": "调离"}).status_code
        == status
    )
    row.refresh_from_db()
    assert row.is_in_force


def test_state_is_never_changed_by_following_a_link(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    for address in ("disable", "enable", "reset"):
        assert client.get(f"/accounts/{cast.reporter_a.pk}/{address}/").status_code == 405
    assert client.get("/accounts/issue/410202/").status_code == 405


def test_a_disabled_own_account_is_refused_in_chinese(cast, sign_in) -> None:
    answer = sign_in(cast.admin).post(f"/accounts/{cast.admin.pk}/disable/")
    assert answer.status_code == 400
    assert "不能停用自己的账号" in _text(answer)


@pytest.mark.parametrize(("who", "status"), [("foreign_admin", 404), ("auditor", 403), ("reporter_a", 403)])
def test_who_may_not_issue_accounts(cast, sign_in, who: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).post("/accounts/issue/410202/").status_code == status


def test_who_sees_a_school_names_each_person_and_why(cast, sign_in) -> None:
    grant(make_user("city_leader", "市局领导"), "leader", district=cast.district.parent)
    page = _text(sign_in(cast.leader).get("/accounts/who/4102020001/"))
    for words in ("甲校填报员", "本校的学校填报员", "负责本校的责任督学", "龙亭区的局管理员", "开封市的局领导"):
        assert words in page
    for name in ("乙校填报员", "过期专家", "停用账户", "外区管理员", "财政联络员", "审计员</td>"):
        assert name not in page


def test_who_sees_agrees_with_the_rule_of_scope(cast) -> None:
    """The page's answer is checked against `visible` itself, person by person."""
    from schools.access.scope import Perm, visible
    from schools.directory.models import School

    listed = {item.membership.user_id for item in queries.who_sees(cast.school_a)}
    perms = (Perm.SCHOOL_VIEW, Perm.SUBMISSION_VIEW, Perm.EVALUATION_VIEW, Perm.VISIT_VIEW, Perm.FINDING_VIEW)
    school = School.objects.filter(pk=cast.school_a.pk)
    people = User.objects.filter(is_system=False)
    assert listed == {p.pk for p in people if any(visible(p, school, perm).exists() for perm in perms)}


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("auditor", 200), ("principal_a", 403), ("foreign_admin", 404)]
)
def test_who_may_ask_who_sees_a_school(cast, sign_in, who: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).get("/accounts/who/4102020001/").status_code == status


def test_an_admin_is_not_offered_to_end_the_own_administration(cast, sign_in) -> None:
    row = cast.admin.memberships.first()
    page = sign_in(cast.admin).get(f"/accounts/{cast.admin.pk}/").content.decode()
    assert f"/accounts/memberships/{row.pk}/end/" not in page
    assert "由另一位管理员结束" in page


def test_who_sees_a_school_leads_back_to_the_school(cast, sign_in) -> None:
    page = sign_in(cast.admin).get(f"/accounts/who/{cast.school_a.code}/").content.decode()
    assert f'href="/schools/{cast.school_a.code}/">{cast.school_a.name}</a>' in page


def test_a_role_begins_on_a_day_as_people_write_it() -> None:
    assert RoleForm.base_fields["valid_from"].clean("2026年3月21日").isoformat() == "2026-03-21"
