"""Reads of the review: the queue, what a changed standard leaves blank, and one submission as the reviewer reads it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from indicators.collection.reviews import points, surroundings_queries as surroundings
from indicators.collection.reviews.models import ItemMark
from indicators.collection.reviews.points import ReviewPoint, Surroundings
from indicators.collection.submissions import (
    answers,
    difference_queries as differences,
    history_pages as history,
    queries as submissions,
    workflow,
)
from indicators.collection.submissions.difference_queries import RegisterDifference
from indicators.collection.submissions.history_pages import ChangedItem
from indicators.collection.submissions.models import Evidence, Revision, Round, Submission
from indicators.standard.engine import Answer, Item, Live, NotApplicable, Required, Value
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib import numbers
from schools.access.scope import Perm, may, visible

S = Submission.State
# What the box of a reason takes.
_LONGEST_TEXT = 260
# Named in one line of the history.
_FEW = 5
HANDED_IN, WAITING = surroundings.HANDED_IN, workflow.TABLE["approve"].at
# What everybody who reads a submission may see of its points; the others speak of other schools, or of how one is looked at.
_OPEN_KINDS = ("site", "blank", "warned", "waived")


def rounds(user: User, perm: Perm = Perm.SUBMISSION_REVIEW) -> QuerySet[Round]:
    rows = Round.objects.select_related("district", "standard").defer("standard__content")
    return visible(user, rows, perm)


def round_of(user: User, round_id: int) -> Round:
    """Raises NotFound unless the person may review in it."""
    found = rounds(user).filter(pk=round_id).first()
    if found is None:
        raise NotFound("没有这个评估年度，或不在您可以审核的范围内。")
    return found


def waiting(user: User) -> QuerySet[Submission]:
    return handed_in(user).filter(state__in=WAITING)


def handed_in(user: User) -> QuerySet[Submission]:
    rows = visible(user, Submission.objects.filter(state__in=(*HANDED_IN, S.SENT_BACK)), Perm.SUBMISSION_REVIEW)
    rows = rows.select_related("round__district", "school", "department").annotate(times=Count("revisions"))
    return rows.order_by("submitted_at", "pk")


def get(user: User, submission_id: int) -> Submission:
    """Handed in at least once, for everybody who may see it. Raises NotFound otherwise."""
    rows = submissions.with_places(visible(user, Submission.objects.all(), Perm.SUBMISSION_VIEW))
    found = rows.filter(pk=submission_id, revisions__isnull=False).first()
    if found is None:
        raise NotFound("没有找到这份填报，或它还没有提交过，或不在您可以查看的范围内。")
    return submissions.as_then([found])[0]


@dataclass(frozen=True, slots=True)
class WithBlanks:
    """A handed-in submission, its newest revision and the compulsory fields blank in it."""

    submission: Submission
    revision: Revision
    fields: tuple[Required, ...]

    @property
    def tone(self) -> str:
        return workflow.TABLE.states[self.submission.state].tone


def open_blanks(signed: submissions.SubmissionFacts, revision: Revision) -> tuple[Required, ...]:
    """Without those its partial takeover named; `signed` are the revision's facts."""
    admitted = (revision.signed.get("partial") or {}).get("missing", ())
    return tuple(field for field in workflow.missing_fields(signed) if field.code not in admitted)


def with_blanks(round_: Round) -> list[WithBlanks]:
    """Three queries."""
    spec, owners = standards.load_spec(round_.standard), submissions.owners_of(round_.district_id)
    newest = Prefetch("revisions", Revision.objects.order_by("-number").select_related("submitted_by"))
    found = []
    for row in _handed_in(round_).prefetch_related(newest):
        revision = row.revisions.all()[0]
        items = submissions.items_of(row, spec, owners)
        signed = submissions.SubmissionFacts(
            row, spec, stored={}, evidence=(), waivers={}, last_year={}, sent_back=None, items=items
        )
        signed.__dict__["answers"] = answers.of_content(spec, revision.signed)
        if fields := open_blanks(signed, revision):
            found.append(WithBlanks(row, revision, fields))
    return found


def signed_by_another_standard(rounds: Iterable[Round]) -> list[Round]:
    found = []
    for round_ in rounds:
        signed = Revision.objects.filter(submission=OuterRef("pk"), content__standard__sha256=round_.standard.sha256)
        if _handed_in(round_).filter(~Exists(signed)).exists():
            found.append(round_)
    return found


