"""One submission as the reviewer reads it: figures, evidence, checks, what changed since it was sent back, history."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.collection.reviews import queries as blanks
from indicators.collection.submissions import answers, facts, queries
from indicators.collection.submissions.facts import Assessment, SubmissionFacts, Warned
from indicators.collection.submissions.models import Decision, Evidence, Revision, Submission
from indicators.standard.engine import Answer, Item, NotApplicable, Spec, Value, live
from indicators.standard.engine.live import Live
from indicators.standard.engine.scope import Required
from portal.core.lib import numbers


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """One item that was sent back or changed: before, after, the reason it came back for, its files."""

    item: Item
    before: str
    after: str
    reason: str
    files: str

    @property
    def is_changed(self) -> bool:
        """Whether figure or files differ; an item sent back without it was only explained."""
        return self.before != self.after or bool(self.files)


def changes_between(spec: Spec, previous: Revision, newest: Revision) -> Iterator[ChangedItem]:
    old, new = (answers.of_content(spec, revision.content) for revision in (previous, newest))
    reasons = _reasons(previous)
    old_files, new_files = _frozen_files(previous.content), _frozen_files(newest.content)
    items = answers.items_of(spec, is_school=newest.content.get("school") is not None)
    seen: set[str] = set()
    for code, item in items.items():
        reason = reasons.get(code) or ("" if item.base in seen else reasons.get(item.base, ""))
        files = "" if item.base in seen else _file_words(old_files.get(item.base, {}), new_files.get(item.base, {}))
        if old.get(code) != new.get(code) or reason or files:
            seen.add(item.base)
            yield ChangedItem(item, _words(item, old.get(code)), _words(item, new.get(code)), reason, files)


def _words(item: Item, answer: Answer | None) -> str:
    """An answer in words; tables row by row, so that a changed cell shows."""
    if item.kind == "table" and answer is not None and "value" in (frozen := answers.frozen(item, answer)):
        rows = frozen["value"]
        return "\n".join("，".join(answers.cells(item, row)) for row in rows) if rows else "没有"
    return answers.shown(item, answer)


def _reasons(revision: Revision) -> dict[str, str]:
    decision = revision.decision
    if decision is None:
        return {}
    return {reason.item: reason.text for reason in decision.reasons.all()}


def _frozen_files(content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in content.get("evidence", ()):
        found.setdefault(row["item"], {})[row["sha256"]] = row["name"]
    return found


def _file_words(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    come = [name for sha256, name in new.items() if sha256 not in old]
    gone = [name for sha256, name in old.items() if sha256 not in new]
    words = [f"新增 {'、'.join(come)}"] if come else []
    return "；".join(words + ([f"撤下 {'、'.join(gone)}"] if gone else []))


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step, as `_components/timeline.html` takes it."""

    at: datetime
    title: str
    by: str
    text: str
    tone: str


def history_of(revisions: Sequence[Revision], items: Mapping[str, Item]) -> Iterator[HistoryEntry]:
    labels = {item.base: item.base_label for item in items.values()} | {c: i.label for c, i in items.items()}
    for revision in revisions:
        for decision in sorted(revision.decisions.all(), key=lambda row: -row.pk):
            yield _decision_entry(decision, labels)
        title = f"第 {revision.number} 次提交，回执号 {revision.receipt}"
        yield HistoryEntry(
            revision.submitted_at, title, revision.submitted_by.name, f"sha256 {revision.sha256[:16]}…", "info"
        )


def _decision_entry(decision: Decision, labels: Mapping[str, str]) -> HistoryEntry:
    reasons = [f"{labels.get(reason.item, reason.item)}：{reason.text}" for reason in decision.reasons.all()]
    tone = "ok" if decision.verdict == Decision.Verdict.APPROVED else "bad"
    text = "\n".join([*reasons, *([decision.comment] if decision.comment else [])])
    return HistoryEntry(
        decision.decided_at, f"审核{decision.get_verdict_display()}", decision.decided_by.name, text, tone
    )


