"""Deeds a person does with the own account."""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from portal.accounts import login_names
from portal.accounts.models import User
from portal.audit import actions as audit


@transaction.atomic
def note_sign_in(*, by: User) -> None:
    """Record that somebody signed in."""
    audit.record("account.sign_in", by=by, obj=by)


@transaction.atomic
def note_failed_sign_in(*, username: str, locked: bool, by: None = None) -> None:
    """Record a refused sign-in: the account tried and whether it is locked from now on, never the password.

    There is no actor: whoever tried is not signed in.
    """
    name = login_names.tidy(username)
    user = User.objects.filter(username__iexact=name).first()
    audit.record(
        "account.sign_in_failed", by=by, obj=user, after={"username": name[:50], "locked": locked}, success=False
    )


@transaction.atomic
def note_sign_out(*, by: User | AnonymousUser) -> None:
    """Record that somebody signed out."""
    if isinstance(by, User):
        audit.record("account.sign_out", by=by, obj=by)


@transaction.atomic
def change_password(*, new: str, by: User) -> User:
    """Set one's own, already validated, password; afterwards no change is due."""
    user = User.objects.select_for_update().get(pk=by.pk)
    user.set_password(new)
    user.must_change_password, user.password_changed_at = False, timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("account.change_password", by=user, obj=user)
    return user
