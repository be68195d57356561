"""What still stands between a submission and its handing in: missing, errors, warnings, unchanged returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.facts import Facts
from indicators.collection.submissions.models import ReturnReason, Waiver
from indicators.standard.engine import Item, Problem, Value
from indicators.standard.engine.checks import check_district, check_school
from indicators.standard.engine.scope import Required, asked, required, required_of_district, unanswered


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning with the explanation that covers it, if any."""

    problem: Problem
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The state of a submission, field by field; all empty lists mean it can be handed in."""

    asked: tuple[Item, ...]
    missing: tuple[Required, ...]
    errors: tuple[Problem, ...]
    warnings: tuple[Warned, ...]
    unchanged: tuple[ReturnReason, ...]

    @property
    def unexplained(self) -> tuple[Warned, ...]:
        """Warnings nobody has explained yet."""
        return tuple(warned for warned in self.warnings if warned.waiver is None)

    @property
    def missing_before_signing(self) -> tuple[Required, ...]:
        """What the clerk still has to fill in; the rest is the head's to confirm."""
        return tuple(field for field in self.missing if not field.item.signed)

    @property
    def is_ready_for_head(self) -> bool:
        """Whether only what the head confirms is left, if anything."""
        signed = {code for item in self.asked if item.signed for code in (item.code, item.base)}
        unchanged = [reason for reason in self.unchanged if reason.item not in signed]
        return not (self.missing_before_signing or self.errors or self.unexplained or unchanged)

    @property
    def is_ready(self) -> bool:
        """Whether it may be handed in now."""
        return not (self.missing or self.errors or self.unexplained or self.unchanged)


def assess(facts: Facts) -> Assessment:
    """Assess a submission. Reads nothing beyond the facts."""
    is_school, spec, given = bool(facts.submission.school_id), facts.spec, facts.answers
    if is_school:
        fields = asked(spec, facts.kind, given)
        problems = check_school(spec, facts.kind, given, facts.last_year)
    else:
        # Departments and the bureau each answer their own part of the district's items.
        fields = [item for item in facts.items.values() if _is_asked(item, given)]
        found = check_district(spec, given, facts.last_year, facts.schools)
        problems = [problem for problem in found if problem.item in facts.items]
    return Assessment(
        asked=tuple(fields),
        missing=tuple(missing(facts)),
        errors=tuple(problem for problem in problems if problem.level == "error"),
        warnings=tuple(Warned(p, _waiver(facts, p)) for p in problems if p.level == "warning"),
        unchanged=tuple(unchanged_returns(facts)),
    )


def missing(facts: Facts) -> list[Required]:
    """Return the compulsory fields that are blank by the standard of the round. Reads nothing beyond the facts."""
    spec, given = facts.spec, facts.answers
    if facts.submission.school_id:
        return unanswered(required(spec, facts.kind, given), given)
    return unanswered((field for field in required_of_district(spec, given) if field.code in facts.items), given)


def _is_asked(item: Item, given: Mapping[str, Any]) -> bool:
    if item.asked_if is None:
        return True
    other, wanted = item.asked_if
    answer = given.get(other)
    return isinstance(answer, Value) and answer.value is wanted


def _waiver(facts: Facts, problem: Problem) -> Waiver | None:
    waiver = facts.waivers.get((problem.code, problem.item))
    return waiver if waiver and waiver.message == problem.message[:300] else None


def unchanged_returns(facts: Facts) -> list[ReturnReason]:
    """Return the reasons of the last return whose item is exactly as it was then.

    A changed value, file or explanation at the item counts as an answer.
    """
    if facts.returned is None:
        return []
    return [reason for reason in facts.returned.reasons if not _is_answered(facts, reason.item)]


def _is_answered(facts: Facts, code: str) -> bool:
    then = facts.returned.content  # type: ignore[union-attr]
    fields = [item for item in facts.items.values() if code in (item.code, item.base)]
    if not fields:
        return True
    for item in fields:
        answer = facts.answers.get(item.code)
        now = answers.frozen(item, answer) if answer is not None else None
        if now != _bare(then["answers"].get(item.code)):
            return True
    bases, codes = {item.base for item in fields}, {item.code for item in fields}
    files_now = sorted(row.document.sha256 for row in facts.evidence if row.item in bases)
    files_then = sorted(row["sha256"] for row in then["evidence"] if row["item"] in bases)
    said_now = sorted(row.reason for row in facts.waivers.values() if row.field in codes)
    said_then = sorted(row["reason"] for row in then["waivers"] if row["field"] in codes)
    return files_now != files_then or said_now != said_then


def _bare(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if data is None else {key: data[key] for key in ("value", "not_applicable") if key in data}
