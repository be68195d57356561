"""A submission as one frozen document: what a revision holds, and how it is read again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.facts import Assessment, SubmissionFacts
from indicators.collection.submissions.models import Evidence, Revision, Submission, Waiver
from indicators.standard.standards import reader

FORMAT = 1


def freeze(facts: SubmissionFacts, assessment: Assessment, *, partial: bool) -> dict[str, Any]:
    """All answers, evidence hashes and explanations as plain JSON.

    `partial` marks a submission the bureau took over unfinished; what was open then is listed in it.
    """
    submission = facts.submission
    frozen = {
        "format": FORMAT,
        "round": submission.round.code,
        "district": submission.round.district.code,
        "school": _frozen_school(facts),
        "department": submission.department.code if submission.department else None,
        "standard": {"code": facts.spec.code, "sha256": facts.spec.content_sha256},
        "answers": {code: _frozen_answer(facts, code) for code in sorted(facts.answers)},
        "evidence": [
            {
                "item": row.item,
                "document": str(row.document.public_id),
                "name": row.document.name,
                "sha256": row.document.sha256,
                "size": row.document.size,
                "caption": row.caption,
                "restricted": row.restricted,
            }
            for row in facts.evidence
        ],
        "waivers": [
            {
                "check": warned.waiver.check_code,
                "field": warned.waiver.field,
                "reason": warned.waiver.reason,
                "message": warned.waiver.message,
                "by": str(warned.waiver.updated_by),
            }
            for warned in assessment.warnings
            if warned.waiver
        ],
    }
    if partial:
        frozen["partial"] = {
            "missing": [field.code for field in assessment.missing],
            "unexplained": [[warned.problem.code, warned.problem.item] for warned in assessment.unexplained],
        }
    return frozen


def sha256(frozen: dict[str, Any]) -> str:
    """The fingerprint of a revision's content: canonical JSON, keys sorted, UTF-8."""
    return reader.content_sha256(frozen)


def _frozen_school(facts: SubmissionFacts) -> dict[str, Any] | None:
    school = facts.submission.school
    if school is None:
        return None
    return {
        "code": school.code,
        "name": school.name,
        "kind": school.kind,
        "area": school.area,
        "sponsor": school.sponsor,
        "boarding": school.boarding,
        "status": school.status,
    }


def _frozen_answer(facts: SubmissionFacts, code: str) -> dict[str, Any]:
    row = facts.stored[code]
    stamp = {"by": str(row.updated_by), "at": row.updated_at.isoformat()}
    return answers.frozen(facts.items[code], facts.answers[code]) | stamp


def facts_as_signed(known: SubmissionFacts, revision: Revision) -> SubmissionFacts:
    """The facts with answers, files and explanations as they were signed. One query."""
    content = revision.content
    signed = replace(
        known,
        evidence=_signed_evidence(known.submission, content),
        waivers=_signed_waivers(known.submission, content),
        returned=None,
    )
    # `answers` is a cached property of the stored rows; here it is what was signed.
    signed.__dict__["answers"] = answers.of_content(known.spec, content)
    return signed


def _signed_evidence(submission: Submission, content: Mapping[str, Any]) -> tuple[Evidence, ...]:
    # A file withdrawn since keeps its row, so every frozen file can still be opened.
    frozen = {(row["item"], row["document"]) for row in content["evidence"]}
    rows = submission.evidence.filter(document__public_id__in=[document for _, document in frozen])
    return tuple(
        row
        for row in rows.select_related("document", "created_by")
        if (row.item, str(row.document.public_id)) in frozen
    )


def _signed_waivers(submission: Submission, content: Mapping[str, Any]) -> dict[tuple[str, str], Waiver]:
    return {
        (row["check"], row["field"]): Waiver(
            submission=submission,
            check_code=row["check"],
            field=row["field"],
            message=row["message"],
            reason=row["reason"],
        )
        for row in content["waivers"]
    }
