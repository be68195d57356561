"""Who manages accounts gets no other power alone, and signs for nobody."""

import inspect
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.relaxations.workflow import TABLE as relaxations
from indicators.collection.reviews import actions as reviews
from indicators.collection.submissions import actions as submissions, queries, rights
from indicators.collection.submissions.models import Revision
from indicators.collection.submissions.workflow import TABLE as submitting
from indicators.results.milestones import actions as milestones
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from inspections.rectification.workflow import TABLE as findings
from inspections.reports import actions as reports
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from schools.access import rights as separation, scope
from schools.access.models import Membership
from schools.access.scope import Perm
from schools.accounts import actions
from schools.issuing import actions as issuing
from tests.cast import grant, make_school, make_user
from tests.figures import enter, good_answers
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.inspections import making

pytestmark = pytest.mark.django_db


def _ask(cast, person, role: str = "reviewer", by=None) -> Membership:
    place = cast.school_a if role == "principal" else cast.district
    return actions.grant(
        user_id=person.pk, role=role, place=place, valid_from=timezone.localdate(), by=by or cast.admin
    )


def _confirm(row: Membership, by: User) -> Membership:
    return actions.confirm_memberships(membership_ids=[row.pk], by=by)[0]


@pytest.fixture
def second(cast) -> User:
    """The other admin of the district."""
    person = make_user("second", "另一位局管理员")
    grant(person, "admin", district=cast.district)
    return person


def _holds(person: User, perm: Perm) -> bool:
    return scope.holds(User.objects.get(pk=person.pk), perm)


@pytest.mark.parametrize(
    ("role", "perm"),
    [
        ("inspector", Perm.VISIT_RECORD),
        ("auditor", Perm.AUDIT_VIEW),
        ("reviewer", Perm.FINDING_VERIFY),
        ("principal", Perm.FINDING_RECTIFY),
    ],
)
def test_an_admin_gets_another_power_only_when_a_second_one_confirms(cast, second, role: str, perm: Perm) -> None:
    row = _ask(cast, cast.admin, role)
    assert row.is_pending
    assert not _holds(cast.admin, perm)
    assert cast.admin not in scope.users_with(perm, cast.school_a)
    assert Notice.objects.filter(user=second, text__contains="须由您或另一位局管理员确认").count() == 1
    with pytest.raises(NotAllowed, match="另一位"):
        _confirm(row, cast.admin)
    for _ in range(2):
        assert _confirm(row, second).confirmed_by == second
    assert _holds(cast.admin, perm)
    assert AuditEvent.objects.filter(action="membership.confirm", actor_id=second.pk).count() == 1


def test_a_second_one_who_gains_by_it_does_not_count(cast, second) -> None:
    row = _ask(cast, cast.admin, by=second)
    assert not row.is_pending, "given by somebody else"
    Membership.objects.filter(pk=row.pk).update(is_pending=True)
    with pytest.raises(NotAllowed):
        _confirm(row, cast.admin)


def test_what_the_second_one_refuses_holds_on_no_day(cast, second, sign_in) -> None:
    row = _ask(cast, cast.admin)
    client = sign_in(second)
    assert "等待第二人确认" in client.get("/accounts/").content.decode()
    page = client.get(reverse("accounts:pending")).content.decode()
    assert f'name="membership" value="{row.pk}"' in page
    client.post(reverse("accounts:end", args=[row.pk]), {"reason": "没有批准"})
    assert not _holds(cast.admin, Perm.FINDING_VERIFY)
    assert client.post(reverse("accounts:confirm"), {"membership": row.pk}).status_code == 409
    own = sign_in(cast.admin)
    _ask(cast, cast.admin)
    assert "由另一位局管理员确认" in own.get(reverse("accounts:pending")).content.decode()


def test_with_three_powers_apart_every_such_role_waits_and_nobody_holds_both(cast, second, settings) -> None:
    settings.SEPARATION_OF_POWERS = True
    with pytest.raises(Invalid, match="不能同时是局业务审核"):
        _ask(cast, cast.admin, by=second)
    with pytest.raises(Invalid, match="不能同时是局管理员"):
        _ask(cast, cast.reviewer, "admin")
    person, _ = actions.create_account(
        username="neu", name="新审核", phone="", role="reviewer", place=cast.district, by=cast.admin
    )
    assert not _holds(person, Perm.SUBMISSION_REVIEW)
    issued = issuing.issue(district=cast.district, by=cast.admin)
    heads = Membership.objects.filter(user__username__in=[item.username for item in issued], role="principal")
    assert heads.count() == heads.filter(is_pending=True).count() == 1
    _confirm(person.memberships.get(), second)
    assert _holds(person, Perm.SUBMISSION_REVIEW)


