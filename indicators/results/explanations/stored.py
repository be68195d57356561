"""What an evaluation of another engine version kept, as it kept it: nothing is calculated again."""

from collections.abc import Iterator
from typing import Any

from indicators.results.board.figures import VERDICTS, printed
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Spec
from indicators.standard.engine.explain import Place
from portal.core.errors import NotFound

Json = dict[str, Any]
Line = tuple[str, str]
_NONE = "这次评估中没有这一项，或该学校不参加这项评估。"


def of(evaluation: Evaluation, spec: Spec, place: Place) -> list[Line]:
    """Return the kept numbers of a place as label and text. Raises NotFound where nothing was kept."""
    try:
        return list(_LINES[place.kind](evaluation, spec, place))
    except KeyError:
        raise NotFound(_NONE) from None


def title(evaluation: Evaluation, spec: Spec, place: Place) -> str:
    """Return what the page is about, in words."""
    pieces = [evaluation.inputs[place.school]["register"][0]] if place.school else ["全区"]
    if place.stage:
        pieces.append(spec.stages[place.stage].label)
    return " ".join([*pieces, place.code or ("结论" if place.kind == "district" else "资源配置指标")])


def _district(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    yield "结论", VERDICTS[evaluation.verdict][0]
    yield from (("理由", why) for why in evaluation.why)


def _stage(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    for part in evaluation.result["parts"]:
        if part["stage"] == place.stage:
            yield part["school_name"], VERDICTS[part["passes"]][0]
    for code, told in evaluation.result["coefficients"][place.stage].items():
        yield f"{code} 差异系数", printed(told["cv"], spec.printing["cv"])


def _coefficient(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    told = evaluation.result["coefficients"][place.stage][place.code]
    labels = {"mean": "全区均值", "sd": "标准差", "cv": "差异系数", "limit": "上限"}
    yield from ((label, told[key] or "—") for key, label in labels.items())
    yield "判定", VERDICTS[told["passes"]][0]


def _part_of(evaluation: Evaluation, place: Place) -> Json:
    parts: list[Json] = evaluation.result["parts"]
    return {(p["school_code"], p["stage"]): p for p in parts}[place.school, place.stage]


def _part(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    part = _part_of(evaluation, place)
    yield "结论", VERDICTS[part["passes"]][0]
    for code, told in part["indicators"].items():
        yield f"{code} {spec.indicator(code).short_name}", told.get("formula") or told["value"] or "—"


def _indicator(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    told = _part_of(evaluation, place)["indicators"][place.code]
    labels = {"formula": "算式", "value": "准确值", "threshold": "标准", "floor": "底线", "gap": "差距"}
    yield from ((label, told.get(key) or "—") for key, label in labels.items())
    yield "判定", VERDICTS[told["reaches"]][0]


def _condition(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    told = evaluation.result["district_indicators"][place.code]
    yield "结论", VERDICTS[told["passes"]][0]
    yield "填报或数值", told["value"] or "—"
    yield "说明", told["why"] or "—"


def _school(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    told = evaluation.result["district_indicators"][place.code].get("schools", ())
    own = [entry for entry in told if entry["school_code"] == place.school]
    if not own:
        raise KeyError(place.school)
    yield from ((VERDICTS[entry["passes"]][0], entry.get("why") or "—") for entry in own)


def _veto(evaluation: Evaluation, spec: Spec, place: Place) -> Iterator[Line]:
    told = {v["code"]: v for v in evaluation.result["vetoes"]}[place.code]
    yield told["name"], {True: "发生", False: "没有发生", None: "未全部确认"}[told["happened"]]


_LINES = {
    "district": _district,
    "stage": _stage,
    "coefficient": _coefficient,
    "part": _part,
    "indicator": _indicator,
    "condition": _condition,
    "school": _school,
    "veto": _veto,
}
