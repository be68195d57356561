"""Who manages accounts gets no other power alone, and signs for nobody."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from indicators.standards import queries as standards
from indicators.submissions import actions as submissions
from indicators.submissions.models import Revision
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.errors import Invalid, NotAllowed
from portal.notices.models import Notice
from schools.access import scope
from schools.access.models import Membership
from schools.access.permissions import Perm
from schools.accounts import actions, issue_actions
from tests.cast import grant, make_user
from tests.figures import enter, good_answers
from tests.indicators.submissions.conftest import make_round, make_submission

pytestmark = pytest.mark.django_db


def _ask(cast, person, role: str = "reviewer", by=None) -> Membership:
    place = cast.school_a if role == "principal" else cast.district
    return actions.grant(
        user_id=person.pk, role=role, place=place, valid_from=timezone.localdate(), by=by or cast.admin
    )


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
    [("inspector", Perm.VISIT_RECORD), ("auditor", Perm.AUDIT_VIEW), ("reviewer", Perm.FINDING_VERIFY),
     ("principal", Perm.FINDING_RECTIFY)],
)  # fmt: skip
def test_an_admin_gets_another_power_only_when_a_second_one_confirms(cast, second, role: str, perm: Perm) -> None:
    row = _ask(cast, cast.admin, role)
    assert row.is_pending
    assert not _holds(cast.admin, perm)
    assert cast.admin not in scope.users_with(perm, school=cast.school_a)
    assert Notice.objects.filter(user=second, text__contains="须由您或另一位局管理员确认").count() == 1
    with pytest.raises(NotAllowed, match="另一位"):
        actions.confirm_membership(membership_id=row.pk, by=cast.admin)
    for _ in range(2):
        assert actions.confirm_membership(membership_id=row.pk, by=second).confirmed_by == second
    assert _holds(cast.admin, perm)
    assert AuditEvent.objects.filter(action="membership.confirm", actor_id=second.pk).count() == 1


def test_a_second_one_who_gains_by_it_does_not_count(cast, second) -> None:
    row = _ask(cast, cast.admin, by=second)
    assert not row.is_pending, "given by somebody else"
    Membership.objects.filter(pk=row.pk).update(is_pending=True)
    with pytest.raises(NotAllowed):
        actions.confirm_membership(membership_id=row.pk, by=cast.admin)


def test_what_the_second_one_refuses_holds_on_no_day(cast, second, sign_in) -> None:
    row = _ask(cast, cast.admin)
    client = sign_in(second)
    assert "等待第二人确认" in client.get("/accounts/").content.decode()
    page = client.get(reverse("accounts:pending")).content.decode()
    assert reverse("accounts:confirm", args=[row.pk]) in page
    client.post(reverse("accounts:end", args=[row.pk]), {"reason": "没有批准"})
    assert not _holds(cast.admin, Perm.FINDING_VERIFY)
    assert client.post(reverse("accounts:confirm", args=[row.pk])).status_code == 409
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
    issued = issue_actions.issue_school_accounts(district=cast.district, by=cast.admin)
    heads = Membership.objects.filter(user__username__in=[item.username for item in issued], role="principal")
    assert heads.count() == heads.filter(is_pending=True).count() == 1
    actions.confirm_membership(membership_id=person.memberships.get().pk, by=second)
    assert _holds(person, Perm.SUBMISSION_REVIEW)


def test_the_trail_is_the_auditors(cast) -> None:
    assert [
        name for name in ("admin", "reviewer", "leader", "auditor") if _holds(getattr(cast, name), Perm.AUDIT_VIEW)
    ] == ["auditor"]


@pytest.fixture
def ready(cast):
    """A return of 甲小学 that could be signed."""
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
