"""The submissions of a dossier, and what an acceptance team would miss: blocking gaps (阻断) and hints (提示), in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Decision, Revision
from indicators.results.evaluations import judging, queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Item, Spec
from inspections.dossiers import pieces
from inspections.dossiers.facts import digits

# Counts most indicators divide by: they back the figure, not the indicator itself.
_DENOMINATORS = frozenset({"school.pupils", "school.teachers"})


@dataclass(frozen=True, slots=True)
class Proof:
    """One file behind an item of a submission."""

    item: str
    name: str
    sha256: str
    size: int
    caption: str
    restricted: bool
    serves: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class DossierSubmission:
    """One respondent's revision: `key` as in Evaluation.inputs; `school` is "" for the bureau and departments."""

    key: str
    school: str
    name: str
    revision: Revision
    approved: Decision | None
    proofs: tuple[Proof, ...]

    @property
    def content(self) -> Mapping[str, Any]:
        return self.revision.signed

    @property
    def date(self) -> str:
        """8 digits."""
        return digits(self.revision.submitted_at)


def load(evaluation: Evaluation, spec: Spec) -> dict[str, DossierSubmission]:
    """Those judged, schools by code first; three queries."""
    keys = {
        entry["revision"]: key for key, entry in judging.respondents(evaluation.inputs).items() if entry["revision"]
    }
    related = ("submitted_by", "submission__department", "submission__round__district")
    rows = Revision.objects.filter(pk__in=keys).select_related(*related).prefetch_related("decisions__decided_by")
    found = {}
    for row in rows:
        key = keys[row.pk]
        school = (row.signed["school"] or {}).get("code", "")
        department = row.submission.department
        name = evaluation.inputs[key]["register"][0] if school else str(department or row.submission.round.district)
        approvals = [d for d in row.decisions.all() if d.verdict == Decision.Verdict.APPROVED]
        kind = "school" if school else "district"
        proofs = tuple(
            Proof(
                e["item"],
                e["name"],
                e["sha256"],
                e["size"],
                e.get("caption", ""),
                bool(e.get("restricted")),
                serves(spec, f"{kind}.{e['item']}"),
            )
            for e in row.signed["evidence"]
        )
        found[key] = DossierSubmission(key, school, name, row, approvals[-1] if approvals else None, proofs)
    return {key: found[key] for key in sorted(found, key=lambda key: (not found[key].school, key))}


def serves(spec: Spec, reference: str) -> tuple[str, ...]:
    codes = [indicator.code for indicator in spec.indicators if reference in indicator.items]
    return (
        *codes,
        *(veto.code for veto in spec.vetoes if reference in (f"school.{veto.item}", f"district.{veto.item}")),
    )


def own_items(spec: Spec, code: str) -> tuple[str, ...]:
    items = spec.indicator(code).items
    return tuple(item for item in items if item not in _DENOMINATORS) or items


def answered(spec: Spec, submission: DossierSubmission, references: Iterable[str]) -> bool:
    """A figure (not 不适用) for any of these items."""
    bases, items = _bases(submission, references), answers.items_of(spec, is_school=bool(submission.school))
    given = submission.content["answers"].items()
    return any("value" in data and field in items and items[field].base in bases for field, data in given)


def proven(submission: DossierSubmission, references: Iterable[str]) -> bool:
    bases = _bases(submission, references)
    return any(proof.item in bases for proof in submission.proofs)


