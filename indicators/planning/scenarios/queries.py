"""Reads of scenarios: which there are, and what the engine says of one before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from indicators.planning.engine import PlannedMeasure, editing, measures
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Result, numbers as exact
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib.numbers import at_most, text
from portal.core.lib.verdicts import VERDICTS
from schools.access.scope import Perm, visible

MOST_COMPARED = 3
Key = tuple[str, str]


def shown_to(user: User) -> QuerySet[Scenario]:
    rows = visible(user, Scenario.objects.all(), Perm.PLAN_VIEW)
    return rows.select_related("evaluation__round__district", "created_by").defer(
        "evaluation__result", "evaluation__inputs"
    )


def get(user: User, scenario_id: int) -> Scenario:
    """Raises NotFound outside the person's scope."""
    rows = visible(user, Scenario.objects.all(), Perm.PLAN_VIEW)
    rows = rows.select_related("evaluation__round__district", "evaluation__standard", "created_by", "updated_by")
    found = rows.defer("evaluation__result").filter(pk=scenario_id).first()
    if found is None:
        raise NotFound("没有这个试算方案，或不在您可以查看的范围内。")
    return found


def bases(user: User, perm: Perm = Perm.PLAN_VIEW) -> QuerySet[Evaluation]:
    rows = visible(user, Evaluation.objects.all(), perm) & evaluations.shown_to(user)
    return rows.select_related("round__district").order_by("-round__school_year_start", "-pk")


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A figure before and after, printed; `turn` is better, worse or "" by the verdict."""

    label: str
    before: str
    after: str
    limit: str = ""
    turn: str = ""


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part whose figures changed: its seven indicators and its verdict."""

    school_code: str
    school: str
    stage: str
    pupils: BeforeAfter
    verdict: BeforeAfter
    figures: tuple[BeforeAfter, ...]


@dataclass(frozen=True)
class Trial:
    """A scenario judged: what changes and what it costs."""

    measures: tuple[PlannedMeasure, ...]
    before: Result
    after: Result
    cost: Decimal
    uncosted: int

    @property
    def headings(self) -> list[BeforeAfter]:
        verdict, passing = (_verdict, lambda r: sum(part.passes is True for part in r.parts))
        cvs = [sum(c.passes is False for c in side.all_coefficients()) for side in (self.before, self.after)]
        counts = passing(self.before), passing(self.after)
        return [
            BeforeAfter(
                "全区结论",
                verdict(self.before.verdict),
                verdict(self.after.verdict),
                turn=turn_of(self.before.verdict, self.after.verdict),
            ),
            BeforeAfter(
                "达标学校（分学段）",
                f"{counts[0]} / {len(self.before.parts)}",
                f"{counts[1]} / {len(self.after.parts)}",
                turn=_signed(counts[1] - counts[0]),
            ),
            BeforeAfter("差异系数超限", str(cvs[0]), str(cvs[1]), turn=_signed(cvs[0] - cvs[1])),
        ]

    @property
    def coefficients(self) -> list[tuple[str, list[BeforeAfter]]]:
        spec, found = self.before.spec, []
        for stage, by_code in self.before.coefficients.items():
            rows = []
            for code, before in by_code.items():
                after = self.after.coefficients[stage][code]
                places = spec.printing["cv"]
                rows.append(
                    BeforeAfter(
                        f"{code} {before.indicator.short_name}",
                        text(before.cv, places),
                        text(after.cv, places),
                        limit=exact.text(before.limit) or "",
                        turn=turn_of(before.passes, after.passes),
                    )
                )
            found.append((spec.stages[stage].label, rows))
        return found

    @property
    def conditions(self) -> list[BeforeAfter]:
        """B1–D1 whose conclusion or figure changed."""
        pairs = zip(self.before.district_indicators, self.after.district_indicators, strict=True)
        return [
            BeforeAfter(
                f"{was.indicator.code} {was.indicator.short_name}",
                _concluded(self.before, at),
                _concluded(self.after, at),
                turn=turn_of(was.passes, now.passes),
            )
            for at, (was, now) in enumerate(pairs)
            if (was.passes, was.value) != (now.passes, now.value)
        ]

    @property
    def parts(self) -> list[PartChange]:
        """Those of which a figure changed, new and gone ones too."""
        before = {(part.school.code, part.stage): part for part in self.before.parts}
        after = {(part.school.code, part.stage): part for part in self.after.parts}
        spec, found = self.before.spec, []
        for key in sorted(before.keys() | after.keys(), key=lambda key: (key[0], key[1] != "primary")):
            was, now = before.get(key), after.get(key)
            values = [[one.value for one in side.indicators] if side else [] for side in (was, now)]
            if values[0] == values[1] and was and now and was.pupils == now.pupils:
                continue
            one = now or was
            assert one is not None  # noqa: S101 a key of either
            figures = []
            for at, judged in enumerate(one.indicators):
                sides = [side.indicators[at] if side else None for side in (was, now)]
                was_shown, now_shown = (
                    exact.printed(side.value if side else None, spec.printing["value"]) for side in sides
                )
                turn = turn_of(*(side.reaches if side else None for side in sides))
                threshold = exact.text(judged.threshold) or ""
                figures.append(BeforeAfter(judged.indicator.code, was_shown, now_shown, threshold, turn))
            verdicts = [side.passes if side else None for side in (was, now)]
            said = [_verdict(side.passes) if side else "—" for side in (was, now)]
            pupils = [str(side.pupils) if side else "—" for side in (was, now)]
            found.append(
                PartChange(
                    key[0],
                    one.school.name,
                    spec.stages[key[1]].label,
                    BeforeAfter("在校生", pupils[0], pupils[1]),
                    BeforeAfter("结论", said[0], said[1], turn=turn_of(verdicts[0], verdicts[1])),
                    tuple(figures),
                )
            )
        return found


