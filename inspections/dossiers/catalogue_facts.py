"""Freezes a dossier: from an evaluation and the facts of the moment to volumes, sections and pieces."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils import timezone

from indicators.results.evaluations import judging, queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec
from indicators.standard.standards import queries as standards
from inspections.dossiers import facts as reading, pieces, submission_queries
from inspections.dossiers.pieces import DossierCatalogue, Json, Numbers, OpenSection, Piece, PieceGroup, Shelf, Volume
from portal.core.lib import digests
from schools.access import restricted

# As a school's folder begins in practice: what it says of itself, then its figures.
OVERVIEW = "0 概况与自评报告"
FORM, RECEIPT, RESULT, PROOFS, RECTIFICATION = "1 填报表", "2 提交回执", "3 评估结果", "4 佐证", "5 督导与整改"
# What backs more indicators than this (pupils: ten) goes into a folder for all instead of the first one's.
_SHARED = 3


# Indicator or veto → (sha256, school) → how the file is listed under it.
Backing = dict[str, dict[tuple[str, str], Piece]]
UNITS = "部门、乡镇街道和教育局本级"
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


class SchoolShelf:
    """Fills a section with what belongs to schools."""

    def __init__(
        self,
        section: OpenSection,
        spec: Spec,
        facts: Mapping[str, Any],
        heading: Mapping[str, str],
        backing: Backing,
    ) -> None:
        self.section, self.spec, self.facts, self.heading, self.backing = section, spec, facts, heading, backing

    def filled(self, code: str, submission: submission_queries.DossierSubmission | None) -> PieceGroup:
        section = self.section
        self.self_report(code)
        if submission is not None:
            piece = Piece("", "填报表", submission.name, submission.date)
            section.make(f"return:{code}", "pdf", piece, folder=FORM)
            section.make(f"return_json:{code}", "json", replace(piece, title="填报数据"), folder=FORM)
            section.make(f"receipt:{code}", "pdf", replace(piece, title="提交回执"), folder=RECEIPT)
        result = Piece("", "评估结果", self.heading["author"], self.heading["date"])
        section.make(f"result:{code}", "pdf", result, folder=RESULT)
        section.make(
            f"self_rating:{code}", "pdf", replace(result, title=self.spec.sentences["self_name"]), folder=RESULT
        )
        if submission is not None:
            self._proofs(submission)
        self._visits(code)
        if any(finding["school"] == code for finding in self.facts["findings"]):
            record = Piece("", "问题整改记录", self.heading["author"], self.heading["date"])
            section.make(f"findings:{code}", "pdf", record, folder=RECTIFICATION)
        self.finding_files(code)
        self.reports(lambda school: school == code)
        self.letters(lambda school: school == code)
        return section.closed()

    def self_report(self, code: str) -> None:
        for report in self.facts["self_reports"]:
            if report["school"] != code:
                continue
            remark = f"引用填报第 {report['quotes']} 次提交"
            for kind in ("docx", "pdf"):
                title = f"学校自评报告（第 {report['version']} 版，{kind}）"
                piece = Piece("", title, report["author"], report["date"], remark=remark, school=code)
                file = report[kind]
                self.section.file(file["sha256"], file["size"], file["name"], piece, folder=OVERVIEW)

    def _proofs(self, submission: submission_queries.DossierSubmission) -> None:
        names = self.spec.names
        order = {code: number for number, code in enumerate(names)}
        ranked = sorted(submission.proofs, key=lambda proof: order.get(proof.serves[0], 99) if proof.serves else 99)
        for proof in ranked:
            piece = Piece(
                "", proof.name, submission.name, submission.date, remark=proof.caption, school=submission.school
            )
            if not proof.serves:
                folder = "其他"
            elif len(proof.serves) > _SHARED:
                folder = "多项指标共用"
            else:
                folder = pieces.component(names[proof.serves[0]])
            self.section.file(proof.sha256, proof.size, proof.name, piece, folder=f"{PROOFS}/{folder}")
            for code in proof.serves:
                self.backing.setdefault(code, {}).setdefault((proof.sha256, submission.school), piece)

    def _visits(self, code: str) -> None:
        visits = [visit for visit in self.facts["visits"] if visit["school"] == code]
        if not visits:
            return
        record = Piece("", "督导记录", self.heading["author"], max(visit["date"] for visit in visits))
        self.section.make(f"visits:{code}", "pdf", record, folder=RECTIFICATION)
        for visit in visits:
            for photo in visit["photos"]:
                self._attach(photo["file"], f"督导照片：{photo['question']}")
            for file in (file for one in visit["addenda"] for file in one["files"]):
                self._attach(file, f"督导补记：{file['name']}")

    def finding_files(self, code: str) -> None:
        for finding in self.facts["findings"]:
            if finding["school"] == code:
                self._attach(finding["photo"], f"{finding['number']} 问题照片")
                for entry in finding["entries"]:
                    for file in entry["files"]:
                        self._attach(file, f"{finding['number']} {entry['kind']}佐证")

    def reports(self, wanted: Callable[[str], bool]) -> None:
        """Finished ones on what `wanted` accepts: a school's code, "" for the whole district."""
        for report in self.facts["reports"]:
            if wanted(report["school"]):
                for kind in ("docx", "pdf"):
                    self._attach(
                        report[kind], f"{report['title']}（第 {report['version']} 版，{kind}）", report["date"]
                    )

    def letters(self, wanted: Callable[[str], bool]) -> None:
        """Signed to or by what `wanted` accepts: a school's code, "" for departments and the district."""
        for letter in self.facts["letters"]:
            if not wanted(letter["school"]):
                continue
            served = f"{letter['delivered']} {letter['receiver']}{letter['delivery']}" if letter["delivered"] else ""
            withdrawn = f"{letter['withdrawn']} 撤回：{letter['withdraw_reason']}" if letter["withdrawn"] else ""
            remark = "；".join(filter(None, (served, withdrawn)))
            for kind in ("docx", "pdf"):
                self._attach(letter[kind], f"{letter['title']}（{kind}）", letter["date"], letter["number"], remark)
            for file in letter["files"]:
                self._attach(file, f"{letter['title']}佐证：{file['name']}", "", letter["number"], remark)

    def _attach(self, file: Json | None, title: str, date: str = "", number: str = "", remark: str = "") -> None:
        if file is None:
            return
        piece = Piece(
            "",
            title,
            file["by"],
            date or file["date"],
            document_no=number,
            remark=remark,
            school=self.section.school,
        )
        folder = RECTIFICATION if self.section.school else ""
        self.section.file(file["sha256"], file["size"], file["name"], piece, folder=folder)