def _handed_in(round_: Round) -> QuerySet[Submission]:
    revisions = Revision.objects.filter(submission=OuterRef("pk"))
    rows = Submission.objects.filter(Exists(revisions), round=round_, state__in=HANDED_IN)
    return submissions.with_places(rows).order_by("school__code", "pk")


@dataclass(frozen=True, slots=True)
class TypedReason:
    """Why an item should go back, as it stands in the two fields next to it."""

    phrase: str = ""
    text: str = ""

    @property
    def joined(self) -> str:
        return "；".join(part for part in (self.phrase.strip(), self.text.strip()) if part)


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
    is_open: bool
    typed: TypedReason | None
    points: tuple[ReviewPoint, ...] = ()
    mark: ItemMark | None = None

    @property
    def waits(self) -> bool:
        """It has points and nobody let it pass."""
        return bool(self.points) and self.mark is None


@dataclass(frozen=True, slots=True)
class ReviewBlock:
    """One section of the form; `is_open`: also with what nothing speaks about."""

    code: str
    label: str
    lines: tuple[ReviewLine, ...]
    is_open: bool = False

    @property
    def marked(self) -> list[ReviewLine]:
        return [line for line in self.lines if line.points or line.typed]

    @property
    def rest(self) -> list[ReviewLine]:
        """Folded: nothing speaks about them."""
        return [line for line in self.lines if not (line.points or line.typed)]

    @property
    def waiting(self) -> list[ReviewLine]:
        return [line for line in self.lines if line.waits]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything on the review page."""

    submission: Submission
    revision: Revision
    revisions: list[Revision]
    items: Mapping[str, Item]
    blocks: list[ReviewBlock]
    live: Live | None
    changed: tuple[tuple[ChangedItem, TypedReason | None, ItemMark | None], ...]
    history: list[dict[str, Any]]
    warnings: int
    unwaived: int
    left_open: tuple[Required, ...]
    found: tuple[differences.SiteDifference, ...]
    registers: tuple[RegisterDifference, ...]
    points: list[ReviewPoint]
    marks: Mapping[str, ItemMark]

    @property
    def listed(self) -> list[tuple[ReviewPoint, ItemMark | None]]:
        return [(point, self.marks.get(point.mark_key)) for point in self.points]

    @property
    def waiting(self) -> list[tuple[str, str]]:
        """Not looked at yet, each with its place on the page: rows with points, points about no single row."""
        rows = [(line.item.label, f"row-{line.item.code}") for block in self.blocks for line in block.waiting]
        return rows + [
            (point.label, "points") for point in self.points if point.mark_key and point.kind not in self.marks
        ]

    @property
    def tone(self) -> str:
        return workflow.TABLE.states[self.submission.state].tone

    @property
    def partial(self) -> Mapping[str, Any] | None:
        """What was open when the bureau took it over unfinished."""
        partial: Mapping[str, Any] | None = self.revision.signed.get("partial")
        return partial

    @property
    def is_resubmitted(self) -> bool:
        return self.revision.number > 1


def stored_marks(revisions: Iterable[Revision]) -> list[ItemMark]:
    """Oldest revision first."""
    rows = ItemMark.objects.filter(revision__in=[row.pk for row in revisions])
    return list(
        rows.select_related("updated_by", "revision").defer("revision__content").order_by("revision__number", "pk")
    )


def marks(
    rows: Iterable[ItemMark],
    newest: Revision,
    items: Mapping[str, Item],
    changed: Mapping[int, Sequence[ChangedItem]],
) -> dict[str, ItemMark]:
    """Passed and unchanged since, by field or kind of point."""
    found: dict[str, ItemMark] = {}
    for row in rows:
        of, item = row.revision.number, items.get(row.item)
        since = [one for number, held in changed.items() if number > of for one in held]
        if item is None:
            holds = row.revision_id == newest.pk
        else:
            # Files and reasons of an item are listed once, at the first of its stages.
            holds = not any(
                one.item.code == item.code or (one.item.base == item.base and (one.files or one.reason))
                for one in since
            )
        if row.passed and holds:
            found[row.item] = row
        else:
            found.pop(row.item, None)
    return found


def load(
    user: User,
    submission: Submission,
    typed: Mapping[str, TypedReason] | None = None,
    opened: Collection[str] = (),
) -> Review:
    """The newest revision as signed, even while the school changes one sent back; a fixed number of queries.

    `opened`: sections, or fields in them, to show whole. While nothing is `typed`, the reasons proposed for what was
    approved are those for which the school asks to correct it.
    """
    known, revisions = submissions.load(submission), submissions.revisions(submission)
    newest = revisions[0]
    changed = history.by_revision(known.spec, revisions)
    reviews = may(user, Perm.SUBMISSION_REVIEW, submission)
    if reviews:
        around = surroundings.near(user, submission.round, known.spec, [submission])[submission.pk]
    else:
        around = Surroundings(differences.on_site(user, Revision.objects.filter(pk=newest.pk)))
    found = around.found
    if typed is None and submission.state == S.APPROVED:
        asked = (one for one in found if one.asks_correction and not one.is_changed and len(one.items) == 1)
        typed = {one.items[0]: TypedReason(text=f"现场核查不符：{one.words}"[:_LONGEST_TEXT]) for one in asked}
    typed = typed or {}
    signed = workflow.as_signed(known, newest)
    assessed, left_open, judged = workflow.assess(signed), open_blanks(signed, newest), surroundings.shown(signed)
    reasons = points.of(signed, newest.signed, assessed, left_open, judged, around)
    reasons = [point for point in reasons if reviews or point.kind in _OPEN_KINDS]
    passed = stored_marks(revisions) if reviews else []
    marked = marks(passed, newest, known.items, changed)
    return Review(
        submission=submission,
        revision=newest,
        revisions=revisions,
        items=known.items,
        blocks=_blocks(signed, assessed, {field.code for field in left_open}, typed, reasons, marked, opened),
        live=judged,
        changed=tuple(
            (one, typed.get(one.item.code), marked.get(one.item.code)) for one in changed.get(newest.number, ())
        ),
        history=sorted(
            [*history.entries(revisions, known.items, changed), *mark_entries(passed, known.items)],
            key=lambda entry: entry["at"],
            reverse=True,
        ),
        warnings=len(assessed.warnings),
        unwaived=len(assessed.unwaived),
        left_open=left_open,
        found=tuple(found),
        registers=tuple(differences.from_registers(submission, known.items, signed.answers)),
        points=reasons,
        marks=marked,
    )


def mark_entries(rows: Iterable[ItemMark], items: Mapping[str, Item]) -> Iterator[dict[str, Any]]:
    """For the timeline: one entry for what a person let pass of a revision, or took back, on one day."""
    labels = {code: item.label for code, item in items.items()}
    labels |= {code: kind["label"] for code, kind in points.kinds().items()}
    occasions: dict[Any, list[ItemMark]] = defaultdict(list)
    for row in rows:
        occasions[row.revision, row.updated_by, timezone.localdate(row.updated_at), row.passed].append(row)
    for (revision, by, _, passed), own in occasions.items():
        named = "、".join(labels.get(row.item, row.item) for row in own[:_FEW])
        yield {
            "at": max(row.updated_at for row in own),
            "title": f"第 {revision.number} 次提交{'逐项通过' if passed else '取消逐项通过'} {len(own)} 项",
            "by": by.name,
            "text": f"{named}等" if len(own) > _FEW else named,
            "tone": "ok" if passed else "muted",
        }


def _blocks(
    signed: submissions.SubmissionFacts,
    assessed: workflow.Assessment,
    left_open: set[str],
    typed: Mapping[str, TypedReason],
    reasons: Iterable[ReviewPoint],
    marked: Mapping[str, ItemMark],
    opened: Collection[str],
) -> list[ReviewBlock]:
    asked = {item.code for item in assessed.asked}
    at: dict[str, list[ReviewPoint]] = defaultdict(list)
    for point in reasons:
        for code in point.items:
            at[code].append(point)
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
            is_open=code in left_open,
            typed=typed.get(code),
            points=tuple(at[code]),
            mark=marked.get(code),
        )
        by_section[item.section].append(line)
    sections = [section for section in signed.spec.sections if section.code in by_section]
    return [
        ReviewBlock(
            section.code,
            section.label,
            tuple(lines),
            not {section.code, *(x.item.code for x in lines)}.isdisjoint(opened),
        )
        for section in sections
        if (lines := by_section[section.code])
    ]


def change(item: Item, last: Answer | None, now: Answer | None) -> str:
    """Against last year in percent, e.g. +12.5%; "" without a comparison."""
    if item.kind not in ("number", "decimal") or not isinstance(last, Value) or not isinstance(now, Value):
        return ""
    before, after = Fraction(last.value), Fraction(now.value)  # type: ignore[arg-type]
    if before == 0:
        return "" if after == 0 else "去年为 0"
    percent = numbers.half_up((after - before) / before * 100, 1)
    return "持平" if after == before else f"{percent:+f}%"
