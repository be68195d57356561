"""Who is judged: stages with pupils, schools in scope, and the split of shared figures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from indicators.standard.engine.data import (
    Answers,
    NotApplicable,
    SchoolData,
    UnusableData,
    figure,
)
from indicators.standard.engine.spec import Kind, Spec

# Pupils by stage; None is "the school runs this stage but left it blank".
StagePupils = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """A school's stages, or why it takes no part in A1–A7."""

    pupils: StagePupils
    excluded: str = ""


def kind_of(spec: Spec, kind: str) -> Kind:
    """The kind of school in this standard; UnusableData when it has none such."""
    if kind not in spec.kinds:
        known = "、".join(spec.kinds)
        raise UnusableData(f"标准“{spec.name}”中没有学校类别“{kind}”，应为：{known}")
    return spec.kinds[kind]


def stage_pupils(spec: Spec, kind: str, answers: Answers) -> StagePupils:
    """Pupils of every stage that has, or may have, any.

    A stage of the school's kind left blank is unknown; 0 and 不适用 mean no such part.
    Attached classes (附设班) count on a school of any kind.
    """
    own = kind_of(spec, kind).stages
    pupils: dict[str, int | None] = {}
    for stage in spec.stages:
        code = f"pupils_{stage}"
        number = figure(answers, code)
        if number is None:
            if stage in own and not isinstance(answers.get(code), NotApplicable):
                pupils[stage] = None
        elif number.denominator != 1 or number < 0:
            raise UnusableData(f"填报项 {code} 的值 {number} 应为非负整数")
        elif number:
            pupils[stage] = int(number)
    return pupils


def of_school(spec: Spec, school: SchoolData) -> Scope:
    """The school's stages with pupils, or the Chinese reason for leaving it out (教督〔2017〕6号)."""
    kind = kind_of(spec, school.kind)
    if school.status == "停办":
        return Scope({}, "学校已停办")
    if not kind.judged:
        return Scope({}, kind.reason)
    pupils = stage_pupils(spec, school.kind, school.given)
    judged = [pupils[stage] for stage in spec.judged_stages if stage in pupils]
    if not judged:
        return Scope(pupils, "本学年初义务教育阶段没有在校生")
    known = [count for count in judged if count is not None]
    total = sum(known)
    if len(known) == len(judged) and total < kind.min_pupils:
        return Scope(pupils, kind.reason.replace("{pupils}", str(total)))
    return Scope(pupils)


def split_weights(spec: Spec, stages: Collection[str]) -> Mapping[str, Fraction]:
    """The national weights for a school with exactly these stages (two or more)."""
    return spec.split_weights[frozenset(stages)]


def split_share(weights: Mapping[str, Fraction], pupils: Mapping[str, int], stage: str) -> Fraction:
    """The stage's exact share wᵢPᵢ ÷ Σ wⱼPⱼ of what the whole school has."""
    weighted = {s: weights[s] * count for s, count in pupils.items()}
    return weighted[stage] / sum(weighted.values(), Fraction(0))