@pytest.mark.parametrize("role", ["inspector", "reviewer", "auditor", "principal", "admin"])
def test_an_account_one_has_made_gets_power_only_from_a_second_one(cast, second, role: str) -> None:
    place = cast.school_a if role == "principal" else cast.district
    person, _ = actions.create_account(username="neu", name="新人", phone="", role=role, place=place, by=cast.admin)
    row = person.memberships.get()
    assert (row.is_pending, row.is_in_force) == (True, False)
    assert AuditEvent.objects.get(action="account.create").after["second"] == "待第二人确认"
    with pytest.raises(NotAllowed, match="申请人"):
        _confirm(row, cast.admin)
    assert _confirm(row, second).is_in_force


def test_so_does_one_whose_password_one_has_reset_and_a_role_given_later(cast, second) -> None:
    assert not _ask(cast, cast.leader).is_pending, "nobody's but their own"
    person, _ = actions.create_account(
        username="neu", name="新人", phone="", role="reporter", place=cast.school_a, by=cast.admin
    )
    assert person.memberships.get().is_in_force, "a reporter decides nothing"
    assert _ask(cast, person).is_pending
    assert not _ask(cast, person, "auditor", by=second).is_pending, "the password is another's"
    actions.reset_password(user_id=cast.expert.pk, reason="忘记密码", by=cast.admin)
    assert _ask(cast, User.objects.get(pk=cast.expert.pk), "inspector").is_pending


def test_an_account_made_or_reset_today_is_no_second_one(cast, second) -> None:
    row = _ask(cast, cast.admin)
    made, _ = actions.create_account(
        username="neu", name="新管理员", phone="", role="admin", place=cast.district, by=cast.admin
    )
    _confirm(made.memberships.get(), second)
    with pytest.raises(NotAllowed, match="今天由局管理员开设"):
        _confirm(row, made)
    actions.reset_password(user_id=second.pk, reason="忘记密码", by=cast.admin)
    with pytest.raises(NotAllowed, match="今天由局管理员重置过"):
        _confirm(row, second)
    User.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert _confirm(row, User.objects.get(pk=made.pk)).is_in_force


def test_where_there_has_been_no_second_one_yet_it_holds_and_waits_for_review(cast, sign_in) -> None:
    cast.disabled.memberships.all().delete()
    person, _ = actions.create_account(
        username="neu", name="新审核", phone="", role="reviewer", place=cast.district, by=cast.admin
    )
    own = _ask(cast, cast.admin, "inspector")
    row = person.memberships.get()
    assert [(one.is_in_force, one.is_unreviewed) for one in (own, row)] == [(True, True)] * 2
    assert "待复核" in AuditEvent.objects.get(action="account.create").after["second"]
    assert "待复核" in AuditEvent.objects.get(action="membership.grant").after["second"]
    assert Notice.objects.filter(user=cast.auditor, text__contains="请您复核").count() == 2
    for who in ("admin", "auditor"):
        page = sign_in(getattr(cast, who)).get("/accounts/").content.decode()
        assert "（待复核）" in page
        assert "有 2 人的授权等待第二人确认或复核" in page
    refused = sign_in(cast.admin).post(reverse("accounts:confirm"), {"membership": row.pk})
    assert refused.status_code == 403
    answer = sign_in(cast.auditor).post(reverse("accounts:confirm"), {"membership": [row.pk, own.pk]}, follow=True)
    assert "已确认：2 项授权" in answer.content.decode()
    assert not Membership.objects.to_review().exists()
    assert AuditEvent.objects.filter(action="membership.confirm", after__reviewed=True).count() == 2


def test_who_shuts_the_second_one_out_is_not_alone_again(cast, second) -> None:
    cast.disabled.memberships.all().delete()
    actions.disable_account(user_id=second.pk, reason="调离", by=cast.admin)
    assert _ask(cast, cast.admin).is_pending
    actions.end_membership(membership_id=second.memberships.get().pk, reason="调离", by=cast.admin)
    assert _ask(cast, cast.admin, "inspector").is_pending


def test_an_auditor_reviews_and_confirms_nothing_that_waits(cast, second) -> None:
    with pytest.raises(NotAllowed):
        _confirm(_ask(cast, cast.admin), cast.auditor)


