"""Reads of declarations: the sheets of 表Ⅰ–Ⅵ of an evaluation with their annexes, and one school's self-rating."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import annex, assurance, granted, overview, resources, self_rating
from indicators.results.official_forms import basis as reading
from indicators.results.official_forms.basis import Basis
from indicators.results.official_forms.self_rating import SelfRating
from portal.core.spreadsheets.write import Form
from schools.directory.models import School

MAKERS: Mapping[str, Callable[[Basis], Form]] = {
    "1": overview.form,
    "2-1": resources.passing,
    "2-2": resources.schools,
    "3": resources.balance,
    "4": assurance.assurance,
    "5": assurance.quality,
    "6": assurance.recognition,
    "vetoes": annex.vetoes,
    "growth": annex.growth,
}
Forms = Mapping[str, Form]
_KEPT = 4
_forms: dict[tuple[object, ...], Forms] = {}


@dataclass(frozen=True, slots=True)
class Tab:
    """A form in the list of forms: its code in the address, its name, how many boxes wait."""

    code: str
    name: str
    waiting: int


def forms(evaluation: Evaluation) -> Forms:
    """Return 表Ⅰ–Ⅵ and the annexes of an evaluation by code; filled once per evaluation and process, for it never changes.

    Raises Invalid, in Chinese, when a frozen return is gone from the database.
    """
    key = (evaluation.pk, evaluation.inputs_sha256, evaluation.created_at)
    found = _forms.get(key)
    if found is None:
        found = _filled(evaluation)
        if len(_forms) >= _KEPT:
            _forms.clear()
        _forms[key] = found
    return found


def _filled(evaluation: Evaluation) -> Forms:
    basis, source = reading.load(evaluation), reading.source(evaluation)
    asked = {code: make for code, make in MAKERS.items() if code != "growth" or basis.spec.growths}
    made = {code: make(basis) for code, make in asked.items()}
    return {
        code: replace(form, notes=(*form.notes, *granted.notes(basis, code), source)) for code, form in made.items()
    }


def tabs(filled: Forms) -> list[Tab]:
    """Return the forms as a list to choose from."""
    return [Tab(code, form.name, waiting(form)) for code, form in filled.items()]


def waiting(form: Form) -> int:
    """Count the boxes nobody has answered yet; blanks inside a sentence count one a sentence."""
    return sum(box.open or "待填" in box.text for line in form.rows for box in line)


def known(filled: Forms, code: str) -> str:
    """Return the form asked for, or the first one."""
    return code if code in filled else next(iter(filled))


def of_school(school: School, evaluation: Evaluation) -> SelfRating:
    """Return a school's self-rating; of the answers, only its own are read."""
    basis = reading.load(evaluation, only=school.code)
    told = basis.schools[school.code]
    return self_rating.of_school(basis, school.code, school.built_year, school.since(told.name, told.kind))
