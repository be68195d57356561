"""Actions on the official forms: exporting them filled."""

from dataclasses import dataclass

from django.db import transaction

from indicators.results.evaluations import change_queries as changes
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import queries
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotFound
from portal.core.files.views import PAPERS, XLSX
from portal.core.lib import digests
from schools.access.scope import Perm, ensure, may
from schools.directory.models import School


@dataclass(frozen=True, slots=True)
class Filed:
    """A file handed out."""

    name: str
    media_type: str
    content: bytes


@transaction.atomic
def export(*, evaluation: Evaluation, by: User) -> Filed:
    """表Ⅰ–Ⅵ as .xlsx.

    Raises NotFound or NotAllowed, Invalid when a frozen submission is gone from the database.
    """
    ensure(by, Perm.DISTRICT_RESULT_VIEW, evaluation)
    district = evaluation.round.district
    content = queries.workbook(evaluation, district.signature, changes.renamed_note(changes.renamed_since(evaluation)))
    audit.record("declaration.export", by=by, obj=evaluation, district=district.code, after=digests.of(content))
    return Filed(f"{district}{evaluation.round.name}申报表.xlsx", XLSX, content)


@transaction.atomic
def export_self_rating(*, school: School, evaluation: Evaluation, kind: str, by: User) -> Filed:
    """自评表 as docx or pdf. Raises NotFound for another kind or a school out of scope, Refused without a font."""
    if not may(by, Perm.DISTRICT_RESULT_VIEW, evaluation):
        ensure(by, Perm.EVALUATION_VIEW, school)
    if kind not in PAPERS:
        raise NotFound("自评表只有 Word 和 PDF 两种文件。请回到自评表页面重新下载。")
    content = queries.self_rating_file(evaluation, school, kind)
    audit.record(
        "declaration.export_self_rating",
        by=by,
        obj=evaluation,
        district=evaluation.round.district.code,
        school=school.code,
        after={"kind": kind} | digests.of(content),
    )
    name = evaluation.inputs[school.code]["register"][0]
    title = queries.sentences(evaluation)["self_name"]
    return Filed(f"{name}{evaluation.round.name}{title}.{kind}", PAPERS[kind], content)
