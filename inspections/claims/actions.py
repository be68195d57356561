"""Actions on checked figures: the school answers a difference; the statistics leave as a file."""

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from indicators.standard.engine import Spec
from inspections.claims import queries, workbook
from inspections.claims.models import CheckedFigure, Direction
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.lib import digests, written
from portal.core.notices.actions import notify
from schools.access.scope import Perm, ensure, home_district, users_with, visible

LONGEST = 300


@transaction.atomic
def answer(*, figure_id: int, answer: str, text: str, by: User) -> CheckedFigure:
    """The school corrects the submission, or says why not; reviewers and inspectors are notified.

    The submission itself changes only when a reviewer sends it back. Raises Invalid without an answer or a reason,
    Conflict when it was answered otherwise.
    """
    rows = CheckedFigure.objects.select_for_update(of=("self",), no_key=True).exclude(direction=Direction.SAME)
    figure = rows.select_related("visit__school__district", "revision").filter(pk=figure_id).first()
    if figure is None:
        raise NotFound("没有这个数据，或不在您可以查看的范围内。")
    ensure(by, Perm.FINDING_RECTIFY, figure)
    text = written.prose(text).strip()
    if answer not in CheckedFigure.Answer.values:
        raise Invalid(f"“{figure.label}”没有答复：请选择更正填报或说明理由。")
    if len(text) > LONGEST or (answer == CheckedFigure.Answer.REASON and not text):
        raise Invalid(f"“{figure.label}”没有答复：说明理由的，请写明理由，{LONGEST} 字以内。")
    if refusal := written.refusal(text):
        raise Invalid(f"“{figure.label}”没有答复：{refusal}。")
    if figure.answer:
        if (figure.answer, figure.answer_text) == (answer, text):
            return figure
        raise Conflict(f"“{figure.label}”已经答复过，这次没有保存。请刷新页面查看。")
    figure.answer, figure.answer_text, figure.updated_by = answer, text, by
    figure.answered_at, figure.answered_by = timezone.now(), by
    figure.save()
    said = f"{figure.visit.school.name}：{figure.sentence}；{figure.answer_words}"
    key = f"claims:{figure.pk}:answered"
    page = reverse("claims:visit", args=[figure.visit_id])
    notify(figure.visit.team.all(), text=said, url=page, key=key, by=by)
    review = reverse("reviews:review", args=[figure.revision.submission_id])
    notify(users_with(Perm.SUBMISSION_REVIEW, figure.visit.school), text=said, url=review, key=key, by=by)
    audit.record("claims.answer", by=by, obj=figure, after={"figure": figure.sentence, "answer": answer, "text": text})
    return figure


@transaction.atomic
def export(*, figures: QuerySet[CheckedFigure], spec: Spec, filtered: str = "", by: User) -> bytes:
    seen = visible(by, figures, Perm.VISIT_VIEW)
    found = queries.statistics(seen, spec)
    content = workbook.render(found, filtered)
    after = {"figures": found.total.checked, "filter": filtered} | digests.of(content)
    audit.record("claims.export", by=by, district=home_district(by), after=after)
    return content
