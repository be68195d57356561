"""Reads of the files behind a submission: its slots with 有, 往年, 重复 or 缺, what waits for an item, what was used before."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from django.db.models import TextChoices

from indicators.collection.evidence import copy_queries as copies
from indicators.collection.rounds import queries
from indicators.collection.submissions import content_queries, queries as submissions, workflow
from indicators.collection.submissions.models import Evidence, Round, Submission
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.standard.engine import Item, Spec
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound


class Cover(TextChoices):
    """How far a slot is proven."""

    THERE = "there", "有"
    STALE = "stale", "往年"
    SAME = "same", "重复"
    LACKING = "lacking", "缺"

    @property
    def tone(self) -> str:
        return {"there": "ok", "lacking": "bad"}.get(self.value, "warn")


class ProofFile(NamedTuple):
    """A file at an item; `words` are its pages and caption."""

    item: str
    sha256: str
    words: str


def asked_for(fields: Iterable[Item]) -> dict[str, Item]:
    """By base code, each once over its stages; a relaxation's proof goes with its request."""
    found: dict[str, Item] = {}
    for item in fields:
        if item.evidence and item.offered and not item.relaxation:
            found.setdefault(item.base, item)
    return found


def repeated(files: Collection[ProofFile]) -> set[ProofFile]:
    """Files for several items without a word on which part is meant."""
    places = Counter(sha256 for sha256, _ in {(one.sha256, one.item) for one in files})
    return {one for one in files if places[one.sha256] > 1 and not one.words}


def proof_judged(
    files: Iterable[ProofFile], same: Collection[ProofFile], stale: Collection[str], others: Collection[str]
) -> Cover:
    """Of one slot. `stale`: sha256 of the respondent's earlier years, `others`: those other respondents use."""
    found = Cover.LACKING
    for one in files:
        if one in same or one.sha256 in others:
            found = Cover.SAME
        elif one.sha256 not in stale:
            return Cover.THERE
        elif found is Cover.LACKING:
            found = Cover.STALE
    return found


def proof_of(
    slots: Iterable[str], files: Collection[ProofFile], stale: Collection[str], others: Collection[str]
) -> dict[str, Cover]:
    """By slot (base code)."""
    same = repeated(files)
    return {base: proof_judged((one for one in files if one.item == base), same, stale, others) for base in slots}


@dataclass(frozen=True, slots=True)
class SlotGroup:
    """The slots of one indicator, or of a section where no indicator asks for them."""

    label: str
    slots: Sequence[Item] = field(default=())


def by_indicator(spec: Spec, slots: Mapping[str, Item], respondent: str) -> list[SlotGroup]:
    """Each slot once, at the first indicator that counts it; `respondent` is school or district."""
    left = dict(slots)
    found = []
    for indicator in spec.indicators:
        own = [base for base in left if f"{respondent}.{base}" in indicator.items]
        if own:
            found.append(SlotGroup(f"{indicator.code} {indicator.short_name}", [left.pop(base) for base in own]))
    for section in spec.sections:
        own = [base for base, item in left.items() if item.section == section.code]
        if own:
            found.append(SlotGroup(section.label, [left.pop(base) for base in own]))
    return found


def proposed(name: str, slots: Iterable[Item]) -> str:
    """The slot (base code) with the longest words in a file's name; "" for several or none."""
    bare = "".join(name.split())
    found: list[tuple[int, str]] = []
    for item in slots:
        words = {item.base_label, *re.split(r"[、，和（）()或]", f"{item.base_label}、{item.evidence}")}
        lengths = [len(word) for word in words if len(word) > 2 and word in bare]
        if lengths:
            found.append((max(lengths), item.base))
    found.sort(reverse=True)
    is_clear = found and (len(found) == 1 or found[0][0] > found[1][0])
    return found[0][1] if is_clear else ""


@dataclass(frozen=True, slots=True)
class SlotFile:
    """A file at a slot, with what to look at in words."""

    row: Evidence
    notes: tuple[str, ...]


class SlotHead(NamedTuple):
    """What a slot shows of itself, the same to everybody."""

    number: int
    base: str
    label: str
    wants: str
    cover: Cover | None


@dataclass(frozen=True, slots=True)
class EvidenceSlot:
    """One item with the files behind it, by its number on the page; `last` are the respondent's of earlier years."""

    number: int
    item: Item
    cover: Cover | None
    files: tuple[SlotFile, ...]
    last: tuple[Evidence, ...] = ()

    @property
    def head(self) -> SlotHead:
        return SlotHead(self.number, self.item.base, self.item.base_label, self.item.evidence, self.cover)


@dataclass(frozen=True, slots=True)
class SlotBlock:
    """The slots of an indicator."""

    label: str
    slots: tuple[EvidenceSlot, ...]


@dataclass(frozen=True, slots=True)
class EvidenceSheet:
    """Everything about the proof of a submission on one page; waiting files with what their names propose, and all slots."""

    blocks: tuple[SlotBlock, ...]
    waiting: tuple[tuple[Evidence, tuple[str, tuple[SlotHead, ...]]], ...]
    used: tuple[Evidence, ...]
    counts: Mapping[Cover, int]

    @property
    def asked(self) -> int:
        return sum(self.counts.values())

    @property
    def there(self) -> int:
        return self.asked - self.counts[Cover.LACKING]

    @property
    def places(self) -> list[EvidenceSlot]:
        return [slot for block in self.blocks for slot in block.slots]

    @property
    def tally(self) -> list[tuple[Cover, int]]:
        return [(cover, number) for cover, number in self.counts.items() if number]


