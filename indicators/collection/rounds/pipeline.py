"""The pipeline page's lines: rows narrowed by the filters in the address, put into words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from indicators.collection.rounds.forms import PipelineFilter
from indicators.collection.rounds.models import Round
from indicators.collection.rounds.stages import EDITABLE, TONES, Stage
from indicators.collection.submissions.models import Submission
from portal.core.accounts.models import User
from portal.core.lib import written


@dataclass(frozen=True, slots=True)
class Line:
    """One respondent of the pipeline; `late` says how long overdue it is, "" if it is not."""

    row: Submission
    stage: Stage
    due: datetime | None
    late: str
    people: tuple[User, ...] = ()

    @property
    def tone(self) -> str:
        """The badge tone of the stage."""
        return TONES[self.stage]


def lines(rows: Iterable[Submission], people: dict[int, list[User]] | None = None) -> list[Line]:
    """Put rows of `queries.submissions` (they carry `stage` and `due`) into words."""
    now, people = timezone.now(), people or {}
    return [
        Line(row, Stage(row.stage), row.due, _late(row, now), tuple(people.get(row.pk, ())))  # type: ignore[attr-defined]
        for row in rows
    ]


def _late(row: Submission, now: datetime) -> str:
    due = row.due  # type: ignore[attr-defined]
    # Nothing can be handed in to a closed round, so nothing in it is late either.
    if row.round.state != Round.State.OPEN:
        return ""
    if row.state not in EDITABLE or row.stage == Stage.SCHOOL_CLOSED or due is None or due >= now:  # type: ignore[attr-defined]
        return ""
    days = (timezone.localdate(now) - timezone.localdate(due)).days
    return f"已逾期 {days} 天" if days else "今天已截止"


def narrow(found: Iterable[Line], form: PipelineFilter) -> list[Line]:
    """Return the lines a filter form lets through; fields with an unknown value do not filter."""
    form.is_valid()
    wanted = form.cleaned_data
    return [line for line in found if _fits(line, wanted)]


def _fits(line: Line, wanted: dict[str, Any]) -> bool:
    school = line.row.school
    if wanted.get("stage") and line.stage != wanted["stage"]:
        return False
    if wanted.get("kind") and (school is None or school.kind != wanted["kind"]):
        return False
    if wanted.get("area") and (school is None or school.area != wanted["area"]):
        return False
    if wanted.get("township") and str(line.row.township) != wanted["township"]:  # type: ignore[attr-defined]
        return False
    if wanted.get("late") and not line.late:
        return False
    return written.is_within(wanted.get("q") or "", line.row.respondent, school.code if school else "")
