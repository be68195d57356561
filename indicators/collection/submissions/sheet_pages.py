"""The form as the page shows it: sections with their state, rows of items, fields by stage."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from indicators.collection.submissions import answers, rights
from indicators.collection.submissions.content_queries import SHARES
from indicators.collection.submissions.models import Answer, Evidence
from indicators.collection.submissions.queries import SubmissionFacts, in_words
from indicators.collection.submissions.workflow import Assessment
from indicators.standard.engine import Indicator, Item, NotApplicable, Value, is_total

MOST_GUIDED = 3  # indicators whose clause and common errors stand next to a row
BLANK_ROWS = 3  # offered under a table where scripts do not run


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed that could not be saved, and why; of a table also by (row from 0, column code)."""

    text: str = ""
    rows: Sequence[Mapping[str, str]] | None = None
    error: str = ""
    reason: str = ""
    cells: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A problem at a field; a warning may carry the reason given."""

    level: str
    check: str
    message: str
    waiver_reason: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One input: a figure of one stage, a choice, a text or a table.

    `may_be_same`: last year's answer can be stated to be still true. `rows_then` are last year's rows in words, each
    with whether it is still there.
    """

    item: Item
    stage: str
    text: str
    rows: Sequence[Mapping[str, str]]
    confirmed_empty: bool
    reason: str
    row: Answer | None
    last_year: str
    asked: bool
    error: str
    notes: tuple[Note, ...]
    is_locked: bool = False
    may_be_same: bool = False
    rows_then: Sequence[tuple[str, bool]] = ()
    faults: Mapping[tuple[int, str], str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.item.code

    @property
    def version(self) -> int:
        """0 while nobody has touched it."""
        return self.row.version if self.row else 0

    @property
    def is_not_applicable(self) -> bool:
        return bool(self.reason)

    @property
    def is_total(self) -> bool:
        return is_total(self.item)

    @property
    def is_answered(self) -> bool:
        return bool(self.row and (self.reason or self.text or self.rows or self.confirmed_empty) and not self.error)

    @property
    def cells(self) -> list[list[tuple[Any, str, str]]]:
        """A table's rows as (column, text, what is wrong with it), followed by blank ones."""
        blank: list[Mapping[str, str]] = [{}] * BLANK_ROWS
        return [
            [(c, row.get(c.code, ""), self.faults.get((n, c.code), "")) for c in self.item.columns]
            for n, row in enumerate([*self.rows, *blank])
        ]


@dataclass(frozen=True, slots=True)
class SentBackLine:
    """Why an item of a row was sent back, and whether it is changed or answered since."""

    base: str
    text: str
    is_corrected: bool
    # As it was sent back, and what was answered in words instead of changing it.
    item: str
    answer: str


@dataclass(frozen=True, slots=True)
class FormRow:
    """One item as asked on the form, over all its stages; what is said of it in words stands in its row."""

    item: Item
    fields: tuple[Field, ...]
    uses: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    evidence: tuple[Evidence, ...]
    sent_back: tuple[SentBackLine, ...]

    @property
    def asked(self) -> bool:
        return any(entry.asked for entry in self.fields)

    @property
    def is_wide(self) -> bool:
        return self.item.kind in ("text", "table")

    @property
    def has_note(self) -> bool:
        return self.fields[-1].item.base != self.item.base

    @property
    def clauses(self) -> list[str]:
        return list(dict.fromkeys(indicator.clause for indicator in self.indicators))

    @property
    def errors(self) -> list[str]:
        """What is often done wrong here, in the standard's words."""
        return list(dict.fromkeys(error for indicator in self.indicators for error in indicator.errors))


_JUST_NOW = timedelta(minutes=10)
SECTION_TONES = {"有错误": "bad", "退回待改": "bad", "未开始": "muted", "进行中": "info", "已完成": "ok"}


@dataclass(frozen=True, slots=True)
class SectionState:
    """A section in the list: its state in words and what is open in it."""

    code: str
    label: str
    help: str
    answered: int
    missing: int
    errors: int
    warnings: int
    sent_back: int
    # Who else filled in something here just now.
    others: tuple[str, ...] = ()
    # Who has it: its name, whether that is the viewer, whether it was said to be filled in.
    holder: str = ""
    is_own: bool = False
    is_done: bool = False

    @property
    def state(self) -> str:
        if self.errors:
            return "有错误"
        if self.sent_back:
            return "退回待改"
        if not self.answered:
            return "未开始"
        return "进行中" if self.missing or self.warnings else "已完成"

    @property
    def tone(self) -> str:
        return SECTION_TONES[self.state]

    @property
    def detail(self) -> str:
        pieces = [
            (self.sent_back, "处退回待改"),
            (self.errors, "处错误"),
            (self.missing, "项未填"),
            (self.warnings, "条提示待说明"),
        ]
        return "，".join(f"{count} {words}" for count, words in pieces if count)


@dataclass(frozen=True, slots=True)
class FormSheet:
    """The whole form: all sections by state, and the rows of the one that is open."""

    parts: tuple[SectionState, ...]
    current: SectionState
    rows: tuple[FormRow, ...]
    stages: tuple[tuple[str, str], ...]
    more_stages: tuple[tuple[str, str], ...]
    following: SectionState | None = field(default=None)

    @property
    def same(self) -> list[str]:
        """The fields of which last year's answer can be stated to be still true."""
        return [entry.code for row in self.rows for entry in row.fields if entry.may_be_same]


def parts(facts: SubmissionFacts, assessment: Assessment, viewer: int = 0) -> tuple[SectionState, ...]:
    """For a `viewer` (a person's id) also who else is at work in each, and who has it."""
    section_of = {code: item.section for item in facts.items.values() for code in (item.code, item.base)}
    asked, answered = Counter(), Counter()  # type: ignore[var-annotated]
    for item in assessment.asked:
        if not is_in_use(item, facts.relaxations) and item.code not in facts.answers:
            continue
        asked[item.section] += 1
        answered[item.section] += item.code in facts.answers
    missing = Counter(needed.item.section for needed in assessment.missing)
    errors = Counter(section_of.get(problem.item, "") for problem in assessment.errors)
    warnings = Counter(section_of[warned.problem.item] for warned in assessment.unwaived)
    sent_back = Counter(section_of.get(reason.item, "") for reason in assessment.unchanged)
    # Where attached classes (附设班) can be added, also by a school that is asked nothing else.
    pupils = next((item.section for item in facts.items.values() if item.base == "pupils"), "")
    since = timezone.now() - _JUST_NOW
    rows = facts.stored.values() if viewer else ()
    recent = [row for row in rows if row.updated_at > since and row.updated_by_id != viewer]
    given = {row.section: row for row in SHARES(submission=facts.submission.pk)} if viewer else {}
    found = []
    for section in facts.spec.sections:
        code = section.code
        if not asked[code] and not (facts.kind and code == pupils and facts.spec.kinds[facts.kind].attached):
            continue
        counts = (answered[code], missing[code], errors[code], warnings[code], sent_back[code])
        others = tuple(dict.fromkeys(row.updated_by.name for row in recent if section_of.get(row.field) == code))
        share = given.get(code)
        held = (share.user.name, share.user_id == viewer, bool(share.done_at)) if share else ()
        found.append(SectionState(code, section.label, section.help, *counts, others, *held))
    return tuple(found)


def build(
    facts: SubmissionFacts,
    assessment: Assessment,
    code: str,
    *,
    typed: Mapping[str, Typed] | None = None,
    extra: str = "",
    locked: frozenset[str] = frozenset(),
    viewer: int = 0,
) -> FormSheet | None:
    """None when this respondent has no such section.

    `typed` was not saved; `extra` is a stage besides those of the school's kind (附设班); `locked` is not this
    person's to answer.
    """
    sections = parts(facts, assessment, viewer)
    position = next((n for n, part in enumerate(sections) if part.code == code), None)
    if position is None:
        return None
    asked = {item.code for item in assessment.asked}
    if extra in facts.spec.stages:
        asked.add(f"pupils_{extra}")
    shown = [item for item in offered(facts, asked) if item.section == code]
    notes = _notes(assessment)
    rows = tuple(_rows(facts, shown, asked, notes, typed or {}, corrected(facts, assessment), locked))
    stages = tuple(stage for stage in facts.spec.stages if any(item.stage == stage for item in shown))
    own = {*stages, *facts.spec.kinds[facts.kind].stages} if facts.kind else set(stages)
    pupils = [item.stage for item in facts.items.values() if item.section == code and item.base == "pupils"]
    more = [stage for stage in pupils if stage not in own]
    return FormSheet(
        parts=sections,
        current=sections[position],
        rows=rows,
        stages=tuple((stage, facts.spec.stages[stage].label) for stage in stages),
        more_stages=tuple((stage, facts.spec.stages[stage].label) for stage in more),
        following=sections[position + 1] if position + 1 < len(sections) else None,
    )


def is_in_use(item: Item, relaxations: Collection[str]) -> bool:
    """Whether the standard judges by it, with these relaxations on."""
    return item.offered and (not item.relaxation or item.relaxation in relaxations)


def offered(facts: SubmissionFacts, asked: Collection[str]) -> list[Item]:
    """What is asked, with the follow-ups, which count as soon as their trigger is chosen."""
    return [
        item
        for item in facts.items.values()
        if (item.code in asked or (item.asked_if is not None and item.asked_if[0] in asked))
        and (is_in_use(item, facts.relaxations) or item.code in facts.answers)
    ]


def _rows(
    facts: SubmissionFacts,
    items: Sequence[Item],
    asked: set[str],
    notes: Mapping[str, list[Note]],
    typed: Mapping[str, Typed],
    done: set[str],
    locked: frozenset[str],
) -> Iterator[FormRow]:
    groups: dict[str, list[Item]] = {}
    base = ""
    for item in items:
        # A choice and the text right after it that says more are one row.
        base = base if item.base == f"{base}_note" else item.base
        groups.setdefault(base, []).append(item)
    respondent = "school" if facts.submission.school_id else "district"
    base_of = {code: item.base for item in items for code in (item.code, item.base)}
    for base, members in groups.items():
        own = {item.base for item in members}
        reasons = [r for r in facts.sent_back.reasons if base_of.get(r.item) in own] if facts.sent_back else []
        yield FormRow(
            item=members[0],
            fields=tuple(
                make_field(facts, item, item.code in asked, notes, typed.get(item.code), is_locked=item.code in locked)
                for item in members
            ),
            uses=facts.spec.uses.get(f"{respondent}.{base}", ()),
            indicators=tuple(one for one in facts.spec.indicators if f"{respondent}.{base}" in one.items)[:MOST_GUIDED],
            evidence=tuple(facts.evidence_of(base)),
            sent_back=tuple(
                SentBackLine(
                    base_of[one.item],
                    one.text,
                    base_of[one.item] in done,
                    one.item,
                    f"{said.reason}（{said.updated_by.name}）" if (said := in_words(facts, one)) else "",
                )
                for one in reasons
            ),
        )


def corrected(facts: SubmissionFacts, assessment: Assessment) -> set[str]:
    """The items (base codes) sent back of which nothing is as it was any more."""
    if facts.sent_back is None:
        return set()
    base_of = {code: item.base for item in facts.items.values() for code in (item.code, item.base)}
    still = {base_of.get(reason.item) for reason in assessment.unchanged}
    asked = {base_of[reason.item] for reason in facts.sent_back.reasons if reason.item in base_of}
    return asked - still


def make_field(
    facts: SubmissionFacts,
    item: Item,
    asked: bool,
    notes: Mapping[str, list[Note]],
    typed: Typed | None = None,
    *,
    is_locked: bool = False,
) -> Field:
    answer = facts.answers.get(item.code)
    value = answer.value if isinstance(answer, Value) else None
    is_table = item.kind == "table"
    rows = answers.frozen(item, answer)["value"] if is_table and isinstance(answer, Value) else []
    if typed:
        text, rows = typed.text, typed.rows or []
    else:
        text = "" if value is None or is_table else answers.shown(item, answer)
    stage = facts.spec.stages[item.stage].label if item.stage else ""
    last, now = facts.last_year.get(item.code), answers.table(item, answer)
    return Field(
        item=item,
        stage=stage,
        text=text,
        rows=rows,
        confirmed_empty=is_table and value == (),
        reason=typed.reason if typed else answer.reason if isinstance(answer, NotApplicable) else "",
        row=facts.stored.get(item.code),
        last_year=answers.shown(item, last),
        asked=asked,
        error=typed.error if typed else "",
        notes=tuple(notes.get(item.code, ())),
        is_locked=is_locked,
        may_be_same=answer is None and last is not None and typed is None and rights.may_stay(item),
        rows_then=[(" ".join(filter(None, row)), row in now) for row in answers.table(item, last)],
        faults=typed.cells if typed else {},
    )


def _notes(assessment: Assessment) -> dict[str, list[Note]]:
    found: dict[str, list[Note]] = {}
    for problem in assessment.errors:
        found.setdefault(problem.item, []).append(Note("error", problem.code, problem.message))
    for warned in assessment.warnings:
        problem, waiver = warned.problem, warned.waiver
        reason = f"{waiver.reason}（{waiver.updated_by.name}）" if waiver else ""
        found.setdefault(problem.item, []).append(Note("warning", problem.code, problem.message, reason))
    return found


def notes_by_field(assessment: Assessment, codes: Sequence[str]) -> dict[str, list[Note]]:
    """Only where there are any."""
    return {code: notes for code, notes in _notes(assessment).items() if code in codes}
