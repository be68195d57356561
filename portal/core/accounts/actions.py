"""Actions a person does with the own account."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from portal.core.accounts import login_names, passwords
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid

# Asked for again by somebody signed in: so many wrong passwords in a row end the session.
MOST_WRONG = 5
NAME_WANTED = "请填写您本人的姓名。以后的每一步操作都以这个姓名记录。"


@transaction.atomic
def note_sign_in(*, by: User) -> None:
    """Record that somebody signed in."""
    User.objects.filter(pk=by.pk).exclude(wrong_passwords=0).update(wrong_passwords=0)
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
def confirm_password(*, password: str, by: User) -> int | None:
    """Ask somebody signed in for the password again; None if it is right, else how many tries are left.

    Wrong ones are counted in the database until a right one, here or at the sign-in.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    right = user.wrong_passwords < MOST_WRONG and check_password(password, user.password)
    wrong = 0 if right else min(user.wrong_passwords + 1, MOST_WRONG)
    if not right and wrong > user.wrong_passwords:
        audit.record("account.confirm_failed", by=by, obj=by, after={"tries": wrong}, success=False)
    if wrong != user.wrong_passwords:
        User.objects.filter(pk=user.pk).update(wrong_passwords=wrong)
    return None if right else MOST_WRONG - wrong


def change_password(*, new: str, by: User, name: str = "") -> User:
    """Set one's own password; afterwards no change is due. Raises Invalid, with the rules it breaks.

    Who got an account issued in bulk also gives their own name.
    """
    own_name = " ".join(name.split())
    if by.is_unnamed and own_name in ("", by.name):
        raise Invalid(NAME_WANTED)
    # Hashing is slow on purpose; done before the transaction, so that nobody waits for the database meanwhile.
    passwords.check(new, by)
    encoded = make_password(new)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
        passwords.replace(user, encoded, is_first=False)
        before, after = {}, {}
        if user.is_unnamed:
            before, after = {"name": user.name}, {"name": own_name}
            user.name, user.is_unnamed = own_name, False
            user.save(update_fields=["name", "is_unnamed"])
        audit.record("account.change_password", by=user, obj=user, before=before, after=after)
    return user
