"""What the forms are filled from: one kept evaluation and the returns frozen in it; nothing of today's data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone

from indicators.collection.submissions import queries as submissions
from indicators.results.evaluations import replaying
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Answer, DistrictData, SchoolData, Spec, Value
from indicators.standard.engine.data import figure
from indicators.standard.standards import queries as standards
from schools.directory.models import Kind

Json = Mapping[str, Any]
OPEN = "在办"


@dataclass(frozen=True, eq=False)
class Basis:
    """A kept evaluation with its standard, its result and what was judged."""

    evaluation: Evaluation
    spec: Spec
    returns: DistrictData
    result: Json

    @cached_property
    def schools(self) -> Mapping[str, SchoolData]:
        """Every school of the register as it was judged, by 学校标识码."""
        return {school.code: school for school in self.returns.schools}

    @property
    def district(self) -> Mapping[str, Answer]:
        """What the bureau and its departments answered."""
        return self.returns.answers

    def parts(self, stage: str) -> list[Json]:
        """The judged parts of a stage, by 学校标识码."""
        return [part for part in self.result["parts"] if part["stage"] == stage]

    def indicator(self, code: str) -> Json:
        """What the evaluation says of one of B1–D1; empty when its standard has no such indicator."""
        found: Json = self.result["district_indicators"].get(code, {})
        return found

    def figures(self, code: str) -> Mapping[str, str]:
        """The exact figures one of B1–D1 was judged by; none in evaluations of the first engine."""
        found: Mapping[str, str] = self.indicator(code).get("figures", {})
        return found

    @cached_property
    def bureau(self) -> Json:
        """The bureau's own return as it was frozen, with who answered and when; empty while it has none; one query."""
        entry = self.evaluation.inputs.get(self.evaluation.round.district.code)
        return submissions.contents_of([entry["revision"]])[0] if entry and entry["revision"] else {}

    @property
    def smallest_point(self) -> int:
        """The pupils from which on a 教学点 takes part by itself."""
        return self.spec.kinds[Kind.TEACHING_POINT].min_pupils

    def label(self, school: SchoolData, stage: str) -> str:
        """The name of a part: 甲学校（小学部） where the school has several stages, 附设班 among them."""
        own = {
            *self.spec.kinds[school.kind].stages,
            *(s for s in self.spec.stages if figure(school.given, f"pupils_{s}")),
        }
        if own == {stage}:
            return school.name
        return f"{school.name}（{self.spec.stages[stage].part_label}）"


def load(evaluation: Evaluation, *, only: str = "") -> Basis:
    """Read an evaluation's frozen returns, or only that of one school; one query either way.

    Raises Invalid, in Chinese, when a frozen return is gone from the database.
    """
    spec = standards.load_spec(evaluation.standard)
    return Basis(evaluation, spec, replaying.returns(evaluation, only=only), evaluation.result)


def source(evaluation: Evaluation, digits: int = 16) -> str:
    """The line that dates every form: round, data as of, rules, the first digits of the inputs' sha256: all of them fit no line."""
    as_of = f"{timezone.localtime(evaluation.data_as_of):%Y-%m-%d %H:%M}"
    shown = evaluation.inputs_sha256[:digits] + ("…" if digits < len(evaluation.inputs_sha256) else "")
    return (
        f"来源：{evaluation.round.district}{evaluation.round.name}，数据截至 {as_of}，标准 {evaluation.standard.version}，"
        f"核对码 {shown}"
    )


def classes(school: SchoolData, label: str) -> list[Mapping[str, Any]] | None:
    """The rows of a school's class list for a stage by its Chinese label; None while the list is blank."""
    listed = school.given.get("class_list")
    if not isinstance(listed, Value):
        return None
    return [row for row in listed.value if row["stage"] == label]


def rows(answers: Mapping[str, Answer], code: str) -> Iterator[Mapping[str, Any]]:
    """The rows of an answered table; none when it is blank or 不适用."""
    told = answers.get(code)
    if isinstance(told, Value):
        yield from told.value
