"""Doors that need no particular right; every view carries one of these or `require`."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from portal.core.accounts.models import User

View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """A request as a view behind a door gets it: somebody is signed in (for type checks only)."""

    user: User  # type: ignore[assignment]


def public(view: View) -> View:
    """Declare a page anybody may open."""
    view.required = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Declare a page every signed-in person may open."""
    guarded = login_required(view)
    guarded.required = "signed_in"  # type: ignore[attr-defined]
    return guarded
