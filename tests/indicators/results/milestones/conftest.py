"""A judged round to freeze."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from tests.cast import Cast
from tests.indicators.district import figures, hand_in, open_round
from tests.shared import shared

NOW = datetime(2026, 3, 31, 10, 2, tzinfo=UTC)
Judge = Callable[..., Evaluation]


@shared
def round_a(cast: Cast) -> Round:
    """龙亭区's round, with both schools' submissions approved."""
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures())
    hand_in(round_, cast.school_b, figures("初级中学"))
    return round_


def judged(cast: Cast, round_: Round) -> Evaluation:
    """Judge a round as it stands."""
    evaluation = actions.record(judged=judging.judge(round_, judging.read(round_), NOW), by=cast.admin)
    return Evaluation.objects.get(pk=evaluation.pk)


@pytest.fixture
def judge(cast: Cast) -> Judge:
    """The same as a function of the round alone."""
    return partial(judged, cast)