def test_many_heads_are_confirmed_at_once_and_none_with_a_wrong_one(cast, second, sign_in) -> None:
    for number in range(5):
        make_school(f"41020219{number:02d}", f"第{number}小学", cast.district)
    issuing.issue(district=cast.district, by=cast.admin)
    waiting = list(Membership.objects.to_confirm().values_list("pk", flat=True))
    assert len(waiting) == 6
    own = _ask(cast, second, by=second)
    client, address = sign_in(second), reverse("accounts:confirm")
    page = client.get(reverse("accounts:pending")).content.decode()
    assert page.count('name="membership"') == 6
    assert client.post(address, {"membership": [*waiting, own.pk]}).status_code == 403
    assert Membership.objects.to_confirm().count() == 7
    assert client.post(address, {"membership": waiting}).status_code == 302
    assert list(Membership.objects.to_confirm()) == [own]
    assert "没有选择授权" in client.post(address).content.decode()
    assert client.post(address, {"membership": [waiting[0], "999999"]}).status_code == 404


def _is_done(action, *args) -> bool:
    """Tried and taken back."""
    with transaction.atomic():
        try:
            action(*args)
        except (Invalid, NotAllowed, NotFound):
            return False
        else:
            return True
        finally:
            transaction.set_rollback(True)


def test_a_page_offers_what_its_action_accepts(cast, second, sign_in, django_assert_max_num_queries) -> None:
    """To who asked, gains, reviews, or has an account reset or made today: the right to confirm and to end."""
    unreviewed = _ask(cast, cast.leader)
    Membership.objects.filter(pk=unreviewed.pk).update(is_pending=False, is_unreviewed=True)
    made, _ = actions.create_account(
        username="neu", name="新管理员", phone="", role="admin", place=cast.district, by=cast.admin
    )
    _confirm(made.memberships.get(), second)
    third = make_user("third", "第三位局管理员")
    grant(third, "admin", district=cast.district)
    asked = [
        _ask(cast, person, role, by=by)
        for person, role, by in (
            (cast.admin, "reviewer", cast.admin),
            (cast.admin, "principal", second),
            (second, "auditor", second),
            (made, "reviewer", cast.admin),
        )
    ]
    Membership.objects.filter(pk__in=[row.pk for row in asked]).update(is_pending=True)
    later = actions.grant(
        user_id=cast.expert.pk,
        role="leader",
        place=cast.district,
        valid_from=timezone.localdate() + timedelta(days=9),
        by=cast.admin,
    )
    rows = [*asked, unreviewed, later]
    actions.reset_password(user_id=third.pk, reason="忘记密码", by=second)
    User.objects.update(must_change_password=False)
    offered: set[tuple[str, str]] = set()
    for viewer in (cast.admin, second, third, made, cast.auditor):
        viewer = User.objects.get(pk=viewer.pk)
        client = sign_in(viewer)
        with django_assert_max_num_queries(20):
            pending = client.get(reverse("accounts:pending")).content.decode()
        for row in rows:
            confirms = _is_done(_confirm, row, viewer) if row != later else False
            assert (f'name="membership" value="{row.pk}"' in pending) == confirms, (viewer, row)
            end = reverse("accounts:end", args=[row.pk])
            ends = _is_done(partial(actions.end_membership, membership_id=row.pk, reason="不再需要", by=viewer))
            detail = client.get(reverse("accounts:detail", args=[row.user_id])).content.decode()
            assert (end in detail) == ends, (viewer, row)
            assert row == later or (end in pending) == ends, (viewer, row)
            offered |= {("confirm", viewer.username)} if confirms else set()
            offered |= {("end", viewer.username)} if ends else set()
        reset = reverse("accounts:confirm_reset", args=[third.pk])
        shown = reset in client.get(reverse("accounts:detail", args=[third.pk])).content.decode()
        assert shown == _is_done(partial(actions.confirm_reset, user_id=third.pk, by=viewer)), viewer
    assert ("confirm", "third") not in offered
    assert {("confirm", cast.auditor.username), ("confirm", second.username), ("end", cast.admin.username)} <= offered


def test_the_trail_is_the_auditors(cast) -> None:
    assert [
        name for name in ("admin", "reviewer", "leader", "auditor") if _holds(getattr(cast, name), Perm.AUDIT_VIEW)
    ] == ["auditor"]


@pytest.fixture
def ready(cast):
    """A submission of 甲小学 that could be signed."""
    submission = make_submission(make_round(cast.district, "2026"), school=cast.school_a)
    spec = standards.load_spec(submission.round.standard)
    enter(submission, good_answers(spec, "小学"), by=cast.reporter_a, head=cast.principal_a)
    return submission