@dataclass(frozen=True)
class Frozen:
    """A catalogue with its fingerprint and what was missing when it was made."""

    catalogue: DossierCatalogue
    sha256: str
    issues: tuple[submission_queries.Issue, ...]


def freeze(evaluation: Evaluation) -> Frozen:
    """Equal data give equal fingerprints. A fixed number of queries."""
    spec = standards.load_spec(evaluation.standard)
    facts = reading.of_evaluation(evaluation)
    submitted = submission_queries.load(evaluation, spec)
    issues = submission_queries.issues(evaluation, spec, submitted, facts)
    facts["issues"] = [asdict(issue) | {"who": list(issue.who)} for issue in issues]
    builder = _Builder(evaluation, spec, facts, submitted)
    catalogue = DossierCatalogue(heading(evaluation, spec), builder.volumes(), facts)
    sha256_of = {piece.code: piece.stored for piece in catalogue.with_bytes() if piece.stored}
    personal = restricted.among(sha256_of.values()) | {
        proof.sha256 for submission in submitted.values() for proof in submission.proofs if proof.restricted
    }

    def marked(piece: Piece) -> Piece:
        if sha256_of.get(piece.see or piece.code) not in personal:
            return piece
        return replace(piece, secrecy=_SECRECY, remark="；".join(filter(None, [piece.remark, "含个人信息"])))

    catalogue = catalogue.changed(marked)
    return Frozen(catalogue, fingerprint(catalogue), issues)


def fingerprint(catalogue: DossierCatalogue) -> str:
    return digests.fingerprint(catalogue.as_json())


