"""Times the engine on 60, 3 000 and 25 000 synthetic schools of one district.

Run: python -m benchmarks.bench_engine [SIZES…]. Every size runs in a process of its own,
so that its peak memory is its own. Prints processor seconds (the median of a few runs of
a small district), peak RSS and time per school relative to the smallest size, also with the garbage
collector off: its three or four passes over everything the process holds, the submissions above all,
are the caller's to avoid. Goals: 60 schools under 50 ms; 25 000 under 20 s on one core and 1 GB, at
most 1.2 times the time per school without the collector.
"""

import datetime as dt
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from decimal import Decimal

from indicators.standard.engine import DistrictData, SchoolData, Spec, Value, evaluate
from indicators.standard.standards import files, reader

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


DAY = dt.date(2026, 9, 1)
PLAIN = {"yes_no": True, "number": 5, "decimal": Decimal("12.5"), "text": "第一学期", "date": DAY}


def tables(spec: Spec, pupils: dict[str, int]) -> dict[str, Value]:
    """Classes of at most forty pupils and the music and art rooms they need."""
    classes = [
        {"stage": spec.stages[stage].label, "grade": "一年级", "number": str(number), "pupils": min(40, count - start)}
        for stage, count in pupils.items()
        for number, start in enumerate(range(0, count, 40), 1)
    ]
    room = {"name": "专用教室", "area": Decimal(100), "built_year": 2018}
    rooms = Value((room,) * -(-len(classes) // 12))
    return {"class_list": Value(tuple(classes)), "music_rooms": rooms, "art_rooms": rooms}


def school(spec: Spec, number: int, chance: random.Random) -> SchoolData:
    """A plausible school with every field answered, so that all 32 indicators can be judged."""
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
    answers |= tables(spec, {s: int(answers[f"pupils_{s}"].value) for s in spec.kinds[kind].stages})
    for code, item in spec.items.items():
        if code not in answers and item.stage in ("", *spec.kinds[kind].stages) and item.kind != "table":
            answers[code] = Value(item.choices[0] if item.choices else PLAIN[item.kind])
    for veto in spec.vetoes:
        answers[veto.item] = Value(False)
    return SchoolData(f"{number:010d}", f"第{number}学校", kind, answers=answers)


def run(size: int) -> dict[str, float]:
    """Evaluate one district of this many schools; seconds and megabytes."""
    spec = reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2017"))
    chance = random.Random(size)
    district = DistrictData("410202", tuple(school(spec, n, chance) for n in range(size)))
    evaluate(spec, DistrictData("410202", district.schools[:10]))
    times = [_seconds(spec, district) for _ in range(max(1, 600 // size))]
    gc.disable()
    uncollected = [_seconds(spec, district) for _ in range(max(1, 600 // size))]
    gc.enable()
    result = evaluate(spec, district)
    judged = time.process_time()
    shown = result.as_json(round="2026", district="410202")
    end = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert result.complete
    parts = len(shown["parts"])
    return {
        "schools": size,
        "parts": parts,
        "evaluate": statistics.median(times),
        "json": end - judged,
        "rss": peak,
        "uncollected": statistics.median(uncollected),
    }


def _seconds(spec: Spec, district: DistrictData) -> float:
    start = time.process_time()
    evaluate(spec, district)
    return time.process_time() - start


def main(sizes: list[int]) -> None:
    """Run each size apart and print a table."""
    print(
        f"{'schools':>8} {'parts':>7} {'evaluate s':>11} {'as_json s':>10} {'peak MB':>8} {'per school':>11} {'gc off':>8}"
    )
    base = None
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.bench_engine", "--one", str(size)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        row = json.loads(output)
        each = row["evaluate"] / size, row["uncollected"] / size
        base = base or each
        print(
            f"{size:>8} {row['parts']:>7} {row['evaluate']:>11.3f} {row['json']:>10.3f} "
            f"{row['rss']:>8.0f} {each[0] / base[0]:>10.2f}× {each[1] / base[1]:>7.2f}×"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(run(int(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
