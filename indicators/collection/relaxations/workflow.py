"""The life of a relaxation: its states and verbs as one table."""

from django.utils import timezone

from indicators.collection.relaxations.models import Relaxation
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from schools.access.scope import Perm, ensure
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Relaxation.State


def ensure_decide(by: User, relaxation: Relaxation) -> None:
    ensure(by, Perm.RELAXATION_DECIDE, relaxation)
    if relaxation.created_by_id == by.pk:
        raise NotAllowed("提出人不能批准自己提出的放宽口径，请由另一位有权限的人员办理。")


PROPOSE = Right((Perm.RELAXATION_PROPOSE,))
WITHDRAW = Right((Perm.RELAXATION_DECIDE,))
DECIDE = Right((Perm.RELAXATION_DECIDE,), ensure_decide)

# A verb with a form has its address and its part of the page, and leads to the action of its name.
TABLE = Workflow(
    "这项放宽口径",
    S,
    {
        S.PENDING: StateRow("info"),
        S.APPROVED: StateRow("ok"),
        S.REFUSED: StateRow("bad"),
        S.WITHDRAWN: StateRow("muted"),
    },
    (
        VerbRow(code="attach", name="补充证明", at=(S.PENDING,), right=PROPOSE),
        VerbRow(
            code="approve",
            name="批准",
            at=(S.PENDING,),
            to=S.APPROVED,
            right=DECIDE,
            own_hand=True,
            audit="批准放宽口径",
            label="批准",
            tone="primary",
            form="opinion",
            done="已批准。重新评估后，放宽口径的结论与严格口径并列显示。",
        ),
        VerbRow(
            code="refuse",
            name="不予批准",
            at=(S.PENDING,),
            to=S.REFUSED,
            right=DECIDE,
            audit="不予批准放宽口径",
            label="不予批准",
            tone="outline-danger",
            form="refusal",
            done="已登记为未批准，并已通知相关人员。",
        ),
        VerbRow(
            code="withdraw",
            name="撤销",
            at=(S.PENDING, S.APPROVED),
            to=S.WITHDRAWN,
            right=WITHDRAW,
            audit="撤销放宽口径",
            label="撤销这项放宽口径",
            tone="outline-danger",
            form="withdrawal",
            done="已撤销。重新评估后只按严格口径判定。",
        ),
    ),
)


def badge(relaxation: Relaxation) -> tuple[str, str]:
    """Tone and words: an approved one may not have begun yet, or be over."""
    tone = TABLE.states[relaxation.state].tone
    if relaxation.state != S.APPROVED:
        return tone, str(relaxation.get_state_display())
    if relaxation.days_left < 0:
        return "muted", "已到期，恢复严格口径"
    if relaxation.valid_from > timezone.localdate():
        return "info", "已批准，尚未生效"
    if relaxation.is_expiring:
        return "warn", f"还有 {relaxation.days_left} 天到期" if relaxation.days_left else "今天到期"
    return tone, "已批准，有效"
