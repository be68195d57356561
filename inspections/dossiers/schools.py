"""A school's own volume: return, receipt, result, evidence by indicator, supervision and rectification."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from indicators.standard.engine import Spec
from inspections.dossiers import naming
from inspections.dossiers.pieces import Json, Piece, Section
from inspections.dossiers.returns import Proof, Return
from inspections.dossiers.shelving import OpenSection

RETURN, RECEIPT, RESULT, PROOFS, RECTIFICATION = "1 填报表", "2 提交回执", "3 评估结果", "4 佐证", "5 督导与整改"
# What backs more indicators than this (pupils: ten) lies in a folder for all instead of the first one's.
_SHARED = 3


# Indicator or veto → (sha256, school) → how the file is listed under it.
Backing = dict[str, dict[tuple[str, str], Piece]]


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

    def filled(self, code: str, back: Return | None) -> Section:
        """Return the school's section, the same skeleton for every school."""
        section = self.section
        if back is not None:
            piece = Piece("", "填报表", back.name, back.date)
            section.make(f"return:{code}", "pdf", piece, folder=RETURN)
            section.make(f"return_json:{code}", "json", replace(piece, title="填报数据"), folder=RETURN)
            section.make(f"receipt:{code}", "pdf", replace(piece, title="提交回执"), folder=RECEIPT)
        result = Piece("", "评估结果", self.heading["author"], self.heading["date"])
        section.make(f"result:{code}", "pdf", result, folder=RESULT)
        section.make(f"self_rating:{code}", "pdf", replace(result, title="学校自评表"), folder=RESULT)
        if back is not None:
            self._proofs(back)
        self._visits(code)
        if any(finding["school"] == code for finding in self.facts["findings"]):
            record = Piece("", "问题整改记录", self.heading["author"], self.heading["date"])
            section.make(f"findings:{code}", "pdf", record, folder=RECTIFICATION)
        self.finding_files(code)
        self.reports(lambda school: school == code)
        return section.closed()

    def _proofs(self, back: Return) -> None:
        order = {code: number for number, code in enumerate(self._codes())}
        ranked = sorted(back.proofs, key=lambda proof: order.get(proof.serves[0], 99) if proof.serves else 99)
        for proof in ranked:
            piece = Piece("", proof.name, back.name, back.date, remark=proof.caption, school=back.school)
            folder = f"{PROOFS}/{self._folder(proof)}"
            self.section.file(proof.sha256, proof.size, proof.name, piece, folder=folder)
            for code in proof.serves:
                self.backing.setdefault(code, {}).setdefault((proof.sha256, back.school), piece)

    def _codes(self) -> list[str]:
        return [*(i.code for i in self.spec.indicators), *(v.code for v in self.spec.vetoes)]

    def _folder(self, proof: Proof) -> str:
        if not proof.serves:
            return "其他"
        if len(proof.serves) > _SHARED:
            return "多项指标共用"
        code = proof.serves[0]
        label = next((i.short_name for i in self.spec.indicators if i.code == code), "")
        label = label or next((v.name for v in self.spec.vetoes if v.code == code), "")
        return naming.component(f"{code} {label}")

    def _visits(self, code: str) -> None:
        visits = [visit for visit in self.facts["visits"] if visit["school"] == code]
        if not visits:
            return
        record = Piece("", "督导记录", self.heading["author"], max(visit["date"] for visit in visits))
        self.section.make(f"visits:{code}", "pdf", record, folder=RECTIFICATION)
        for visit in visits:
            for photo in visit["photos"]:
                self._attach(photo["file"], f"督导照片：{photo['question']}")

    def finding_files(self, code: str) -> None:
        """Add the photos of a school's findings and the files of their rectification."""
        for finding in self.facts["findings"]:
            if finding["school"] == code:
                self._attach(finding["photo"], f"{finding['number']} 问题照片")
                for entry in finding["entries"]:
                    for file in entry["files"]:
                        self._attach(file, f"{finding['number']} {entry['kind']}佐证")

    def reports(self, wanted: Callable[[str], bool]) -> None:
        """Add the finished reports on what `wanted` says: a school's code, "" for the whole district."""
        for report in self.facts["reports"]:
            if wanted(report["school"]):
                for kind in ("docx", "pdf"):
                    self._attach(
                        report[kind], f"{report['title']}（第 {report['version']} 版，{kind}）", report["date"]
                    )

    def _attach(self, file: Json | None, title: str, date: str = "") -> None:
        if file is None:
            return
        piece = Piece("", title, file["by"], date or file["date"], school=self.section.school)
        folder = RECTIFICATION if self.section.school else ""
        self.section.file(file["sha256"], file["size"], file["name"], piece, folder=folder)
