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
from collections import Counter
from functools import partial
from pathlib import Path

from benchmarks.bench_overload import _SCENE, School, timed
from tests.processes import Installation

GOAL_MS = 300
PAUSE = (2.0, 4.0)


_STORED = """
from indicators.collection.submissions.models import Answer
rows = Answer.objects.filter(field="multimedia_rooms")
result = {str(row.submission_id): str(int(row.number)) for row in rows}
"""


class Writer:
    """Types until the end, and sends again what was not stored, as the page does."""

    def __init__(self, school: School, seed: int) -> None:
        self.school, self.seed, self.number = school, seed, seed
        self.found: list[tuple[int, float]] = []

    def fill_in(self, until: float) -> None:
        chance = random.Random(self.seed)
        # They did not all sit down in the same second.
        time.sleep(chance.uniform(0, PAUSE[1]))
        while time.monotonic() < until:
            self.number += 1
            timed(partial(self.school.save, self.number), self.found)
            while self.found[-1][0] != 200:
                time.sleep(1)
                timed(partial(self.school.save, self.number), self.found)
            time.sleep(chance.uniform(*PAUSE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--writers", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-writers-") as folder:
        portal = Installation(Path(folder), server_url=os.environ.get("BENCH_SERVER_URL", ""))
        try:
            portal.env["STATIC_ROOT"] = f"{folder}/static"
            portal.manage("load_standard")
            portal.manage("collectstatic", "--noinput", "--verbosity", "0")
            made = portal.python(_SCENE.format(schools=asked.writers))
            address = portal.start_web()
            writers = [Writer(School(address, row), seed) for seed, row in enumerate(made)]
            until = time.monotonic() + asked.seconds
            people = [threading.Thread(target=writer.fill_in, args=(until,)) for writer in writers]
            for person in people:
                person.start()
            for person in people:
                person.join()
            stored = portal.python(_STORED)
        finally:
            portal.close()
    found = [one for writer in writers for one in writer.found]
    took = sorted(seconds * 1000 for status, seconds in found if status == 200)
    sent_again = Counter(str(status or "no answer") for status, _ in found if status != 200)
    lost = sum(stored[str(one.school.submission)] != one.school.value(one.number) for one in writers)
    print(
        json.dumps(
            {
                "database": "postgresql" if os.environ.get("BENCH_SERVER_URL") else "sqlite",
                "saves": len(took),
                "sent_again": sent_again,
                "lost": lost,
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
