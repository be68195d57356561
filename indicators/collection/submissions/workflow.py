"""The life of a submission: its states and verbs as one table, what is still open in it, and the document a revision freezes."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from indicators.collection.submissions import answers, queries, rights
from indicators.collection.submissions.models import FORMAT, Revision, SendBackReason, Submission, Waiver
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.standard.engine import (
    DataProblem,
    Item,
    Required,
    asked,
    check_district,
    check_school,
    is_triggered,
    required,
    required_of_district,
    unanswered,
)
from portal.core.errors import Invalid, Problem
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


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning with the waiver that covers it, if any."""

    problem: DataProblem
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is open in a submission; all empty means it can be handed in."""

    asked: tuple[Item, ...]
    missing: tuple[Required, ...]
    errors: tuple[DataProblem, ...]
    warnings: tuple[Warned, ...]
    unchanged: tuple[SendBackReason, ...]

    @property
    def unwaived(self) -> tuple[Warned, ...]:
        return tuple(warned for warned in self.warnings if warned.waiver is None)

    @property
    def missing_before_signing(self) -> tuple[Required, ...]:
        """What the clerk still has to fill in; the rest is the head's to confirm."""
        return tuple(field for field in self.missing if not field.item.signed)

    @property
    def open_words(self) -> str:
        return self._words(self.missing)

    @property
    def open_words_before_signing(self) -> str:
        return self._words(self.missing_before_signing)

    def _words(self, missing: tuple[Required, ...]) -> str:
        """2 处退回没有改、3 项未填; only what there is."""
        found = (
            (self.unchanged, "处退回没有改"),
            (missing, "项未填"),
            (self.errors, "处错误"),
            (self.unwaived, "条提示待说明"),
        )
        return "、".join(f"{len(rows)} {words}" for rows, words in found if rows)

    @property
    def is_ready_for_head(self) -> bool:
        """Whether only what the head confirms is left, if anything."""
        signed = {code for item in self.asked if item.signed for code in (item.code, item.base)}
        unchanged = [reason for reason in self.unchanged if reason.item not in signed]
        return not (self.missing_before_signing or self.errors or self.unwaived or unchanged)

    @property
    def is_ready(self) -> bool:
        return not (self.missing or self.errors or self.unwaived or self.unchanged)


def assess(known: SubmissionFacts) -> Assessment:
    spec, given = known.spec, known.answers
    if known.submission.school_id:
        fields = asked(spec, known.kind, given)
        problems = check_school(spec, known.kind, given, known.last_year, known.recall)
    else:
        # Departments and the bureau each answer their own part of the district's items.
        fields = [item for item in known.items.values() if is_triggered(item, given)]
        found = check_district(spec, given, known.last_year, known.schools)
        problems = [problem for problem in found if problem.item in known.items]
    warnings = []
    for problem in (problem for problem in problems if problem.level == "warning"):
        waiver = known.waivers.get((problem.code, problem.item))
        warnings.append(Warned(problem, waiver if waiver and waiver.message == problem.message[:300] else None))
    reasons = known.sent_back.reasons if known.sent_back else ()
    return Assessment(
        asked=tuple(fields),
        missing=tuple(missing_fields(known)),
        errors=tuple(problem for problem in problems if problem.level == "error"),
        warnings=tuple(warnings),
        unchanged=tuple(reason for reason in reasons if not _is_changed(known, reason.item)),
    )


def missing_fields(known: SubmissionFacts) -> list[Required]:
    """The compulsory fields that are blank by the standard of the round."""
    spec, given = known.spec, known.answers
    if known.submission.school_id:
        return unanswered(required(spec, known.kind, given), given)
    return unanswered((field for field in required_of_district(spec, given) if field.code in known.items), given)


def unproven(fields: Iterable[Item], answered: Container[str], proven: Container[str]) -> list[Item]:
    """Answered, with proof asked and none there; each item once. `answered` are field codes, `proven` base codes."""
    found = {item.base: item for item in fields if item.evidence and item.base not in proven and item.code in answered}
    return list(found.values())


def _is_changed(known: SubmissionFacts, code: str) -> bool:
    """Whether value, files or waivers at an item differ from those that were sent back."""
    then = known.sent_back.content  # type: ignore[union-attr]
    fields = [item for item in known.items.values() if code in (item.code, item.base)]
    if not fields:
        return True
    for item in fields:
        answer, before = known.answers.get(item.code), then["answers"].get(item.code)
        now = answers.frozen(item, answer) if answer is not None else None
        if now != (before and {key: before[key] for key in ("value", "not_applicable") if key in before}):
            return True
    bases, codes = {item.base for item in fields}, {code, *(item.code for item in fields)}
    files_now = sorted(row.document.sha256 for row in known.evidence if row.item in bases)
    files_then = sorted(row["sha256"] for row in then["evidence"] if row["item"] in bases)
    waived_now = sorted(row.reason for row in known.waivers.values() if row.field in codes)
    waived_then = sorted(row["reason"] for row in then["waivers"] if row["field"] in codes)
    return files_now != files_then or waived_now != waived_then


def problems_of(assessment: Assessment, *, missing: bool = True) -> list[Problem]:
    labels = {item.code: item.label for item in assessment.asked}
    found = [
        Problem(
            where=reason_label(labels, r.item),
            what=f"审核退回后没有修改（{r.text}）",
            do="请修改数据、补充佐证，或在这一项写明数没有错的理由",
        )
        for r in assessment.unchanged
    ]
    if missing:
        found += missing_problems(assessment.missing)
    found += [Problem(what=problem.message) for problem in assessment.errors]
    found += [Problem(what=w.problem.message, do="属实的请写明原因") for w in assessment.unwaived]
    return found


def missing_problems(fields: Iterable[Required]) -> list[Problem]:
    return [Problem(where=one.item.label, what="没有填写", do="请填写，或选“不适用”并写明原因") for one in fields]


def reason_label(labels: dict[str, str], item: str) -> str:
    """A base code covers all its stages."""
    if item in labels:
        return labels[item]
    return next((label for code, label in labels.items() if code.startswith(f"{item}_")), item)


def refuse_if_any(problems: Iterable[Problem], message: str) -> None:
    found = list(problems)
    if found:
        raise Invalid(message.format(count=len(found)), found)


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
            "unexplained": [[warned.problem.code, warned.problem.item] for warned in assessment.unwaived],
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
