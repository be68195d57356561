"""What actions and pages of a round check first."""

from indicators.collection.submissions.models import Round
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotFound
from schools.access.permissions import Perm
from schools.access.scope import ensure


def managed(round_id: int, by: User) -> Round:
    """An open round the person manages."""
    round_ = Round.objects.select_related("district", "standard").filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    ensure(by, Perm.ROUND_MANAGE, round_)
    ensure_open(round_)
    return round_


def ensure_open(round_: Round) -> None:
    if round_.state != Round.State.OPEN:
        raise Conflict(f"{round_.name}已关闭。如需继续填报或导入，请先重新开放。")


def ensure_closed(round_: Round) -> None:
    if round_.state != Round.State.CLOSED:
        raise Conflict(f"{round_.name}正在填报，无需重新开放。")


def ensure_due(round_: Round) -> None:
    ensure_open(round_)
    if round_.is_backfill:
        raise Conflict(f"{round_.name}是补录往年，没有截止日期，不催报也不延期。")
