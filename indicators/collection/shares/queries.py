"""Reads of the division of a form: its sections, who has them, what is open in each."""

from collections.abc import Mapping

from django.db.models import Q

from indicators.collection.shares.models import SectionShare
from indicators.collection.submissions import queries as submissions, sheet_pages as sheet, workflow
from indicators.collection.submissions.models import Round, Submission
from portal.core.accounts.models import User
from portal.core.lib import digests
from schools.access.scope import Perm, visible


def sections(submission: Submission) -> list[sheet.SectionState]:
    """Those that can be given: not what the head alone confirms."""
    known = submissions.load(submission)
    assessment = workflow.assess(known)
    own = {item.section for item in assessment.asked if not item.signed}
    return [part for part in sheet.parts(known, assessment) if part.code in own]


def open_words(submission: Submission, section: str) -> str:
    """2 项未填，1 处错误; "" for nothing."""
    known = submissions.load(submission)
    assessment = workflow.assess(known)
    signed = sum(field.item.signed and field.item.section == section for field in assessment.missing)
    part = next((part for part in sheet.parts(known, assessment) if part.code == section), None)
    if part is None:  # Not asked any more.
        return ""
    left = part.missing - signed
    pieces = [
        (left, "项未填"),
        (part.errors, "处错误"),
        (part.warnings, "条提示待说明"),
        (part.sent_back, "处退回待改"),
    ]
    return "，".join(f"{count} {words}" for count, words in pieces if count)


def fingerprint(lead: int | None, given: Mapping[str, int | None]) -> str:
    """Of a division as a page showed it."""
    return digests.fingerprint([lead, dict(given)])


def held(person: User, by: User) -> list[Submission]:
    """Where a person has sections or the charge, in open rounds `by` manages."""
    rows = visible(by, Submission.objects.filter(round__state=Round.State.OPEN), Perm.ROUND_MANAGE)
    mine = rows.filter(Q(lead=person) | Q(pk__in=SectionShare.objects.filter(user=person).values("submission")))
    return list(submissions.with_places(mine).order_by("pk"))
