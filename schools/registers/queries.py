"""Reads of the registers: what a person sees, what may be named, and sums to hold figures against."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product

from django.db.models import Count, Q, QuerySet

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from portal.core.lib import written
from portal.core.lib.numbers import plain
from schools.access import restricted
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import District, School
from schools.registers import rights
from schools.registers.kinds import KINDS, Feed, RegisterKind, RegisterTarget, SchoolNames, fits
from schools.registers.models import RegisterChange, RegisterEntry, RegisterFile


def kind_of(code: str) -> RegisterKind:
    if code not in KINDS:
        raise NotFound("没有这本台账。")
    return KINDS[code]


def kinds_for(user: User) -> list[RegisterKind]:
    types = rights.place_types(user)
    return [kind for kind in KINDS.values() if "district" in types or types & set(kind.units)]


def entries(user: User) -> QuerySet[RegisterEntry]:
    rows = RegisterEntry.objects.select_related(
        "school__district", "department__district", "district", "updated_by", "withdrawn_by"
    )
    return visible(user, rows, Perm.REGISTER_VIEW)


def get(user: User, pk: int) -> RegisterEntry:
    """Raises NotFound outside the person's scope."""
    entry = entries(user).filter(pk=pk).first()
    if entry is None:
        raise NotFound("没有这条记录，或它不在您可以查看的范围内。")
    return entry


def get_file(user: User, pk: int) -> RegisterFile:
    """Raises NotFound outside the person's scope, or once it is withdrawn."""
    rows = RegisterFile.objects.select_related("document", "entry").filter(withdrawn_at=None)
    file = visible(user, rows, Perm.REGISTER_VIEW).filter(pk=pk).first()
    if file is None:
        raise NotFound("没有这个文件，或它不在您可以查看的范围内。")
    return file


def counts(user: User) -> dict[tuple[str, int], int]:
    rows = visible(user, RegisterEntry.objects.filter(withdrawn_at=None), Perm.REGISTER_VIEW).order_by()
    found = rows.values_list("kind", "year").annotate(count=Count("pk"))
    return {(kind, year): count for kind, year, count in found}


def school_names(district_ids: Collection[int]) -> dict[int, SchoolNames]:
    rows = School.objects.filter(district__in=district_ids).values_list("district_id", "code", "name")
    former = directory.former_names([code for _, code, _ in rows])
    found: dict[int, dict[str, str | None]] = {pk: {} for pk in district_ids}
    for district, code, name in rows:
        for word in {code, name, *former.get(code, ())}:
            key = written.folded(word)
            found[district][key] = code if found[district].get(key, code) == code else None
    return dict(found)


def names_in(rows: Iterable[RegisterEntry], steps: Iterable[RegisterChange] = ()) -> dict[str, str]:
    """Of the schools that entries and their changes name, by 学校标识码."""
    named = [(row.register, {code: [value] for code, value in row.data.items()}) for row in rows]
    named += [(step.entry.register, step.changed) for step in steps]
    wanted = {
        value
        for kind, values in named
        for code, held in values.items()
        if code in kind.fields and kind.fields[code].type == "school"
        for value in held
    }
    return directory.names_of(wanted) if wanted else {}


def persons_in(user: User, rows: Collection[RegisterEntry]) -> dict[int, restricted.Persons]:
    """In full only for who may open the entry's personal data."""
    listed = RegisterEntry.objects.filter(pk__in=[row.pk for row in rows if row.register.has_persons])
    full = set(restricted.openable(user, listed).values_list("pk", flat=True)) if rows else set()
    return {row.pk: restricted.Persons("查看" if row.pk in full else "") for row in rows}


def changes(entry: RegisterEntry) -> QuerySet[RegisterChange]:
    return entry.changes.select_related("by", "entry").order_by("-pk")


def totals(kind: RegisterKind, rows: QuerySet[RegisterEntry]) -> list[tuple[str, Decimal]]:
    """Of the columns that are added up, without zeros."""
    if not kind.totals:
        return []
    found = dict.fromkeys(kind.totals, Decimal(0))
    for data in rows.order_by().values_list("data", flat=True):
        for code in kind.totals:
            found[code] += Decimal(data.get(code, 0))
    return [(kind.fields[code].heading, total) for code, total in found.items() if total]


def reached(user: User, kind: RegisterKind) -> tuple[RegisterTarget, int] | None:
    """How many schools are there, for who sees a whole district."""
    if kind.target is None or not directory.districts(user, Perm.REGISTER_VIEW).exists():
        return None
    rows = entries(user).filter(kind=kind.code, withdrawn_at=None).order_by()
    schools = {school for school, data in rows.values_list("school", "data") if fits(data, kind.target.where)}
    return kind.target, len(schools)


