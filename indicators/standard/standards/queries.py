"""Reads of standards: the version in force and its engine form."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from indicators.standard.engine import Spec
from indicators.standard.standards import actions, reader
from indicators.standard.standards.models import Standard
from portal.core.accounts import queries as accounts
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib import numbers
from schools.access import scope
from schools.directory.models import District

DEFAULT = "national-2017"
_MOST_SPECS = 16
_specs: dict[str, Spec] = {}


def current(code: str = DEFAULT) -> Standard:
    """The newest revision; loads the shipped files on first use. NotFound names the known codes."""
    row = Standard.objects.filter(code=code).order_by("-revision").first()
    if row is None:
        actions.load(by=accounts.system_user())
        row = Standard.objects.filter(code=code).order_by("-revision").first()
    if row is None:
        known = "、".join(sorted(set(Standard.objects.values_list("code", flat=True))))
        raise NotFound(f"没有代号为“{code}”的评估标准，现有：{known}。")
    return row


def newest() -> Standard:
    """The code that came last; a correction of an older one counts as that older one."""
    current()
    row = Standard.objects.filter(revision=1).order_by("-pk").first()
    return current(row.code if row else DEFAULT)


def in_force(districts: Iterable[int]) -> Standard:
    """Of the newest round of these districts (keys) or below them; the default before any round."""
    places = list(districts)
    inside = Q(pk__in=places) | Q(parent__in=places) | Q(parent__parent__in=places)
    judged = Standard.objects.filter(round__district__in=District.objects.filter(inside))
    return judged.order_by("-round__school_year_start", "-round__pk").first() or current()


def for_reader(user: User) -> Standard:
    """In force where the person holds a role."""
    places = [row.school or row.department or row.district for row in scope.memberships(user)]
    return in_force(place.pk if isinstance(place, District) else place.district_id for place in places if place)


def load_spec(standard: Standard) -> Spec:
    """Built once per content and process."""
    spec = _specs.get(standard.sha256)
    if spec is None:
        spec = reader.spec_from_content(standard.content)
        if len(_specs) >= _MOST_SPECS:
            _specs.clear()
        _specs[standard.sha256] = spec
    return spec


def documents(standard: Standard) -> list[Mapping[str, Any]]:
    """Number, title, issuer, year."""
    return list(standard.content.get("documents", []))


def offices(standard: Standard) -> list[Mapping[str, Any]]:
    """Who answers which district items by default: label, match (words of names), items."""
    return list(standard.content.get("offices", []))


def by_version(version: str) -> Standard:
    """`national-2017·1`. Raises NotFound."""
    code, _, revision = version.partition("·")
    found = Standard.objects.filter(code=code, revision=numbers.whole(revision) or 0).first()
    if found is None:
        raise NotFound(f"没有版本为“{version[:60]}”的评估标准。")
    return found


def known() -> QuerySet[Standard]:
    """Newest revision of a code first, without their content."""
    return Standard.objects.defer("content").order_by("code", "-revision")


def usual_pair() -> dict[str, int]:
    """Keys of the versions most often compared: the default and the newest other one."""
    old = current()
    other = Standard.objects.exclude(pk=old.pk).order_by("-loaded_at", "-pk").first()
    return {"old": old.pk, "new": (other or old).pk}
