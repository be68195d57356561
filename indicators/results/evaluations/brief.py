"""What is missed in an evaluation and which coefficients and conditions pass, known by a process for pages opened all day."""

import datetime as dt
from functools import lru_cache

from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import StoredResult


def of(evaluation: Evaluation) -> StoredResult:
    """Without what is reached, shares and reasons: 35 kB a school in memory become five."""
    return _brief(evaluation.pk, evaluation.inputs_sha256, evaluation.created_at)


@lru_cache(maxsize=8)
def _brief(pk: int, inputs_sha256: str, created_at: dt.datetime) -> StoredResult:
    """An evaluation never changes; of another database the same number has other inputs or another time."""
    content = Evaluation.objects.values_list("result", flat=True).get(pk=pk)
    parts = [
        part | {"indicators": {code: one for code, one in part["indicators"].items() if one.get("reaches") is not True}}
        for part in content.get("parts", ())
    ]
    conditions = {
        code: {
            "passes": one.get("passes"),
            "schools": [
                {key: school.get(key) for key in ("school_code", "passes")} for school in one.get("schools", ())
            ],
        }
        for code, one in content.get("district_indicators", {}).items()
    }
    coefficients = {
        stage: {code: {"passes": one.get("passes")} for code, one in by_code.items()}
        for stage, by_code in content.get("coefficients", {}).items()
    }
    missed = [part for part in parts if part["indicators"]]
    return StoredResult({"parts": missed, "district_indicators": conditions, "coefficients": coefficients})
