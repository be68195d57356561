"""Reads of explanations: the evaluation within reach, judged again once and explained at a place."""

from collections.abc import Callable, Mapping

from indicators.results.evaluations import replaying
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import ENGINE_VERSION, explain
from indicators.standard.engine.explain import Case, Explanation, Place
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.permissions import Perm
from schools.access.scope import visible

_KEPT_CASES = 3
_cases: dict[tuple[object, ...], Case] = {}


def evaluation(user: User, pk: int) -> Evaluation:
    """Return an evaluation whose district results the person may see. Raises NotFound otherwise."""
    rows = Evaluation.objects.select_related("round__district", "standard", "created_by").defer("standard__content")
    found = visible(user, rows, Perm.DISTRICT_RESULT_VIEW).filter(pk=pk).first()
    if found is None:
        raise NotFound("没有找到这次评估，或不在您可以查看的范围内。")
    return found


def explainable(evaluation: Evaluation) -> bool:
    """Whether today's engine is the one that judged it: only then do steps and stored result belong together."""
    return evaluation.engine == ENGINE_VERSION


def case(evaluation: Evaluation) -> Case:
    """Return what an evaluation judged, judged again; once per evaluation and process, for it never changes."""
    key = (evaluation.pk, evaluation.inputs_sha256, evaluation.created_at)
    found = _cases.get(key)
    if found is None:
        found = replaying.case(evaluation)
        if len(_cases) >= _KEPT_CASES:
            _cases.clear()
        _cases[key] = found
    return found


_EXPLAINED: Mapping[str, Callable[[Case, Place], Explanation]] = {
    "district": lambda case, place: explain.district(case),
    "stage": lambda case, place: explain.stage(case, place.stage),
    "coefficient": lambda case, place: explain.coefficient(case, place.stage, place.code),
    "part": lambda case, place: explain.part(case, place.school, place.stage),
    "indicator": lambda case, place: explain.indicator(case, place.school, place.stage, place.code),
    "condition": lambda case, place: explain.condition_based(case, place.code),
    "school": lambda case, place: explain.school_condition(case, place.code, place.school),
    "veto": lambda case, place: explain.veto(case, place.code),
}


def node(evaluation: Evaluation, place: Place) -> Explanation | None:
    """Explain a place of an evaluation; None when another engine version judged it.

    Raises NotFound where the evaluation judged no such thing.
    """
    if not explainable(evaluation):
        return None
    try:
        return _EXPLAINED[place.kind](case(evaluation), place)
    except KeyError:
        raise NotFound("这次评估中没有这一项，或该学校不参加这项评估。") from None
