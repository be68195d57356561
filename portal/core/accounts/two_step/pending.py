"""Between the password and the code: who is about to sign in, kept in the session for a few minutes."""

import time

from django.http import HttpRequest

from portal.core.accounts.models import User

_KEY = "pending_sign_in"
_SECONDS = 300


def keep(request: HttpRequest, user: User, leads_to: str) -> None:
    """Note that the password was right."""
    # The hash ends it when the password is changed meanwhile.
    request.session[_KEY] = [user.pk, user.get_session_auth_hash(), time.time(), leads_to]


def get(request: HttpRequest) -> tuple[User, str] | None:
    """Return who waits for the code and the page they wanted; None when it was too long ago."""
    pk, known, since, leads_to = request.session.get(_KEY, [None, "", 0, ""])
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or user.get_session_auth_hash() != known or time.time() - since > _SECONDS:
        return None
    return user, leads_to


def forget(request: HttpRequest) -> None:
    """Drop the note."""
    request.session.pop(_KEY, None)
