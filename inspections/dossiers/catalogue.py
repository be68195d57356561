"""Freezes a dossier: from an evaluation and the facts of the moment to volumes, sections and pieces."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils import timezone

from indicators.results.evaluations import inputs, relaxed
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from inspections.dossiers import facts as reading
from inspections.dossiers import readiness, returns
from inspections.dossiers.numbering import Numbers
from inspections.dossiers.pieces import Catalogue, Piece, Section, Volume
from inspections.dossiers.readiness import Issue
from inspections.dossiers.returns import Return
from inspections.dossiers.schools import Backing, SchoolShelf
from inspections.dossiers.shelving import OpenSection, Shelf
from schools.access import restricted

VOLUMES = (
    Volume("Z", "综合类", "01 综合类"),
    Volume("A", "资源配置", "02 A 资源配置"),
    Volume("B", "政府保障程度", "03 B 政府保障程度"),
    Volume("C", "教育质量", "04 C 教育质量"),
    Volume("D", "社会认可度", "05 D 社会认可度"),
    Volume("E", "否决事项承诺与核查", "06 E 否决事项承诺与核查"),
    Volume("G", "整改", "07 整改"),
    Volume("X", "学校卷", "08 学校卷"),
)
_BY_CODE = {volume.code: volume for volume in VOLUMES}
_SECRECY = "内部"


@dataclass(frozen=True)
class Frozen:
    """A catalogue with its fingerprint and what was missing when it was made."""

    catalogue: Catalogue
    sha256: str
    issues: tuple[Issue, ...]


def freeze(evaluation: Evaluation) -> Frozen:
    """Read everything a dossier of this evaluation holds now; equal data give equal fingerprints.

    A fixed number of queries. Raises Invalid for a wrong setting of 保管期限.
    """
    spec = standards.load_spec(evaluation.standard)
    facts = reading.of_evaluation(evaluation)
    backs = returns.load(evaluation, spec)
    issues = readiness.issues(evaluation, spec, backs, facts)
    facts["issues"] = [asdict(issue) | {"who": list(issue.who)} for issue in issues]
    builder = _Builder(evaluation, spec, facts, backs)
    catalogue = _marked(Catalogue(heading(evaluation, spec), builder.volumes(), facts), backs.values())
    return Frozen(catalogue, fingerprint(catalogue), issues)


def fingerprint(catalogue: Catalogue) -> str:
    """Return the sha256 of the catalogue's canonical JSON."""
    dumped = json.dumps(catalogue.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(dumped.encode()).hexdigest()


def _marked(catalogue: Catalogue, backs: Iterable[Return]) -> Catalogue:
    """Mark what holds personal data, by its bytes: wherever a file is listed and under whatever name."""
    digests = {piece.code: piece.stored for piece in catalogue.kept() if piece.stored}
    found = restricted.among(digests.values()) | {
        proof.sha256 for back in backs for proof in back.proofs if proof.restricted
    }

    def change(piece: Piece) -> Piece:
        if digests.get(piece.see or piece.code) not in found:
            return piece
        return replace(piece, secrecy=_SECRECY, remark="；".join(filter(None, [piece.remark, "含个人信息"])))

    return catalogue.changed(change)


def heading(evaluation: Evaluation, spec: Spec) -> dict[str, str]:
    """Return what stands on the cover; no moment but those of the data."""
    district, as_of = evaluation.round.district, timezone.localtime(evaluation.data_as_of)
    return {
        "title": f"{district.name}义务教育优质均衡发展验收档案",
        "district": district.name,
        "district_code": district.code,
        "round": evaluation.round.code,
        "round_name": evaluation.round.name,
        "author": district.signature,
        "verdict": evaluations.both_words(evaluation.verdict, relaxed.of(evaluation)),
        "standard": spec.name,
        "standard_version": evaluation.standard.version,
        "rule_version": spec.rule_version,
        "engine": evaluation.engine,
        "inputs_sha256": evaluation.inputs_sha256,
        "data_as_of": f"{as_of:%Y-%m-%d %H:%M}",
        "date": f"{as_of:%Y%m%d}",
        "year": f"{as_of:%Y}",
    }


class _Builder:
    """Fills the volumes. Schools first: their files are what the indicators refer to."""

    def __init__(
        self, evaluation: Evaluation, spec: Spec, facts: Mapping[str, Any], backs: Mapping[str, Return]
    ) -> None:
        self.evaluation, self.spec, self.facts, self.backs = evaluation, spec, facts, backs
        self.heading = heading(evaluation, spec)
        self.shelf = Shelf(Numbers(self.heading["district_code"], self.heading["year"]))
        self.backing: Backing = {}

    def volumes(self) -> tuple[Volume, ...]:
        """The volumes in the order of the dossier."""
        schools = tuple(self._schools())
        made: dict[str, tuple[Section, ...]] = {"X": schools, "Z": (self._general(),), "G": (self._ledger(schools),)}
        for code in "ABCD":
            made[code] = tuple(
                self._backed(_BY_CODE[code], i.code, i.short_name, "indicator", f"{i.short_name}分校情况和佐证索引")
                for i in self.spec.indicators
                if i.code.startswith(code)
            )
        made["E"] = tuple(
            self._backed(_BY_CODE["E"], v.code, v.name, "veto", "各校承诺与核查") for v in self.spec.vetoes
        )
        return tuple(replace(volume, sections=made[volume.code]) for volume in VOLUMES)

    def own(self, title: str, document_no: str = "") -> Piece:
        """A piece the bureau answers for."""
        return Piece("", title, self.heading["author"], self.heading["date"], document_no=document_no)

    def _schools(self) -> Iterable[Section]:
        # A school closed without a return has a volume only for what inspectors kept of it.
        recorded = {row["school"] for kind in ("visits", "findings", "reports") for row in self.facts[kind]}
        for code, entry in sorted(inputs.schools(self.evaluation.inputs).items()):
            if inputs.is_closed_silent(entry) and code not in recorded:
                continue
            since = self.facts.get("since", {}).get(code)
            title = f"{entry['register'][0]}（{since}）" if since else entry["register"][0]
            section = self.shelf.open(_BY_CODE["X"], f"X{code}", title, school=code)
            shelf = SchoolShelf(section, self.spec, self.facts, self.heading, self.backing)
            yield shelf.filled(code, self.backs.get(code))

    def _general(self) -> Section:
        section = self.shelf.open(_BY_CODE["Z"], "Z", "综合类")
        for index, programme in enumerate(self.facts["programmes"]):
            number = programme["document_no"]
            section.make(f"programme:{index}", "pdf", self.own(f"{programme['title']}和实施步骤", document_no=number))
        section.make("basis", "pdf", self.own("评估依据文件目录"))
        section.make("register", "xlsx", self.own("参加评估学校名录"))
        section.make("results", "xlsx", self.own("评估结果总表"))
        section.make("results_json", "json", self.own("评估结果数据"))
        section.make("gaps", "xlsx", self.own("缺项清单"))
        section.make("declaration", "xlsx", self.own("申报表（表Ⅰ至表Ⅵ）"))
        for key, back in self.backs.items():
            if not back.school:
                self._district_return(section, key, back)
        return section.closed()

    def _district_return(self, section: OpenSection, key: str, back: Return) -> None:
        piece = Piece("", f"{back.name}填报表", back.name, back.date)
        section.make(f"return:{key}", "pdf", piece)
        section.make(f"return_json:{key}", "json", replace(piece, title=f"{back.name}填报数据"))
        section.make(f"receipt:{key}", "pdf", replace(piece, title=f"{back.name}提交回执"))

    def _backed(self, volume: Volume, code: str, title: str, kind: str, name: str) -> Section:
        """An indicator's or veto's section: its table, the bureau's files, references to the schools' files."""
        section = self.shelf.open(volume, code, title)
        section.make(f"{kind}:{code}", "xlsx", self.own(name))
        for back in self.backs.values():
            for proof in back.proofs:
                if not back.school and code in proof.serves:
                    piece = Piece("", proof.name, back.name, back.date, remark=proof.caption)
                    section.file(proof.sha256, proof.size, proof.name, piece)
        for (sha256, _), listed in self.backing.get(code, {}).items():
            section.refer(self.shelf.holders[sha256], listed)
        return section.closed()

    def _ledger(self, schools: tuple[Section, ...]) -> Section:
        section = self.shelf.open(_BY_CODE["G"], "G", "整改")
        section.make("ledger", "xlsx", self.own("问题台账"))
        shelved = {one.code.removeprefix("X") for one in schools}
        shelf = SchoolShelf(section, self.spec, self.facts, self.heading, self.backing)
        shelf.reports(lambda school: school not in shelved)
        for code in sorted({f["school"] for f in self.facts["findings"]} - shelved):
            shelf.finding_files(code)
        return section.closed()
