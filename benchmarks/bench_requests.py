"""Processor time the web server needs for each kind of request of a deadline's last hour, and what two processors can hold.

Run: python -m benchmarks.bench_requests [--turns N]
BENCH_SERVER_URL may name a PostgreSQL server (postgres://…) whose own database is made and dropped; else SQLite.
Processor time, unlike the clock, is not stretched by what else the machine does. Goal: 60 requests a second.
"""

import argparse
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.bench_overload import _SCENE, School
from tests.processes import Installation

GOAL, PROCESSORS, SCHOOLS = 60, 2, 8
SHARES = {"home": 0.2, "section": 0.2, "evidence": 0.2, "save": 0.3, "upload": 0.05, "submit": 0.05}
ASKED: dict[str, Callable[[School, int], int]] = {
    "home": lambda school, turn: school.page(0),
    "section": lambda school, turn: school.page(1),
    "evidence": lambda school, turn: school.page(2),
    "save": School.save,
    "upload": School.upload,
}


def processor(pid: int) -> float:
    """Seconds of a process and its children, those that run and those that ended (as the one that looks into an upload)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    # A thread has the children it has started.
    children = (Path(task, "children").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir())
    return own + sum(processor(int(child)) for of_one in children for child in of_one)


def measured(pid: int, schools: list[School], kind: str, turns: int) -> float:
    """Milliseconds a request. Raises ValueError for one that is refused."""
    for turn in range(turns + len(schools)):
        if turn == len(schools):  # the first of each school is not counted
            began = processor(pid)
        if (status := ASKED[kind](schools[turn % len(schools)], turn)) != 200:
            raise ValueError(f"{kind}: {status}")
    return (processor(pid) - began) * 1000 / turns


def signed(pid: int, schools: list[School], turns: int) -> dict[str, float]:
    """Milliseconds of signing a submission, and of withdrawing it to be signed again. Raises ValueError when refused."""
    spent, rounds = Counter[str](), turns // len(schools) + 1
    for number in range(rounds + 1):
        for kind in ("submit", "withdraw"):
            began = processor(pid)
            for school in schools:
                if (status := school.submit(number)) != 302:
                    raise ValueError(f"{kind}: {status}")
            if number:  # the first is not counted
                spent[kind] += processor(pid) - began
    return {kind: seconds * 1000 / rounds / len(schools) for kind, seconds in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-requests-") as folder:
        portal = Installation(Path(folder), server_url=os.environ.get("BENCH_SERVER_URL", ""))
        try:
            portal.env["STATIC_ROOT"] = f"{folder}/static"
            portal.manage("load_standard")
            portal.manage("collectstatic", "--noinput", "--verbosity", "0")
            made = portal.python(_SCENE.format(schools=SCHOOLS))
            address = portal.start_web()
            schools = [School(address, row) for row in made]
            pid = portal.processes["web"].pid
            # What is changed may not be signed, so the signers are schools of their own.
            writers, signers = schools[: SCHOOLS // 2], schools[SCHOOLS // 2 :]
            found = {kind: measured(pid, writers, kind, asked.turns) for kind in ASKED}
            found |= signed(pid, signers, asked.turns)
            ((frozen,),) = portal.rows("SELECT COUNT(*) FROM indicators_revision")
            if frozen != sum(school.revision - 1 for school in signers):
                raise ValueError(f"{frozen} revisions: not every signing was one")
        finally:
            portal.close()
    mean = sum(found[kind] * share for kind, share in SHARES.items())
    each = {f"{kind}_ms": round(took, 1) for kind, took in found.items()}
    print(json.dumps(each | {"mix_ms": round(mean, 1), "held": round(PROCESSORS * 1000 / mean), "goal": GOAL}))


if __name__ == "__main__":
    main()
