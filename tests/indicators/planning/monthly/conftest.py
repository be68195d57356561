"""Schools 甲 and 乙, approved and evaluated in the newest round."""

from io import StringIO
from typing import Any

from django.core.management import call_command

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from tests.figures import good_answers
from tests.indicators.district import hand_in, open_round
from tests.shared import shared


def complete(round_: Round, kind: str, **changes: Any) -> dict[str, Any]:
    """All a school of this kind answers; None blanks."""
    answers = good_answers(standards.load_spec(round_.standard), kind)
    given = {code: one.value for code, one in answers.items() if isinstance(one, Value)} | changes
    return {code: value for code, value in given.items() if value is not None}


@shared
def evaluated(cast) -> Evaluation:
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, complete(round_, "小学"))
    hand_in(round_, cast.school_b, complete(round_, "初级中学"))
    call_command("evaluate", "2026", "--format", "json", stdout=StringIO())
    return Evaluation.objects.get()
