"""Times `judge --batch` over many districts of forty schools, each with its two workbooks.

Run: python -m benchmarks.bench_judge [DISTRICTS]. Workbooks are made first and not counted. Goal: 1 000
districts in four minutes on two cores, that is 0.48 processor seconds a district; on a machine that is
busy otherwise the processor seconds are what counts.
"""

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.workbooks import district, write_register, write_submissions

SCHOOLS = 40
GOAL = 0.48
DIFFERENT = 20


def _make(folder: Path, seed: int) -> None:
    schools = district(seed)
    chance = random.Random(seed)
    while len(schools) < SCHOOLS:
        more = chance.choice([one for one in schools if one["kind"] == "小学"])
        number = len(schools) + 1
        schools.append(more | {"code": f"410202{number:04d}", "name": f"第{number}小学"})
    folder.mkdir()
    write_register(folder / "schools.xlsx", schools, seed=seed)
    write_submissions(folder / "returns.xlsx", schools, seed=seed)


def main(districts: int) -> None:
    """Make the folders, judge them, print seconds and what they are of the goal."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for number in range(districts):
            if number < DIFFERENT:
                _make(root / f"{number:05d}", number)
            else:
                shutil.copytree(root / f"{number % DIFFERENT:05d}", root / f"{number:05d}")
        start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "manage.py", "judge", "--batch", name]
        subprocess.run(command, check=True, env=os.environ | {"DATABASE_URL": "sqlite:///:memory:"})
        after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - start
        busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        judged = len(list(root.glob("*/result.json")))
    assert judged == districts, f"{districts - judged} districts were refused"
    print(
        f"{districts} districts: {seconds:.0f} s, {busy:.0f} processor seconds, {busy / districts:.3f} each; goal {GOAL}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
