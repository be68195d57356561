"""One handed-in return as the reviewer reads it: figures, evidence, checks and history side by side."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.collection.reviews import blanks, changes, history
from indicators.collection.submissions import answers, assessment, queries, signed
from indicators.collection.submissions import facts as fact_loader
from indicators.collection.submissions.assessment import Assessment, Warned
from indicators.collection.submissions.facts import Facts
from indicators.collection.submissions.models import Evidence, Revision, Submission
from indicators.standard.engine import Answer, Item, NotApplicable, Value, live
from indicators.standard.engine.live import Live
from indicators.standard.engine.scope import Required
from portal.core.lib import numbers


@dataclass(frozen=True, slots=True)
class Line:
    """One field: last year's and this year's value in words, the change, and what speaks about it."""

    item: Item
    last: str
    now: str
    reason: str
    change: str
    table: tuple[tuple[str, ...], ...]
    files: tuple[Evidence, ...]
    warnings: tuple[Warned, ...]
    errors: tuple[str, ...]
    is_open: bool

    @property
    def is_marked(self) -> bool:
        """Whether a check says something about it, or it is compulsory and blank."""
        return bool(self.warnings or self.errors or self.is_open)


@dataclass(frozen=True, slots=True)
class Block:
    """One section of the form; files are listed once per item, whatever its stages."""

    code: str
    label: str
    lines: tuple[Line, ...]
    files: tuple[tuple[str, tuple[Evidence, ...]], ...]

    @property
    def marked(self) -> list[Line]:
        """The lines a check says something about."""
        return [line for line in self.lines if line.is_marked]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything on the review page."""

    submission: Submission
    revision: Revision
    blocks: tuple[Block, ...]
    live: Live | None
    changed: tuple[changes.Changed, ...]
    entries: tuple[history.Entry, ...]
    warnings: int
    unexplained: int
    left_open: tuple[Required, ...]
    partial: Mapping[str, Any] | None

    @property
    def is_resubmitted(self) -> bool:
        """Whether there is an earlier revision to compare with."""
        return self.revision.number > 1


def load(submission: Submission) -> Reading:
    """Read a submission's newest revision for review: a fixed number of queries, whatever is answered.

    Figures, files and explanations are those frozen in the revision, so that the page
    shows what was signed even while the school already mends a returned one.
    """
    known = fact_loader.load(submission)
    revisions = queries.revisions(submission)
    newest = revisions[0]
    frozen = signed.facts_of(known, newest)
    given = frozen.answers
    assessed = assessment.assess(frozen)
    left_open = blanks.left_open(frozen, newest)
    previous = revisions[1] if len(revisions) > 1 else None
    return Reading(
        submission=submission,
        revision=newest,
        blocks=tuple(_blocks(frozen, given, assessed, {field.code for field in left_open})),
        live=live(known.spec, known.kind, given) if known.kind else None,
        changed=tuple(changes.between(known.spec, previous, newest)) if previous else (),
        entries=tuple(history.entries(revisions, known.items)),
        warnings=len(assessed.warnings),
        unexplained=len(assessed.unexplained),
        left_open=left_open,
        partial=newest.content.get("partial"),
    )


def _blocks(known: Facts, given: Mapping[str, Answer], assessed: Assessment, left_open: set[str]) -> list[Block]:
    warned: dict[str, list[Warned]] = defaultdict(list)
    errors: dict[str, list[str]] = defaultdict(list)
    for entry in assessed.warnings:
        warned[entry.problem.item].append(entry)
    for problem in assessed.errors:
        errors[problem.item].append(problem.message)
    by_section: dict[str, list[Line]] = defaultdict(list)
    for item in _shown_items(known, given, assessed):
        line = _line(item, known, given, warned[item.code], errors[item.code], is_open=item.code in left_open)
        by_section[item.section].append(line)
    return [
        Block(section.code, section.label, tuple(by_section[section.code]), _files(by_section[section.code]))
        for section in known.spec.sections
        if section.code in by_section
    ]


def _shown_items(known: Facts, given: Mapping[str, Answer], assessed: Assessment) -> list[Item]:
    """The fields asked, and any other that is answered all the same."""
    asked = {item.code for item in assessed.asked}
    return [item for code, item in known.items.items() if code in asked or code in given]


def _line(
    item: Item, known: Facts, given: Mapping[str, Answer], warned: list[Warned], errors: list[str], *, is_open: bool
) -> Line:
    answer, last = given.get(item.code), known.last_year.get(item.code)
    return Line(
        item=item,
        last=answers.shown(item, last),
        now="" if isinstance(answer, NotApplicable) else answers.shown(item, answer),
        reason=answer.reason if isinstance(answer, NotApplicable) else "",
        change=change(item, last, answer),
        table=_table(item, answer),
        files=tuple(known.evidence_of(item.base)),
        warnings=tuple(warned),
        errors=tuple(errors),
        is_open=is_open,
    )


def change(item: Item, last: Answer | None, now: Answer | None) -> str:
    """Return the change on last year in percent, e.g. +12.5%; "" where there is nothing to compare."""
    if item.kind not in ("number", "decimal") or not isinstance(last, Value) or not isinstance(now, Value):
        return ""
    before, after = Fraction(_number(last.value)), Fraction(_number(now.value))
    if before == 0:
        return "" if after == 0 else "去年为 0"
    percent = numbers.half_up((after - before) / before * 100, 1)
    return "持平" if after == before else f"{percent:+f}%"


def _number(value: Any) -> Decimal | int:
    return value


def _table(item: Item, answer: Answer | None) -> tuple[tuple[str, ...], ...]:
    if item.kind != "table" or not isinstance(answer, Value):
        return ()
    rows: Any = answer.value
    return tuple(tuple(_cell(row.get(column.code)) for column in item.columns) for row in rows)


def _cell(value: Any) -> str:
    return numbers.plain(value) if isinstance(value, Decimal) else "" if value is None else str(value)


def _files(lines: list[Line]) -> tuple[tuple[str, tuple[Evidence, ...]], ...]:
    found = {line.item.base: (line.item.base_label, line.files) for line in lines if line.files}
    return tuple(found.values())
