"""Every address of the resolver, with absurd ids, garbage in the query and the wrong method: Chinese, never a 5xx."""

import re
from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.urls import URLPattern, get_resolver, reverse
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter

from tests.bad_input.asking import ask, faults, session_of
from tests.known import Known
from tests.permissions.table import TABLE, Row
from tests.permissions.test_matrix import ADDRESSES

pytestmark = pytest.mark.django_db

ABSURD = {
    IntConverter: ["0", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 40, "9" * 5000],
    UUIDConverter: ["00000000-0000-0000-0000-000000000000"],
    SlugConverter: ["no-such", "a" * 3000],
    StringConverter: ["no such", "a%00b", "%ff%fe", "%ed%a0%80", "文" * 900, "<b>", "%2e%2e", "%0d%0a", "%25"],
}
NAMES = (
    "page q state kind area stage verdict failing sort round evaluation indicator version view show before actor "
    "action object school since until failed mine overdue late phase scope district question tab submission next "
    "after role source section files group status sponsor expired"
)
UNREADABLE = ["%00", "%ff", "%ed%a0%80"]
GARBAGE = [
    *UNREADABLE,
    "0",
    "-1",
    "1.5",
    "9223372036854775808",
    "9" * 40,
    "9" * 5000,
    "1e400",
    "NaN",
    "%C2%B2",
    "%EF%BC%91",
    "2026-02-30",
    "0001-01-01",
    "no-such",
    "%27%22%3Cb%3E",
    "%E6%96%87" * 900,
    "true",
]


def _absurd_paths(entry: URLPattern, prefix: str) -> list[str]:
    """Return the address with every absurd value in all of its places."""
    converters = entry.pattern.converters.values()
    kinds = [next(kind for kind in ABSURD if isinstance(converter, kind)) for converter in converters]
    route = str(entry.pattern)
    paths = []
    for turn in range(max((len(ABSURD[kind]) for kind in kinds), default=0)):
        path = route
        for (name, converter), kind in zip(entry.pattern.converters.items(), kinds, strict=True):
            value = ABSURD[kind][turn % len(ABSURD[kind])]
            path = path.replace(f"<{_spelled(converter)}:{name}>", value)
        paths.append(f"/{prefix}{path}")
    if entry.pattern.regex.groups and not converters:
        paths += [
            f"/{prefix}{re.sub('[(].*?[)]', code, route).strip('^$')}" for code in ("0000000000", "999999", "9" * 400)
        ]
    return paths


def _spelled(converter: object) -> str:
    return {IntConverter: "int", UUIDConverter: "uuid", SlugConverter: "slug", StringConverter: "str"}[type(converter)]


def _prefixes(resolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", before
        else:
            inner = f"{entry.namespace}:" if entry.namespace else space
            yield from _prefixes(entry, before + str(entry.pattern), inner)


PREFIXES = dict(_prefixes(get_resolver()))


def _known(world, person: str) -> Known:
    return Known(session_of(getattr(world.cast, person)))


def _problems(known: Known, method: str, paths: list[str]) -> list[tuple[str, list[str]]]:
    asked = [(path[:120], faults(ask(known, method, path))) for path in paths]
    return [found for found in asked if found[1]]


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_absurd_ids_are_not_found_in_chinese(world, name: str) -> None:
    paths = _absurd_paths(ADDRESSES[name], PREFIXES[name])
    admin = _known(world, "admin")
    assert _problems(admin, "get", paths) == []
    assert _problems(admin, "post", paths) == []


def _looks_at_its_query(known: Known, path: str) -> bool:
    """Whether a page does so at all; what it never reads cannot disturb it."""
    looked: list[str] = []

    def noting(member):
        def noted(request, *args):
            looked.append(path)
            return member(request, *args)

        return noted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequest, "GET", property(noting(WSGIRequest.GET.func)))
        patch.setattr(WSGIRequest, "get_full_path", noting(WSGIRequest.get_full_path))
        ask(known, "get", path)
    return bool(looked)


def test_a_list_looks_at_its_query_and_a_school_does_not(world) -> None:
    admin = _known(world, "admin")
    assert _looks_at_its_query(admin, reverse("directory:list") + "?page=1")
    assert not _looks_at_its_query(admin, reverse("directory:detail", args=[world.cast.school_a.code]) + "?page=1")


@pytest.mark.fuzz
@pytest.mark.parametrize("row", [row for row in TABLE if row.method == "get"], ids=lambda row: row.name)
def test_garbage_in_the_query_is_answered_in_chinese(world, row: Row) -> None:
    path = reverse(row.name, kwargs=row.args(world))
    person = _known(world, sorted(row.allowed or {"admin"})[0])
    # The portal itself looks only whether the query can be read.
    garbage = GARBAGE if _looks_at_its_query(person, f"{path}?page=1") else UNREADABLE
    paths = [f"{path}?" + "&".join(f"{name}={value[:5400]}" for name in NAMES.split()) for value in garbage]
    assert _problems(person, "get", paths) == []


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_strange_method_is_405_in_chinese(world, method: str) -> None:
    known = {person: _known(world, person) for person in {"admin"}.union(*(row.allowed for row in TABLE))}
    for row in TABLE:
        answer = ask(known[min(row.allowed or {"admin"})], method, reverse(row.name, kwargs=row.args(world)))
        assert (row.name, answer.status_code, faults(answer)) == (row.name, 405, [])
        assert answer.headers["Allow"]
