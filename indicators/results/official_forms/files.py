"""The filled forms as files: a workbook of 表Ⅰ–Ⅵ, a school's self-rating as Word or PDF."""

from dataclasses import replace

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import basis as reading
from indicators.results.official_forms import queries
from indicators.results.official_forms import self_rating as ratings
from portal.core.papers import docx, pdf
from portal.core.spreadsheets import write
from schools.directory.models import School

RENDERERS = {"docx": docx.render, "pdf": pdf.render}


def workbook(evaluation: Evaluation, author: str, since: str = "") -> bytes:
    """Return the workbook of 表Ⅰ–Ⅵ; the same evaluation, author and `since` give the same bytes.

    `since` says which schools are called otherwise today (`evaluations.renamed.note`).
    """
    forms = queries.forms(evaluation).values()
    return write.render_forms(
        [replace(form, notes=(*form.notes, f"{since}。")) for form in forms] if since else list(forms),
        title=f"{evaluation.round.district}义务教育优质均衡发展申报表",
        author=author,
        created=timezone.localtime(evaluation.data_as_of).date(),
    )


def self_rating(evaluation: Evaluation, school: School, kind: str) -> bytes:
    """Return a school's self-rating as docx or pdf; equal data give equal bytes.

    Raises Refused when no Chinese font is installed.
    """
    basis = reading.load(evaluation, only=school.code)
    told = basis.schools[school.code]
    since = school.since(told.name, told.kind)
    return RENDERERS[kind](ratings.document(basis, school.code, school.built_year, since))
