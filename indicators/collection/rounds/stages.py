"""The pipeline of a round: where each respondent stands, as one SQL expression."""

from django.db.models import Case, CharField, DateTimeField, F, Q, QuerySet, TextChoices, Value, When
from django.db.models.functions import Coalesce

from indicators.collection.submissions.models import Submission
from schools.directory.models import Status

S = Submission.State


class Stage(TextChoices):
    """Steps of the pipeline in their order; the labels are what people see."""

    NOT_STARTED = "not_started", "未开始"
    FILLING = "filling", "填报中"
    AWAITING_HEAD = "awaiting_head", "待校长签发"
    SUBMITTED = "submitted", "已提交"
    IN_REVIEW = "in_review", "审核中"
    RETURNED = "returned", "已退回"
    APPROVED = "approved", "已通过"
    SCHOOL_CLOSED = "school_closed", "学校已停办"


TONES = {
    Stage.NOT_STARTED: "bad",
    Stage.FILLING: "info",
    Stage.AWAITING_HEAD: "info",
    Stage.SUBMITTED: "warn",
    Stage.IN_REVIEW: "warn",
    Stage.RETURNED: "bad",
    Stage.APPROVED: "ok",
    Stage.SCHOOL_CLOSED: "muted",
}
# Not handed in yet, or sent back.
EDITABLE = (S.DRAFT, S.RETURNED)


def not_expected(submissions: str = "") -> Q:
    """Return the condition for a school closed on the round's day with nothing handed in that still stands.

    Nobody waits for it or reminds it; should the school run again, it stands where it stood. One closed after
    that day is still judged in this round, and so still asked.
    `submissions` is the path that leads to them, such as "submissions__" from a round.
    """
    closed = Q(**{f"{submissions}state__in": EDITABLE, f"{submissions}school__status": Status.CLOSED})
    by_then = Q(**{f"{submissions}school__closed_on__lte": F(f"{submissions}round__school_year_start")})
    return closed & (by_then | Q(**{f"{submissions}school__closed_on": None}))


def with_stage(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Annotate `stage` and `due` (the extended due time where there is one; None when nothing is due)."""
    stage = Case(
        When(not_expected(), then=Value(Stage.SCHOOL_CLOSED.value)),
        When(Q(state__in=EDITABLE, handed_over_at__isnull=False), then=Value(Stage.AWAITING_HEAD.value)),
        When(Q(state=S.DRAFT, started_at__isnull=True), then=Value(Stage.NOT_STARTED.value)),
        When(Q(state=S.DRAFT), then=Value(Stage.FILLING.value)),
        default=F("state"),
        output_field=CharField(),
    )
    due = Coalesce("extension__due_at", "round__due_at", output_field=DateTimeField())
    return submissions.annotate(stage=stage, due=due)
