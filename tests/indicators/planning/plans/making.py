"""A stored plan of one school, made by the search itself."""

from decimal import Decimal

from indicators.collection.submissions.models import Round
from indicators.planning.plans import actions, queries
from indicators.planning.plans.models import PlanRun
from indicators.planning.plans.queries import PlanBase
from indicators.results.evaluations.judging import Inputs
from indicators.standard.engine import DistrictData, SchoolData, Value
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from schools.directory.models import School
from tests.indicators.district import figures
from tests.indicators.planning.engine import districts


def stored(round_: Round, school: School, by: User, inputs_sha256: str = "") -> PlanRun:
    """It lacks teachers and equipment; the plan starts from what has this fingerprint."""
    given = figures("小学", 400, teachers_bachelor_primary=2, equipment_value=Decimal(30))
    spec = standards.load_spec(round_.standard)
    # An overlay may ask for figures of its own.
    asked = {term.code: 400 for one in spec.resources for term in one.rule.terms["primary"]}
    answers = {field: Value(value) for field, value in (asked | given).items()}
    one = SchoolData(school.code, school.name, "小学", "城区", "7", answers=answers)
    data = DistrictData(round_.district.code, (one,))
    inputs = Inputs(spec, data, {}, {}, inputs_sha256)
    wanted = districts.terms()
    content = queries.make(PlanBase(round_, inputs, dict.fromkeys(wanted.years, data), "base", ""), wanted)
    return actions.record(round_=round_, content=content, by=by)
