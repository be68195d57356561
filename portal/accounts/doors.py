"""Doors that need no particular right; every view carries one of these or `require`."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Declare a page anybody may open."""
    view.required = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Declare a page every signed-in person may open."""
    guarded = login_required(view)
    guarded.required = "signed_in"  # type: ignore[attr-defined]
    return guarded