def test_an_account_reset_today_signs_nothing_until_a_second_admin_confirms(cast, second, ready, sign_in) -> None:
    actions.reset_password(user_id=cast.principal_a.pk, reason="忘记密码", by=cast.admin)
    with pytest.raises(NotAllowed, match="今天由局管理员重置过"):
        submissions.submit(submission_id=ready.pk, by=cast.principal_a)
    with pytest.raises(NotAllowed):
        actions.confirm_reset(user_id=cast.principal_a.pk, by=cast.admin)
    address = reverse("accounts:confirm_reset", args=[cast.principal_a.pk])
    assert (
        address not in sign_in(cast.admin).get(reverse("accounts:detail", args=[cast.principal_a.pk])).content.decode()
    )
    client = sign_in(second)
    assert address in client.get(reverse("accounts:detail", args=[cast.principal_a.pk])).content.decode()
    client.post(address)
    assert AuditEvent.objects.filter(action="account.confirm_reset", actor_id=second.pk).count() == 1
    assert submissions.submit(submission_id=ready.pk, by=cast.principal_a) == Revision.objects.get()


def test_the_day_after_the_reset_the_account_signs(cast, ready) -> None:
    actions.reset_password(user_id=cast.principal_a.pk, reason="忘记密码", by=cast.admin)
    User.objects.update(password_reset_at=timezone.now() - timedelta(days=1), password_reset_by=cast.admin)
    assert submissions.submit(submission_id=ready.pk, by=cast.principal_a).number == 1


def test_who_signs_or_decides_asks_the_one_rule() -> None:
    """Every action that signs, approves, closes or releases refuses an account reset today."""
    deciding = [
        rights.ensure_own_statements,
        reviews.approve,
        reports.compile_report,
        reports.compile_again,
        milestones.freeze,
        separation.ensure_second,
        separation.pending_flags,
    ]
    assert [one for one in deciding if "ensure_own_hand(by)" not in inspect.getsource(one)] == []
    own = {verb.code for table in (submitting, findings, relaxations) for verb in table.verbs if verb.own_hand}
    assert own == {"submit", "close", "void", "extend", "decline_extension", "reopen", "approve", "check"}


def test_an_account_reset_today_approves_releases_and_closes_nothing(cast, ready) -> None:
    submissions.submit(submission_id=ready.pk, by=cast.principal_a)
    finding = making.to_verify(cast)
    User.objects.update(password_reset_at=timezone.now(), password_reset_by=cast.leader)
    days = {"starts_on": making.today(-90), "ends_on": making.today()}
    for act in (
        lambda: reviews.approve(submission_id=ready.pk, by=cast.reviewer),
        lambda: reports.compile_report(district=cast.district, **days, by=cast.admin),
        lambda: making.close(finding, cast.reviewer),
    ):
        with pytest.raises(NotAllowed, match="今天由局领导重置过"):
            act()


def test_an_account_reset_today_states_no_veto(cast) -> None:
    submission = make_submission(make_round(cast.district, "2026"), school=cast.school_a)
    code = min(queries.statements(queries.items_of(submission)))
    actions.reset_password(user_id=cast.principal_a.pk, reason="忘记密码", by=cast.admin)
    with pytest.raises(NotAllowed, match="今天由局管理员重置过"):
        submissions.save(submission_id=submission.pk, values={code: Value(False)}, by=cast.principal_a)


def test_nobody_gives_power_through_an_account_they_have_in_hand(cast, second) -> None:
    """Who reset another admin's password today, or made that account today, asks for nothing guarded with it."""
    actions.reset_password(user_id=second.pk, reason="忘记密码", by=cast.admin)
    puppet = User.objects.get(pk=second.pk)
    for person, role in ((cast.admin, "reviewer"), (cast.leader, "principal")):
        with pytest.raises(NotAllowed, match="今天由局管理员重置过"):
            _ask(cast, person, role, by=puppet)
    with pytest.raises(NotAllowed, match="今天由局管理员重置过"):
        issuing.issue(district=cast.district, by=puppet)
    assert not _ask(cast, cast.leader, "expert", by=puppet).is_pending, "an expert decides nothing"


def test_a_new_admin_gives_nothing_guarded_to_who_made_the_account_today(cast) -> None:
    cast.disabled.memberships.all().delete()
    made, _ = actions.create_account(
        username="neu", name="新管理员", phone="", role="admin", place=cast.district, by=cast.admin
    )
    with pytest.raises(NotAllowed, match="今天由局管理员开设"):
        _ask(cast, cast.admin, by=made)
    asked, _ = actions.create_account(
        username="neu2", name="新督学", phone="", role="inspector", place=cast.district, by=made
    )
    with pytest.raises(NotAllowed, match="今天由您开设"):
        _confirm(asked.memberships.get(), cast.admin)
