"""Makes the pieces that are written, not stored: which kind comes from which table or sheet."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from indicators.results.board import queries as dashboards
from indicators.results.board import workbook
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import renamed
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import basis, self_rating
from indicators.results.official_forms import files as declarations
from indicators.results.official_forms.basis import Basis
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from inspections.dossiers import returns, sheets, tables
from inspections.dossiers.pieces import Catalogue, Piece
from inspections.dossiers.returns import Return
from portal.core.papers import pdf
from portal.core.spreadsheets import write


@dataclass(frozen=True, eq=False)
class Maker:
    """Everything made pieces are written from: frozen rows and the frozen catalogue, nothing that changes."""

    catalogue: Catalogue
    evaluation: Evaluation
    spec: Spec
    backs: dict[str, Return]

    @cached_property
    def basis(self) -> Basis:
        """What the school self-ratings are filled from, read once for all schools."""
        return basis.load(self.evaluation)

    def make(self, piece: Piece) -> bytes:
        """Return a made piece's bytes; `piece.made` is its kind, or kind:what."""
        kind, _, what = piece.made.partition(":")
        return _KINDS[kind](self, what)

    def name(self, school: str) -> str:
        """The school's name in the register that was judged, and what it is called today where that differs."""
        name, since = str(self.evaluation.inputs[school]["register"][0]), self.since(school)
        return f"{name}（{since}）" if since else name

    def since(self, school: str) -> str:
        """What the school had become when the dossier was built; "" where nothing changed, or nobody noted it then."""
        return str(self.catalogue.facts.get("since", {}).get(school, ""))

    def back(self, key: str) -> Return:
        """A respondent's return, a school's under both its names."""
        found = self.backs[key]
        return replace(found, name=self.name(found.school)) if found.school else found

    @property
    def renamed(self) -> str:
        """Say which schools had another name or kind by then, for tables that list many."""
        register = reading.schools(self.evaluation.inputs)
        told = self.catalogue.facts.get("since", {})
        return renamed.note({code: (str(register[code]["register"][0]), since) for code, since in told.items()})


def maker(catalogue: Catalogue, evaluation: Evaluation) -> Maker:
    """Read the frozen returns once for all pieces."""
    spec = standards.load_spec(evaluation.standard)
    return Maker(catalogue, evaluation, spec, returns.load(evaluation, spec))


def _results(maker: Maker, what: str) -> bytes:
    district = dashboards.district(maker.evaluation)
    author = maker.catalogue.heading["author"]
    return write.render(workbook.build(district, district.content.stages, author=author, since=maker.renamed))


def _self_rating(maker: Maker, code: str) -> bytes:
    year = maker.catalogue.facts["built_years"].get(code)
    return pdf.render(self_rating.document(maker.basis, code, year, maker.since(code)))


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


_KINDS: dict[str, Callable[[Maker, str], bytes]] = {
    "programme": lambda m, index: sheets.programme(m.catalogue, m.catalogue.facts["programmes"][int(index)]),
    "basis": lambda m, _: sheets.basis(m.catalogue, m.evaluation, m.spec),
    "register": lambda m, _: tables.register(m.catalogue, m.evaluation, m.renamed),
    "results": _results,
    "results_json": lambda m, _: _json(m.evaluation.result),
    "gaps": lambda m, _: tables.missing(m.catalogue),
    "declaration": lambda m, _: declarations.workbook(m.evaluation, m.catalogue.heading["author"], m.renamed),
    "self_rating": _self_rating,
    "indicator": lambda m, code: tables.indicator(m.catalogue, m.evaluation, m.spec, m.backs, code, m.renamed),
    "veto": lambda m, code: tables.veto(m.catalogue, m.evaluation, m.spec, m.backs, code, m.renamed),
    "ledger": lambda m, _: tables.ledger(m.catalogue),
    "return": lambda m, key: sheets.submitted(m.catalogue, m.spec, m.back(key)),
    "return_json": lambda m, key: _json(m.backs[key].content),
    "receipt": lambda m, key: sheets.receipt(m.catalogue, m.back(key)),
    "result": lambda m, code: sheets.result(m.catalogue, m.evaluation, m.spec, code, m.name(code)),
    "visits": lambda m, code: sheets.visits(m.catalogue, code, m.name(code)),
    "findings": lambda m, code: sheets.findings(m.catalogue, code, m.name(code)),
}
