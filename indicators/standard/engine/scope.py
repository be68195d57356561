"""Who is judged and what is asked: stages with pupils, schools in scope, fields, the split of shared figures."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from indicators.standard.engine.data import Answers, NotApplicable, SchoolData, UnusableData, Value, figure
from indicators.standard.engine.spec import COMPULSORY, Item, SchoolKind, Spec

# Pupils by stage; None is "the school runs this stage but left it blank".
StagePupils = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """A school's stages, or why it takes no part in A1–A7."""

    pupils: StagePupils
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Required:
    """A field that must be answered (a value or 不适用) before submitting."""

    item: Item
    reasons: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.item.code


def kind_of(spec: Spec, kind: str) -> SchoolKind:
    """UnusableData when the standard has no such kind of school."""
    if kind not in spec.kinds:
        known = "、".join(spec.kinds)
        raise UnusableData(f"标准“{spec.name}”中没有学校类别“{kind}”，应为：{known}")
    return spec.kinds[kind]


def stage_pupils(spec: Spec, kind: str, answers: Answers) -> StagePupils:
    """A stage of the school's kind left blank is None; 0 and 不适用 mean no such part.

    Attached classes (附设班) count at any kind of school.
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


def compulsory_pupils(pupils: StagePupils) -> int | None:
    """None while a stage is blank."""
    counts = [count for stage, count in pupils.items() if stage in COMPULSORY]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def of_school(spec: Spec, school: SchoolData) -> Scope:
    """Stages with pupils, or the Chinese reason for leaving it out (教督〔2017〕6号)."""
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
    """For a school with exactly these stages (two or more)."""
    return spec.split_weights[frozenset(stages)]


def split_share(weights: Mapping[str, Fraction], pupils: Mapping[str, int], stage: str) -> Fraction:
    """wᵢPᵢ ÷ Σ wⱼPⱼ, exact."""
    weighted = {s: weights[s] * count for s, count in pupils.items()}
    return weighted[stage] / sum(weighted.values(), Fraction(0))


def asked(spec: Spec, kind: str, answers: Answers) -> list[Item]:
    """Pupils of every stage of its kind are always asked; a stage stated to have none is asked nothing else.

    Attached classes count. Follow-up fields show only after their trigger.
    """
    running = stage_pupils(spec, kind, answers)
    own, sections = kind_of(spec, kind).stages, kind_of(spec, kind).sections
    if sections is not None and running.keys() & COMPULSORY:
        sections += kind_of(spec, kind).attached
    return [
        item
        for item in spec.items.values()
        if (sections is None or item.section in sections)
        and (not item.stage or item.stage in running or (item.base == "pupils" and item.stage in own))
        and is_triggered(item, answers)
    ]


def is_triggered(item: Item, answers: Answers) -> bool:
    if item.asked_if is None:
        return True
    other, wanted = item.asked_if
    answer = answers.get(other)
    return isinstance(answer, Value) and answer.value is wanted


def required(spec: Spec, kind: str, answers: Answers) -> list[Required]:
    """In form order, each with its reasons."""
    return _with_reasons(spec, (i for i in asked(spec, kind, answers) if i.required))


def required_of_district(spec: Spec, answers: Answers) -> list[Required]:
    items = spec.district_items.values()
    return _with_reasons(spec, (i for i in items if i.required and is_triggered(i, answers)))


def unanswered(fields: Iterable[Required], answers: Mapping[str, object]) -> list[Required]:
    return [field for field in fields if field.code not in answers]


def _with_reasons(spec: Spec, items: Iterable[Item]) -> list[Required]:
    labels = {section.code: section.label for section in spec.sections}
    found = []
    for item in items:
        uses = spec.uses.get(f"{item.respondent}.{item.base}", ())
        found.append(Required(item, uses or (f"“{labels[item.section]}”栏目",)))
    return found
