"""What the pages show of a dossier: volumes with counts, a section's lines, gaps with where to mend them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from indicators.results.evaluations.models import Evaluation
from inspections.dossiers import catalogue
from inspections.dossiers.models import Dossier
from inspections.dossiers.pieces import Catalogue, Piece, Section, Volume
from inspections.dossiers.readiness import Issue

_TARGETS = {
    "round": "rounds:detail",
    "board": "board:board",
    "ledger": "rectification:list",
    "reports": "reports:create",
}
_LABELS = {"round": "查看填报进度", "board": "查看全区看板", "ledger": "查看问题台账", "reports": "编制报告"}


@dataclass(frozen=True, slots=True)
class Gap:
    """An issue with the page where it is mended."""

    level: str
    text: str
    who: tuple[str, ...]
    tone: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """A volume as the pages list it."""

    volume: Volume
    kept: int
    gaps: tuple[Gap, ...]

    @property
    def referred(self) -> int:
        """How many pieces are listed here and kept elsewhere."""
        return self.volume.count - self.kept

    @property
    def blocking(self) -> int:
        """How many gaps keep the volume from acceptance."""
        return sum(gap.tone == "bad" for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Line:
    """One piece in a section's list."""

    piece: Piece
    size: int
    pages: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a dossier built now would hold and lack; `same` is the dossier that holds exactly these data."""

    evaluation: Evaluation
    shelves: tuple[Shelf, ...]
    count: int
    size: int
    blocking: int
    hints: int
    same: Dossier | None


def readiness(evaluation: Evaluation) -> Readiness:
    """Freeze without keeping; a fixed number of queries."""
    frozen = catalogue.freeze(evaluation)
    same = Dossier.objects.filter(evaluation=evaluation, data_sha256=frozen.sha256).only("version").first()
    blocking = sum(issue.is_blocking for issue in frozen.issues)
    kept = frozen.catalogue.kept()
    return Readiness(
        evaluation=evaluation,
        shelves=shelves(frozen.catalogue, frozen.issues, evaluation.round_id),
        count=len(kept),
        size=sum(piece.size for piece in kept),
        blocking=blocking,
        hints=len(frozen.issues) - blocking,
        same=same,
    )


def shelves(tree: Catalogue, issues: Iterable[Issue], round_id: int) -> tuple[Shelf, ...]:
    """Return the volumes with what they lack; a section's gaps are shown at its volume."""
    listed = list(issues)
    return tuple(
        Shelf(
            volume,
            sum(not piece.see for section in volume.sections for piece in section.pieces),
            tuple(_gap(issue, round_id) for issue in listed if issue.section[:1] == volume.code),
        )
        for volume in tree.volumes
    )


def kept_issues(tree: Catalogue) -> list[Issue]:
    """Return the gaps as they were when the dossier was frozen."""
    return [Issue(**(issue | {"who": tuple(issue["who"])})) for issue in tree.facts["issues"]]


def lines(section: Section, tree: Catalogue, built: Mapping[str, Any]) -> list[Line]:
    """Return a section's pieces with size, pages and digest where the package is finished."""
    where = {piece.code: piece.path for piece in tree.kept()} if built else {}
    made = []
    for piece in section.pieces:
        told = built["files"][where[piece.see or piece.code]] if built else {}
        made.append(Line(piece, told.get("size", piece.size), told.get("pages"), told.get("sha256", piece.stored)))
    return made


def _gap(issue: Issue, round_id: int) -> Gap:
    tone = "bad" if issue.is_blocking else "warn"
    args = [round_id] if issue.where == "round" else []
    try:
        url = reverse(_TARGETS[issue.where], args=args) if issue.where else ""
    except NoReverseMatch:
        url = ""
    return Gap(issue.level, issue.text, issue.who, tone, url, _LABELS.get(issue.where, ""))
