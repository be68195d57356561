"""Processor time the web server needs for each kind of request of a deadline's last hour, and what two processors can hold.

Run: python -m benchmarks.bench_requests [--turns N]
BENCH_SERVER_URL may name a PostgreSQL server (postgres://…) whose own database is made and dropped; else SQLite.
Processor time, unlike the clock, is not stretched by what else the machine does. Goal: 60 requests a second.
"""

import argparse
import json
import os
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.bench_overload import _SCENE, School
from tests.processes import Installation

GOAL, PROCESSORS, SCHOOLS = 60, 2, 8
SHARES = {"page": 0.6, "save": 0.3, "upload": 0.05, "submit": 0.05}


def processor(pid: int) -> float:
    """Seconds of a process and its children that run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(processor(int(child)) for child in children)


def measured(pid: int, schools: list[School], kind: str, turns: int) -> float:
    """Milliseconds a request. Raises ValueError for one that is refused."""
    ask = [partial(getattr(schools[turn % len(schools)], kind), turn) for turn in range(turns + len(schools))]
    for number, request in enumerate(ask):
        if number == len(schools):  # the first of each school is not counted
            began = processor(pid)
        if (status := request()) >= 400:
            raise ValueError(f"{kind}: {status}")
    return (processor(pid) - began) * 1000 / turns


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
            among = {kind: schools[: SCHOOLS // 2] if kind == "submit" else schools[SCHOOLS // 2 :] for kind in SHARES}
            found = {kind: measured(pid, among[kind], kind, asked.turns) for kind in SHARES}
        finally:
            portal.close()
    mean = sum(found[kind] * share for kind, share in SHARES.items())
    each = {f"{kind}_ms": round(found[kind], 1) for kind in SHARES}
    print(json.dumps(each | {"mix_ms": round(mean, 1), "held": round(PROCESSORS * 1000 / mean), "goal": GOAL}))


if __name__ == "__main__":
    main()
