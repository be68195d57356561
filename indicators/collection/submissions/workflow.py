"""The life of a submission: its states and verbs as one table, what a save asks of it, and the document a revision freezes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from indicators.collection.submissions import answers, queries, rights
from indicators.collection.submissions.models import FORMAT, Revision, Submission, Waiver
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.collection.submissions.rights import Assessment
from schools.access.workflow import StateRow, VerbRow, Workflow

S = Submission.State
# Reading every column of six tables takes longer than what a save does with them.
_TO_SAVE = (
    *("state", "started_at", "decided_at", "updated_at", "updated_by"),
    *("round__name", "round__state", "round__school_year_start", "round__standard__sha256"),
    *("round__district__code", "round__district__name"),
    *("school__code", "school__name", "school__kind", "school__changed_on", "department__name"),
)

TO_SAVE = rights.to_lock(
    lambda rows: rows.select_related("round__standard", "round__district", "school", "department").only(*_TO_SAVE)
)

TABLE = Workflow(
    "这份填报",
    S,
    {
        S.DRAFT: StateRow("info", "继续填报"),
        S.SUBMITTED: StateRow("info", "查看回执"),
        S.IN_REVIEW: StateRow("info", "查看"),
        S.SENT_BACK: StateRow("bad", "按退回原因修改"),
        S.CHECKED: StateRow("info", "查看"),
        S.APPROVED: StateRow("ok", "查看"),
    },
    (
        VerbRow(
            code="submit",
            name="提交",
            at=(S.DRAFT, S.SENT_BACK),
            to=S.SUBMITTED,
            right=rights.SIGN,
            own_hand=True,
            audit="签发提交填报",
        ),
        VerbRow(
            code="withdraw",
            name="撤回",
            at=(S.SUBMITTED,),
            to=S.DRAFT,
            right=rights.SIGN,
            guard=rights.ensure_withdrawable,
            audit="撤回填报",
        ),
        VerbRow(
            code="begin_review",
            name="开始审核",
            at=(S.SUBMITTED,),
            to=S.IN_REVIEW,
            right=rights.REVIEW,
            audit="开始审核",
        ),
        VerbRow(
            code="send_back",
            stored="return",
            name="退回",
            at=(S.SUBMITTED, S.IN_REVIEW, S.CHECKED, S.APPROVED),
            to=S.SENT_BACK,
            right=rights.REVIEW,
            audit="退回填报",
        ),
        VerbRow(
            code="check",
            name="业务审核通过",
            at=(S.SUBMITTED, S.IN_REVIEW),
            to=S.CHECKED,
            right=rights.REVIEW,
            guard=rights.ensure_two_steps,
            own_hand=True,
            audit="业务审核通过",
        ),
        VerbRow(
            code="approve",
            name="通过",
            at=(S.SUBMITTED, S.IN_REVIEW, S.CHECKED),
            to=S.APPROVED,
            right=rights.REVIEW,
            guard=rights.ensure_last_step,
            own_hand=True,
            audit="审核通过",
        ),
    ),
)


def freeze(known: SubmissionFacts, assessment: Assessment, *, partial: bool) -> dict[str, Any]:
    """A revision's content as plain JSON; `partial`: taken over unfinished, with what was open then."""
    submission, school = known.submission, known.submission.school
    waivers = [warned.waiver for warned in assessment.warnings]
    if known.sent_back:
        waivers += [queries.in_words(known, reason) for reason in known.sent_back.reasons]
    frozen = {
        "format": FORMAT,
        "round": submission.round.code,
        "district": submission.round.district.code,
        "school": {name: getattr(school, name) for name in _OF_SCHOOL} if school else None,
        "department": submission.department.code if submission.department else None,
        "standard": {"code": known.spec.code, "sha256": known.spec.content_sha256},
        "answers": {
            code: answers.frozen(known.items[code], known.answers[code])
            | {"by": str(known.stored[code].updated_by), "at": known.stored[code].updated_at.isoformat()}
            for code in sorted(known.answers)
        },
        "evidence": [
            {
                "item": row.item,
                "document": str(row.document.public_id),
                "name": row.document.name,
                "sha256": row.document.sha256,
                "size": row.document.size,
                "caption": row.words,
                "restricted": row.restricted,
            }
            for row in known.evidence
        ],
        "waivers": [
            {
                "check": waiver.check_code,
                "field": waiver.field,
                "reason": waiver.reason,
                "message": waiver.message,
                "by": str(waiver.updated_by),
            }
            for waiver in waivers
            if waiver
        ],
    }
    if partial:
        frozen["partial"] = {
            "missing": [field.code for field in assessment.missing],
            "unexplained": [[warned.problem.code, warned.problem.item] for warned in assessment.unexplained],
        }
    return frozen


_OF_SCHOOL = ("code", "name", "kind", "area", "sponsor", "boarding", "status")


def waivers_of(submission: Submission, content: Mapping[str, Any]) -> dict[tuple[str, str], Waiver]:
    """Those a revision froze."""
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


def as_signed(known: SubmissionFacts, revision: Revision) -> SubmissionFacts:
    """The facts with answers, files and waivers as they were signed. One query."""
    content, submission = revision.signed, known.submission
    # A file withdrawn since keeps its row, so every frozen file can still be opened.
    files = {(row["item"], row["document"]) for row in content["evidence"]}
    rows = submission.evidence.filter(document__public_id__in=[document for _, document in files])
    held = {(row.item, str(row.document.public_id)): row for row in rows.select_related("document", "created_by")}
    signed = replace(
        known,
        evidence=tuple(row for key, row in held.items() if key in files),
        waivers=waivers_of(submission, content),
        sent_back=None,
    )
    # `answers` is a cached property of the stored rows; here it is what was signed.
    signed.__dict__["answers"] = answers.of_content(known.spec, content)
    return signed
