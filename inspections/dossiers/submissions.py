"""The frozen submissions an evaluation rests on: their answers in words, and which indicators each piece of evidence serves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Decision, Revision
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Item, Spec
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
        return self.revision.content

    @property
    def date(self) -> str:
        """The day it was handed in, 8 digits."""
        return digits(self.revision.submitted_at)


def load(evaluation: Evaluation, spec: Spec) -> dict[str, DossierSubmission]:
    """The submissions that were judged, schools by code first; three queries however many."""
    keys = {
        entry["revision"]: key for key, entry in reading.respondents(evaluation.inputs).items() if entry["revision"]
    }
    related = ("submitted_by", "submission__department", "submission__round__district")
    rows = Revision.objects.filter(pk__in=keys).select_related(*related).prefetch_related("decisions__decided_by")
    found = {keys[row.pk]: _frozen(keys[row.pk], row, evaluation, spec) for row in rows}
    return {key: found[key] for key in sorted(found, key=lambda key: (not found[key].school, key))}


def _frozen(key: str, row: Revision, evaluation: Evaluation, spec: Spec) -> DossierSubmission:
    school = (row.content["school"] or {}).get("code", "")
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
        for e in row.content["evidence"]
    )
    return DossierSubmission(key, school, name, row, approvals[-1] if approvals else None, proofs)


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
    """Whether a respondent gave a figure (not 不适用) for any of these items."""
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
