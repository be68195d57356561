"""Times one trial of a scenario: ten measures on 60 synthetic schools, carried out and judged again.

Run: python -m benchmarks.bench_scenario. Prints the median processor seconds of twenty trials. Goal: under 150 ms.
"""

import random
import statistics
import time

from benchmarks.bench_engine import school
from indicators.planning.engine import editing, measures
from indicators.standard.engine import DistrictData, evaluate
from indicators.standard.standards import files, reader

SCHOOLS, MEASURES, TRIALS = 60, 10, 20


def main() -> None:
    """Print the median."""
    spec = reader.spec_from_content(files.read_folder(next(f for f in files.shipped() if f.name == "national-2017")))
    chance = random.Random(2026)
    data = DistrictData("410202", tuple(school(spec, number, chance) for number in range(SCHOOLS)))
    rows = [{"kind": "equip", "school_code": one.code, "quantity": "5"} for one in data.schools[:MEASURES]]
    taken = []
    for _ in range(TRIALS):
        begun = time.process_time()
        evaluate(spec, editing.apply(spec, data, measures.read(rows)))
        taken.append(time.process_time() - begun)
    print(f"{SCHOOLS} schools, {MEASURES} measures: {statistics.median(taken) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
