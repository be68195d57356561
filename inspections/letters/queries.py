"""Reads of papers: the list, one paper with its text, what may be drafted, the wording and words of a district."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from inspections.letters import document, kinds, rights
from inspections.letters.kinds import OFFICE, LetterColumn, LetterField, LetterKind, LetterSection
from inspections.letters.models import FORMAT, IssuingWord, Letter, LetterFile, Wording
from inspections.rectification.models import Finding
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotFound
from portal.core.papers import tree
from portal.core.papers.tree import cell, plain
from schools.access.scope import Perm, granted, visible
from schools.directory.models import Department, District, School, Status

S = Letter.State
LIVE = (S.DRAFT, S.ISSUED, S.DELIVERED)
# What names the unit of a finding and its district.
WHOSE = ("school__district", "department__district", "bureau", "responsible_department__district")
# Nobody was ever sent it, or nobody has to put it right.
NOT_WRITTEN_ABOUT = (Finding.State.TO_DISPATCH, Finding.State.VOID)
_SPARE_ROWS = 3


def for_list(user: User) -> QuerySet[Letter]:
    related = ("school", "department", "district", "visit", "finding", "issued_by", "created_by")
    large = ("frozen", "sections", "facts", "typed")
    return rights.shown_to(user).select_related(*related).defer(*large).order_by("-pk")


def get(user: User, letter_id: int) -> Letter:
    """Raises Http404 out of scope."""
    related = ("school__district", "department", "district", "visit__school__district", "finding")
    signed = ("issued_by", "delivered_by", "withdrawn_by", "created_by", "wording__by", "docx", "pdf")
    letters = rights.shown_to(user).select_related(*related, *signed)
    return get_object_or_404(letters, pk=letter_id)


def kind_of(code: str) -> LetterKind:
    """Raises NotFound."""
    kind = kinds.load().get(code)
    if kind is None:
        raise NotFound("没有这一种文书。")
    return kind


def drafted_by(user: User) -> list[LetterKind]:
    sides = {"school": granted(user, Perm.FINDING_RECTIFY), "bureau": granted(user, Perm.LETTER_DRAFT)}
    held = {author for author, places in sides.items() if any(places.values())}
    whole = bool(sides["bureau"].get("district"))
    return [kind for kind in kinds.load().values() if kind.author in held and (kind.about != "district" or whole)]


def subjects(user: User, kind: LetterKind) -> QuerySet[Any]:
    """What a paper of the kind may be about."""
    perm = Perm.FINDING_RECTIFY if kind.author == "school" else Perm.LETTER_DRAFT
    match kind.about:
        case "visit":
            rows = Visit.objects.exclude(state=Visit.State.CANCELLED).select_related("school").order_by("-planned_on")
            return visible(user, rows.filter(state=Visit.State.DONE) if kind.needs else rows, perm)
        case "finding":
            shown = Finding.objects.filter(bureau=None).exclude(state__in=NOT_WRITTEN_ABOUT).select_related(*WHOSE)
            # A paper goes to who puts it right: without a right there nobody writes it.
            theirs = visible(user, Department.objects.all(), perm) if kind.author == "bureau" else ()
            shown = shown.filter(Q(responsible_department=None) | Q(responsible_department__in=theirs))
            return visible(user, shown.order_by("number"), perm)
        case "school":
            return visible(user, School.objects.filter(status=Status.OPEN).order_by("code"), perm)
        case _:
            return visible(user, District.objects.filter(schools__isnull=False).distinct(), perm)


def subject(spec: LetterKind, subject_id: int, department_id: int | None = None) -> dict[str, Model]:
    """The row the paper is about. Raises NotFound, and Conflict for a finding that is void or not dispatched."""
    found: dict[str, Model] = {}
    match spec.about:
        case "visit":
            visit = Visit.objects.select_related("school__district", "leader").filter(pk=subject_id).first()
            found = {"visit": visit, "school": visit.school, "district": visit.school.district} if visit else {}
        case "finding":
            finding = Finding.objects.select_related(*WHOSE).filter(pk=subject_id).first()
            if finding and finding.state in NOT_WRITTEN_ABOUT:
                raise Conflict(
                    f"问题 {finding.number} {finding.get_state_display()}，不能就它起草文书。请另选问题，或先派发。"
                )
            # To who puts it right; the bureau writes no paper to itself, nor a department one of a school's.
            kind = {School: "school", Department: "department"}.get(type(finding.answering)) if finding else None
            if finding and kind and (kind == "school" or spec.author == "bureau"):
                found = {"finding": finding, kind: finding.answering, "district": finding.district}
        case "school" if department_id is not None and spec.departments:
            department = Department.objects.select_related("district").filter(pk=department_id).first()
            found = {"department": department, "district": department.district} if department else {}
        case "school":
            school = School.objects.select_related("district").filter(pk=subject_id).first()
            found = {"school": school, "district": school.district} if school else {}
        case _:
            district = District.objects.filter(pk=subject_id).first()
            found = {"district": district} if district else {}
    if not found:
        raise NotFound("没有找到这份文书要写给谁，或不在您可以办理的范围内。")
    return found


def departments(user: User) -> QuerySet[Department]:
    active = Department.objects.filter(status=Department.Status.ACTIVE).order_by("code")
    return visible(user, active, Perm.LETTER_DRAFT)


def for_batch(user: User, letter: Letter) -> QuerySet[School]:
    """Schools for which the person may write and sign a copy of the draft."""
    rows = School.objects.filter(status=Status.OPEN, district=letter.district)
    return (visible(user, rows, Perm.LETTER_DRAFT) | visible(user, rows, Perm.LETTER_ISSUE)).order_by("code")


def wording(district_id: int, kind: LetterKind) -> Wording | None:
    """The newest; None while the district uses the shipped text."""
    return Wording.objects.filter(district=district_id, kind=kind.code).order_by("-version").first()


def sections(kind: LetterKind, newest: Wording | None) -> list[dict[str, Any]]:
    own = newest.sections if newest else [as_data(one) for one in kind.sections]
    return list(own)


def versions(district_id: int, kind: LetterKind) -> QuerySet[Wording]:
    return Wording.objects.filter(district=district_id, kind=kind.code).select_related("by")


def blanks(kind: LetterKind) -> list[tuple[str, str]]:
    return [(code, kind.by_code[code].label if code in kind.by_code else "") for code in sorted(kind.blanks)]


def as_data(one: LetterSection) -> dict[str, Any]:
    own = {"heading": one.heading, "text": one.text, "annex": one.annex, "landscape": one.landscape}
    return own | {"grid": [list(pair) for pair in one.grid]}


def word(district_id: int, kind: LetterKind) -> str:
    row = IssuingWord.objects.filter(district=district_id, kind=kind.code).first()
    return row.word if row else kind.word


def words(district_id: int) -> Mapping[str, str]:
    rows = IssuingWord.objects.filter(district=district_id).values_list("kind", "word")
    return {code: kind.word for code, kind in kinds.load().items() if kind.word} | dict(rows)


def issuer(letter: Letter) -> str:
    return letter.school.name if letter.spec.author == "school" and letter.school else letter.district.signature


def text_of(letter: Letter) -> document.LetterText:
    """Frozen once it is issued."""
    content = letter.signed if letter.frozen else content_of(letter)
    day, is_draft = letter.issued_on or timezone.localdate(), letter.state in (S.DRAFT, S.DISCARDED)
    return document.restored(letter.spec, content, date=day, is_draft=is_draft)


def content_of(letter: Letter) -> dict[str, Any]:
    """What a draft holds now, as it is frozen at issue."""
    return {
        "format": FORMAT,
        "title": letter.title,
        "sections": letter.sections,
        "facts": letter.facts,
        "typed": letter.typed,
        "number": letter.number,
        "signer": letter.signer,
        "red_head": letter.red_head,
        "issuer": issuer(letter),
        "files": [one.document.name for one in files(letter)],
    }


def files(letter: Letter) -> list[LetterFile]:
    """Without withdrawn ones."""
    if not letter.pk or not letter.spec.files:
        return []
    return list(letter.files.filter(withdrawn_at=None).select_related("document"))


def file_of(user: User, letter_id: int, file_id: int) -> LetterFile:
    """Raises Http404."""
    rows = LetterFile.objects.filter(letter=get(user, letter_id), withdrawn_at=None).select_related("document")
    return get_object_or_404(rows, pk=file_id)


@dataclass(frozen=True, slots=True)
class AskedCell:
    """A cell of a table people fill in: the name of its box, its value, its column."""

    name: str
    value: str
    column: LetterColumn

    @property
    def is_typed(self) -> bool:
        return self.column.by == OFFICE


@dataclass(frozen=True, slots=True)
class Asking:
    """A field as the page asks for it: its value, or the rows of its table with the cells people fill in."""

    field: LetterField
    value: str = ""
    rows: Sequence[tuple[str, Sequence[AskedCell]]] = ()

    @property
    def columns(self) -> tuple[LetterColumn, ...]:
        return self.field.columns


def asked(letter: Letter, posted: Mapping[str, str] | None = None) -> list[Asking]:
    """Fields people fill in, with what was typed last: `posted` when a form was refused."""
    found = []
    for one in letter.spec.typed():
        if one.type == "T":
            found.append(Asking(one, rows=_rows(letter, one, posted)))
        else:
            value = (posted or {}).get(f"f-{one.code}", letter.typed.get(one.code, ""))
            found.append(Asking(one, str(value)))
    return found


def _rows(letter: Letter, one: LetterField, posted: Mapping[str, str] | None) -> list[tuple[str, list[AskedCell]]]:
    typed: Mapping[str, Mapping[str, str]] = letter.typed.get(one.code, {})
    given = {row["key"]: row for row in letter.facts.get(one.rows, ())} if one.rows else {}
    own = [] if one.rows else list(typed)
    last = max((int(key[3:]) for key in own if key[:3] == "new" and key[3:].isdigit()), default=0)
    spare = [f"new{last + number}" for number in range(1, _SPARE_ROWS + 1)] if not one.rows else []
    table = []
    for order, key in enumerate((*given, *own, *spare), 1):
        row = {"order": str(order), **given.get(key, {}), **typed.get(key, {})}
        cells = []
        for column in one.columns:
            name = f"f-{one.code}-{key}-{column.code}"
            cells.append(AskedCell(name, (posted or {}).get(name, row.get(column.code, "")), column))
        table.append((key, cells))
    return table


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block of a paper for the page."""

    kind: str
    text: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Sequence[tuple[str, str]]] = ()