@dataclass(frozen=True, slots=True)
class ReviewLine:
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
        return bool(self.warnings or self.errors or self.is_open)


@dataclass(frozen=True, slots=True)
class ReviewBlock:
    """One section of the form; files are listed once per item, whatever its stages."""

    code: str
    label: str
    lines: tuple[ReviewLine, ...]
    files: tuple[tuple[str, tuple[Evidence, ...]], ...]

    @property
    def marked(self) -> list[ReviewLine]:
        return [line for line in self.lines if line.is_marked]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything on the review page."""

    submission: Submission
    revision: Revision
    blocks: tuple[ReviewBlock, ...]
    live: Live | None
    changed: tuple[ChangedItem, ...]
    entries: tuple[HistoryEntry, ...]
    warnings: int
    unexplained: int
    left_open: tuple[Required, ...]
    partial: Mapping[str, Any] | None

    @property
    def is_resubmitted(self) -> bool:
        return self.revision.number > 1


def load(submission: Submission) -> Review:
    """Read a submission's newest revision for review: a fixed number of queries, whatever is answered.

    Figures, files and explanations are those frozen in the revision, so that the page
    shows what was signed even while the school already changes one sent back.
    """
    known = facts.load(submission)
    revision_rows = queries.revisions(submission)
    newest = revision_rows[0]
    frozen = facts.as_signed(known, newest)
    given = frozen.answers
    assessed = facts.assess(frozen)
    left_open = blanks.open_blanks(frozen, newest)
    previous = revision_rows[1] if len(revision_rows) > 1 else None
    return Review(
        submission=submission,
        revision=newest,
        blocks=tuple(_blocks(frozen, given, assessed, {field.code for field in left_open})),
        live=live(known.spec, known.kind, given) if known.kind else None,
        changed=tuple(changes_between(known.spec, previous, newest)) if previous else (),
        entries=tuple(history_of(revision_rows, known.items)),
        warnings=len(assessed.warnings),
        unexplained=len(assessed.unexplained),
        left_open=left_open,
        partial=newest.content.get("partial"),
    )


def _blocks(
    known: SubmissionFacts, given: Mapping[str, Answer], assessed: Assessment, left_open: set[str]
) -> list[ReviewBlock]:
    warned: dict[str, list[Warned]] = defaultdict(list)
    errors: dict[str, list[str]] = defaultdict(list)
    for entry in assessed.warnings:
        warned[entry.problem.item].append(entry)
    for problem in assessed.errors:
        errors[problem.item].append(problem.message)
    by_section: dict[str, list[ReviewLine]] = defaultdict(list)
    for item in _shown_items(known, given, assessed):
        line = _line(item, known, given, warned[item.code], errors[item.code], is_open=item.code in left_open)
        by_section[item.section].append(line)
    return [
        ReviewBlock(
            section.code, section.label, tuple(by_section[section.code]), _files_by_item(by_section[section.code])
        )
        for section in known.spec.sections
        if section.code in by_section
    ]


def _shown_items(known: SubmissionFacts, given: Mapping[str, Answer], assessed: Assessment) -> list[Item]:
    asked = {item.code for item in assessed.asked}
    return [item for code, item in known.items.items() if code in asked or code in given]


def _line(
    item: Item,
    known: SubmissionFacts,
    given: Mapping[str, Answer],
    warned: list[Warned],
    errors: list[str],
    *,
    is_open: bool,
) -> ReviewLine:
    answer, last = given.get(item.code), known.last_year.get(item.code)
    return ReviewLine(
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
    """The change on last year in percent, e.g. +12.5%; "" where there is nothing to compare."""
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


def _files_by_item(lines: list[ReviewLine]) -> tuple[tuple[str, tuple[Evidence, ...]], ...]:
    found = {line.item.base: (line.item.base_label, line.files) for line in lines if line.files}
    return tuple(found.values())
