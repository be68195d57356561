"""Actions on accounts: only within one's districts, roles fit their place, nobody shuts out or empowers themselves."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from portal.core.accounts import authentication
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed, NotFound
from schools.access import scope
from schools.access.models import Membership
from schools.access.scope import Perm
from schools.accounts import actions
from tests.cast import grant


def _create(cast, **changes):
    values = {"username": "new.person", "name": "新同志", "phone": "", "role": "reporter", "place": cast.school_a}
    return actions.create_account(**{**values, "by": cast.admin, **changes})


def _fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_a_new_account_has_its_role_and_a_first_password_to_change(cast) -> None:
    person, password = _create(cast)
    assert person.check_password(password)
    assert person.must_change_password
    assert scope.holds(_fresh(person), Perm.SUBMISSION_FILL)
    event = AuditEvent.objects.get(action="account.create")
    assert (event.district_code, event.school_code, event.actor_id) == ("410202", "4102020001", cast.admin.pk)
    assert password not in str(event.after)


def test_first_passwords_keep_the_rules_and_differ() -> None:
    made = {authentication.first_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        validate_password(password)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "admin"}, "已被使用"),
        ({"username": "ADMIN"}, "已被使用"),
        ({"username": "张三"}, "3–50 位字母"),
        ({"username": "a b"}, "3–50 位字母"),
        ({"name": " "}, "请填写姓名"),
        ({"phone": "打我电话"}, "联系电话"),
        ({"role": "chief"}, "没有这个角色"),
        ({"role": "admin"}, "“局管理员”只能授予区县"),
        ({"valid_until": date(2020, 1, 1)}, "失效日期"),
    ],
)
def test_a_wrong_account_is_refused_and_nothing_is_made(cast, changes, words: str) -> None:
    before = (User.objects.count(), Membership.objects.count())
    with pytest.raises(Invalid, match=words):
        _create(cast, **changes)
    assert (User.objects.count(), Membership.objects.count()) == before


@pytest.mark.parametrize(("role", "fits"), [("reporter", "school"), ("admin", "district"), ("liaison", "department")])
def test_a_role_is_only_given_over_the_kind_of_place_it_reaches(cast, role: str, fits: str) -> None:
    places = {"school": cast.school_a, "district": cast.district, "department": cast.department}
    for kind, place in places.items():
        if kind == fits:
            _create(cast, role=role, place=place)
        else:
            with pytest.raises(Invalid, match="只能授予"):
                _create(cast, role=role, place=place)


@pytest.mark.parametrize(
    ("who", "error"),
    [("reviewer", NotAllowed), ("auditor", NotAllowed), ("principal_a", NotAllowed), ("foreign_admin", NotFound)],
)
def test_only_the_districts_admin_makes_accounts(cast, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _create(cast, by=getattr(cast, who))


def test_an_admin_gives_no_role_over_a_foreign_place(cast) -> None:
    for place, role in ((cast.school_c, "reporter"), (cast.other_district, "admin"), (cast.district.parent, "admin")):
        with pytest.raises(NotFound):
            _create(cast, role=role, place=place)
        with pytest.raises(NotFound):
            actions.grant(
                user_id=cast.reporter_a.pk, role=role, place=place, valid_from=timezone.localdate(), by=cast.admin
            )


ACTS = {
    "edit": lambda cast, person, by: actions.edit_account(user_id=person.pk, name="改名", phone="", office="", by=by),
    "grant": lambda cast, person, by: actions.grant(
        user_id=person.pk, role="principal", place=cast.school_b, valid_from=timezone.localdate(), by=by
    ),
    "end": lambda cast, person, by: actions.end_membership(
        membership_id=person.memberships.first().pk, reason="调离", by=by
    ),
    "disable": lambda cast, person, by: actions.disable_account(user_id=person.pk, reason="调离", by=by),
    "enable": lambda cast, person, by: actions.enable_account(user_id=person.pk, by=by),
    "reset": lambda cast, person, by: actions.reset_password(user_id=person.pk, reason="忘记密码", by=by),
}


@pytest.mark.parametrize("act", ACTS)
def test_actions_on_an_account_need_the_right_over_its_place(cast, act: str) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(NotFound):
        ACTS[act](cast, cast.reporter_a, cast.foreign_admin)
    with pytest.raises((NotAllowed, NotFound)):
        ACTS[act](cast, cast.reporter_a, cast.auditor)
    with pytest.raises((NotAllowed, NotFound)):
        ACTS[act](cast, cast.reporter_a, cast.principal_a)
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("act", sorted(set(ACTS) - {"enable"}))
def test_every_action_on_an_account_is_audited(cast, act: str) -> None:
    before = AuditEvent.objects.count()
    ACTS[act](cast, cast.reporter_a, cast.admin)
    event = AuditEvent.objects.order_by("-seq").first()
    assert AuditEvent.objects.count() == before + 1
    assert (event.actor_id, event.district_code) == (cast.admin.pk, "410202")


@pytest.mark.parametrize("act", ["edit", "disable", "reset"])
def test_an_account_with_a_role_elsewhere_cannot_be_taken_over(cast, act: str) -> None:
    grant(cast.reporter_a, "admin", district=cast.other_district)
    with pytest.raises(NotAllowed, match="上级管理员"):
        ACTS[act](cast, cast.reporter_a, cast.admin)
    own = cast.reporter_a.memberships.get(school=cast.school_a)
    assert not actions.end_membership(membership_id=own.pk, reason="调离", by=cast.admin).is_in_force


def test_a_role_elsewhere_that_begins_tomorrow_protects_the_account_today(cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    grant(cast.reporter_a, "admin", district=cast.other_district, valid_from=tomorrow)
    with pytest.raises(NotAllowed):
        ACTS["reset"](cast, cast.reporter_a, cast.admin)


def test_a_city_admin_may_touch_accounts_with_roles_in_two_of_its_districts(cast) -> None:
    grant(cast.leader, "admin", district=cast.district.parent)
    grant(cast.reporter_a, "inspector", district=cast.other_district)
    person, password = actions.reset_password(user_id=cast.reporter_a.pk, reason="忘记密码", by=cast.leader)
    assert person.check_password(password)


def test_nobody_disables_or_resets_themselves_or_ends_their_own_rule(cast) -> None:
    for act in ("disable", "reset", "end"):
        with pytest.raises(Invalid):
            ACTS[act](cast, cast.admin, cast.admin)
    assert _fresh(cast.admin).is_active


def test_an_ended_role_counts_no_more_but_stays_on_record(cast) -> None:
    row = cast.reporter_a.memberships.get()
    actions.end_membership(membership_id=row.pk, reason="调离", by=cast.admin)
    row.refresh_from_db()
    assert row.valid_until == timezone.localdate() - timedelta(days=1)
    assert not scope.holds(_fresh(cast.reporter_a), Perm.SUBMISSION_FILL)
    events = AuditEvent.objects.filter(action="membership.end")
    actions.end_membership(membership_id=row.pk, reason="调离", by=cast.admin)
    assert events.count() == 1, "ending twice is one event"


def test_a_role_ended_on_its_first_day_holds_on_no_day(cast) -> None:
    person, _ = _create(cast)
    row = person.memberships.get()
    actions.end_membership(membership_id=row.pk, reason="调离", by=cast.admin)
    assert not scope.holds(_fresh(person), Perm.SUBMISSION_FILL)
    assert AuditEvent.objects.get(action="membership.end").before["valid_from"] == timezone.localdate().isoformat()


def test_the_same_role_is_not_given_twice_but_again_after_it_ended(cast) -> None:
    def give() -> Membership:
        return actions.grant(
            user_id=cast.reporter_a.pk,
            role="reporter",
            place=cast.school_a,
            valid_from=timezone.localdate(),
            by=cast.admin,
        )

    with pytest.raises(Invalid, match="不用重复授权"):
        give()
    actions.end_membership(membership_id=cast.reporter_a.memberships.get().pk, reason="调离", by=cast.admin)
    assert give().is_in_force


def test_a_reset_ends_sessions_and_lifts_the_lock_out(cast, client) -> None:
    client.force_login(cast.reporter_a, backend="django.contrib.auth.backends.ModelBackend")
    for _ in range(5):
        type(client)().post("/login/", {"username": "reporter_a", "password": "falsch"})
    _, password = actions.reset_password(user_id=cast.reporter_a.pk, reason="忘记密码", by=cast.admin)
    assert client.get("/").status_code == 302
    answer = type(client)().post("/login/", {"username": "reporter_a", "password": password})
    assert answer.status_code == 302


def test_a_disabled_account_is_out_with_its_next_request(cast, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    assert client.get("/schools/").status_code == 200
    actions.disable_account(user_id=cast.reporter_a.pk, reason="调离", by=cast.admin)
    assert client.get("/schools/").status_code == 302
    actions.enable_account(user_id=cast.reporter_a.pk, by=cast.admin)
    assert sign_in(cast.reporter_a).get("/schools/").status_code == 200


def test_disabling_twice_is_one_event(cast) -> None:
    for _ in range(2):
        actions.disable_account(user_id=cast.reporter_a.pk, reason="调离", by=cast.admin)
    assert AuditEvent.objects.filter(action="account.disable").count() == 1


TAKEN = {
    "membership.end": lambda cast, **why: actions.end_membership(
        membership_id=cast.reporter_a.memberships.get().pk, **why, by=cast.admin
    ),
    "account.disable": lambda cast, **why: actions.disable_account(user_id=cast.reporter_a.pk, **why, by=cast.admin),
    "account.reset_password": lambda cast, **why: actions.reset_password(
        user_id=cast.reporter_a.pk, **why, by=cast.admin
    ),
}


@pytest.mark.parametrize("action", TAKEN)
def test_what_is_taken_away_is_taken_for_a_reason_that_its_page_says(cast, sign_in, action: str) -> None:
    for blank in ("", " \u200b", "长" * 201):
        with pytest.raises(Invalid, match="请写明"):
            TAKEN[action](cast, reason=blank)
    assert not AuditEvent.objects.filter(action=action).exists()
    TAKEN[action](cast, reason="已调往实验小学")
    assert AuditEvent.objects.get(action=action).after["reason"] == "已调往实验小学"
    page = sign_in(cast.admin).get(f"/accounts/{cast.reporter_a.pk}/").content.decode()
    assert "已调往实验小学" in page


def test_an_enabled_account_has_no_reason_left(cast) -> None:
    actions.disable_account(user_id=cast.reporter_a.pk, reason="调离", by=cast.admin)
    assert actions.enable_account(user_id=cast.reporter_a.pk, by=cast.admin).disabled_reason == ""
