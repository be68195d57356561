"""Reporters who fill in their forms at the same time over HTTP: how long each autosave takes, whether one is lost.

Run: python -m benchmarks.bench_writers [--seconds N] [--writers N]
BENCH_SERVER_URL may name a PostgreSQL server (postgres://…) whose own database is made and dropped; else SQLite.
Each types a figure, saves, and reads the paper again for two to four seconds. Goal: 95 of 100 within 300 ms, all saved.
The clients share the processor with the server.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from benchmarks.bench_overload import _SCENE, School, timed
from tests.processes import Installation

GOAL_MS = 300
PAUSE = (2.0, 4.0)


def fill_in(school: School, seed: int, until: float, found: list[tuple[int, float]]) -> None:
    chance = random.Random(seed)
    # They did not all sit down in the same second.
    time.sleep(chance.uniform(0, PAUSE[1]))
    number = seed
    while time.monotonic() < until:
        number += 1
        timed(partial(school.save, number), found)
        time.sleep(chance.uniform(*PAUSE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--writers", type=int, default=40)
    asked = parser.parse_args()
    found: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory(prefix="bench-writers-") as folder:
        portal = Installation(Path(folder), server_url=os.environ.get("BENCH_SERVER_URL", ""))
        try:
            portal.env["STATIC_ROOT"] = f"{folder}/static"
            portal.manage("load_standard")
            portal.manage("collectstatic", "--noinput", "--verbosity", "0")
            made = portal.python(_SCENE.format(schools=asked.writers))
            address = portal.start_web()
            schools = [School(address, row) for row in made]
            until = time.monotonic() + asked.seconds
            people = [
                threading.Thread(target=fill_in, args=(school, seed, until, found))
                for seed, school in enumerate(schools)
            ]
            for person in people:
                person.start()
            for person in people:
                person.join()
        finally:
            portal.close()
    took = sorted(seconds * 1000 for status, seconds in found if status == 200)
    print(
        json.dumps(
            {
                "database": "postgresql" if os.environ.get("BENCH_SERVER_URL") else "sqlite",
                "saves": len(took),
                "refused": len(found) - len(took),
                "p50_ms": round(statistics.median(took)),
                "p95_ms": round(took[int(len(took) * 0.95)]),
                "most_ms": round(took[-1]),
                "goal_ms": GOAL_MS,
                "load": round(os.getloadavg()[0], 1),
            }
        )
    )


if __name__ == "__main__":
    main()
