"""Times the engine on 60, 3 000 and 25 000 synthetic schools of one district.

Run: python -m benchmarks.bench_engine [SIZES…]. Every size runs in a process of its own,
so that its peak memory is its own. Prints seconds, peak RSS and time per school
relative to the smallest size. Goal: 25 000 schools under 20 s on one core and 1 GB.
"""

import json
import random
import resource
import subprocess
import sys
import time
from decimal import Decimal

from indicators.engine import DistrictReturn, SchoolReturn, Value, evaluate
from indicators.engine.spec import Spec
from indicators.standards import reader

SIZES = (60, 3_000, 25_000)
KINDS = (
    ("小学",) * 12 + ("教学点",) * 3 + ("初级中学",) * 4 + ("九年一贯制学校",) * 4 + ("完全中学", "十二年一贯制学校")
)
BY_STAGE = (
    ("teachers_doctor", 0.0005),
    ("teachers_master", 0.005),
    ("teachers_bachelor", 0.055),
    ("teachers_associate", 0.01),
    ("backbone_teachers", 0.012),
    ("pe_teachers", 0.005),
    ("music_teachers", 0.003),
    ("art_teachers", 0.003),
    ("arts_teachers", 0.0),
)
SHARED = (
    ("teaching_area", 6),
    ("indoor_sports_area", 0.5),
    ("sports_ground_area", 9),
    ("equipment_value", 0.23),
)


def school(spec: Spec, number: int, chance: random.Random) -> SchoolReturn:
    """A plausible school; only the fields A1–A7 and the vetoes need."""
    kind = chance.choice(KINDS)
    answers: dict[str, Value] = {}
    everybody = 0
    for stage in spec.kinds[kind].stages:
        pupils = chance.randint(20, 90) if kind == "教学点" else chance.randint(120, 2400)
        everybody += pupils
        answers[f"pupils_{stage}"] = Value(pupils)
        for base, rate in BY_STAGE:
            code = f"{base}_{stage}"
            if code in spec.items:
                answers[code] = Value(round(pupils * rate * chance.uniform(0.7, 1.5)))
    for code, each in SHARED:
        answers[code] = Value(Decimal(round(everybody * each * chance.uniform(0.7, 1.5) * 100)) / 100)
    answers["multimedia_rooms"] = Value(round(everybody * 0.026 * chance.uniform(0.7, 1.5)))
    for veto in spec.vetoes:
        answers[veto.item] = Value(False)
    return SchoolReturn(f"{number:010d}", f"第{number}学校", kind, answers=answers)


def run(size: int) -> dict[str, float]:
    """Evaluate one district of this many schools; seconds and megabytes."""
    spec = reader.spec_from_content(reader.read_folder(reader.SHIPPED / "national-2017"))
    chance = random.Random(size)
    district = DistrictReturn("410202", tuple(school(spec, n, chance) for n in range(size)))
    evaluate(spec, DistrictReturn("410202", district.schools[:10]))
    start = time.perf_counter()
    result = evaluate(spec, district)
    judged = time.perf_counter()
    shown = result.as_json(round="2026", district="410202")
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert result.complete
    parts = len(shown["parts"])
    return {"schools": size, "parts": parts, "evaluate": judged - start, "json": end - judged, "rss": peak}


def main(sizes: list[int]) -> None:
    """Run each size apart and print a table."""
    print(f"{'schools':>8} {'parts':>7} {'evaluate s':>11} {'as_json s':>10} {'peak MB':>8} {'per school':>11}")
    base = None
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.bench_engine", "--one", str(size)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        row = json.loads(output)
        each = row["evaluate"] / size
        base = base or each
        print(
            f"{size:>8} {row['parts']:>7} {row['evaluate']:>11.3f} {row['json']:>10.3f} "
            f"{row['rss']:>8.0f} {each / base:>10.2f}×"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(run(int(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
