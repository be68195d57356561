"""The frozen returns an evaluation rests on, and which indicators each piece of evidence serves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Decision, Revision
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec
from inspections.dossiers.facts import digits

# Counts most indicators divide by: they back the figure, not the indicator itself.
_DENOMINATORS = frozenset({"school.pupils", "school.teachers"})


@dataclass(frozen=True, slots=True)
class Proof:
    """One file behind an item of a return."""

    item: str
    name: str
    sha256: str
    size: int
    caption: str
    restricted: bool
    serves: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Return:
    """One respondent's revision: `key` as in Evaluation.inputs; `school` is "" for the bureau and departments."""

    key: str
    school: str
    name: str
    revision: Revision
    approved: Decision | None
    proofs: tuple[Proof, ...]

    @property
    def content(self) -> Mapping[str, Any]:
        """The frozen answers, evidence and explanations."""
        return self.revision.content

    @property
    def date(self) -> str:
        """The day it was handed in, 8 digits."""
        return digits(self.revision.submitted_at)


def load(evaluation: Evaluation, spec: Spec) -> dict[str, Return]:
    """Return the returns that were judged, schools by code first; three queries however many."""
    keys = {
        entry["revision"]: key for key, entry in reading.respondents(evaluation.inputs).items() if entry["revision"]
    }
    related = ("submitted_by", "submission__department", "submission__round__district")
    rows = Revision.objects.filter(pk__in=keys).select_related(*related).prefetch_related("decisions__decided_by")
    found = {keys[row.pk]: _return(keys[row.pk], row, evaluation, spec) for row in rows}
    return {key: found[key] for key in sorted(found, key=lambda key: (not found[key].school, key))}


def _return(key: str, row: Revision, evaluation: Evaluation, spec: Spec) -> Return:
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
    return Return(key, school, name, row, approvals[-1] if approvals else None, proofs)


def serves(spec: Spec, reference: str) -> tuple[str, ...]:
    """Return the codes of the indicators and vetoes that need an item, in the standard's order."""
    codes = [indicator.code for indicator in spec.indicators if reference in indicator.items]
    return (
        *codes,
        *(veto.code for veto in spec.vetoes if reference in (f"school.{veto.item}", f"district.{veto.item}")),
    )


def own_items(spec: Spec, code: str) -> tuple[str, ...]:
    """Return the references an indicator's evidence is expected at: its items without mere denominators."""
    items = spec.indicator(code).items
    return tuple(item for item in items if item not in _DENOMINATORS) or items


def answered(spec: Spec, back: Return, references: Iterable[str]) -> bool:
    """Whether a respondent gave a figure (not 不适用) for any of these items."""
    bases, items = _bases(back, references), answers.items_of(spec, is_school=bool(back.school))
    told = back.content["answers"].items()
    return any("value" in data and field in items and items[field].base in bases for field, data in told)


def proven(back: Return, references: Iterable[str]) -> bool:
    """Whether a respondent put a file behind any of these items."""
    bases = _bases(back, references)
    return any(proof.item in bases for proof in back.proofs)


def _bases(back: Return, references: Iterable[str]) -> set[str]:
    """The base codes among references that this respondent is asked: school.pupils to pupils."""
    kind = "school." if back.school else "district."
    return {reference.removeprefix(kind) for reference in references if reference.startswith(kind)}
