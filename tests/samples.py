"""Samples of what is stored for good: the shape of one, that a new thing is written in it."""

from typing import Any


def shape(value: Any, path: str = "", *, named: str = "") -> set[str]:
    """Every path with the type that stands there; all entries of a list, and of the mapping at `named`, together."""
    if isinstance(value, dict):
        inside = ((f"{path}/{'*' if named and path == named else key}", one) for key, one in value.items())
        return {line for own, one in inside for line in shape(one, own, named=named)}
    if isinstance(value, list | tuple):
        return {line for one in value for line in shape(one, f"{path}[]", named=named)} or {f"{path} []"}
    return {f"{path} {type(value).__name__}"}
