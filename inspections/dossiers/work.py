"""What a worker does for a dossier: make the pieces, write the package next to the store, check it, move it in, publish it once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from indicators.results.board import queries as boards, workbook as board_workbook
from indicators.results.evaluations import change_queries as evaluation_changes, judging
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import document as self_rating, facts, queries as official_forms
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from inspections.dossiers import actions, document, packing, pieces, queries, submission_queries, verification, workbook
from inspections.dossiers.catalogue_facts import UNITS
from inspections.dossiers.models import Dossier
from portal.core.errors import Refused
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.jobs.runner import JobContext
from portal.core.papers import pdf
from portal.core.spreadsheets import write

_NO_ROOM = "档案包没有写成（服务器存储空间不足或不可写），没有留下半成品。请联系管理员处理后点“重新编制”。"


@dataclass(frozen=True, eq=False)
class Maker:
    """Everything made pieces are written from: frozen rows and the frozen catalogue, nothing that changes."""

    catalogue: pieces.DossierCatalogue
    evaluation: Evaluation
    spec: Spec
    submitted: dict[str, submission_queries.DossierSubmission]

    @cached_property
    def basis(self) -> facts.FormBasis:
        return facts.load(self.evaluation)

    def make(self, piece: pieces.Piece) -> bytes:
        """`piece.made` is a kind, or kind:what."""
        kind, _, what = piece.made.partition(":")
        return _KINDS[kind](self, what)

    def name(self, school: str) -> str:
        name, since = str(self.evaluation.inputs[school]["register"][0]), self.since(school)
        return f"{name}（{since}）" if since else name

    def since(self, school: str) -> str:
        """Changes of the school until the dossier was built; "" for none, or if not recorded."""
        return str(self.catalogue.facts["since"].get(school, ""))

    def submission(self, key: str) -> submission_queries.DossierSubmission:
        found = self.submitted[key]
        return replace(found, name=self.name(found.school)) if found.school else found

    def results(self) -> bytes:
        district, author = boards.district(self.evaluation), self.catalogue.heading["author"]
        return write.render(board_workbook.build(district, district.content.stages, author=author, since=self.renamed))

    def self_rating(self, code: str) -> bytes:
        year = self.catalogue.facts["built_years"].get(code)
        return pdf.render(self_rating.document(self.basis, code, year, self.since(code)))

    @property
    def renamed(self) -> str:
        register = judging.schools(self.evaluation.inputs)
        changed = self.catalogue.facts["since"]
        return evaluation_changes.renamed_note(
            {code: (str(register[code]["register"][0]), since) for code, since in changed.items()}
        )


def maker(catalogue: pieces.DossierCatalogue, evaluation: Evaluation) -> Maker:
    spec = standards.load_spec(evaluation.standard)
    return Maker(catalogue, evaluation, spec, submission_queries.load(evaluation, spec))


_KINDS: dict[str, Callable[[Maker, str], bytes]] = {
    "programme": lambda m, index: document.programme(m.catalogue, m.catalogue.facts["programmes"][int(index)]),
    "basis": lambda m, _: document.basis(m.catalogue, m.evaluation, m.spec),
    "register": lambda m, _: workbook.register(m.catalogue, m.evaluation, m.renamed),
    "results": lambda m, _: m.results(),
    "results_json": lambda m, _: packing.readable_json(m.evaluation.result),
    "gaps": lambda m, _: workbook.missing(m.catalogue),
    "declaration": lambda m, _: official_forms.workbook(m.evaluation, m.catalogue.heading["author"], m.renamed),
    "self_rating": lambda m, code: m.self_rating(code),
    "indicator": lambda m, code: workbook.indicator(m.catalogue, m.evaluation, m.spec, m.submitted, code, m.renamed),
    "veto": lambda m, code: workbook.veto(m.catalogue, m.evaluation, m.spec, m.submitted, code, m.renamed),
    "ledger": lambda m, _: workbook.ledger(m.catalogue),
    "letters": lambda m, _: workbook.letters(m.catalogue),
    "return": lambda m, key: document.submission_form(m.catalogue, m.spec, m.submission(key)),
    "return_json": lambda m, key: packing.readable_json(m.submitted[key].revision.content),
    "receipt": lambda m, key: document.receipt(m.catalogue, m.submission(key)),
    "result": lambda m, code: document.result(m.catalogue, m.evaluation, m.spec, code, m.name(code)),
    "visits": lambda m, code: document.visits(m.catalogue, code, m.name(code)),
    "findings": lambda m, code: document.findings(m.catalogue, code, m.name(code) if code else UNITS),
}


def run(context: JobContext) -> dict[str, Any]:
    dossier = queries.to_build(context.args["dossier"])
    if dossier.state != Dossier.State.READY or dossier.lacks_open_package:
        package = _package(dossier, context)
        holds_restricted = pieces.from_json(dossier.catalogue).is_restricted()
        without = _package(dossier, context, is_open=True) if holds_restricted else None
        with context.fenced():
            actions.publish(dossier_id=dossier.pk, package=package, open_package=without, by=context.by, notify=True)
    return {"dossier": dossier.pk, "url": queries.address(dossier)}


def _package(dossier: Dossier, context: JobContext, *, is_open: bool = False) -> actions.DossierPackage:
    stored, root = pieces.upgraded(dossier.catalogue), Path(settings.FILES_ROOT)
    catalogue = pieces.from_json(stored)
    # What an attempt left that was killed; a worker that only slept writes on into nothing and loses its lease.
    for leftover in root.glob(f"incoming-dossier-{dossier.pk}-*"):
        leftover.unlink(missing_ok=True)
    unfinished = root / f"incoming-dossier-{dossier.pk}-{context.attempt}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as target:
            packed = packing.pack(
                catalogue,
                target,
                frozen_on=stored["frozen_on"],
                audit_checkpoint=stored["audit_checkpoint"],
                make=maker(catalogue, dossier.evaluation).make,
                progress=context.progress,
                is_open=is_open,
            )
        if problems := verification.check(unfinished).problems:
            first = "；".join(problems[:3])
            raise Refused(f"写好的档案包没有通过核验（{first}），已丢弃。请联系管理员检查磁盘后点“重新编制”。")
        # A last look whether the job is still ours, outside the transaction that follows.
        context.heartbeat()
        return actions.DossierPackage(*store.adopt(unfinished), packed)
    except OSError as error:
        raise Refused(_NO_ROOM) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def check(context: JobContext) -> dict[str, Any]:
    dossier = queries.to_build(context.args["dossier"])
    context.progress(0, 1, "正在逐个核对文件")
    report = stored(dossier)
    with context.fenced():
        actions.record_check(dossier_id=dossier.pk, report=report, by=context.by)
    return {"dossier": dossier.pk, "problems": len(report.problems), "url": queries.address(dossier)}


def stored(dossier: Dossier) -> verification.VerificationReport:
    if dossier.package is None:
        return verification.VerificationReport(problems=["档案包还没有编制完成"])
    report = _checked(dossier.package)
    if dossier.open_package:
        report.problems += [f"{problem}（不含个人信息的档案包）" for problem in _checked(dossier.open_package).problems]
    return report


def _checked(package: Document) -> verification.VerificationReport:
    path = store.path_of(package.sha256)
    if not path.exists():
        return verification.VerificationReport(problems=["档案包文件在服务器上找不到了，请从备份恢复"])
    try:
        report = verification.check(path)
    except Refused as error:
        return verification.VerificationReport(problems=[error.message])
    if path.stat().st_size != package.size:
        report.problems.append("档案包的大小与登记的不一致")
    return report