@dataclass(frozen=True, slots=True)
class ComingCapacity:
    """An entry under way: from the September of which `year` what it brings counts, in words and as stored amounts."""

    entry: RegisterEntry
    day: date
    year: int
    brings: str
    amounts: Mapping[str, Decimal]

    @property
    def cells(self) -> list[tuple[str, str]]:
        """As in the register's list."""
        kind = self.entry.register
        assert kind.capacity  # noqa: S101 or nothing comes
        apart = {one.code for one in (kind.capacity.on, *kind.capacity.amounts)}
        columns = (one for one in kind.columns if one.code not in apart)
        return [(one.label, value) for one in columns if (value := self.entry.data.get(one.code))]


def coming_of(entry: RegisterEntry) -> ComingCapacity | None:
    """None for what brings nothing, is there already or was withdrawn."""
    capacity = entry.register.capacity
    if capacity is None or entry.withdrawn_at or fits(entry.data, capacity.there):
        return None
    amounts = {one.code: Decimal(entry.data[one.code]) for one in capacity.amounts if entry.data.get(one.code)}
    amounts = {code: amount for code, amount in amounts.items() if amount}
    if not amounts or capacity.on.code not in entry.data:
        return None
    fields, day = entry.register.fields, date.fromisoformat(entry.data[capacity.on.code])
    brings = "，".join(f"{fields[code].label} {plain(amount)} {fields[code].unit}" for code, amount in amounts.items())
    # Ready by the end of August it serves the school year that begins then.
    return ComingCapacity(entry, day, day.year + (day.month >= 9), brings, amounts)


def coming(user: User, district: District, school: School | None = None) -> list[ComingCapacity]:
    """What the person may see; the earliest first."""
    kinds = [kind.code for kind in KINDS.values() if kind.capacity]
    whose = Q(school=school) if school else Q(school__district=district) | Q(district=district)
    rows = entries(user).filter(whose, kind__in=kinds, withdrawn_at=None)
    return sorted(filter(None, map(coming_of, rows)), key=lambda one: (one.year, one.day, one.entry.pk))


def keeper_district(by: User) -> District:
    """The first in which the person maintains any register. Raises NotAllowed."""
    for kind in KINDS.values():
        if found := rights.units(by, kind):
            district: District = type(found[0]).place.district_of(found[0])
            return district
    raise NotAllowed("您的角色不能登记工作台账。如确需办理，请联系局管理员。")


def changed_words(
    entry: RegisterEntry, changed: Mapping[str, Sequence[str]], names: Mapping[str, str], persons: restricted.Persons
) -> list[str]:
    """A line for each field that changed, before → after; `names` of schools by code."""
    lines = []
    for code, sides in changed.items():
        if one := entry.register.fields.get(code):
            sides = [one.shown(side, names) for side in sides]
            if one.type == "person":
                sides = [persons.name(side) for side in sides]
        lines.append(f"{one.label if one else entry.register.clock}：{sides[0] or '空'} → {sides[1] or '空'}")
    return lines


@dataclass(frozen=True, slots=True)
class RegisterSum:
    """What a register adds up to for an item in a year; `rows_by` is the column of the item's table that names the year."""

    item: str
    kind: RegisterKind
    year: int
    value: Decimal
    rows_by: str = ""


def sums(
    wanted: Mapping[str, int], *, school: School | None = None, district: District | None = None
) -> list[RegisterSum]:
    """For items (code → year), each register with entries of that year; one query."""
    feeds: dict[tuple[str, str], list[Feed]] = defaultdict(list)
    for kind in KINDS.values():
        for feed in kind.feeds:
            if feed.item in wanted and (feed.of == "district") == (school is None):
                feeds[feed.item, kind.code].append(feed)
    if not feeds:
        return []
    kinds = {code for _, code in feeds}
    if school is not None:
        partners = [code for (_, code), found in feeds.items() if any(feed.of == "partner" for feed in found)]
        whose = Q(school=school) | Q(kind__in=partners, data__partner=school.code, school__district=school.district_id)
    else:
        whose = Q(school__district=district) | Q(department__district=district) | Q(district=district)
    rows = RegisterEntry.objects.filter(whose, kind__in=kinds, year__in=set(wanted.values()), withdrawn_at=None)
    by_year: dict[tuple[str, int], list[tuple[int | None, Mapping[str, str]]]] = defaultdict(list)
    for code, year, owner, data in rows.order_by().values_list("kind", "year", "school_id", "data"):
        by_year[code, year].append((owner, data))
    found = []
    for (item, code), own in feeds.items():
        if listed := by_year[code, wanted[item]]:
            total = Decimal(0)
            for feed, (of, data) in product(own, listed):
                is_own = school is None or of == school.pk
                if is_own == (feed.of != "partner") and fits(data, feed.where):
                    total += Decimal(data.get(feed.sum, 0)) if feed.sum else 1
            found.append(RegisterSum(item, KINDS[code], wanted[item], total, own[0].year))
    return found
