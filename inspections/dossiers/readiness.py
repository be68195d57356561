"""What an acceptance team would miss: blocking gaps (阻断) and hints (提示), in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec
from inspections.dossiers import pieces, submissions
from inspections.dossiers.submissions import DossierSubmission

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
    """Everything missing, volume by volume; needs no query."""
    return (
        *_general(evaluation, facts),
        *_without_submission(evaluation),
        *_without_proof(evaluation, spec, submitted.values()),
        *_vetoes(evaluation, spec, submitted.values()),
        *_ledger(facts),
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


def _without_submission(evaluation: Evaluation) -> Iterator[Issue]:
    schools = sorted(reading.schools(evaluation.inputs).items())
    lacking = [
        entry["register"][0] for _, entry in schools if not entry["revision"] and not reading.is_closed_silent(entry)
    ]
    if lacking:
        yield Issue(BLOCK, "X", f"{len(lacking)} 所学校没有通过审核的填报", "round", tuple(lacking))
    if evaluation.round.district.code not in evaluation.inputs:
        yield Issue(BLOCK, "Z", "区县填报（政府保障程度、教育质量等）还没有通过审核", "round")


def _without_proof(evaluation: Evaluation, spec: Spec, submitted: Iterable[DossierSubmission]) -> Iterator[Issue]:
    judged = {part.school_code for part in stored.of(evaluation).parts}
    listed = list(submitted)
    for indicator in spec.indicators:
        own = submissions.own_items(spec, indicator.code)
        resource = indicator.formula is not None
        lacking = [
            submission.name
            for submission in listed
            if submissions.answered(spec, submission, own)
            and not submissions.proven(submission, own)
            and (not resource or submission.school in judged)
        ]
        head = f"{indicator.code} {indicator.short_name}"
        if lacking:
            text = f"{head}：{len(lacking)} 个单位填了数据但没有佐证（{'、'.join(indicator.evidence)}）"
            yield Issue(BLOCK if resource else HINT, indicator.code, text, "round", tuple(lacking))
        elif not any(submissions.answered(spec, submission, own) for submission in listed):
            yield Issue(BLOCK, indicator.code, f"{head}：还没有任何单位填报", "round")


def _vetoes(evaluation: Evaluation, spec: Spec, submitted: Iterable[DossierSubmission]) -> Iterator[Issue]:
    listed = list(submitted)
    for judged in stored.of(evaluation).vetoes:
        veto = next(v for v in spec.vetoes if v.code == judged.code)
        head = f"{veto.code} {veto.name}"
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
            submission.name
            for submission in listed
            if submissions.answered(spec, submission, own) and not submissions.proven(submission, own)
        ]
        if lacking:
            text = f"{head}：{len(lacking)} 所学校没有上传{veto.evidence[0]}"
            yield Issue(HINT, veto.code, text, "round", tuple(lacking))


def _ledger(facts: Mapping[str, Any]) -> Iterator[Issue]:
    still_open = [finding for finding in facts["findings"] if not finding["is_closed"]]
    if still_open:
        schools = tuple(sorted({finding["school_name"] for finding in still_open}))
        yield Issue(HINT, "G", f"{len(still_open)} 个问题还没有销号", "ledger", schools)
    if facts["findings"] and not facts["reports"]:
        yield Issue(HINT, "G", "还没有编制整改报告", "reports")
    unproven = [f["number"] for f in facts["findings"] if f["is_closed"] and not any(e["files"] for e in f["entries"])]
    if unproven:
        yield Issue(HINT, "G", f"{len(unproven)} 个已销号问题没有整改佐证", "ledger", tuple(unproven))


def _named(evaluation: Evaluation, codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(evaluation.inputs[code]["register"][0] for code in codes)
