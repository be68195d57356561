"""The life of a finding as a table: state × verb → state."""

from inspections.rectification.models import Finding
from portal.core.errors import Conflict

S = Finding.State

MOVES: dict[tuple[str, str], str] = {
    (S.TO_DISPATCH, "amend"): S.TO_DISPATCH,
    (S.TO_DISPATCH, "dispatch"): S.RECTIFYING,
    (S.RECTIFYING, "measure"): S.RECTIFYING,
    (S.RECTIFYING, "progress"): S.RECTIFYING,
    (S.RECTIFYING, "ask_extension"): S.RECTIFYING,
    (S.RECTIFYING, "extend"): S.RECTIFYING,
    (S.RECTIFYING, "decline_extension"): S.RECTIFYING,
    (S.RECTIFYING, "request_close"): S.CLOSE_REQUESTED,
    (S.SENT_BACK, "measure"): S.SENT_BACK,
    (S.SENT_BACK, "progress"): S.SENT_BACK,
    (S.SENT_BACK, "ask_extension"): S.SENT_BACK,
    (S.SENT_BACK, "extend"): S.SENT_BACK,
    (S.SENT_BACK, "decline_extension"): S.SENT_BACK,
    (S.SENT_BACK, "request_close"): S.CLOSE_REQUESTED,
    (S.CLOSE_REQUESTED, "begin_check"): S.VERIFYING,
    (S.CLOSE_REQUESTED, "close"): S.CLOSED,
    (S.CLOSE_REQUESTED, "send_back"): S.SENT_BACK,
    (S.VERIFYING, "close"): S.CLOSED,
    (S.VERIFYING, "send_back"): S.SENT_BACK,
    (S.CLOSED, "reopen"): S.RECTIFYING,
}
WORDS = {
    "amend": "修改",
    "dispatch": "派发",
    "measure": "填写整改措施",
    "progress": "填写进展",
    "request_close": "申请销号",
    "ask_extension": "申请延期",
    "extend": "同意延期",
    "decline_extension": "不同意延期",
    "begin_check": "开始核查",
    "close": "销号",
    "send_back": "退回",
    "reopen": "重新打开",
}


def move(state: str, verb: str) -> str:
    """State after `verb`. Raises Conflict if the verb does not fit the state."""
    try:
        return MOVES[state, verb]
    except KeyError:
        raise Conflict(
            f"这个问题目前是“{S(state).label}”，不能{WORDS[verb]}。可能他人刚处理过，请刷新页面查看最新状态。"
        ) from None


def verbs(state: str) -> frozenset[str]:
    return frozenset(verb for origin, verb in MOVES if origin == state)
