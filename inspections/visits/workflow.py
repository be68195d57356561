"""The life of a visit as a table: state × verb → state."""

from inspections.visits.models import Visit
from portal.core.errors import Conflict

S = Visit.State

MOVES: dict[tuple[str, str], str] = {
    (S.PLANNED, "start"): S.UNDERWAY,
    (S.PLANNED, "cancel"): S.CANCELLED,
    (S.PLANNED, "move"): S.PLANNED,
    (S.UNDERWAY, "record"): S.UNDERWAY,
    (S.UNDERWAY, "finish"): S.DONE,
}
_WORDS = {"start": "开始", "cancel": "取消", "move": "改到另一所学校", "record": "记录", "finish": "完成"}


def move(state: str, verb: str) -> str:
    """State after `verb`. Raises Conflict if the verb does not fit the state."""
    try:
        return MOVES[state, verb]
    except KeyError:
        raise Conflict(
            f"这次督导目前是“{S(state).label}”，不能{_WORDS[verb]}。可能他人刚处理过，请刷新页面查看最新状态。"
        ) from None
