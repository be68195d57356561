"""Reads of the register: what a person may see of it today, and for the slices above how it stood on a day.

On a day holds of a fact that was changed several times the change recorded last among those whose day had come: whoever
corrects the past with an earlier day corrects everything from that day on. Before the first change holds what that
change replaced.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.scope import Perm, ensure, visible
from schools.directory.models import Department, District, Group, School, SchoolChange, Status

# When a school was founded is no fact of a day: what is known of it today holds for every year.
_PLAIN = ("name", "kind", "area", "sponsor", "boarding", "status")


def schools(user: User, perm: Perm = Perm.SCHOOL_VIEW) -> "QuerySet[School]":
    return visible(user, School.objects.select_related("district", "group", "successor", "township"), perm)


def get_school(user: User, code: str, perm: Perm = Perm.SCHOOL_VIEW) -> School:
    """By 学校标识码. Raises NotFound outside the person's scope."""
    school = schools(user, perm).filter(code=code).first()
    if school is None:
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    return school


def get_school_for_edit(user: User, code: str) -> School:
    """Raises NotFound outside the scope, NotAllowed without the right."""
    rows = School.objects.select_related("district", "group", "successor", "township")
    school = rows.filter(code=code).first()
    if school is None:
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    ensure(user, Perm.SCHOOL_EDIT, school)
    return school


def siblings(user: User, school: School) -> Sequence[School]:
    if school.group_id is None:
        return []
    return list(schools(user).filter(group=school.group_id).exclude(pk=school.pk))


def merged_into(user: User, school: School) -> Sequence[School]:
    return list(schools(user).filter(successor=school.pk))


def namesake(user: User, school: School) -> School | None:
    same = schools(user).filter(district=school.district_id, name=school.name, status=Status.OPEN)
    return same.exclude(pk=school.pk).first() if school.status == Status.OPEN else None


def names_of(codes: Collection[str]) -> dict[str, str]:
    return dict(School.objects.filter(code__in=codes).values_list("code", "name"))


def townships_of(district_id: int) -> dict[str, str]:
    """Names by 学校标识码, of schools with one."""
    rows = School.objects.filter(district=district_id, township__isnull=False)
    return dict(rows.values_list("code", "township__name"))


def former_names(codes: Collection[str]) -> dict[str, set[str]]:
    """By 学校标识码, with the present one."""
    found: dict[str, set[str]] = defaultdict(set)
    for code, facts in SchoolChange.objects.filter(school__code__in=codes).values_list("school__code", "facts"):
        found[code].add(facts["name"])
    return found


def districts(user: User, perm: Perm) -> "QuerySet[District]":
    return visible(user, District.objects.all(), perm)


def maintained_districts(user: User, perm: Perm, register: str) -> list[District]:
    """Raises NotAllowed when there is none; `register` in words (学校名录)."""
    own = list(districts(user, perm))
    if not own:
        raise NotAllowed(f"您的角色不能维护{register}。如确需办理，请联系局管理员。")
    return own


def get_district(user: User, code: str) -> District:
    """Raises NotFound outside the person's scope."""
    district = districts(user, Perm.DISTRICT_EDIT).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    return district


def groups(user: User, perm: Perm = Perm.SCHOOL_VIEW) -> "QuerySet[Group]":
    return Group.objects.filter(schools__in=schools(user, perm)).distinct()


def townships(districts: Iterable[District]) -> "QuerySet[Department]":
    rows = Department.objects.filter(district__in=list(districts), kind__in=Department.PLACES)
    return rows.select_related("district").order_by("district__code", "status", "code")


def changes(school: School) -> Sequence[SchoolChange]:
    return list(school.changes.select_related("by").order_by("-pk"))


def of_district(district: District, day: date) -> list[School]:
    """With the facts of that day, read only: also one closed or moved to another district later."""
    found = as_of(ever_of(district.pk).select_related("district", "group", "successor").order_by("code"), day)
    return [school for school in found if school.district_id == district.pk and is_founded(school, day)]


def ever_of(district_id: int) -> "QuerySet[School]":
    """Also those that left the district since (unscoped)."""
    left = SchoolChange.objects.filter(left=district_id).values("school")
    return School.objects.filter(Q(district=district_id) | Q(pk__in=left))


def as_of(schools: Iterable[School], day: date) -> list[School]:
    """Read only; one query, none if nothing changed since."""
    return each_as_of((school, day) for school in schools)


def each_as_of(pairs: Iterable[tuple[School, date]]) -> list[School]:
    """Each school on its own day; one that comes twice comes as two rows."""
    rows = list(pairs)
    later = [(school, day) for school, day in rows if school.changed_on is not None and school.changed_on > day]
    if later:
        # By school and day: of each fact the newest change in effect.
        days: dict[int, set[date]] = defaultdict(set)
        for school, day in later:
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
        _apply(later, found)
    return [school for school, _ in rows]


def districts_left_by(school: School) -> list[int]:
    """Ids; no query for a school that never changed."""
    if school.changed_on is None:
        return []
    return list(SchoolChange.objects.filter(school=school, left__isnull=False).values_list("left_id", flat=True))


def districts_of(school: School, days: Collection[date]) -> dict[date, int]:
    """Ids by day; one query at most."""
    copies = each_as_of((copy(school), day) for day in days)
    return {day: row.district_id for day, row in zip(days, copies, strict=True)}


def is_founded(school: School, day: date) -> bool:
    """True while nobody has said when it was."""
    if school.opened_on is not None:
        return school.opened_on <= day
    return school.built_year is None or school.built_year <= day.year


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
