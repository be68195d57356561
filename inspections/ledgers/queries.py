"""Reads an import of a ledger needs: whose problem a row is, and what was imported before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.lib import written
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import Department, District, School


def own_districts(by: User) -> list[District]:
    return directory.maintained_districts(by, Perm.FINDING_DISPATCH, "问题台账")


@dataclass(frozen=True, slots=True)
class Units:
    """The schools, departments and bureaus within a person's reach, by what people call them."""

    by_name: dict[str, School | Department | District | None]

    def find(self, name: str) -> School | Department | District | None:
        """None for a name of nobody, or of several."""
        return self.by_name.get(written.folded(name))


def units(by: User) -> Units:
    """Schools by name, former name and code; departments by name; the bureau as 教育局. Three queries."""
    found: dict[str, School | Department | District | None] = {}

    def add(name: str, unit: School | Department | District) -> None:
        key = written.folded(name)
        found[key] = unit if found.get(key, unit) == unit else None

    schools = list(visible(by, School.objects.select_related("district"), Perm.FINDING_DISPATCH))
    former = directory.former_names([school.code for school in schools])
    for school in schools:
        for name in {school.name, school.code, *former.get(school.code, ())}:
            add(name, school)
    for department in visible(by, Department.objects.select_related("district"), Perm.FINDING_DISPATCH):
        add(department.name, department)
    bureaus = {school.district for school in schools}
    for district in bureaus:
        for name in ("教育局", "区教育局", "县教育局", "教体局", "区教体局", "教育体育局"):
            add(name, district)
        for name in ("教育局", "教体局", "教育体育局", "教育局(本级)"):
            add(f"{district.name}{name}", district)
    return Units(found)


# Ledger, school, department or bureau, number of old, problem.
OldRow: TypeAlias = tuple[str, int | None, int | None, int | None, str, str]


def imported(ledgers: Iterable[str]) -> set[OldRow]:
    rows = Finding.objects.filter(ledger__in=ledgers, source=Finding.Source.IMPORT)
    whose = ("school_id", "department_id", "bureau_id")
    return set(rows.values_list("ledger", *whose, "original_number", "problem"))
