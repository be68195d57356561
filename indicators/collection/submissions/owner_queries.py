"""Reads of who answers which item of the district, and of what may be given to which people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from indicators.collection.submissions import queries
from indicators.collection.submissions.models import ItemOwner, Submission
from indicators.standard.engine import Item
from indicators.standard.standards import queries as standards
from portal.core.errors import Problem
from schools.directory.models import Department, District


def not_its_own(codes: Iterable[str], submission: Submission) -> list[Problem]:
    codes = list(codes)
    if not codes:
        return []
    known = queries.all_items(submission)
    rows = ItemOwner.objects.filter(district=submission.round.district_id).select_related("department")
    owners = {row.item: row.department.name for row in rows if row.department}
    bureau = f"{submission.round.district}（教育局）"
    found = []
    for code in codes:
        item = known.get(code)
        if item is None or submission.school_id:
            found.append(Problem(where=code, what="不是本单位的填报项", do="请刷新页面后重试"))
        else:
            do = "同一项只由一个单位填报；要改由本单位填报，请局管理员先修改“数据分工”"
            found.append(Problem(where=item.label, what=f"由{owners.get(item.base, bureau)}填报", do=do))
    return found


def standard_of(district: District) -> standards.Standard:
    """Of the district's newest open round, else the current one."""
    newest = (
        Submission.objects.filter(round__district=district, round__state="open")
        .select_related("round__standard")
        .order_by("-round__school_year_start")
        .first()
    )
    return newest.round.standard if newest else standards.current()


def assignable_items(district: District) -> dict[str, Item]:
    """By base code, in form order, without what the bureau alone may state (一票否决)."""
    found: dict[str, Item] = {}
    every = standards.load_spec(standard_of(district)).district_items
    stated = queries.statements(every)
    for code in (code for code in every if code not in stated):
        found.setdefault(every[code].base, every[code])
    return found


def assignable_departments(district: District) -> list[Department]:
    return list(district.departments.filter(status=Department.Status.ACTIVE).order_by("kind", "code"))


def proposed_owners(offices: Sequence[Mapping[str, Any]], departments: Sequence[Department]) -> dict[str, Department]:
    """By a word of its name; where two would fit, nobody is proposed."""
    found: dict[str, Department] = {}
    for office in offices:
        fitting = [row for row in departments if any(word in row.name for word in office["match"])]
        if len(fitting) == 1:
            found |= dict.fromkeys(office["items"], fitting[0])
    return found
