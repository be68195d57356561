"""Reads of submissions; lists and single rows are always scoped by who asks."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from indicators.engine import Answer
from indicators.rounds.models import Round
from indicators.standards import queries as standards
from indicators.submissions import answers
from indicators.submissions.models import Decision, Revision, Submission


@dataclass(frozen=True, slots=True)
class LoadedRevision:
    """An approved revision, ready for the engine. `school_code` is "" for the bureau and departments."""

    submission_id: int
    school_code: str
    department_code: str
    revision_id: int
    number: int
    receipt: str
    sha256: str
    submitted_at: str
    answers: Mapping[str, Answer]


def load_revisions(round: Round) -> list[LoadedRevision]:
    """Return the revision that counts of every respondent: the newest one, if it is approved.

    Two queries however many schools; ordered by school code, the bureau and
    departments last. A return sent back after its approval does not count.
    """
    spec = standards.load_spec(round.standard)
    newest = Revision.objects.filter(submission=OuterRef("submission")).order_by("-number").values("pk")[:1]
    rows = Revision.objects.filter(
        pk=Subquery(newest),
        submission__round=round,
        submission__state=Submission.State.APPROVED,
        decision__verdict=Decision.Verdict.APPROVED,
    )
    loaded = [
        LoadedRevision(
            submission_id=row.submission_id,
            school_code=(row.content["school"] or {}).get("code", ""),
            department_code=row.content["department"] or "",
            revision_id=row.pk,
            number=row.number,
            receipt=row.receipt,
            sha256=row.sha256,
            submitted_at=row.submitted_at.isoformat(),
            answers=answers.of_content(spec, row.content),
        )
        for row in rows
    ]
    return sorted(loaded, key=lambda row: (not row.school_code, row.school_code, row.department_code))
