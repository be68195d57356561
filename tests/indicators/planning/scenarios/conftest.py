"""A scenario on an evaluation of twelve schools."""

from io import StringIO

import pytest
from django.core.management import call_command

from indicators.planning.scenarios import actions
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations.models import Evaluation
from tests.indicators.district import fill, open_round
from tests.shared import shared


@shared
def evaluated(cast) -> Evaluation:
    """Twelve schools of every kind, evaluated."""
    round_ = open_round(cast.district)
    fill(round_, 12)
    call_command("evaluate", "2026", "--format", "json", stdout=StringIO())
    return Evaluation.objects.get()


@pytest.fixture
def scenario(cast, evaluated) -> Scenario:
    """Empty, on the evaluation."""
    return actions.create(evaluation_id=evaluated.pk, name="方案一", note="", by=cast.admin)
