"""The filled forms as files: a workbook of 表Ⅰ–Ⅵ, a school's self-rating as Word or PDF."""

from django.utils import timezone

from indicators.declarations import basis as reading
from indicators.declarations import queries
from indicators.declarations import self_rating as ratings
from indicators.evaluations.models import Evaluation
from portal.documents import docx, pdf, xlsx_forms
from schools.directory.models import School

RENDERERS = {"docx": docx.render, "pdf": pdf.render}


def workbook(evaluation: Evaluation, author: str) -> bytes:
    """Return the workbook of 表Ⅰ–Ⅵ; the same evaluation and author give the same bytes."""
    return xlsx_forms.render(
        list(queries.forms(evaluation).values()),
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
