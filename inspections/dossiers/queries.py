"""Reads of dossiers: versions within reach, one dossier, what may be built, what the pages show of a tree."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, QuerySet, Value, When
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from inspections.dossiers import catalogue_facts, pieces
from inspections.dossiers.models import Dossier
from inspections.dossiers.pieces import DossierCatalogue, Piece, PieceGroup, Volume
from inspections.dossiers.submission_queries import Issue
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.files.models import Document
from portal.core.jobs.models import Job
from schools.access import restricted
from schools.access.scope import Perm, visible

S = Dossier.State
TONES = {S.READY.value: "ok", S.BUILDING.value: "info", S.FAILED.value: "bad"}
_LARGE = ("catalogue", "built", "problems")
_OPEN_JOB = (Job.State.QUEUED, Job.State.RUNNING)
_TARGETS = {
    "round": "rounds:detail",
    "board": "board:board",
    "ledger": "rectification:list",
    "reports": "reports:create",
}
_LABELS = {"round": "查看填报进度", "board": "查看全区看板", "ledger": "查看问题台账", "reports": "编制报告"}


def with_state(dossiers: QuerySet[Dossier]) -> QuerySet[Dossier]:
    """Add `shown`: failed, if there is no package and the job no longer runs."""
    return dossiers.annotate(
        shown=Case(
            When(state=S.READY, then=Value(S.READY.value)),
            When(job__state__in=_OPEN_JOB, then=Value(S.BUILDING.value)),
            default=Value(S.FAILED.value),
            output_field=CharField(),
        )
    )


def shown_to(user: User) -> QuerySet[Dossier]:
    dossiers = visible(user, with_state(Dossier.objects.all()), Perm.DOSSIER_VIEW)
    related = ("district", "evaluation__round", "created_by", "job__owner", "package", "open_package")
    heavy = ("evaluation__result", "evaluation__inputs", *_LARGE)
    return dossiers.select_related(*related).defer(*heavy).order_by("-pk")


def get(user: User, dossier_id: int) -> Dossier:
    """Raises Http404 out of scope."""
    rows = shown_to(user).defer(None).defer("evaluation__result", "evaluation__inputs")
    return get_object_or_404(rows, pk=dossier_id)


def package_for(user: User, dossier: Dossier) -> Document | None:
    """The whole package, or the one without personal data;

    None for neither, or when a file was restricted after packing.
    """
    return packages_for(user, [dossier])[dossier.pk]


def without_purpose(dossier: Dossier, package: Document | None) -> Document | None:
    return dossier.open_package if package == dossier.package and dossier.open_package else package


def packages_for(user: User, dossiers: Collection[Dossier]) -> dict[int, Document | None]:
    """By id; three queries at most. Trees are read only where the whole may not be taken."""
    made = {row.pk: row for row in dossiers if row.package_id}
    whole = set(restricted.openable(user, Dossier.objects.filter(pk__in=made)).values_list("pk", flat=True))
    trees = Dossier.objects.filter(pk__in=made.keys() - whole).values_list("pk", "catalogue")
    held = {pk: pieces.from_json(tree) for pk, tree in trees}
    marked = restricted.among(digest for tree in held.values() for digest in _unmarked(tree)) if held else frozenset()
    found: dict[int, Document | None] = {row.pk: made[row.pk].package if row.pk in whole else None for row in dossiers}
    for pk, tree in held.items():
        if marked.isdisjoint(_unmarked(tree)):
            found[pk] = made[pk].open_package if tree.is_restricted() else made[pk].package
    return found


def _unmarked(tree: DossierCatalogue) -> list[str]:
    return [piece.stored for piece in tree.with_bytes() if piece.stored and not piece.is_restricted]


def evaluation(evaluation_id: int) -> Evaluation:
    """Raises NotFound."""
    rows = Evaluation.objects.select_related("round__district", "standard")
    found = rows.filter(pk=evaluation_id).first()
    if found is None:
        raise NotFound("没有这次评估，可能链接有误。请回到验收档案页面重新选择。")
    return found


def choices(user: User) -> QuerySet[Evaluation]:
    rows = visible(user, Evaluation.objects.select_related("round__district"), Perm.DOSSIER_BUILD)
    return rows.defer("result", "inputs").order_by("-round__school_year_start", "-pk")


def round_named(code: str, district_code: str) -> Round:
    """Unscoped: for the command line. Raises NotFound with what there is."""
    rounds = Round.objects.select_related("district", "standard")
    found = rounds.filter(code=code, district__code=district_code).first()
    if found is None:
        known = "、".join(f"{row.district.code} {row.code}" for row in rounds.order_by("district__code", "code")[:20])
        raise NotFound(f"区县 {district_code} 没有评估年度“{code}”。现有：{known or '无，请先用 open_round 开启'}。")
    return found


def latest_evaluation(round: Round) -> Evaluation:
    """Raises NotFound."""
    found = evaluations.latest(round)
    if found is None:
        raise NotFound(
            f"“{round.name}”还没有评估结果。请先运行 evaluate {round.code} --district {round.district.code}。"
        )
    return found


def to_build(dossier_id: int) -> Dossier:
    """Raises NotFound."""
    related = ("district", "evaluation__round__district", "evaluation__standard", "package", "open_package")
    found = Dossier.objects.select_related(*related).filter(pk=dossier_id).first()
    if found is None:
        raise NotFound("要编制的验收档案已不存在，没有写入任何文件。请重新编制。")
    return found


def address(dossier: Dossier) -> str:
    return reverse("dossiers:detail", args=[dossier.pk])


def checking(dossier: Dossier) -> Job | None:
    newest = Job.objects.filter(key__startswith=f"dossier:{dossier.pk}:check:").order_by("-pk").first()
    return newest if newest and newest.state != Job.State.DONE else None


@dataclass(frozen=True, slots=True)
class ReadinessGap:
    """An issue with the page where it is fixed."""

    level: str
    text: str
    who: tuple[str, ...]
    tone: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """A volume as the pages list it."""

    volume: Volume
    stored: int
    gaps: tuple[ReadinessGap, ...]

    @property
    def referred(self) -> int:
        return self.volume.count - self.stored

    @property
    def blocking(self) -> int:
        return sum(gap.tone == "bad" for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class PieceRow:
    """One piece in a section's list."""

    piece: Piece
    size: int
    pages: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a dossier built now would hold and lack; `same` is the dossier that holds exactly these data."""

    evaluation: Evaluation
    volume_rows: tuple[VolumeRow, ...]
    count: int
    size: int
    blocking: int
    hints: int
    same: Dossier | None


def of_same_data(evaluation: Evaluation, sha256: str) -> Dossier | None:
    """The dossier that holds exactly the data of a fingerprint, in whatever format."""
    dossiers = Dossier.objects.filter(evaluation=evaluation)
    if found := dossiers.defer("catalogue").filter(data_sha256=sha256).first():
        return found
    # The fingerprint covers the format, so the same data stored in an older one have another.
    older = dossiers.exclude(catalogue__format=pieces.FORMAT)
    return next((one for one in older if catalogue_facts.fingerprint(pieces.from_json(one.catalogue)) == sha256), None)


def readiness(evaluation: Evaluation) -> Readiness:
    """Freezes without storing; a fixed number of queries."""
    frozen = catalogue_facts.freeze(evaluation)
    same = of_same_data(evaluation, frozen.sha256)
    blocking = sum(issue.is_blocking for issue in frozen.issues)
    pieces_with_bytes = frozen.catalogue.with_bytes()
    return Readiness(
        evaluation=evaluation,
        volume_rows=volume_rows(frozen.catalogue, frozen.issues, evaluation.round_id),
        count=len(pieces_with_bytes),
        size=sum(piece.size for piece in pieces_with_bytes),
        blocking=blocking,
        hints=len(frozen.issues) - blocking,
        same=same,
    )


def volume_rows(tree: DossierCatalogue, issues: Iterable[Issue], round_id: int) -> tuple[VolumeRow, ...]:
    gaps: dict[str, list[ReadinessGap]] = defaultdict(list)
    for issue in issues:
        args = [round_id] if issue.where == "round" else []
        try:
            url = reverse(_TARGETS[issue.where], args=args) if issue.where else ""
        except NoReverseMatch:
            url = ""
        tone = "bad" if issue.is_blocking else "warn"
        shown = ReadinessGap(issue.level, issue.text, issue.who, tone, url, _LABELS.get(issue.where, ""))
        gaps[issue.section[:1]].append(shown)
    return tuple(
        VolumeRow(
            volume,
            sum(not piece.see for section in volume.sections for piece in section.pieces),
            tuple(gaps[volume.code]),
        )
        for volume in tree.volumes
    )


def stored_issues(tree: DossierCatalogue) -> list[Issue]:
    return [Issue(**(issue | {"who": tuple(issue["who"])})) for issue in tree.facts["issues"]]


def lines(section: PieceGroup, tree: DossierCatalogue, built: Mapping[str, Any]) -> list[PieceRow]:
    where = {piece.code: piece.path for piece in tree.with_bytes()} if built else {}
    made = []
    for piece in section.pieces:
        written = built["files"][where[piece.see or piece.code]] if built else {}
        made.append(
            PieceRow(piece, written.get("size", piece.size), written.get("pages"), written.get("sha256", piece.stored))
        )
    return made
