"""Plans drawn districts that lack something everywhere, three years ahead, and prints processor seconds and gaps.

Run: python -m benchmarks.bench_plan [SCHOOLS …]. Goals: 60 schools within 60 s and 0.1 % (120 s with yearly
budgets), 300 schools within 5 %. Budgets: too little, and the least of a few equal amounts a year that just reach.
`skewed` districts have schools far above the others, so that the coefficients decide the cost.
"""

import os
import random
import sys
import time
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from indicators.planning.plans.search import FoundPlan  # noqa: E402 after the settings
from indicators.standard.engine import DistrictData, Spec, evaluate  # noqa: E402 after the settings
from indicators.standard.standards import files, reader  # noqa: E402
from tests.indicators.planning.plans import districts  # noqa: E402

SIZES = (12, 60, 300)
GOALS = {300: Decimal("0.05")}
# Of what the plan costs without budgets: too little in three years, and more than enough.
FACTORS = (Decimal(1), Decimal("1.1"), Decimal("1.5"), Decimal(2), Decimal(3))
SHARES = {"a fifth of it a year": Decimal("0.2"), "half of it a year": Decimal("0.5")}


def main() -> None:
    """Print one line for each district, and one for each way its money is spread over the years."""
    spec = reader.spec_from_content(files.read_folder(next(f for f in files.shipped() if f.name == "national-2017")))
    for size in map(int, sys.argv[1:] or SIZES):
        for name, levels in (("even", districts.LEVELS), ("skewed", districts.SKEWED)):
            data = districts.drawn(random.Random(2026), size, levels=levels)
            over = sum(one.passes is False for one in evaluate(spec, data).all_coefficients())
            free = _measured(spec, data, f"{size} schools, {name}, {over} coefficients over", {})
            for words, share in SHARES.items():
                budgets = dict.fromkeys(districts.YEARS, (free.cost * share).quantize(Decimal(1)))
                _measured(spec, data, f"{size} schools, {name}, {words}", budgets)
            _just_reaching(spec, data, f"{size} schools, {name}", free.cost)


def _just_reaching(spec: Spec, data: DistrictData, words: str, needed: Decimal) -> None:
    """The same money each year: the first of the tried amounts with which all pass."""
    for factor in FACTORS:
        amount = (needed / len(districts.YEARS) * factor).quantize(Decimal(1))
        budgets = dict.fromkeys(districts.YEARS, amount)
        found = _measured(spec, data, f"{words}, {amount} 万元 a year ({factor} of what is needed)", budgets)
        print(f"  least named: {found.least_needed or 0:.0f} 万元, proven not below {found.needed_bound or 0:.0f}")
        if found.reaches:
            break


def _measured(spec: Spec, data: DistrictData, words: str, budgets: dict[int, Decimal]) -> FoundPlan:
    goal = GOALS.get(len(data.schools), Decimal("0.001"))
    begun, wall = time.process_time(), time.monotonic()
    found = districts.plan(spec, data, districts.terms(gap=goal, time_limit=600, budgets=budgets))
    taken = time.process_time() - begun
    gap = (found.cost - found.bound) / found.cost if found.cost else Decimal(0)
    ended = "time ran out" if found.ended_by_time else "proven" if found.is_proven else "steps ran out"
    print(
        f"{words}: {taken:.1f} s of processor ({time.monotonic() - wall:.0f} s), {found.cost:.0f} 万元,"
        f" gap {gap * 100:.4f} % (goal {goal * 100:f} %), {'all pass' if found.reaches else 'as many as can'}, {ended}",
        flush=True,
    )
    return found


if __name__ == "__main__":
    main()