def preview(paper: tree.Paper) -> list[ShownBlock]:
    numbering = tree.Numbering()
    found = [ShownBlock("paragraph", paper.addressed_to)] if paper.addressed_to else []
    found += [_shown(block, numbering) for block in paper.blocks]
    for index, annex in enumerate(paper.annexes):
        numbering = tree.Numbering()
        found.append(ShownBlock("annex", f"{tree.annex_label(paper, index)}：{annex.title}"))
        found += [_shown(block, numbering) for block in annex.blocks]
    return found


def _shown(block: tree.Block, numbering: tree.Numbering) -> ShownBlock:
    match block:
        case tree.Heading():
            return ShownBlock("heading", numbering.label(block))
        case tree.Paragraph():
            return ShownBlock("paragraph", plain(block.text))
        case tree.KeyValues():
            return _shown(block.as_table(), numbering)
        case tree.BulletList():
            marked = zip(block.marks(), block.items, strict=True)
            return ShownBlock("paragraph", "　".join(f"{mark}{plain(item)}" for mark, item in marked))
        case tree.Landscape(inner):
            return _shown(inner[0], numbering)
        case tree.Table():
            head = [plain(cell(item).text) for item in block.header[0]] if block.header else []
            rows = [[plain(cell(item).text) for item in row] for row in block.rows]
            labels = head or [""] * len(block.columns)
            return ShownBlock("table", head=head, rows=[list(zip(labels, row, strict=True)) for row in rows])
        case _:
            return ShownBlock("paragraph")


def copies_left(letter: Letter, schools: Iterable[School]) -> list[School]:
    done = set(letter.copies.exclude(school=None).values_list("school", flat=True))
    return [school for school in schools if school.pk not in done]
