"""The life of an escalation: its states and verbs as one table, and how every step begins."""

from inspections.escalation.models import Escalation
from inspections.rectification import rights as rectification
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotAllowed, NotFound
from schools.access.scope import Perm, ensure
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Escalation.State
# What names the unit of a finding and its district.
WHOSE = (
    "finding__school__district",
    "finding__department__district",
    "finding__bureau",
    "finding__responsible_department",
)


def ensure_decide(by: User, escalation: Escalation) -> None:
    """约谈 and 通报 are for the leader, the rest for the office. Raises NotFound or NotAllowed."""
    ensure(by, Perm.ESCALATION_LEAD if escalation.spec.is_leaders else Perm.ESCALATION_DECIDE, escalation)


def ensure_not_own_reply(by: User, escalation: Escalation) -> None:
    """Raises NotAllowed."""
    if escalation.replied_by_id == by.pk:
        raise NotAllowed("这份督办是您回复的，须由另一位局管理员办结。")


DECIDE = Right((Perm.ESCALATION_DECIDE, Perm.ESCALATION_LEAD), ensure_decide)


def ensure_answer(by: User, escalation: Escalation) -> None:
    """Of the unit that rectifies the finding. Raises NotFound or NotAllowed."""
    rectification.ensure_rectify(by, escalation.finding)


ANSWER = Right((Perm.FINDING_RECTIFY, Perm.FINDING_ANSWER), ensure_answer)

# `form` names one of forms.FORMS.
TABLE = Workflow(
    "这份督办",
    S,
    {
        S.PROPOSED: StateRow("warn", "决定督办"),
        S.ISSUED: StateRow("bad", "签收督办单"),
        S.ACKNOWLEDGED: StateRow("warn", "回复督办单"),
        S.REPLIED: StateRow("info", "办结督办"),
        S.DONE: StateRow("ok"),
        S.DECLINED: StateRow("muted"),
        S.DROPPED: StateRow("muted"),
    },
    (
        VerbRow(
            code="issue",
            name="发出",
            at=(S.PROPOSED,),
            to=S.ISSUED,
            right=DECIDE,
            own_hand=True,
            audit="发出督办",
            label="发出",
            form="issue",
            done="已发出，已通知承办单位。",
        ),
        VerbRow(
            code="put_off",
            name="暂缓",
            at=(S.PROPOSED,),
            right=DECIDE,
            audit="暂缓督办",
            label="暂缓到某一天",
            form="put_off",
            done="已暂缓，到期后再列入待办。",
        ),
        VerbRow(
            code="decline",
            name="不予督办",
            at=(S.PROPOSED,),
            to=S.DECLINED,
            right=DECIDE,
            own_hand=True,
            audit="不予督办",
            label="不予督办",
            tone="danger",
            form="reason",
            done="已记录不予督办的原因。",
        ),
        VerbRow(
            code="acknowledge",
            name="签收",
            at=(S.ISSUED,),
            to=S.ACKNOWLEDGED,
            right=ANSWER,
            audit="签收督办单",
            label="签收",
            form="bare",
            done="已签收，请按期回复。",
        ),
        VerbRow(
            code="answer",
            name="回复",
            at=(S.ACKNOWLEDGED,),
            to=S.REPLIED,
            right=ANSWER,
            audit="回复督办单",
            label="回复办理情况",
            form="files",
            done="已回复，已通知教育局。",
        ),
        VerbRow(
            code="finish",
            name="办结",
            at=(S.REPLIED,),
            to=S.DONE,
            right=DECIDE,
            guard=ensure_not_own_reply,
            own_hand=True,
            audit="办结督办",
            label="办结",
            tone="success",
            form="text",
            done="已办结，已通知承办单位。",
        ),
        VerbRow(
            code="ask_again",
            name="退回重新回复",
            at=(S.REPLIED,),
            to=S.ACKNOWLEDGED,
            right=DECIDE,
            audit="退回督办回复",
            label="退回重新回复",
            tone="danger",
            form="reason",
            done="已退回，已通知承办单位。",
        ),
    ),
)


def begin(code: str, escalation_id: int, version: int, by: User) -> Escalation:
    """As `Workflow.begin`; Conflict also for a stale tab."""
    rows = Escalation.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related(*WHOSE).filter(pk=escalation_id).first()
    if row is None:
        raise NotFound("没有这份督办，或不在您可以查看的范围内。")
    TABLE.begin(code, row, by)
    if row.version != version:
        raise Conflict("这份督办刚有新的办理，您看到的不是最新内容，这一步还没有办理。请刷新页面后再办。")
    row.version += 1
    return row
