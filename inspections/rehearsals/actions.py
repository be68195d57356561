"""Actions of a school's rehearsal: answer a question, hand it in."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from inspections.checklists import queries as checklists
from inspections.claims import figures as claimed
from inspections.rehearsals import queries, rights
from inspections.rehearsals.models import Rehearsal, RehearsalAnswer
from inspections.visits import workflow
from inspections.visits.models import ChecklistAnswer
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound


@transaction.atomic
def answer(
    *,
    visit_id: int,
    question: str,
    seen: str,
    found: str = "",
    note: str = "",
    figures: Mapping[str, claimed.Amount] | None = None,
    version: int = 0,
    by: User,
) -> RehearsalAnswer:
    """The first one freezes the questions. The same answer changes nothing.

    `figures` as for an inspector's answer. Raises Invalid without a result and for wrong figures, Conflict when a
    colleague saved the question meanwhile.
    """
    visit = workflow.locked(visit_id)
    rehearsal = Rehearsal.objects.filter(visit=visit).first()
    rights.ensure_answer(by, visit, rehearsal)
    # Stored only with its first answer.
    if rehearsal is None:
        checklist = checklists.frozen(visit.school, visit.template or visit.kind)
        rehearsal = Rehearsal(visit=visit, checklist=checklist, created_by=by, updated_by=by)
    asked = next((one for one in queries.questions(rehearsal) if one.key == question), None)
    if asked is None:
        raise NotFound("自查的清单里没有这一题。请刷新页面。")
    if seen not in ChecklistAnswer.Seen.values:
        raise Invalid("请选择结果：是、否或未查看。")
    if faults := claimed.problems(asked.figures, figures or {}):
        raise Invalid("这一题没有保存。", faults)
    if rehearsal.pk is None:
        rehearsal.save()
    held = {code: claimed.frozen(amount) for code, amount in (figures or {}).items()}
    words = claimed.in_words(asked.figures, held)[:300] or found.strip()
    content: dict[str, Any] = {"seen": seen, "found": words, "note": note.strip(), "figures": held}
    row = rehearsal.answers.filter(question=question).first()
    row = row or RehearsalAnswer(rehearsal=rehearsal, question=question, version=0, created_by=by)
    stale = "这一题刚被同事修改，您的内容还没有保存。请刷新页面，核对后再填。"
    before = workflow.write(row, content, version=version, stale=stale, by=by)
    if before is not None:
        audit.record("visit.rehearse", by=by, obj=visit, before=before, after={"question": question} | content)
    return row


@transaction.atomic
def submit(*, visit_id: int, by: User) -> Rehearsal:
    visit = workflow.locked(visit_id)
    rights.ensure_open(by, visit)
    rehearsal = Rehearsal.objects.filter(visit=visit).first()
    if rehearsal is None:
        raise Invalid("还没有回答任何一题，没有可以提交的自查。")
    if rehearsal.submitted_at is None:
        rehearsal.submitted_at, rehearsal.submitted_by, rehearsal.updated_by = timezone.now(), by, by
        rehearsal.save()
        audit.record("visit.submit_rehearsal", by=by, obj=visit, after={"answers": rehearsal.answers.count()})
    return rehearsal