def sheet(user: User, known: SubmissionFacts, wanted: str = "") -> EvidenceSheet:
    """`wanted` is an item (base code) to show though it asks for no proof."""
    submission = known.submission
    needed = asked_for(workflow.assess(known).asked)
    every = {item.base: item for item in reversed(list(known.items.values()))}
    more = {row.item for row in known.evidence} | {wanted}
    slots = needed | {base: item for base, item in every.items() if base in more and base not in needed}
    proofs = {row.pk: ProofFile(row.item, row.document.sha256, row.words) for row in known.evidence}
    same = repeated(proofs.values())
    labels = {base: item.base_label for base, item in every.items()}
    uses = copies.of(user, known, labels)
    covers = proof_of(needed, tuple(proofs.values()), uses.stale, uses.elsewhere)
    last = uses.earlier_at({(one.item, one.sha256) for one in proofs.values()})
    numbers = count(1)

    def notes(row: Evidence) -> Iterator[str]:
        if (proof := proofs[row.pk]) in same:
            others = [labels.get(one.item, one.item) for one in proofs.values() if one.sha256 == proof.sha256]
            also = "、".join(dict.fromkeys(label for label in others if label != labels.get(row.item)))
            yield f"也用于{also}，请写明页码或说明"
        yield from uses.words(row)

    def slot(item: Item) -> EvidenceSlot:
        own = tuple(SlotFile(row, tuple(notes(row))) for row in known.evidence if row.item == item.base)
        return EvidenceSlot(next(numbers), item, covers.get(item.base), own, tuple(last.get(item.base, {}).values()))

    groups = by_indicator(known.spec, slots, "school" if submission.school_id else "district")
    blocks = tuple(SlotBlock(group.label, tuple(map(slot, group.slots))) for group in groups)
    # Without what is not shown in a choice, so that it is drawn once however far the slots are proven.
    heads = tuple(one.head._replace(cover=None) for block in blocks for one in block.slots)
    waiting = content_queries.waiting(submission)
    return EvidenceSheet(
        blocks=blocks,
        waiting=tuple((row, (proposed(row.document.name, needed.values()), heads)) for row in waiting),
        used=tuple({row.document.sha256: row for row in known.evidence}.values()),
        counts={cover: list(covers.values()).count(cover) for cover in Cover},
    )


def source(user: User, evidence_id: int, submission: Submission) -> Evidence:
    """A file of the same respondent, of this year or an earlier one. Raises NotFound for any other."""
    found = submissions.evidence(user, evidence_id)
    theirs, own = ((of.school_id, of.department_id, of.round.district_id) for of in (found.submission, submission))
    if theirs != own or found.withdrawn_at:
        raise NotFound("没有这个文件，或它已撤下。请刷新页面后重试。")
    return found


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A respondent of a round: each slot it is asked for (base code) with how far it is proven."""

    submission: Submission
    covers: Mapping[str, Cover]

    @property
    def code(self) -> str:
        """As in the registers; the bureau's is that of its district."""
        of = self.submission
        return (of.school or of.department or of.round.district).code

    @property
    def kind(self) -> str:
        of = self.submission
        return of.school.kind if of.school else of.department.kind if of.department else "教育局"

    @property
    def counts(self) -> list[tuple[Cover, int]]:
        return [(cover, list(self.covers.values()).count(cover)) for cover in Cover]


@dataclass(frozen=True, slots=True)
class EvidenceMatrix:
    """Respondents by required slots, in the order of the standard's indicators."""

    slots: tuple[Item, ...]
    rows: tuple[MatrixRow, ...]


def matrix(round_: Round, rows: Iterable[Submission], *, is_school: bool = True) -> EvidenceMatrix:
    """Of the schools among `rows`, or of departments, townships and the bureau; the caller has scoped them.

    Four queries.
    """
    wanted = [row for row in rows if bool(row.school_id) == is_school]
    needed = {pk: asked_for(fields) for pk, fields in queries.asked_of(round_, wanted).items()}
    used = Evidence.objects.filter(submission__round__district=round_.district_id, withdrawn_at=None).exclude(item="")
    held: dict[int, list[ProofFile]] = defaultdict(list)
    for row in used.filter(submission__round=round_).select_related("document"):
        held[row.submission_id].append(ProofFile(row.item, row.document.sha256, row.words))
    users: dict[str, set[tuple[int | None, int | None]]] = defaultdict(set)
    earlier: dict[tuple[int | None, int | None], set[str]] = defaultdict(set)
    asked = used.filter(document__sha256__in={one.sha256 for files in held.values() for one in files})
    for sha256, school, department, began in asked.values_list(
        "document__sha256", "submission__school", "submission__department", "submission__round__school_year_start"
    ):
        users[sha256].add((school, department))
        if began < round_.school_year_start:
            earlier[school, department].add(sha256)
    shared = {sha256 for sha256, who in users.items() if len(who) > 1}
    found = tuple(
        MatrixRow(row, proof_of(needed[row.pk], held[row.pk], earlier[row.school_id, row.department_id], shared))
        for row in wanted
    )
    spec = standards.load_spec(round_.standard)
    slots = {base: item for own in needed.values() for base, item in own.items()}
    groups = by_indicator(spec, slots, "school" if is_school else "district")
    return EvidenceMatrix(tuple(item for group in groups for item in group.slots), found)
