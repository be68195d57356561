"""The check deeds and pages of an open round begin with."""

from indicators.rounds.models import Round
from portal.errors import Conflict


def must_be_open(round_: Round) -> None:
    """Refuse with Conflict when the round is closed."""
    if round_.state != Round.State.OPEN:
        raise Conflict(f"{round_.name}已关闭。如需继续填报，请先重新开放。")
