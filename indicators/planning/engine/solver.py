"""HiGHS as plans use it: columns, some of them whole numbers, rows, and searches that end after so much work.

One thread and a fixed seed: the same program gives the same answer on every machine. The clock is there for machines that
are far too slow.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import highspy

INFINITY = highspy.kHighsInf
# A linear expression: column → factor.
Linear = Mapping[int, float]
# Nodes of a search times columns: what ends it where the gap does not, about a minute with 60 schools and three years.
_WORK = 600_000
_WORK_SECONDS = 60
# Simplex iterations times columns that are counted as a second, without whole numbers and with them: about half of what a
# usual machine does, so that it is through before the clock stops it.
_PACE, _WHOLE_PACE = 10_000_000, 1_500_000
# Columns from which on more make a step of a search for whole numbers no dearer: few are in use at a time.
_MANY = 6_000
# How much longer than it is counted work may take, and seconds for what is not counted.
_PATIENCE, _AROUND = 3, 60


class Unsolvable(Exception):
    """Nothing satisfies all rows."""


class OutOfTime(Exception):
    """The time ran out before anything was found that satisfies all rows."""

    by_clock = True


class OutOfSteps(OutOfTime):
    """The same after as many steps as are taken, which is so every time."""

    by_clock = False


@dataclass(slots=True)
class Effort:
    """The work of a plan in seconds, counted by steps instead of the clock; the clock stops it at `until`."""

    spent: float = 0.0
    until: float = INFINITY

    @classmethod
    def within(cls, seconds: float) -> "Effort":
        """For work that is to take so long."""
        return cls(until=monotonic() + seconds * _PATIENCE + _AROUND)


@dataclass(frozen=True, slots=True)
class Solved:
    """Values by column, the objective, and the least it can be by proof. `by_clock` where the time cut it off."""

    values: Sequence[float]
    objective: float
    bound: float
    is_proven: bool
    by_clock: bool


class _Silent(highspy.Highs):
    """Without callbacks, whose setting up prints a banner between what a command prints."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()


class Solver:
    """A program being built and solved, again and again."""

    def __init__(self, effort: Effort | None = None) -> None:
        self.effort = effort or Effort()
        self.highs = _Silent()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0)):
            self.highs.setOptionValue(option, value)
        self.columns = 0
        self.rows = 0
        # Upper bounds of the columns that are whole numbers.
        self.wholes: dict[int, float] = {}
        # Where the next search for whole numbers begins.
        self.start: list[float] = []

    def column(self, upper: float = INFINITY, *, whole: bool = False) -> int:
        self.highs.addCol(0.0, 0.0, float(upper), 0, [], [])
        if whole:
            self.highs.changeColIntegrality(self.columns, highspy.HighsVarType.kInteger)
            self.wholes[self.columns] = float(upper)
        self.columns += 1
        return self.columns - 1

    def row(self, terms: Linear, lower: float = -INFINITY, upper: float = INFINITY) -> None:
        used = {column: float(factor) for column, factor in terms.items() if factor}
        self.highs.addRow(float(lower), float(upper), len(used), list(used), list(used.values()))
        self.rows += 1

    def at_least(self, values: Mapping[int, float]) -> None:
        for column, least in values.items():
            self.highs.changeColBounds(column, least, self.wholes.get(column, INFINITY))

    def drop(self, row: int) -> None:
        self.highs.changeRowBounds(row, -INFINITY, INFINITY)

    def fix(self, values: Mapping[int, float]) -> None:
        """Holds columns at values; `free` takes it back."""
        columns, held = list(values), [float(value) for value in values.values()]
        self.highs.changeColsBounds(len(columns), columns, held, held)

    def free(self) -> None:
        columns = list(self.wholes)
        self.highs.changeColsBounds(len(columns), columns, [0.0] * len(columns), list(self.wholes.values()))

    def rounded(self, values: Sequence[float]) -> dict[int, float]:
        """The whole numbers of values."""
        return {column: float(round(values[column])) for column in self.wholes}

    def solve(self, objective: Linear, *, seconds: float, gap: float = 0, relaxed: bool = False) -> Solved:
        """The least of the objective within `seconds` of work. Raises Unsolvable, OutOfTime."""
        seconds = max(seconds, 0.01)
        costs = [float(objective.get(column, 0)) for column in range(self.columns)]
        self.highs.changeColsCost(self.columns, list(range(self.columns)), costs)
        options = {
            "solve_relaxation": relaxed,
            "mip_rel_gap": gap,
            "mip_max_nodes": max(int(_WORK * min(seconds / _WORK_SECONDS, 1)) // self.columns, 1),
            "simplex_iteration_limit": int(seconds * _PACE) // self.columns + 1 if relaxed else highspy.kHighsIInf,
            # HiGHS counts from when the program was made.
            "time_limit": self.highs.getRunTime() + max(self.effort.until - monotonic(), 0.01),
        }
        for option, value in options.items():
            self.highs.setOptionValue(option, value)
        if self.start and not relaxed:
            # Right before the search: any change of the program makes the solver forget it.
            solution = highspy.HighsSolution()
            solution.col_value = self.start
            self.highs.setSolution(solution)
        self.highs.run()
        status, info = self.highs.getModelStatus(), self.highs.getInfo()
        each = self.columns / _PACE if relaxed else min(self.columns, _MANY) / _WHOLE_PACE
        self.effort.spent += max(info.simplex_iteration_count, 0) * each
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            raise Unsolvable
        by_clock = status == highspy.HighsModelStatus.kTimeLimit
        if int(info.primal_solution_status) != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            raise OutOfTime if by_clock else OutOfSteps
        values = list(self.highs.getSolution().col_value)
        found = info.objective_function_value
        if (
            self.start
            and not relaxed
            and not math.isclose(found, math.fsum(map(operator.mul, costs, values)), rel_tol=1e-6, abs_tol=1e-6)
        ):
            # HiGHS 1.16 now and then miscounts when it is given a start; then neither its bound counts.
            self.start = []
            return self.solve(objective, seconds=seconds, gap=gap)
        is_proven = status == highspy.HighsModelStatus.kOptimal
        bound = found if relaxed and is_proven else info.mip_dual_bound
        return Solved(values, found, bound, is_proven, by_clock)
