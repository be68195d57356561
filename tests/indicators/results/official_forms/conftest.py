"""A district whose schools and bureau answered everything the forms ask for."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import queries
from indicators.results.official_forms.queries import Forms
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.figures import good_answers
from tests.indicators.district import hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.shared import shared

BUREAU: dict[str, Any] = {
    "population_total": Decimal("48.355"),
    "population_rural": Decimal("13.7"),
    "townships": 4,
    "villages": 63,
    "gdp_per_head": 61200,
    "revenue_per_head": 4180,
    "rural_income": 20640,
    "urban_income": 36900,
    "layout_plan": True,
    "four_unified": True,
    "posts_allotted": True,
    "performance_pay_full": True,
    "left_behind_system": True,
    "public_funds_standard_primary": Decimal(850),
    "special_pupils": 129,
    "special_funds": Decimal("82.56"),
    "teacher_wage": Decimal(98600),
    "civil_servant_wage": Decimal(97900),
    "exchange_eligible": 812,
    "exchanged": 103,
    "exchanged_backbone": 41,
    "good_senior_plan": 1600,
    "good_senior_allotted": 840,
    "good_senior_allotted_rural": 260,
    "migrant_eligible": 3306,
    "migrant_public": 3074,
    "migrant_purchased": 132,
    "disabled_total": 238,
    "disabled_inclusive": 100,
    "disabled_special": 129,
    "disabled_home_taught": 5,
    "disabled_deferred": 4,
    "junior_entered": 1000,
    "junior_in": 50,
    "junior_out": 60,
    "junior_died": 1,
    "junior_graduated": 975,
    "survey_sent": 4200,
    "survey_valid": 4068,
    "survey_satisfied": 3560,
    "survey_valid_parents": 2610,
    "survey_satisfied_parents": 2280,
    "visits_total": 180,
    "visits_satisfied": 162,
    "visits_total_parents": 96,
    "visits_satisfied_parents": 86,
    "monitoring": (
        {"subject": "语文", "year": 2025, "level": "Ⅲ", "variation": Decimal("0.1013"), "report": "2025"},
        {"subject": "语文", "year": 2022, "level": "Ⅱ", "variation": Decimal("0.2"), "report": "2022"},
        {"subject": "数学", "year": 2025, "level": "Ⅲ", "variation": Decimal("0.15"), "report": "2025"},
    ),
    **{
        f"veto_{name}": False
        for name in ("exam_admission", "school_choice", "key_class", "posts", "safety", "fraud", "tutoring")
    },
}


def whole(round: Round, school: School, proofs: Sequence[str] = (), **changes: Any) -> None:
    """Hand in every field of a school, with a file for each of `proofs`; `changes` override, None blanks."""
    spec = standards.load_spec(round.standard)
    given = {
        code: answer.value for code, answer in good_answers(spec, school.kind).items() if isinstance(answer, Value)
    }
    hand_in(
        round, school, {field: value for field, value in (given | changes).items() if value is not None}, proofs=proofs
    )


def text(forms: Forms, code: str) -> list[list[str]]:
    """The body of a form as it is printed."""
    return [[box.text for box in line] for line in forms[code].rows]


@shared
def round_a(cast: Cast) -> Round:
    """甲 (小学), 乙 (初中), a nine-year school, a complete secondary, a village point and a special school."""
    round = open_round(cast.district)
    for school in (
        cast.school_a,
        cast.school_b,
        make_school("4102020003", "丁学校", cast.district, kind="九年一贯制学校", sponsor=10),
        make_school("4102020004", "戊中学", cast.district, kind="完全中学"),
        make_school("4102020006", "庚特殊教育学校", cast.district, kind="特殊教育学校"),
    ):
        whole(round, school)
    point = make_school("4102020005", "己教学点", cast.district, kind="教学点", area="乡村")
    whole(round, point, pupils_primary=60, public_funds_allocated=Decimal(85000))
    hand_in(round, None, BUREAU)
    return round


@shared
def evaluation(cast: Cast, round_a: Round) -> Evaluation:
    """The district judged."""
    return Evaluation.objects.select_related("round__district", "standard").get(pk=evaluated(cast, round_a).pk)


@pytest.fixture
def forms(evaluation: Evaluation) -> Forms:
    """表Ⅰ–Ⅵ of the judged district."""
    return queries.forms(evaluation)
