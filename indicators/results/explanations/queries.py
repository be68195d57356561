"""Reads of explanations: the evaluation within reach, judged again once and explained at a place."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from indicators.collection.submissions.models import Decision, Evidence, Revision
from indicators.results.board.board import printed
from indicators.results.evaluations import judging, queries as evaluations, stored
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import DISTRICT, ENGINE_VERSION, Spec, explain, tally, together
from indicators.standard.engine.explain import Case, ConclusionPlace, Explanation, Input
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib.verdicts import VERDICTS
from schools.access.restricted import Persons
from schools.access.scope import Perm, visible
from schools.directory.models import School


def evaluation(user: User, pk: int) -> Evaluation:
    """NotFound unless the person may see the district's results."""
    rows = Evaluation.objects.select_related("round__district", "standard", "created_by").defer("standard__content")
    found = visible(user, rows, Perm.DISTRICT_RESULT_VIEW).filter(pk=pk).first()
    if found is None:
        raise NotFound("没有找到这次评估，或不在您可以查看的范围内。")
    return found


def behind(evaluation: Evaluation, place: ConclusionPlace, *, sees_board: bool) -> QuerySet[Any]:
    """The evaluation, or the school for who does not see the district's results."""
    if not place.school or sees_board:
        return Evaluation.objects.filter(pk=evaluation.pk)
    return School.objects.filter(code=place.school)


def explainable(evaluation: Evaluation) -> bool:
    """Only with the same engine do steps and stored result belong together."""
    return evaluation.engine == ENGINE_VERSION


_EXPLAINED: Mapping[str, Callable[[Case, ConclusionPlace], Explanation]] = {
    "district": lambda case, place: explain.district(case),
    "stage": lambda case, place: explain.stage(case, place.stage),
    "coefficient": lambda case, place: explain.coefficient(case, place.stage, place.code),
    "part": lambda case, place: explain.part(case, place.school, place.stage),
    "indicator": lambda case, place: explain.indicator(case, place.school, place.stage, place.code),
    "condition": lambda case, place: explain.condition_based(case, place.code),
    "school": lambda case, place: explain.school_condition(case, place.code, place.school),
    "veto": lambda case, place: explain.veto(case, place.code),
}


def node(evaluation: Evaluation, place: ConclusionPlace) -> Explanation | None:
    """None when another engine version judged it.

    Raises NotFound where the evaluation judged no such thing.
    """
    if not explainable(evaluation):
        return None
    try:
        return _EXPLAINED[place.kind](evaluations.case_of(evaluation), place)
    except KeyError:
        raise NotFound("这次评估中没有这一项，或该学校不参加这项评估。") from None


@dataclass(frozen=True, slots=True)
class File:
    """A frozen evidence document; no ``url`` = not within the reader's reach."""

    name: str
    sha256: str
    url: str


