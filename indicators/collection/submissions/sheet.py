"""The form as the page shows it: sections with their state, rows of items, fields by stage."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.facts import Assessment, SubmissionFacts
from indicators.collection.submissions.models import Answer, Evidence
from indicators.standard.engine import Item, NotApplicable, Value

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
    """A problem at a field; a warning may carry the explanation given."""

    level: str
    check: str
    message: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One input: a figure of one stage, a choice, a text or a table."""

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
class FormRow:
    """One item as asked on the form, over all its stages."""

    item: Item
    fields: tuple[Field, ...]
    uses: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    sent_back: tuple[str, ...]
    is_corrected: bool

    @property
    def asked(self) -> bool:
        return any(entry.asked for entry in self.fields)

    @property
    def is_wide(self) -> bool:
        return self.item.kind in ("text", "table")


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


def parts(facts: SubmissionFacts, assessment: Assessment) -> tuple[SectionState, ...]:
    section_of = {code: item.section for item in facts.items.values() for code in (item.code, item.base)}
    asked, answered = Counter(), Counter()  # type: ignore[var-annotated]
    for item in assessment.asked:
        asked[item.section] += 1
        answered[item.section] += item.code in facts.answers
    missing = Counter(needed.item.section for needed in assessment.missing)
    errors = Counter(section_of.get(problem.item, "") for problem in assessment.errors)
    warnings = Counter(section_of[warned.problem.item] for warned in assessment.unexplained)
    sent_back = Counter(section_of.get(reason.item, "") for reason in assessment.unchanged)
    # Where attached classes (附设班) can be added, also by a school that is asked nothing else.
    pupils = next((item.section for item in facts.items.values() if item.base == "pupils"), "")
    found = []
    for section in facts.spec.sections:
        code = section.code
        if not asked[code] and not (facts.kind and code == pupils and facts.spec.kinds[facts.kind].attached):
            continue
        counts = (answered[code], missing[code], errors[code], warnings[code], sent_back[code])
        found.append(SectionState(code, section.label, section.help, *counts))
    return tuple(found)


def build(
    facts: SubmissionFacts,
    assessment: Assessment,
    code: str,
    *,
    typed: Mapping[str, Typed] | None = None,
    extra: str = "",
    locked: frozenset[str] = frozenset(),
) -> FormSheet | None:
    """None when this respondent has no such section.

    `typed` was not saved; `extra` is a stage besides those of the school's kind (附设班); `locked` is not this
    person's to answer.
    """
    sections = parts(facts, assessment)
    position = next((n for n, part in enumerate(sections) if part.code == code), None)
    if position is None:
        return None
    asked = {item.code for item in assessment.asked}
    if extra in facts.spec.stages:
        asked.add(f"pupils_{extra}")
    # Follow-ups are on the page, hidden, so that they appear as soon as their trigger is chosen.
    shown = [
        item
        for item in facts.items.values()
        if item.section == code and (item.code in asked or (item.asked_if is not None and item.asked_if[0] in asked))
    ]
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
    for item in items:
        groups.setdefault(item.base, []).append(item)
    respondent = "school" if facts.submission.school_id else "district"
    for base, members in groups.items():
        codes = {base, *(item.code for item in members)}
        reasons = [r for r in facts.sent_back.reasons if r.item in codes] if facts.sent_back else []
        yield FormRow(
            item=members[0],
            fields=tuple(
                make_field(facts, item, item.code in asked, notes, typed.get(item.code), is_locked=item.code in locked)
                for item in members
            ),
            uses=facts.spec.uses.get(f"{respondent}.{base}", ()),
            evidence=tuple(facts.evidence_of(base)),
            sent_back=tuple(reason.text for reason in reasons),
            is_corrected=base in done,
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
    return Field(
        item=item,
        stage=stage,
        text=text,
        rows=rows,
        confirmed_empty=is_table and value == (),
        reason=typed.reason if typed else answer.reason if isinstance(answer, NotApplicable) else "",
        row=facts.stored.get(item.code),
        last_year=answers.shown(item, facts.last_year.get(item.code)),
        asked=asked,
        error=typed.error if typed else "",
        notes=tuple(notes.get(item.code, ())),
        is_locked=is_locked,
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


def notes_by_field(assessment: Assessment, codes: Sequence[str]) -> dict[str, tuple[Note, ...]]:
    notes = _notes(assessment)
    return {code: tuple(notes.get(code, ())) for code in codes}
