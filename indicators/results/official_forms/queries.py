"""The sheets of 表Ⅰ–Ⅵ of an evaluation with their annexes, and one school's self-rating."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import Cache
from indicators.results.official_forms import basis as reading
from indicators.results.official_forms import forms_1_3, forms_4_6, self_rating
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
    """A form to choose: its code in the address, its name, how many boxes wait."""

    code: str
    name: str
    waiting: int


def forms(evaluation: Evaluation) -> Forms:
    """By code; filled once per evaluation and process, for it never changes.

    Raises Invalid, in Chinese, when a frozen submission is gone from the database.
    """

    def make() -> Forms:
        basis, source = reading.load(evaluation), reading.source(evaluation)
        made = {code: make(basis) for code, make in MAKERS.items() if code != "growth" or basis.spec.growths}
        notes = {code: (*form.notes, *reading.notes(basis, code), source) for code, form in made.items()}
        return {code: replace(form, notes=notes[code]) for code, form in made.items()}

    return _forms.get(evaluation, make)


def tabs(filled: Forms) -> list[Tab]:
    return [Tab(code, form.name, waiting(form)) for code, form in filled.items()]


def waiting(form: PrintedForm) -> int:
    """Boxes nobody has answered yet; blanks inside a sentence count one a sentence."""
    return sum(box.open or "待填" in box.text for line in form.rows for box in line)


def known(filled: Forms, code: str) -> str:
    """The form asked for, or the first one."""
    return code if code in filled else next(iter(filled))


def of_school(school: School, evaluation: Evaluation) -> SelfRating:
    """Of the answers, only the school's own are read."""
    basis = reading.load(evaluation, only=school.code)
    given = basis.schools[school.code]
    return self_rating.of_school(basis, school.code, school.built_year, school.since(given.name, given.kind))


RENDERERS = {"docx": docx.render, "pdf": pdf.render}


def workbook(evaluation: Evaluation, author: str, since: str = "") -> bytes:
    """The same evaluation, author and `since` (`evaluations.queries.renamed_note`) give the same bytes."""
    filled = forms(evaluation).values()
    return write.render_forms(
        [replace(form, notes=(*form.notes, f"{since}。")) for form in filled] if since else list(filled),
        title=f"{evaluation.round.district}义务教育优质均衡发展申报表",
        author=author,
        created=timezone.localtime(evaluation.data_as_of).date(),
    )


def self_rating_file(evaluation: Evaluation, school: School, kind: str) -> bytes:
    """As docx or pdf; equal data give equal bytes. Raises Refused when no Chinese font is installed."""
    basis = reading.load(evaluation, only=school.code)
    given = basis.schools[school.code]
    since = school.since(given.name, given.kind)
    return RENDERERS[kind](self_rating.document(basis, school.code, school.built_year, since))
