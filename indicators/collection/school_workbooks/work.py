"""The import of a school's own workbook: what its pages and workers do with it."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from indicators.collection.school_workbooks import actions, queries
from indicators.collection.school_workbooks.workbook import LAST_YEAR
from indicators.collection.submissions import rights
from indicators.collection.submissions.models import Submission
from indicators.collection.workbooks.workbook import README
from portal.core.accounts.models import User
from portal.core.spreadsheets.imports import FORMATS, Imported, ImportKind, ImportPlace, SentWorkbook
from schools.access.scope import Perm, require


def place(by: User, submission_id: int | None) -> ImportPlace:
    submission, school = rights.school_form(by, submission_id or 0)
    rights.ensure_editable(submission)
    return ImportPlace(submission.round.district.code, submission, f"{submission.round.code}:{school.code}")


def dry_run(sent: SentWorkbook) -> dict[str, Any]:
    planned, facts = queries.read(submission_id=sent.place.pk, data=sent.data, name=sent.name, by=sent.by)
    return queries.preview(planned, facts)


def up_to_date(place: ImportPlace, plan: Mapping[str, Any]) -> dict[str, Any]:
    assert isinstance(place.obj, Submission)  # noqa: S101 as `place` gives it
    return queries.up_to_date(place.obj, plan)


def carry_out(sent: SentWorkbook) -> Imported:
    done = actions.accept(
        submission_id=sent.place.pk, data=sent.data, name=sent.name, take=sent.typed["take"], by=sent.by
    )
    stale = f"有人改过，没有采用：{'、'.join(done.stale)}。请核对现在的数，仍要采用的单独点。" if done.stale else ""
    return Imported(f"采用 {done.taken} 项，写进了填报表", stale, is_partial=done.left > 0)


SCHOOL_WORKBOOK = ImportKind(
    name="school_workbook",
    label="本校填报工作簿",
    hint=FORMATS,
    right=require(Perm.SUBMISSION_FILL),
    of="submission",
    place=place,
    dry_run=dry_run,
    apply=carry_out,
    up_to_date=up_to_date,
    leads_to=lambda place: reverse("submissions:edit", args=[place.pk]),
    leads_label="回到填报表",
    namespace="school_workbooks",
    templates="indicators/school_workbooks",
    audit_area="school_workbook",
    asks=("take",),
    plain_sheets={README, LAST_YEAR},
    context=lambda place, options: {"submission": place.obj},
)
