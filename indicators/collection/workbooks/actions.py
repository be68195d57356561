"""Taking over a workbook of submissions: all of it in one transaction, or nothing."""

import hashlib
from collections.abc import Callable

from django.db import transaction

from indicators.collection.reviews import actions as reviews
from indicators.collection.rounds import workflow as round_guards
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Round, Submission
from indicators.collection.workbooks import queries, workbook
from indicators.collection.workbooks.queries import WorkbookOutcome, WorkbookPlan
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, Problem, Refused
from portal.core.lib import digests
from portal.core.spreadsheets import imports
from schools.access.scope import Perm, ensure

S = Submission.State


@transaction.atomic
def export_workbook(*, round_id: int, by: User) -> bytes:
    round_ = Round.objects.select_related("district", "standard").get(pk=round_id)
    ensure(by, Perm.ROUND_MANAGE, round_)
    data = queries.workbook(by, round_)
    audit.record("returns.export", by=by, obj=round_, district=round_.district.code, after=digests.of(data))
    return data


def import_workbook(
    *,
    round_id: int,
    data: bytes,
    name: str,
    by: User,
    submit: bool = False,
    approve: bool = False,
    dry_run: bool = False,
    accept_warnings: str = "",
    seen: str = "",
    progress: Callable[[int, int, str], None] = lambda done, total, note: None,
) -> WorkbookOutcome:
    """Stores answers and, if asked, hands in and approves each submission by the actions of the pages.

    Blank cells change nothing. One transaction. Raises Invalid with every fault, then nothing is written; Conflict when
    it would change something else than the preview `seen`. With `approve`, warnings need `accept_warnings`, the reason
    why they are in order. `progress` gets the respondents done and all.
    """
    round_ = round_guards.managed(round_id, by)
    spec = standards.load_spec(round_.standard)
    # Read before the transaction: a large file must not keep others from writing.
    read = workbook.read(data, spec, round_)
    with transaction.atomic():
        rows = queries.respondents(by, round_)
        stored, before = queries.stored_answers(round_, rows), queries.before(round_, rows)
        planned = queries.plan(read, round_, spec, rows, stored, before=before)
        _refuse(name, read.problems)
        foreseen = _foreseen(planned, name, submit=submit or approve, approve=approve)
        if dry_run:
            return foreseen
        imports.ensure_seen(seen, foreseen.digest, is_empty=foreseen.is_empty, what="填报数据", unit="数据")
        with audit.gathered():
            outcome = _carry_out(
                planned, name, by, submit=submit or approve, approve=approve, reason=accept_warnings, progress=progress
            )
        audit.record(
            "returns.import",
            by=by,
            obj=round_,
            district=round_.district.code,
            after={
                "file": name,
                "sha256": hashlib.sha256(data).hexdigest(),
                **outcome.counts,
                "accepted": accept_warnings.strip() if approve else "",
            },
        )
    return outcome


def _refuse(name: str, problems: list[Problem]) -> None:
    if problems:
        raise Invalid(f"“{name}”有 {len(problems)} 处错误，没有写入任何数据。请逐条改正后重新导入。", problems)


def _foreseen(planned: WorkbookPlan, name: str, *, submit: bool, approve: bool) -> WorkbookOutcome:
    """What `_carry_out` would do and refuse, from the plan alone."""
    saved = submitted = approved = 0
    problems: list[Problem] = []
    for entry in planned.entries:
        state = entry.submission.state
        saved += bool(entry.changed)
        if submit and state in (S.DRAFT, S.SENT_BACK) and entry.after:
            problems += entry.errors
            submitted, state = submitted + 1, S.SUBMITTED
        approved += approve and state in (S.SUBMITTED, S.IN_REVIEW)
    _refuse(name, problems)
    return WorkbookOutcome(planned, saved, submitted, approved)


def _carry_out(
    planned: WorkbookPlan,
    name: str,
    by: User,
    *,
    submit: bool,
    approve: bool,
    reason: str,
    progress: Callable[[int, int, str], None],
) -> WorkbookOutcome:
    if approve and planned.warnings and not reason.strip():
        message = (
            f"“{name}”有 {len(planned.warnings)} 处提示没有说明，不能直接审核通过，没有写入任何数据。"
            "请逐条核对：填错的改正后重新导入；都属实的，写明原因后再导入。"
        )
        raise Invalid(message, planned.warnings)
    saved = submitted = approved = 0
    problems: list[Problem] = []
    # The bureau last: its figures are compared with those of the schools.
    for done, entry in enumerate(sorted(planned.entries, key=lambda entry: entry.submission.school is None)):
        progress(done, len(planned.entries), "正在写入")
        row = entry.submission
        try:
            if entry.changed:
                submissions.save(submission_id=row.pk, values=entry.changed, taken_over=True, by=by)
                saved += 1
            state = row.state
            if approve and reason and entry.warnings and row.is_editable:
                submissions.waive_all(submission_id=row.pk, reason=reason, by=by)
            if submit and state in (S.DRAFT, S.SENT_BACK) and entry.after:
                submissions.submit(submission_id=row.pk, by=by, partial=True)
                submitted, state = submitted + 1, S.SUBMITTED
            if approve and state in (S.SUBMITTED, S.IN_REVIEW):
                comment = f"提示已核对：{reason.strip()}" if reason and entry.warnings else ""
                reviews.approve(submission_id=row.pk, by=by, comment=comment, taken_over=True)
                approved += 1
        except Refused as refusal:
            where = f"{entry.place}（{row.respondent}）"
            found = [Problem(problem.what, where, problem.do) for problem in refusal.problems]
            problems += found or [Problem(refusal.message, where)]
    _refuse(name, problems)
    return WorkbookOutcome(planned, saved, submitted, approved)
