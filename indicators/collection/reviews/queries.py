"""Reads of the review: the queue, what a changed standard leaves blank, and one submission as the reviewer reads it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet

from indicators.collection.submissions import answers, facts
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.facts import Assessment, SubmissionFacts, Warned
from indicators.collection.submissions.models import Evidence, Revision, Round, Submission
from indicators.collection.submissions.workflow import TABLE
from indicators.standard.engine import Answer, Item, NotApplicable, Spec, Value, live
from indicators.standard.engine.live import Live
from indicators.standard.engine.scope import Required
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib import numbers
from schools.access.permissions import Perm
from schools.access.scope import visible

S = Submission.State
HANDED_IN = TABLE["return"].at


def rounds(user: User) -> QuerySet[Round]:
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    return visible(user, rows, Perm.SUBMISSION_REVIEW)


def round_of(user: User, round_id: int) -> Round:
    """Raises NotFound unless the person may review in it."""
    found = rounds(user).filter(pk=round_id).first()
    if found is None:
        raise NotFound("没有这个评估年度，或不在您可以审核的范围内。")
    return found


def waiting(user: User) -> QuerySet[Submission]:
    return handed_in(user).filter(state__in=(S.SUBMITTED, S.IN_REVIEW))


def handed_in(user: User) -> QuerySet[Submission]:
    rows = visible(user, Submission.objects.filter(state__in=(*HANDED_IN, S.RETURNED)), Perm.SUBMISSION_REVIEW)
    rows = rows.select_related("round__district", "school", "department").annotate(times=Count("revisions"))
    return rows.order_by("submitted_at", "pk")


def get(user: User, submission_id: int) -> Submission:
    """Handed in at least once, for everybody who may see it. Raises NotFound otherwise."""
    rows = facts.with_places(visible(user, Submission.objects.all(), Perm.SUBMISSION_VIEW))
    found = rows.filter(pk=submission_id, revisions__isnull=False).first()
    if found is None:
        raise NotFound("没有找到这份填报，或它还没有提交过，或不在您可以查看的范围内。")
    return facts.as_then([found])[0]


def next_waiting(user: User, after: Submission) -> Submission | None:
    return waiting(user).exclude(pk=after.pk).first()


@dataclass(frozen=True, slots=True)
class WithBlanks:
    """A handed-in submission, its newest revision and the compulsory fields blank in it."""

    submission: Submission
    revision: Revision
    fields: tuple[Required, ...]


def open_blanks(signed: SubmissionFacts, revision: Revision) -> tuple[Required, ...]:
    """Of `signed`, the revision's facts, without those its partial takeover named."""
    admitted = (revision.content.get("partial") or {}).get("missing", ())
    return tuple(field for field in facts.missing_fields(signed) if field.code not in admitted)


def with_blanks(round_: Round) -> list[WithBlanks]:
    """Three queries."""
    spec, owners = standards.load_spec(round_.standard), facts.owners_of(round_.district_id)
    newest = Prefetch("revisions", Revision.objects.order_by("-number").select_related("submitted_by"))
    found = []
    for row in _handed_in(round_).prefetch_related(newest):
        revision = row.revisions.all()[0]
        items = facts.items_of(row, spec, owners)
        signed = SubmissionFacts(
            row, spec, stored={}, evidence=(), waivers={}, last_year={}, sent_back=None, items=items
        )
        signed.__dict__["answers"] = answers.of_content(spec, revision.content)
        if fields := open_blanks(signed, revision):
            found.append(WithBlanks(row, revision, fields))
    return found


def signed_by_another_standard(rounds: Iterable[Round]) -> list[Round]:
    """With submissions signed by another standard than the one in force."""
    found = []
    for round_ in rounds:
        signed = Revision.objects.filter(submission=OuterRef("pk"), content__standard__sha256=round_.standard.sha256)
        if _handed_in(round_).filter(~Exists(signed)).exists():
            found.append(round_)
    return found


def _handed_in(round_: Round) -> QuerySet[Submission]:
    revisions = Revision.objects.filter(submission=OuterRef("pk"))
    rows = Submission.objects.filter(Exists(revisions), round=round_, state__in=HANDED_IN)
    return facts.with_places(rows).order_by("school__code", "pk")


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
    old_files, new_files = _frozen_files(previous), _frozen_files(newest)
    reasons = {row.item: row.text for row in previous.decision.reasons.all()} if previous.decision else {}
    items = answers.items_of(spec, is_school=newest.content.get("school") is not None)
    seen: set[str] = set()
    for code, item in items.items():
        reason = reasons.get(code) or ("" if item.base in seen else reasons.get(item.base, ""))
        files = ""
        if item.base not in seen:
            before, after = old_files[item.base], new_files[item.base]
            added = "、".join(name for sha256, name in after.items() if sha256 not in before)
            removed = "、".join(name for sha256, name in before.items() if sha256 not in after)
            files = "；".join([*([f"新增 {added}"] if added else []), *([f"撤下 {removed}"] if removed else [])])
        if old.get(code) != new.get(code) or reason or files:
            seen.add(item.base)
            yield ChangedItem(item, _words(item, old.get(code)), _words(item, new.get(code)), reason, files)


