"""Judging a round, and judging a stored evaluation again from what it froze."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from indicators.collection.submissions.queries import LoadedRevision
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.inputs import Inputs
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import ENGINE_VERSION, DistrictData, Result, UnusableData, evaluate
from indicators.standard.engine.explain import Case
from indicators.standard.standards import queries as standards
from indicators.standard.standards import reader
from portal.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Judged:
    """A round with what was read, when, and the result."""

    round: Round
    inputs: Inputs
    result: Result
    data_as_of: datetime.datetime


def read(round: Round) -> Inputs:
    """Raises Invalid, in Chinese, when a figure cannot be judged at all."""
    try:
        return reading.of_round(round)
    except UnusableData as error:
        raise Invalid(str(error)) from error


def judge(round: Round, inputs: Inputs, data_as_of: datetime.datetime) -> Judged:
    """Raises Invalid, in Chinese, naming the school whose figures cannot be judged."""
    try:
        return Judged(round, inputs, evaluate(inputs.spec, inputs.data), data_as_of)
    except UnusableData as error:
        raise Invalid(str(error)) from error


# More lines than this help nobody to find the cause.
_SHOWN = 20
_ABSENT = "（无）"


@dataclass(frozen=True, slots=True)
class Verified:
    """What judging again showed; no differences = frozen inputs and stored result belong together.

    With another engine only the inputs are compared: a newer engine may judge otherwise.
    """

    evaluation: Evaluation
    engine_differs: bool
    differences: tuple[str, ...]

    @property
    def words(self) -> str:
        made = f"计算程序 {self.evaluation.engine}"
        if self.differences:
            return f"不一致：{len(self.differences)} 处（{made}）。"
        if self.engine_differs:
            return f"冻结的数据逐份核对一致；评估时用{made}，现用计算程序 {ENGINE_VERSION}，结果未作比对。"
        return f"用冻结的数据重新计算，输入校验值和全部结果一致（{made}）。"


def replay(evaluation: Evaluation) -> Result:
    """Judge again from what was frozen alone; the same engine version gives the same inputs_sha256 and JSON.

    Raises Invalid, in Chinese, when a frozen revision is gone or cannot be judged.
    """
    return case(evaluation).result


def case(evaluation: Evaluation) -> Case:
    """As `replay`, with the data it was judged on."""
    judged = frozen_data(evaluation)
    return Case(_judged(evaluation, judged), judged)


def frozen_data(evaluation: Evaluation, *, only: str = "") -> DistrictData:
    """The frozen register and answers (of `only` one respondent); one query.

    Raises Invalid, in Chinese, when a frozen revision is gone.
    """
    return _data(evaluation, _loaded(evaluation, only))


def verify(evaluation: Evaluation) -> Verified:
    """Name every difference of judging again; writes nothing."""
    differs = evaluation.engine != ENGINE_VERSION
    found: list[str] = []
    try:
        loaded = _loaded(evaluation)
        if reader.content_sha256(evaluation.standard.content) != evaluation.standard.sha256:
            found.append(f"标准 {evaluation.standard.version} 的内容与它的校验值不符")
        for key, row in sorted(loaded.items()):
            entry = evaluation.inputs[key]
            if row.sha256 != entry["sha256"] or not reading.are_same(entry["figures"], row.answers):
                found.append(f"{key} 的填报（回执号 {entry['receipt']}）与评估时不同")
        if not differs:
            found += _changed_result(evaluation, _judged(evaluation, _data(evaluation, loaded)))
    except Invalid as refusal:
        found = [refusal.message]
    return Verified(evaluation, differs, tuple(found[:_SHOWN]))


def _loaded(evaluation: Evaluation, only: str = "") -> dict[str, LoadedRevision]:
    named = {
        key: entry["revision"]
        for key, entry in reading.respondents(evaluation.inputs).items()
        if entry["revision"] is not None and only in ("", key)
    }
    frozen = submissions.load_frozen(evaluation.standard, named.values())
    gone = sorted(key for key, revision in named.items() if revision not in frozen)
    if gone:
        raise Invalid(f"冻结的填报已不在数据库中：{'、'.join(gone)}。请从备份恢复。")
    return {key: frozen[revision] for key, revision in named.items()}


def _data(evaluation: Evaluation, loaded: dict[str, LoadedRevision]) -> DistrictData:
    registers = {key: entry["register"] for key, entry in reading.schools(evaluation.inputs).items()}
    grants = reading.grants(evaluation.inputs)
    return reading.district_data(evaluation.result["district"], registers, loaded, grants)


def _judged(evaluation: Evaluation, data: DistrictData) -> Result:
    try:
        return evaluate(standards.load_spec(evaluation.standard), data)
    except UnusableData as error:
        raise Invalid(str(error)) from error


def _changed_result(evaluation: Evaluation, result: Result) -> Iterator[str]:
    if result.inputs_sha256 != evaluation.inputs_sha256:
        yield f"输入校验值：保存 {evaluation.inputs_sha256}，重算 {result.inputs_sha256}"
    stored = evaluation.result
    yield from _differences("", stored, result.as_json(round=stored["round"], district=stored["district"]))
    yield from _differences("理由", evaluation.why, list(result.why))
    yield from _differences("结论", evaluation.verdict, result.verdict)


def _differences(path: str, stored: Any, again: Any) -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(again, dict):
        for key in sorted(stored.keys() | again.keys()):
            yield from _differences(f"{path}/{key}", stored.get(key, _ABSENT), again.get(key, _ABSENT))
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for number, (one, other) in enumerate(zip(stored, again, strict=True), 1):
            yield from _differences(f"{path}/{number}", one, other)
    elif stored != again:
        yield f"{path.lstrip('/')}：保存 {_short(stored)}，重算 {_short(again)}"


def _short(value: Any) -> str:
    text = str(value)
    return f"{text[:60]}…" if len(text) > 60 else text