@dataclass(frozen=True, slots=True)
class FrozenSubmission:
    """The frozen submission a figure was read from."""

    name: str
    number: int
    receipt: str
    sha256: str
    url: str
    submitted_by: str
    submitted_at: dt.datetime
    approved_by: str
    approved_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """Where one answer comes from; ``entered_at`` is None for a field nobody answered."""

    taken: FrozenSubmission
    entered_by: str
    entered_at: dt.datetime | None
    files: tuple[File, ...]

    def as_json(self, persons: Persons) -> dict[str, Any]:
        """Times in ISO 8601."""
        taken = self.taken
        return {
            "revision": taken.number,
            "receipt": taken.receipt,
            "sha256": taken.sha256,
            "submitted_by": persons.name(taken.submitted_by),
            "submitted_at": taken.submitted_at.isoformat(),
            "approved_by": persons.name(taken.approved_by),
            "approved_at": taken.approved_at.isoformat() if taken.approved_at else None,
            "entered_by": persons.name(self.entered_by),
            "entered_at": self.entered_at.isoformat() if self.entered_at else None,
            "evidence": [{"name": file.name, "sha256": file.sha256} for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class Trail:
    """The submissions behind some answers; what the reader may not see is not in it."""

    revisions: Mapping[str, Revision]
    submissions: Mapping[str, FrozenSubmission]
    files: Mapping[tuple[int, str], int]

    def of(self, given: Input) -> AnswerSource | None:
        """None without a visible submission."""
        key = given.respondent
        if key == DISTRICT:
            # The bureau's figure counts, else that of the last department (as judging.district_data reads them).
            answered = [
                key
                for key, row in self.revisions.items()
                if not row.signed["school"] and given.item in row.signed["answers"]
            ]
            key = max(answered, key=lambda key: ("/" not in key, key), default="")
        if key not in self.revisions:
            return None
        row = self.revisions[key]
        answer = row.signed["answers"].get(given.item, {})
        at = dt.datetime.fromisoformat(answer["at"]) if answer.get("at") else None
        files = []
        for entry in row.signed["evidence"]:
            # Evidence belongs to the item as it is asked, without its stage.
            if given.item in (entry["item"], *(f"{entry['item']}_{stage}" for stage in _STAGES)):
                evidence = self.files.get((row.submission_id, entry["document"]))
                url = reverse("evidence:download", args=[evidence]) if evidence else ""
                files.append(File(entry["name"], entry["sha256"], url))
        return AnswerSource(self.submissions[key], answer.get("by", ""), at, tuple(files))


_STAGES = ("primary", "junior", "senior")


def follow(user: User, evaluation: Evaluation, given: Iterable[Input]) -> Trail:
    """As far as the person may see the submissions; three or four queries."""
    asked = {one.respondent for one in given}
    named = {
        entry["revision"]: key
        for key, entry in judging.respondents(evaluation.inputs).items()
        if entry["revision"] is not None and (key in asked or (not entry["register"] and DISTRICT in asked))
    }
    if not named:
        return Trail({}, {}, {})
    rows = visible(user, Revision.objects.filter(pk__in=named), Perm.SUBMISSION_VIEW)
    rows = rows.select_related(
        "submitted_by", "submission__department", "submission__round__district"
    ).prefetch_related("decisions__decided_by")
    revisions = {named[row.pk]: row for row in rows}
    names = judging.school_names(evaluation.inputs)
    submissions = {}
    for key, row in revisions.items():
        # For the district a department answered, or the bureau itself.
        submission = row.submission
        bureau = submission.department or f"{submission.round.district}（区县数据）"
        approved = next((one for one in row.decisions.all() if one.verdict == Decision.Verdict.APPROVED), None)
        submissions[key] = FrozenSubmission(
            name=names.get(key) or str(bureau),
            number=row.number,
            receipt=row.receipt,
            sha256=row.sha256,
            url=reverse("submissions:revision", args=[row.pk]),
            submitted_by=str(row.submitted_by),
            submitted_at=row.submitted_at,
            approved_by=str(approved.decided_by) if approved else "",
            approved_at=approved.decided_at if approved else None,
        )
    # The evidence the person may open; without any there is no query.
    documents = {entry["document"] for row in revisions.values() for entry in row.signed["evidence"]}
    own = Evidence.objects.filter(
        submission__in=[row.submission_id for row in revisions.values()], document__public_id__in=documents
    )
    seen = visible(user, own, Perm.SUBMISSION_VIEW).values_list("submission_id", "document__public_id", "pk")
    files = {(submission_id, str(document)): pk for submission_id, document, pk in seen}
    return Trail(revisions, submissions, files)


@dataclass(frozen=True, slots=True)
class RelaxedVerdict:
    """A verdict with relaxations as words and tone, the figure behind it, and the relaxations it rests on."""

    words: str
    tone: str
    figure: str
    allowed: tuple[stored.Allowed, ...]

    def as_json(self) -> dict[str, Any]:
        return {"verdict": self.words, "figure": self.figure, "grants": [one.words for one in self.allowed]}


def relaxed_at(evaluation: Evaluation, spec: Spec, place: ConclusionPlace) -> RelaxedVerdict | None:
    """None without a relaxation about the place. A school sees only its own."""
    relaxed = stored.relaxed(evaluation)
    if relaxed is None:
        return None
    codes: set[str] | None = {place.code} if place.code else None
    if not place.code and place.kind in ("stage", "part"):
        codes = {indicator.code for indicator in spec.resources}
    own = tuple(
        one
        for one in relaxed.allowed
        if place.school in ("", one.school_code) and (codes is None or one.indicator in codes)
    )
    if not own and place.kind != "district":
        return None
    found = _verdict_at(stored.of(evaluation), relaxed, spec, place)
    return RelaxedVerdict(*VERDICTS[found[0]], found[1], own) if found else None


def _verdict_at(
    strict: stored.StoredResult, relaxed: stored.Relaxed, spec: Spec, place: ConclusionPlace
) -> tuple[bool | None, str] | None:
    """With relaxations; and the figure behind it."""
    if place.kind == "district":
        return relaxed.verdict, ""
    if place.kind == "coefficient":
        coefficient = relaxed.coefficient(place.stage, place.code)
        if coefficient is None:
            return None
        return coefficient.passes, f"差异系数 {printed(coefficient.cv, spec.printing['cv'])}"
    if place.kind in ("condition", "school"):
        condition = relaxed.condition(place.code)
        if condition is None:
            return None
        return (condition.of_school(place.school) if place.school else condition.passes), ""
    if place.kind == "stage":
        verdicts = [(relaxed.part(part) or part).passes for part in strict.parts if part.stage == place.stage]
        spreads = [
            relaxed.coefficient(place.stage, code) or own for code, own in strict.coefficients[place.stage].items()
        ]
        verdict = together((*verdicts, *(one.passes for one in spreads if one.reason != "no_parts")))
        return verdict, f"{len(verdicts)} 所（部）：{tally(verdicts).words}"
    own = strict.by_key.get((place.school, place.stage))
    if own is None:
        return None
    if place.kind == "part":
        part = relaxed.part(own)
        return (part.passes, "") if part else None
    figure = relaxed.figure(own, place.code)
    return (figure.reaches, figure.formula) if figure else None


def stored_lines(evaluation: Evaluation, spec: Spec, place: ConclusionPlace) -> Iterator[tuple[str, str]]:
    """Label and text from another engine's evaluation; KeyError where it stored nothing."""
    result = stored.of(evaluation)
    match place.kind:
        case "district":
            yield "结论", VERDICTS[evaluation.verdict].words
            yield from (("理由", why) for why in evaluation.why)
        case "stage":
            for part in result.parts:
                if part.stage == place.stage:
                    yield part.school_name, VERDICTS[part.passes].words
            for code, coefficient in result.coefficients[place.stage].items():
                yield f"{code} 差异系数", printed(coefficient.cv, spec.printing["cv"])
        case "coefficient":
            one = result.coefficients[place.stage][place.code]
            numbers = {"全区均值": one.mean, "标准差": one.sd, "差异系数": one.cv, "上限": one.limit}
            yield from ((label, text or "—") for label, text in numbers.items())
            yield "判定", VERDICTS[one.passes].words
        case "part":
            part = result.by_key[place.school, place.stage]
            yield "结论", VERDICTS[part.passes].words
            for code, figure in part.indicators.items():
                yield spec.names[code], figure.formula or figure.value or "—"
        case "indicator":
            figure = result.by_key[place.school, place.stage].indicators[place.code]
            facts = {"算式": figure.formula, "准确值": figure.value, "标准": figure.threshold}
            facts |= {"底线": figure.floor, "差距": figure.gap}
            yield from ((label, text or "—") for label, text in facts.items())
            yield "判定", VERDICTS[figure.reaches].words
        case "condition":
            condition = result.conditions[place.code]
            yield "结论", VERDICTS[condition.passes].words
            yield "填报或数值", condition.value or "—"
            yield "说明", condition.why or "—"
        case "school":
            schools = [school for school in result.conditions[place.code].schools if school.school_code == place.school]
            if not schools:
                raise KeyError(place.school)
            yield from ((VERDICTS[school.passes].words, school.why or "—") for school in schools)
        case "veto":
            veto = {veto.code: veto for veto in result.vetoes}[place.code]
            yield veto.name, {True: "发生", False: "没有发生", None: "未全部确认"}[veto.happened]


def stored_title(evaluation: Evaluation, spec: Spec, place: ConclusionPlace) -> str:
    pieces = [evaluation.inputs[place.school]["register"][0]] if place.school else ["全区"]
    if place.stage:
        pieces.append(spec.stages[place.stage].label)
    return " ".join([*pieces, place.code or ("结论" if place.kind == "district" else "资源配置指标")])