def _frozen_files(revision: Revision) -> Mapping[str, dict[str, str]]:
    """By item: sha256 → name."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in revision.content.get("evidence", ()):
        found[row["item"]][row["sha256"]] = row["name"]
    return found


def _words(item: Item, answer: Answer | None) -> str:
    """An answer in words; tables row by row, so that a changed cell shows."""
    if item.kind == "table" and isinstance(answer, Value):
        rows = answers.frozen(item, answer)["value"]
        return "\n".join("，".join(answers.cells(item, row)) for row in rows) if rows else "没有"
    return answers.shown(item, answer)


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One field: last year's and this year's value in words, the change, and what speaks about it."""

    item: Item
    last: str
    now: str
    reason: str
    change: str
    table: list[list[str]]
    files: tuple[Evidence, ...]
    warnings: tuple[Warned, ...]
    errors: tuple[str, ...]
    is_open: bool

    @property
    def is_marked(self) -> bool:
        return bool(self.warnings or self.errors or self.is_open)


@dataclass(frozen=True, slots=True)
class ReviewBlock:
    """One section of the form."""

    code: str
    label: str
    lines: tuple[ReviewLine, ...]

    @property
    def files(self) -> list[tuple[str, tuple[Evidence, ...]]]:
        """Once per item, whatever its stages."""
        found = {line.item.base: (line.item.base_label, line.files) for line in self.lines if line.files}
        return list(found.values())

    @property
    def marked(self) -> list[ReviewLine]:
        return [line for line in self.lines if line.is_marked]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything on the review page."""

    submission: Submission
    revision: Revision
    revisions: list[Revision]
    items: Mapping[str, Item]
    blocks: list[ReviewBlock]
    live: Live | None
    changed: tuple[ChangedItem, ...]
    warnings: int
    unexplained: int
    left_open: tuple[Required, ...]

    @property
    def partial(self) -> Mapping[str, Any] | None:
        """What was open when the bureau took it over unfinished."""
        partial: Mapping[str, Any] | None = self.revision.content.get("partial")
        return partial

    @property
    def is_resubmitted(self) -> bool:
        return self.revision.number > 1


def load(submission: Submission) -> Review:
    """The newest revision as it was signed, even while the school changes one sent back; a fixed number of queries."""
    known, revisions = facts.load(submission), submissions.revisions(submission)
    newest, *earlier = revisions
    signed = facts.as_signed(known, newest)
    assessed, left_open = facts.assess(signed), open_blanks(signed, newest)
    return Review(
        submission=submission,
        revision=newest,
        revisions=revisions,
        items=known.items,
        blocks=_blocks(signed, assessed, {field.code for field in left_open}),
        live=live(known.spec, known.kind, signed.answers) if known.kind else None,
        changed=tuple(changes_between(known.spec, earlier[0], newest)) if earlier else (),
        warnings=len(assessed.warnings),
        unexplained=len(assessed.unexplained),
        left_open=left_open,
    )


def _blocks(signed: SubmissionFacts, assessed: Assessment, left_open: set[str]) -> list[ReviewBlock]:
    asked = {item.code for item in assessed.asked}
    by_section: dict[str, list[ReviewLine]] = defaultdict(list)
    for code, item in signed.items.items():
        answer, last = signed.answers.get(code), signed.last_year.get(code)
        if code not in asked and answer is None:
            continue
        line = ReviewLine(
            item=item,
            last=answers.shown(item, last),
            now="" if isinstance(answer, NotApplicable) else answers.shown(item, answer),
            reason=answer.reason if isinstance(answer, NotApplicable) else "",
            change=change(item, last, answer),
            table=answers.table(item, answer),
            files=tuple(signed.evidence_of(item.base)),
            warnings=tuple(warned for warned in assessed.warnings if warned.problem.item == code),
            errors=tuple(problem.message for problem in assessed.errors if problem.item == code),
            is_open=code in left_open,
        )
        by_section[item.section].append(line)
    sections = [section for section in signed.spec.sections if section.code in by_section]
    return [ReviewBlock(section.code, section.label, tuple(by_section[section.code])) for section in sections]


def change(item: Item, last: Answer | None, now: Answer | None) -> str:
    """On last year in percent, e.g. +12.5%; "" where there is nothing to compare."""
    if item.kind not in ("number", "decimal") or not isinstance(last, Value) or not isinstance(now, Value):
        return ""
    before, after = Fraction(last.value), Fraction(now.value)  # type: ignore[arg-type]
    if before == 0:
        return "" if after == 0 else "去年为 0"
    percent = numbers.half_up((after - before) / before * 100, 1)
    return "持平" if after == before else f"{percent:+f}%"
