"""A submission's facts as one revision froze them, whatever the school has changed since."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.facts import Facts
from indicators.collection.submissions.models import Evidence, Revision, Submission, Waiver


def facts_of(known: Facts, revision: Revision) -> Facts:
    """Return the facts with answers, files and explanations as they were signed. One query."""
    content = revision.content
    signed = replace(
        known, evidence=_evidence(known.submission, content), waivers=_waivers(known.submission, content), returned=None
    )
    # `answers` is a cached property of the stored rows; here it is what was signed.
    signed.__dict__["answers"] = answers.of_content(known.spec, content)
    return signed


def _evidence(submission: Submission, content: Mapping[str, Any]) -> tuple[Evidence, ...]:
    # A file withdrawn since keeps its row, so every frozen file can still be opened.
    frozen = {(row["item"], row["document"]) for row in content["evidence"]}
    rows = submission.evidence.filter(document__public_id__in=[document for _, document in frozen])
    return tuple(
        row
        for row in rows.select_related("document", "created_by")
        if (row.item, str(row.document.public_id)) in frozen
    )


def _waivers(submission: Submission, content: Mapping[str, Any]) -> dict[tuple[str, str], Waiver]:
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
