"""A judged round to freeze."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from tests.cast import Cast
from tests.indicators.district import figures, hand_in, open_round

NOW = datetime(2026, 3, 31, 10, 2, tzinfo=UTC)
Judge = Callable[..., Evaluation]


@pytest.fixture
def round_a(cast: Cast) -> Round:
    """龙亭区's round, with both schools' submissions approved."""
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures())
    hand_in(round_, cast.school_b, figures("初级中学"))
    return round_


@pytest.fixture
def judge(cast: Cast) -> Judge:
    """Return a function that judges a round as it stands."""

    def judged(round_: Round) -> Evaluation:
        evaluation = actions.record(judged=judging.judge(round_, judging.read(round_), NOW), by=cast.admin)
        return Evaluation.objects.get(pk=evaluation.pk)

    return judged
