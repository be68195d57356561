"""A submission as one frozen document: what a revision holds."""

from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.assessment import Assessment
from indicators.collection.submissions.facts import Facts
from indicators.standard.standards import reader

FORMAT = 1


def content(facts: Facts, assessment: Assessment, *, partial: bool) -> dict[str, Any]:
    """Return all answers, evidence hashes and explanations as plain JSON.

    `partial` marks a return the bureau took over unfinished; what was open then is listed in it.
    """
    submission = facts.submission
    frozen = {
        "format": FORMAT,
        "round": submission.round.code,
        "district": submission.round.district.code,
        "school": _school(facts),
        "department": submission.department.code if submission.department else None,
        "standard": {"code": facts.spec.code, "sha256": facts.spec.content_sha256},
        "answers": {code: _answer(facts, code) for code in sorted(facts.answers)},
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
    """Return the fingerprint of a revision's content: canonical JSON, keys sorted, UTF-8."""
    return reader.content_sha256(frozen)


def _school(facts: Facts) -> dict[str, Any] | None:
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


def _answer(facts: Facts, code: str) -> dict[str, Any]:
    row = facts.stored[code]
    stamp = {"by": str(row.updated_by), "at": row.updated_at.isoformat()}
    return answers.frozen(facts.items[code], facts.answers[code]) | stamp
