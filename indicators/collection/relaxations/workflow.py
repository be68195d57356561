"""The life of a relaxation as a table: state × verb → state."""

from indicators.collection.relaxations.models import Relaxation
from portal.core.errors import Conflict

S = Relaxation.State

MOVES: dict[tuple[str, str], str] = {
    (S.PENDING, "attach"): S.PENDING,
    (S.PENDING, "approve"): S.APPROVED,
    (S.PENDING, "refuse"): S.REFUSED,
    (S.PENDING, "withdraw"): S.WITHDRAWN,
    (S.APPROVED, "withdraw"): S.WITHDRAWN,
}
WORDS = {"attach": "补充证明", "approve": "批准", "refuse": "不予批准", "withdraw": "撤销"}


def move(state: str, verb: str) -> str:
    """The state after `verb`. Raises Conflict if the verb does not fit the state."""
    try:
        return MOVES[state, verb]
    except KeyError:
        raise Conflict(
            f"这项放宽口径目前是“{S(state).label}”，不能{WORDS[verb]}。可能他人刚处理过，请刷新页面查看最新状态。"
        ) from None


def verbs(state: str) -> frozenset[str]:
    return frozenset(verb for origin, verb in MOVES if origin == state)
