"""Reads of declarations: the sheets of 表Ⅰ–Ⅵ of an evaluation with their annexes, and one school's self-rating."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import Cache
from indicators.results.official_forms import (
    basis as reading,
)
from indicators.results.official_forms import (
    forms_1_3,
    forms_4_6,
    self_rating,
)
from indicators.results.official_forms.basis import FormBasis
from indicators.results.official_forms.self_rating import SelfRating
from portal.core.papers import docx, pdf
from portal.core.spreadsheets import write
from portal.core.spreadsheets.write import PrintedForm
from schools.directory.models import School

MAKERS: Mapping[str, Callable[[FormBasis], PrintedForm]] = {
    "1": forms_1_3.overview,
    "2-1": forms_1_3.passing,
    "2-2": forms_1_3.schools,
    "3": forms_1_3.balance,
    "4": forms_4_6.assurance,
    "5": forms_4_6.quality,
    "6": forms_4_6.recognition,
    "vetoes": forms_4_6.vetoes,
    "growth": forms_4_6.growth,
}
Forms = Mapping[str, PrintedForm]
_forms: Cache[Forms] = Cache(4)


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
    return _forms.get(evaluation, lambda: _filled(evaluation))


def _filled(evaluation: Evaluation) -> Forms:
    basis, source = reading.load(evaluation), reading.source(evaluation)
    asked = {code: make for code, make in MAKERS.items() if code != "growth" or basis.spec.growths}
    made = {code: make(basis) for code, make in asked.items()}
    return {
        code: replace(form, notes=(*form.notes, *reading.notes(basis, code), source)) for code, form in made.items()
    }


def tabs(filled: Forms) -> list[Tab]:
    """Return the forms as a list to choose from."""
    return [Tab(code, form.name, waiting(form)) for code, form in filled.items()]


def waiting(form: PrintedForm) -> int:
    """Count the boxes nobody has answered yet; blanks inside a sentence count one a sentence."""
    return sum(box.open or "待填" in box.text for line in form.rows for box in line)


def known(filled: Forms, code: str) -> str:
    """Return the form asked for, or the first one."""
    return code if code in filled else next(iter(filled))


def of_school(school: School, evaluation: Evaluation) -> SelfRating:
    """Return a school's self-rating; of the answers, only its own are read."""
    basis = reading.load(evaluation, only=school.code)
    given = basis.schools[school.code]
    return self_rating.of_school(basis, school.code, school.built_year, school.since(given.name, given.kind))


RENDERERS = {"docx": docx.render, "pdf": pdf.render}


def workbook(evaluation: Evaluation, author: str, since: str = "") -> bytes:
    """Return the workbook of 表Ⅰ–Ⅵ; the same evaluation, author and `since` give the same bytes.

    `since` says which schools are called otherwise today (`evaluations.queries.renamed_note`).
    """
    filled = forms(evaluation).values()
    return write.render_forms(
        [replace(form, notes=(*form.notes, f"{since}。")) for form in filled] if since else list(filled),
        title=f"{evaluation.round.district}义务教育优质均衡发展申报表",
        author=author,
        created=timezone.localtime(evaluation.data_as_of).date(),
    )


def self_rating_file(evaluation: Evaluation, school: School, kind: str) -> bytes:
    """Return a school's self-rating as docx or pdf; equal data give equal bytes.

    Raises Refused when no Chinese font is installed.
    """
    basis = reading.load(evaluation, only=school.code)
    given = basis.schools[school.code]
    since = school.since(given.name, given.kind)
    return RENDERERS[kind](self_rating.document(basis, school.code, school.built_year, since))