def trial(scenario: Scenario) -> Trial:
    """Raises Invalid when a measure cannot be carried out."""
    case = evaluations.case_of(scenario.evaluation)
    wanted = measures.read(scenario.measures)
    after = editing.judge(case.result.spec, case.data, wanted) if wanted else case.result
    uncosted = sum(one.cost is None for one in wanted)
    return Trial(tuple(wanted), case.result, after, measures.cost(wanted), uncosted)


def _verdict(passes: bool | None) -> str:
    return VERDICTS[passes].words


def _concluded(result: Result, at: int) -> str:
    """The verdict of a district indicator with its first condition's figure, else its words."""
    judged = result.district_indicators[at]
    figure = judged.outcomes[0].value if judged.outcomes else None
    shown = exact.printed(figure, 2) if figure is not None else judged.value
    return f"{_verdict(judged.passes)}：{shown or '—'}"


def turn_of(before: bool | None, after: bool | None) -> str:
    """better, worse or "": what was not judged before has not become worse."""
    if before == after:
        return ""
    return "better" if after else "worse" if before and after is False else ""


def _signed(change: int) -> str:
    return "better" if change > 0 else "worse" if change < 0 else ""


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line of a comparison: the base, then each scenario with its turn."""

    label: str
    base: str
    sides: tuple[tuple[str, str], ...]


def side_by_side(trials: Sequence[Trial]) -> list[ComparedLine]:
    """Verdict, passing parts, every coefficient, cost; all of one evaluation."""
    if not trials:
        return []
    lines = [
        ComparedLine(one.label, one.before, tuple((t.headings[at].after, t.headings[at].turn) for t in trials))
        for at, one in enumerate(trials[0].headings)
    ]
    coefficients = [t.coefficients for t in trials]
    for at, (stage, rows) in enumerate(coefficients[0]):
        lines += [
            ComparedLine(
                f"{stage} {one.label}（{at_most(one.limit)}）",
                one.before,
                tuple((found[at][1][row].after, found[at][1][row].turn) for found in coefficients),
            )
            for row, one in enumerate(rows)
        ]
    costs = tuple((text(t.cost, 2) + (f"（另有 {t.uncosted} 项未计价）" if t.uncosted else ""), "") for t in trials)
    return [*lines, ComparedLine("费用（万元）", "0", costs)]
