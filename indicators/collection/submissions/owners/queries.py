"""Who answers which district item, with what the standard proposes."""

from collections.abc import Mapping, Sequence
from typing import Any

from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import Item
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from schools.directory.models import Department, District


def standard_of(district: District) -> Standard:
    """Return the standard the district's newest open round is judged by; without one the current standard."""
    newest = (
        Submission.objects.filter(round__district=district, round__state="open")
        .select_related("round__standard")
        .order_by("-round__school_year_start")
        .first()
    )
    return newest.round.standard if newest else standards.current()


def items(district: District) -> dict[str, Item]:
    """Return the district items by base code, in form order; of an item asked per stage, one.

    What the bureau alone may state (一票否决) can be given to nobody.
    """
    found: dict[str, Item] = {}
    every = standards.load_spec(standard_of(district)).district_items
    stated = submissions.statements(every)
    for code in (code for code in every if code not in stated):
        found.setdefault(every[code].base, every[code])
    return found


def departments(district: District) -> list[Department]:
    """Return the departments in office that may be made an owner."""
    return list(district.departments.filter(status=Department.Status.ACTIVE).order_by("kind", "code"))


def proposals(offices: Sequence[Mapping[str, Any]], departments: Sequence[Department]) -> dict[str, Department]:
    """Return which department the standard's default table names for an item (base code).

    A department is recognised by a word of its name; where two would fit, nobody is proposed.
    """
    found: dict[str, Department] = {}
    for office in offices:
        fitting = [row for row in departments if any(word in row.name for word in office["match"])]
        if len(fitting) == 1:
            found |= dict.fromkeys(office["items"], fitting[0])
    return found
