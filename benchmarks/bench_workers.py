"""Many districts judged through Celery by one worker and by two: goal 1.7 times as fast with two.

Run: python -m benchmarks.bench_workers [--districts N] [--schools N]
Needs Redis: REDIS_URL, else database 13 on this machine; its keys have a prefix of their own. BENCH_SERVER_URL may
name a PostgreSQL server (postgres://…) whose own database is made and dropped; else SQLite. Starts and stops its own
workers. Prints seconds from the first job's start to the last one's end, as the job rows show. With fewer free
processor cores than two there is nothing to gain, so the load of the machine is printed too.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

import redis

from tests.processes import Installation, wait_for

GOAL, TURNS = 1.7, 3
MINUTES = 8
REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/13"
_FILL = """
from indicators.results.evaluations import actions
from portal.core.accounts.queries import system_user
from schools.directory.models import District
from tests.indicators.district import fill, open_round
system, jobs = system_user(), []
for number in range({districts}):
    district = District.objects.create(code=str({first} + number), name=f"第{{number + 1}}区")
    round = open_round(district)
    fill(round, {schools}, seed=number)
    jobs.append(actions.start(round_id=round.pk, by=system).pk)
result = jobs
"""
_SIGNAL = """
from portal.core.jobs import tasks
for job in {jobs}:
    tasks.signal(job)
result = None
"""
# One process that asks now and then: starting one for every question would keep a core from the workers.
_WAIT = """
import time
from django.db.models import Max, Min
from portal.core.jobs.models import Job
rows = Job.objects.filter(pk__in={jobs})
until = time.monotonic() + {seconds}
while rows.filter(state__in=("queued", "running")).exists() and time.monotonic() < until:
    time.sleep(0.5)
times = rows.aggregate(first=Min("started_at"), last=Max("finished_at"))
result = {{
    "done": rows.filter(state="done").count(),
    "seconds": (times["last"] - times["first"]).total_seconds() if times["last"] else 0,
}}
"""


def seconds(portal: Installation, workers: int, districts: int, schools: int, first: int) -> float:
    """Judge these districts with so many workers, each a process that is ready before the first bell."""
    # Without Redis the bell stays silent while the rows are made.
    silent, portal.env["REDIS_URL"] = portal.env["REDIS_URL"], ""
    jobs = portal.python(_FILL.format(districts=districts, schools=schools, first=first))
    portal.env["REDIS_URL"] = silent
    for number in range(workers):
        name = f"worker-{workers}-{number}"
        portal.start(
            name,
            "celery",
            "-A",
            "portal.config",
            "worker",
            "--concurrency",
            "1",
            "--loglevel",
            "INFO",
            "--hostname",
            f"{name}@bench",
        )
    for number in range(workers):
        log = portal.folder / f"worker-{workers}-{number}.log"
        wait_for("the worker", lambda log=log: "ready." in log.read_text())
    portal.python(_SIGNAL.format(jobs=jobs))

    state = portal.python(_WAIT.format(jobs=jobs, seconds=MINUTES * 60))
    assert state["done"] == districts, f"{state['done']} of {districts} jobs done"
    for number in range(workers):
        process = portal.processes.pop(f"worker-{workers}-{number}")
        process.terminate()
        process.wait(60)
    return float(state["seconds"])


def main() -> None:
    """Time one worker and two in turns, each time on as many new districts with the same figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--districts", type=int, default=158)
    parser.add_argument("--schools", type=int, default=20)
    asked = parser.parse_args()
    broker = redis.Redis.from_url(REDIS_URL)
    try:
        broker.ping()
    except redis.ConnectionError:
        print(json.dumps({"skipped": f"no Redis at {REDIS_URL}"}))
        return
    with tempfile.TemporaryDirectory(prefix="bench-workers-") as folder:
        portal = Installation(Path(folder), server_url=os.environ.get("BENCH_SERVER_URL", ""), redis_url=REDIS_URL)
        try:
            taken: dict[int, list[float]] = {1: [], 2: []}
            for turn in range(2 * TURNS):
                # Once the one first, once the two: a machine that slows down slows both.
                workers = 1 + (turn + turn // 2) % 2
                first = 100_000 * (turn + 1)
                taken[workers].append(seconds(portal, workers, asked.districts // TURNS, asked.schools, first))
            one, two = (statistics.median(taken[workers]) for workers in (1, 2))
        finally:
            portal.close()
    print(
        f"{TURNS} times {asked.districts // TURNS} districts of {asked.schools} schools: one worker {one:.1f} s, two workers {two:.1f} s, "
        f"ratio {one / two:.2f} (goal {GOAL}); load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