def _bases(submission: DossierSubmission, references: Iterable[str]) -> set[str]:
    kind = "school." if submission.school else "district."
    return {reference.removeprefix(kind) for reference in references if reference.startswith(kind)}


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answered field of a submission, in words, with who typed it and when."""

    item: Item
    stage: str
    words: str
    by: str
    at: str


def lines(spec: Spec, submission: DossierSubmission) -> Iterator[AnswerLine]:
    answered = submission.content["answers"]
    for code, item in answers.items_of(spec, is_school=bool(submission.school)).items():
        if code in answered:
            data = answered[code]
            stage = spec.stages[item.stage].label if item.stage else ""
            words = answers.shown(item, answers.thawed(item, data))
            yield AnswerLine(item, stage, words, data.get("by", ""), data.get("at", "")[:16].replace("T", " "))


def of_items(spec: Spec, submission: DossierSubmission, references: tuple[str, ...]) -> Iterator[AnswerLine]:
    kind = "school." if submission.school else "district."
    return (line for line in lines(spec, submission) if f"{kind}{line.item.base}" in references)


BLOCK, HINT = "阻断", "提示"


@dataclass(frozen=True, slots=True)
class Issue:
    """One gap: how grave, in which section, in words, where it is fixed (round, board, ledger, ""), and who lacks it."""

    level: str
    section: str
    text: str
    where: str = ""
    who: tuple[str, ...] = ()

    @property
    def is_blocking(self) -> bool:
        return self.level == BLOCK


def issues(
    evaluation: Evaluation, spec: Spec, submitted: Mapping[str, DossierSubmission], facts: Mapping[str, Any]
) -> tuple[Issue, ...]:
    """Volume by volume; no query."""
    return (
        *_general(evaluation, facts),
        *_without_proof(evaluation, spec, submitted.values()),
        *_vetoes(evaluation, spec, submitted.values()),
        *_supervision(facts, submitted.values()),
    )


def _general(evaluation: Evaluation, facts: Mapping[str, Any]) -> Iterator[Issue]:
    if evaluation.verdict is None:
        yield Issue(BLOCK, "Z", f"评估还没有结论：{'；'.join(evaluation.why[:3])}", "board")
    elif not evaluation.verdict:
        words = evaluations.both_words(evaluation.verdict, stored.relaxed(evaluation))
        yield Issue(HINT, "Z", f"评估结论为“{words}”，档案将如实记载", "board")
    if not facts["programmes"]:
        yield Issue(HINT, "Z", "还没有录入本区的实施方案和实施步骤")
    if not pieces.fonds(evaluation.round.district.code):
        code = evaluation.round.district.code
        yield Issue(HINT, "Z", f"还没有设置全宗号，档号暂以区划代码 {code} 代替；请技术人员设置 DOSSIER_FONDS")
    schools = sorted(judging.schools(evaluation.inputs).items())
    lacking = [
        entry["register"][0] for _, entry in schools if not entry["revision"] and not judging.is_closed_silent(entry)
    ]
    if lacking:
        yield Issue(BLOCK, "X", f"{len(lacking)} 所学校没有通过审核的填报", "round", tuple(lacking))
    if evaluation.round.district.code not in evaluation.inputs:
        yield Issue(BLOCK, "Z", "区县填报（政府保障程度、教育质量等）还没有通过审核", "round")


def _without_proof(evaluation: Evaluation, spec: Spec, submitted: Iterable[DossierSubmission]) -> Iterator[Issue]:
    judged = {part.school_code for part in stored.of(evaluation).parts}
    listed = list(submitted)
    for indicator in spec.indicators:
        own = own_items(spec, indicator.code)
        resource = indicator.formula is not None
        lacking = [
            submission.name
            for submission in listed
            if answered(spec, submission, own)
            and not proven(submission, own)
            and (not resource or submission.school in judged)
        ]
        head = spec.names[indicator.code]
        if lacking:
            text = f"{head}：{len(lacking)} 个单位填了数据但没有佐证（{'、'.join(indicator.evidence)}）"
            yield Issue(BLOCK if resource else HINT, indicator.code, text, "round", tuple(lacking))
        elif not any(answered(spec, submission, own) for submission in listed):
            yield Issue(BLOCK, indicator.code, f"{head}：还没有任何单位填报", "round")


def _vetoes(evaluation: Evaluation, spec: Spec, submitted: Iterable[DossierSubmission]) -> Iterator[Issue]:
    listed = list(submitted)
    for judged in stored.of(evaluation).vetoes:
        veto = next(v for v in spec.vetoes if v.code == judged.code)
        head = spec.names[veto.code]
        if judged.happened:
            schools = _named(evaluation, judged.schools)
            yield Issue(BLOCK, veto.code, f"{head}：报告发生，属于一票否决", "board", schools)
        if judged.asks_bureau and judged.bureau is None:
            yield Issue(BLOCK, veto.code, f"{head}：教育局还没有对全区声明，各校的承诺不能代替", "round")
        if judged.unanswered:
            schools = _named(evaluation, judged.unanswered)
            yield Issue(BLOCK, veto.code, f"{head}：{len(schools)} 所学校没有作出承诺", "round", schools)
        own = (f"school.{veto.item}",)
        lacking = [
            submission.name for submission in listed if answered(spec, submission, own) and not proven(submission, own)
        ]
        if lacking:
            text = f"{head}：{len(lacking)} 所学校没有上传{veto.evidence[0]}"
            yield Issue(HINT, veto.code, text, "round", tuple(lacking))


def _supervision(facts: Mapping[str, Any], submitted: Iterable[DossierSubmission]) -> Iterator[Issue]:
    still_open = [finding for finding in facts["findings"] if not finding["is_closed"]]
    if still_open:
        schools = tuple(sorted({finding["school_name"] for finding in still_open}))
        yield Issue(HINT, "G", f"{len(still_open)} 个问题还没有销号", "ledger", schools)
    if facts["findings"] and not facts["reports"]:
        yield Issue(HINT, "G", "还没有编制整改报告", "reports")
    unproven = [f["number"] for f in facts["findings"] if f["is_closed"] and not any(e["files"] for e in f["entries"])]
    if unproven:
        yield Issue(HINT, "G", f"{len(unproven)} 个已销号问题没有整改佐证", "ledger", tuple(unproven))
    issued = {report["school"] for report in facts["self_reports"]}
    lacking = tuple(one.name for one in submitted if one.school and one.school not in issued)
    if lacking:
        yield Issue(HINT, "X", f"{len(lacking)} 所学校没有签发自评报告", "round", lacking)


def _named(evaluation: Evaluation, codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(evaluation.inputs[code]["register"][0] for code in codes)
