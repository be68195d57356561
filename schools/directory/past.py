"""The register as it stood on a day, read from the dated changes of its schools.

Of a fact that was changed several times, the change recorded last among those whose day had come holds: whoever
corrects the past with an earlier day corrects everything from that day on. Before the first change holds what that
change replaced.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from schools.directory.models import Department, District, Group, School, SchoolChange

# When a school was founded is no fact of a day: what is known of it today holds for every year.
_PLAIN = ("name", "kind", "area", "sponsor", "boarding", "status")


def of_district(district: District, day: date) -> list[School]:
    """With the facts of that day, to be read only: one closed or handed to another district later is still there."""
    found = on(ever_of(district.pk).select_related("district", "group", "successor").order_by("code"), day)
    return [school for school in found if school.district_id == district.pk and is_founded(school, day)]


def ever_of(district_id: int) -> "QuerySet[School]":
    """Also those that went to another district since (unscoped)."""
    left = SchoolChange.objects.filter(left=district_id).values("school")
    return School.objects.filter(Q(district=district_id) | Q(pk__in=left))


def on(schools: Iterable[School], day: date) -> list[School]:
    """To be read only; one query, none if nothing changed since."""
    return each_on((school, day) for school in schools)


def each_on(pairs: Iterable[tuple[School, date]]) -> list[School]:
    """Like `on`, each school on its own day; one that comes twice comes as two rows."""
    rows = list(pairs)
    later = [(school, day) for school, day in rows if school.changed_on is not None and school.changed_on > day]
    if later:
        _apply(later, _facts_on(later))
    return [school for school, _ in rows]


def left_by(school: School) -> list[int]:
    """Ids of districts; no query for a school that never changed."""
    if school.changed_on is None:
        return []
    return list(SchoolChange.objects.filter(school=school, left__isnull=False).values_list("left_id", flat=True))


def districts_of(school: School, days: Collection[date]) -> dict[date, int]:
    """Ids of the districts by day; one query at most."""
    copies = each_on((copy(school), day) for day in days)
    return {day: row.district_id for day, row in zip(days, copies, strict=True)}


def is_founded(school: School, day: date) -> bool:
    """As far as anybody has said when it was."""
    if school.opened_on is not None:
        return school.opened_on <= day
    return school.built_year is None or school.built_year <= day.year


def _facts_on(pairs: Iterable[tuple[School, date]]) -> dict[tuple[int, date], dict[str, Any]]:
    """By school and day: of each fact the newest change that had come into effect."""
    days: dict[int, set[date]] = defaultdict(set)
    for school, day in pairs:
        days[school.pk].add(day)
    found: dict[tuple[int, date], dict[str, Any]] = defaultdict(dict)
    settled: set[tuple[int, date, str]] = set()
    changes = SchoolChange.objects.filter(school__in=days).order_by("-pk")
    for pk, valid_from, changed in changes.values_list("school_id", "valid_from", "changed"):
        for fact, (before, after) in changed.items():
            for day in days[pk]:
                if (pk, day, fact) not in settled:
                    found[pk, day][fact] = after if valid_from <= day else before
                    if valid_from <= day:
                        settled.add((pk, day, fact))
    return found


def _apply(pairs: Iterable[tuple[School, date]], facts: Mapping[tuple[int, date], Mapping[str, Any]]) -> None:
    districts = District.objects.in_bulk(_named(facts, "district"), field_name="code")
    successors = School.objects.in_bulk(_named(facts, "successor"), field_name="code")
    names = _named(facts, "group")
    groups = {(row.district_id, row.name): row for row in Group.objects.filter(name__in=names)} if names else {}
    codes = _named(facts, "township")
    townships = {(row.district_id, row.code): row for row in Department.objects.filter(code__in=codes)} if codes else {}
    for school, day in pairs:
        known = facts.get((school.pk, day), {})
        school.today = school.today or (school.name, school.kind)
        for fact in _PLAIN:
            setattr(school, fact, known.get(fact, getattr(school, fact)))
        if "district" in known:
            school.district = districts[known["district"]]
        if "successor" in known:
            school.successor = successors.get(known["successor"])
        if "township" in known:
            school.township = townships.get((school.district_id, known["township"]))
        if "group" in known:
            school.group = groups.get((school.district_id, known["group"]))


def _named(facts: Mapping[tuple[int, date], Mapping[str, Any]], fact: str) -> set[str]:
    return {known[fact] for known in facts.values() if known.get(fact)}
