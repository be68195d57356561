"""How facts become rows: laid over a school, dated, noted in its history. For actions, inside their transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import Conflict
from schools.directory.facts import Facts
from schools.directory.models import Department, District, Group, School, SchoolChange, Status

BATCH = 500
PLAIN = (
    "name",
    "kind",
    "area",
    "sponsor",
    "boarding",
    "built_year",
    "opened_on",
    "status",
    "latitude",
    "longitude",
)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a school: its facts, how they differ from those before, the district it left."""

    school: School
    facts: Facts
    changed: Mapping[str, Any] = field(default_factory=dict)
    left: District | None = None
    reason: str = ""


def lay(
    school: School, facts: Facts, district: District, group: Group | None, township: Department | None, *, by: User
) -> None:
    """Lay facts over a school in memory; district, group and township are passed in as rows."""
    for name in PLAIN:
        setattr(school, name, getattr(facts, name))
    school.district, school.group, school.township = district, group, township
    school.updated_by, school.updated_at = by, timezone.now()


def set_days(school: School, changed: Mapping[str, Any], valid_from: date) -> None:
    """Set the days that follow from a change."""
    school.changed_on = max(valid_from, school.changed_on or valid_from)
    if "status" in changed:
        school.closed_on = valid_from if school.status == Status.CLOSED else None


def note(entries: Sequence[Change], *, valid_from: date, by: User) -> None:
    """Write the changes into the schools' histories."""
    SchoolChange.objects.bulk_create(
        [
            SchoolChange(
                school=entry.school,
                valid_from=valid_from,
                facts=entry.facts.as_json(),
                left=entry.left,
                changed={key: list(pair) for key, pair in entry.changed.items()},
                reason=entry.reason,
                by=by,
            )
            for entry in entries
        ],
        batch_size=BATCH,
    )


@contextmanager
def one_of_each() -> Iterator[None]:
    """Two districts registering the same code at the same moment: the second reads why, not an error page."""
    try:
        # A savepoint, so that a refusal leaves the transaction in order.
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict("刚刚有人登记了同一个学校标识码，您的操作没有保存。请刷新名录后重试。") from error
