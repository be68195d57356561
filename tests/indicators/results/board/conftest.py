"""An evaluated district for the tests of its pages."""

from datetime import UTC, datetime

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from tests.cast import Cast
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.shared import shared

NOW = datetime(2026, 3, 31, 10, 2, tzinfo=UTC)


def evaluated(cast: Cast, round: Round) -> Evaluation:
    """Judge a round now."""
    return actions.record(judged=judging.judge(round, judging.read(round), NOW), by=cast.admin)


@shared
def round_a(cast: Cast) -> Round:
    """Schools 甲 (passes), 乙 (one teacher short) and ten others."""
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures())
    hand_in(round, cast.school_b, figures("初级中学", backbone_teachers_junior=9))
    fill(round, 10)
    return round


@shared
def evaluation(cast: Cast, round_a: Round) -> Evaluation:
    """The district judged."""
    return evaluated(cast, round_a)
