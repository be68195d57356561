"""A judged district with relaxations in force: two that turn a verdict, one whose condition is not fulfilled."""

from decimal import Decimal

from indicators.collection.relaxations.models import Relaxation
from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.figures import good_answers
from tests.indicators.collection.relaxations.making import PE, SIZE, SPORTS, approved, day
from tests.indicators.district import hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.results.official_forms.conftest import BUREAU, whole

# 乙初级中学 has so many pupils: over 2000, under the 2400 that were granted.
CROWDED = 2100


def relaxed_round(cast: Cast) -> Round:
    """甲小学 lacks sports ground but leases some, 乙初级中学 is over its size, 丁小学 is all right."""
    round_ = open_round(cast.district, school_year_start=day())
    whole(round_, cast.school_a, sports_ground_area=Decimal(2000), leased_sports_area=Decimal(1500))
    _crowded(round_, cast.school_b)
    whole(round_, make_school("4102020003", "丁小学", cast.district))
    hand_in(round_, None, BUREAU)
    return round_


def _crowded(round_: Round, school: School) -> None:
    spec = standards.load_spec(round_.standard)
    given = good_answers(spec, school.kind, junior=CROWDED)
    plain = {field: one.value for field, one in given.items() if isinstance(one, Value)}
    hand_in(round_, school, plain | {"backbone_teachers_junior": 30, "pe_teachers_junior": 20})


def approve_all(cast: Cast) -> None:
    """Grant 甲 its leased ground, 乙 its size by a paper of its own; 甲 has another it does not fulfil any more."""
    approved(cast, kind=SPORTS)
    approved(cast, kind=SIZE, school_id=cast.school_b.pk, basis="豫教督〔2026〕9号")
    outgrown = approved(cast, kind=SIZE)
    Relaxation.objects.filter(pk=outgrown.pk).update(kind=PE, indicator="A3")


def fresh(evaluation: Evaluation) -> Evaluation:
    """The evaluation as a page reads it."""
    return Evaluation.objects.select_related("round__district", "standard", "created_by").get(pk=evaluation.pk)


def before_and_after(cast: Cast) -> tuple[Evaluation, Evaluation]:
    """The district judged before anything was granted, and after."""
    round_ = relaxed_round(cast)
    before = evaluated(cast, round_)
    approve_all(cast)
    return fresh(before), fresh(evaluated(cast, round_))
