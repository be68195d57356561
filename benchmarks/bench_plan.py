"""Plans drawn districts that lack something everywhere, three years ahead, and prints processor seconds and gaps.

Run: python -m benchmarks.bench_plan [SCHOOLS …] [even] [skewed]. Goals: 60 schools within 60 s and 0.1 % (120 s with
yearly budgets), 300 schools within 5 %. Budgets: too little, the amounts that are then named as needed, and more than
enough. `skewed` districts have schools far above the others, so that the coefficients decide the cost.
"""

import os
import random
import sys
import time
from decimal import ROUND_CEILING, Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from indicators.planning.engine.search import FoundPlan  # noqa: E402 after the settings
from indicators.standard.engine import DistrictData, Spec, evaluate  # noqa: E402 after the settings
from indicators.standard.standards import files, reader  # noqa: E402
from tests.indicators.planning.plans import districts  # noqa: E402

SIZES = (12, 60, 300)
# Seconds, as the pages and the command ask for.
TIME_LIMIT = 120
GOALS = {300: Decimal("0.05")}
LEVELS = {"even": districts.LEVELS, "skewed": districts.SKEWED}
# Of what the plan costs without budgets, the same each year: too little, and more than enough.
SHARES = {"a fifth of it a year": Decimal("0.2"), "a third": Decimal(1) / 3, "all of it": Decimal(1)}


def main() -> None:
    """Print one line for each district, and one for each way its money is spread over the years."""
    spec = reader.spec_from_content(files.read_folder(next(f for f in files.shipped() if f.name == "national-2017")))
    sizes = [int(one) for one in sys.argv[1:] if one.isdigit()] or SIZES
    names = [one for one in sys.argv[1:] if one in LEVELS] or LEVELS
    for size in sizes:
        for name in names:
            data = districts.drawn(random.Random(2026), size, levels=LEVELS[name])
            over = sum(one.passes is False for one in evaluate(spec, data).all_coefficients())
            words = f"{size} schools, {name}"
            free = _measured(spec, data, f"{words}, {over} coefficients over", {})
            for share, factor in SHARES.items():
                amount = (free.cost * factor).quantize(Decimal(1), ROUND_CEILING)
                found = _measured(spec, data, f"{words}, {share}", dict.fromkeys(districts.YEARS, amount))
                if found.budgets_needed:
                    total = sum(found.budgets_needed.values())
                    print(f"  needed of budgets: {total:.0f} 万元, proven not below {found.budgets_bound or 0:.0f}")
                    _measured(spec, data, f"{words}, as needed instead of {share}", dict(found.budgets_needed))


def _measured(spec: Spec, data: DistrictData, words: str, budgets: dict[int, Decimal]) -> FoundPlan:
    goal = GOALS.get(len(data.schools), Decimal("0.001"))
    begun, wall = time.process_time(), time.monotonic()
    found = districts.plan(spec, data, districts.terms(gap=goal, time_limit=TIME_LIMIT, budgets=budgets))
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
