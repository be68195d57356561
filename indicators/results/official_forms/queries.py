"""The sheets of 表Ⅰ–Ⅵ of an evaluation with their annexes, and one school's self-rating."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import Cache
from indicators.results.official_forms import document as self_rating, facts as reading, workbook as tables
from indicators.standard.standards import placeholders, queries as standards
from portal.core.papers.docx import RENDERERS
from portal.core.spreadsheets import write
from schools.directory.models import School

MAKERS: Mapping[str, Callable[[reading.FormBasis], write.PrintedForm]] = {
    "1": tables.overview,
    "2-1": tables.passing,
    "2-2": tables.schools,
    "3": tables.balance,
    "4": tables.assurance,
    "5": tables.quality,
    "6": tables.recognition,
    "vetoes": tables.vetoes,
    "growth": tables.growth,
}
Forms = Mapping[str, write.PrintedForm]
_forms: Cache[Forms] = Cache(4)


@dataclass(frozen=True, slots=True)
class Tab:
    """A form to choose: its code in the address, its name, how many boxes wait."""

    code: str
    name: str
    waiting: int


def forms(evaluation: Evaluation) -> Forms:
    """By code; cached, for an evaluation never changes.

    Raises Invalid when a frozen submission is gone from the database.
    """

    def make() -> Forms:
        basis = reading.load(evaluation)
        made = {code: make(basis) for code, make in MAKERS.items() if code != "growth" or basis.spec.growths}
        notes = {code: (*form.notes, *reading.notes(basis, code), reading.source(basis)) for code, form in made.items()}
        return {code: replace(form, notes=notes[code]) for code, form in made.items()}

    return _forms.get(evaluation, make)


def tabs(evaluation: Evaluation, filled: Forms) -> list[Tab]:
    # What an evaluation stored in words says it as usual.
    words = {sentences(evaluation)["waiting"], placeholders.SENTENCES["waiting"]}
    return [Tab(code, form.name, waiting(form, words)) for code, form in filled.items()]


def waiting(form: write.PrintedForm, words: Collection[str]) -> int:
    """Open boxes; a sentence with blanks counts once."""
    return sum(box.open or any(word in box.text for word in words) for line in form.rows for box in line)


def sentences(evaluation: Evaluation) -> Mapping[str, str]:
    return standards.load_spec(evaluation.standard).sentences


def known(filled: Forms, code: str) -> str:
    return code if code in filled else next(iter(filled))


def of_school(school: School, evaluation: Evaluation) -> self_rating.SelfRating:
    basis = reading.load(evaluation, only=school.code)
    given = basis.schools[school.code]
    return self_rating.of_school(basis, school.code, school.built_year, school.since(given.name, given.kind))


def workbook(evaluation: Evaluation, author: str, since: str = "") -> bytes:
    """Equal evaluation, author and `since` (`evaluations.change_queries.renamed_note`) give equal bytes."""
    filled = forms(evaluation).values()
    return write.render_forms(
        [replace(form, notes=(*form.notes, f"{since}。")) for form in filled] if since else list(filled),
        title=sentences(evaluation)["forms_title"].format(district=evaluation.round.district),
        author=author,
        created=timezone.localtime(evaluation.data_as_of).date(),
    )


def self_rating_file(evaluation: Evaluation, school: School, kind: str) -> bytes:
    """As docx or pdf; equal data give equal bytes. Raises Refused without a Chinese font."""
    basis = reading.load(evaluation, only=school.code)
    given = basis.schools[school.code]
    since = school.since(given.name, given.kind)
    return RENDERERS[kind](self_rating.document(basis, school.code, school.built_year, since))
