"""Addresses of other slices' pages, for lines that point at them."""

from django.urls import NoReverseMatch, reverse


def first(*wanted: tuple[str, tuple[object, ...]]) -> str:
    """Return the first address that exists; the workbench if none does."""
    for name, args in wanted:
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    return reverse("home")