def heading(evaluation: Evaluation, spec: Spec) -> dict[str, str]:
    district, as_of = evaluation.round.district, timezone.localtime(evaluation.data_as_of)
    return {
        "title": f"{district.name}义务教育优质均衡发展验收档案",
        "district": district.name,
        "district_code": district.code,
        "round": evaluation.round.code,
        "round_name": evaluation.round.name,
        "author": district.signature,
        "verdict": evaluations.both_words(evaluation.verdict, stored.relaxed(evaluation)),
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
        self,
        evaluation: Evaluation,
        spec: Spec,
        facts: Mapping[str, Any],
        submitted: Mapping[str, submission_queries.DossierSubmission],
    ) -> None:
        self.evaluation, self.spec, self.facts, self.submitted = evaluation, spec, facts, submitted
        self.heading = heading(evaluation, spec)
        self.shelf = Shelf(Numbers(self.heading["district_code"], self.heading["year"]))
        self.backing: Backing = {}

    def volumes(self) -> tuple[Volume, ...]:
        schools = tuple(self.schools())
        made: dict[str, tuple[PieceGroup, ...]] = {"X": schools, "Z": (self.general(),), "G": (self.ledger(schools),)}
        for code in "ABCD":
            made[code] = tuple(
                self.backed(_BY_CODE[code], i.code, i.short_name, "indicator", f"{i.short_name}分校情况和佐证索引")
                for i in self.spec.indicators
                if i.code.startswith(code)
            )
        made["E"] = tuple(
            self.backed(_BY_CODE["E"], v.code, v.name, "veto", "各校承诺与核查") for v in self.spec.vetoes
        )
        return tuple(replace(volume, sections=made[volume.code]) for volume in VOLUMES)

    def own(self, title: str, document_no: str = "") -> Piece:
        return Piece("", title, self.heading["author"], self.heading["date"], document_no=document_no)

    def schools(self) -> Iterable[PieceGroup]:
        # A school closed without a submission has a volume only for what inspectors recorded of it.
        recorded = {row["school"] for kind in ("visits", "findings", "reports") for row in self.facts[kind]}
        for code, entry in sorted(judging.schools(self.evaluation.inputs).items()):
            if judging.is_closed_silent(entry) and code not in recorded:
                continue
            since = self.facts["since"].get(code)
            title = f"{entry['register'][0]}（{since}）" if since else entry["register"][0]
            section = self.shelf.open(_BY_CODE["X"], f"X{code}", title, school=code)
            shelf = SchoolShelf(section, self.spec, self.facts, self.heading, self.backing)
            yield shelf.filled(code, self.submitted.get(code))

    def general(self) -> PieceGroup:
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
        for key, submission in self.submitted.items():
            if not submission.school:
                form = Piece("", f"{submission.name}填报表", submission.name, submission.date)
                section.make(f"return:{key}", "pdf", form)
                section.make(f"return_json:{key}", "json", replace(form, title=f"{submission.name}填报数据"))
                section.make(f"receipt:{key}", "pdf", replace(form, title=f"{submission.name}提交回执"))
        return section.closed()

    def backed(self, volume: Volume, code: str, title: str, kind: str, name: str) -> PieceGroup:
        section = self.shelf.open(volume, code, title)
        section.make(f"{kind}:{code}", "xlsx", self.own(name))
        for submission in self.submitted.values():
            for proof in submission.proofs:
                if not submission.school and code in proof.serves:
                    piece = Piece("", proof.name, submission.name, submission.date, remark=proof.caption)
                    section.file(proof.sha256, proof.size, proof.name, piece)
        for (sha256, _), listed in self.backing.get(code, {}).items():
            section.refer(self.shelf.holders[sha256], listed)
        return section.closed()

    def ledger(self, schools: tuple[PieceGroup, ...]) -> PieceGroup:
        section = self.shelf.open(_BY_CODE["G"], "G", "整改")
        section.make("ledger", "xlsx", self.own("问题台账"))
        if any(not finding["school"] for finding in self.facts["findings"]):
            section.make("findings:", "pdf", self.own(f"{UNITS}问题整改记录"))
        shelved = {one.code.removeprefix("X") for one in schools}
        shelf = SchoolShelf(section, self.spec, self.facts, self.heading, self.backing)
        if self.facts["letters"]:
            section.make("letters", "xlsx", self.own("督导文书送达和撤回登记"))
        shelf.reports(lambda school: school not in shelved)
        shelf.letters(lambda school: school not in shelved)
        for code in sorted({f["school"] for f in self.facts["findings"]} - shelved):
            shelf.finding_files(code)
        return section.closed()
