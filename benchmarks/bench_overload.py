"""A deadline's last hour: more requests than the web server can answer, against as many as it can, in one run.

Run: python -m benchmarks.bench_overload [--seconds N] [--schools N]
BENCH_SERVER_URL may name a PostgreSQL server (postgres://…) whose own database is made and dropped; else SQLite.
Forty writers (60 % pages, 30 % saves, 5 % uploads, 5 % submits and withdrawals) without a pause give the capacity;
then requests arrive at this rate and at twice of it, whether those before are answered or not. Goal at twice the
capacity: as many are answered within 5 s as at the capacity (ratio 0.8), and the rest refused with 503.
The clients share the processor with the server.
"""

import argparse
import io
import itertools
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from tests.processes import Installation

GOAL, PATIENT, WRITERS, MOST = 0.8, 5, 40, 400
FIELD = "multimedia_rooms"
_SCENE = """
from datetime import UTC, date, datetime
from django.conf import settings
from django.test import Client
from indicators.collection.submissions.models import Answer, Submission
from indicators.standard.standards import queries as standards
from portal.core.accounts.queries import system_user
from tests.cast import PASSWORD, assemble, grant, make_school, make_user
from tests.figures import enter, good_answers
from tests.indicators.district import open_round

def signed_in(role, number, school):
    user = make_user(f"{{role}}-{{number}}", f"第{{number}}人")
    grant(user, role, school=school)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user, client.cookies[settings.SESSION_COOKIE_NAME].value

cast, result = assemble(), []
opened = open_round(cast.district, "2026", school_year_start=date(2026, 9, 1), due_at=datetime(2099, 1, 1, tzinfo=UTC))
values = good_answers(standards.load_spec(opened.standard), "小学")
for number in range({schools}):
    school = make_school(str(4102021000 + number), f"第{{number + 1}}小学", cast.district)
    row = Submission.objects.create(round=opened, school=school, created_by=system_user(), updated_by=system_user())
    (reporter, clerk), (principal, head) = (signed_in(role, number, school) for role in ("reporter", "principal"))
    enter(row, dict(values), by=reporter, head=principal)
    version = Answer.objects.get(submission=row, field="multimedia_rooms").version
    result.append({{"submission": row.pk, "version": version, "clerk": clerk, "head": head, "password": PASSWORD}})
"""


class School:
    """Its clerk and its head, each with a session."""

    def __init__(self, address: str, made: dict) -> None:
        self.address, self.submission, self.version = address, made["submission"], made["version"]
        self.people = {who: self._session(made[who]) for who in ("clerk", "head")}
        self.password = made["password"]
        self.is_submitted, self.revision, self.turn = False, 1, threading.Lock()

    def _session(self, key: str) -> requests.Session:
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=MOST))
        session.cookies.update({"session": key, "csrf": "x" * 32})
        session.headers.update({"X-CSRFToken": "x" * 32, "Accept": "application/json"})
        return session

    def _post(self, who: str, path: str, **content: Any) -> requests.Response:
        address = f"{self.address}/submissions/{self.submission}/{path}"
        return self.people[who].post(address, timeout=120, allow_redirects=False, **content)

    def page(self, number: int) -> int:
        path = ("", f"submissions/{self.submission}/s/premises/", f"submissions/{self.submission}/evidence/")[
            number % 3
        ]
        return (
            self.people["clerk"].get(f"{self.address}/{path}", timeout=120, headers={"Accept": "text/html"}).status_code
        )

    @staticmethod
    def value(number: int) -> str:
        return str(10 + number % 7)

    def save(self, number: int) -> int:
        with self.turn:
            fields = {FIELD: {"value": self.value(number), "version": self.version}}
            answer = self._post("clerk", "save/?section=premises", json={"fields": fields})
            if answer.status_code == 200:
                self.version = answer.json()["saved"][FIELD]["version"]
        return answer.status_code

    def upload(self, number: int) -> int:
        drawn = io.BytesIO()
        Image.new("RGB", (8, 8), (number % 256, number // 256 % 256, 7)).save(drawn, "PNG")
        files = {"file": (f"{number}.png", drawn.getvalue())}
        return self._post("clerk", "evidence/teaching_area/attach/", data={"caption": "照片"}, files=files).status_code

    def submit(self, number: int) -> int:
        """Sign, or withdraw what was signed. Raises ValueError for an answer that leads where a refusal leads."""
        with self.turn:
            signed = {"number": str(self.revision), "promise": "on", "password": self.password}
            path, sent = ("withdraw/", {"reason": "更正"}) if self.is_submitted else ("submit/", signed)
            # As a browser's form: a script would be led on by a 200.
            answer = self._post("head", path, data=sent, headers={"Accept": "text/html"})
            if answer.status_code == 302:
                done = f"/submissions/{self.submission}/{'' if self.is_submitted else 'view/'}"
                if answer.headers["Location"] != done:
                    raise ValueError(f"{path} led to {answer.headers['Location']}")
                self.revision += self.is_submitted
                self.is_submitted = not self.is_submitted
        return answer.status_code


def requested(schools: list[School]) -> Iterator[Callable[[], int]]:
    """One request after the other, of the mix."""
    chance, fifth = random.Random(2026), len(schools) // 5
    for number in itertools.count():
        kind = chance.choices(("page", "save", "upload", "submit"), (60, 30, 5, 5))[0]
        # What is signed cannot be written, so the signers are schools of their own.
        among = schools[:fifth] if kind == "submit" else schools[fifth:]
        yield partial(getattr(chance.choice(among), kind), number)


def timed(request: Callable[[], int], found: list[tuple[int, float]]) -> None:
    start = time.perf_counter()
    try:
        status = request()
    except requests.RequestException:
        status = 0
    found.append((status, time.perf_counter() - start))


def without_pause(requests_: Iterator[Callable[[], int]], seconds: float) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    lock, until = threading.Lock(), time.monotonic() + seconds

    def go_on() -> None:
        while time.monotonic() < until:
            with lock:
                request = next(requests_)
            timed(request, found)

    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in range(WRITERS):
            pool.submit(go_on)
    return found


def arriving(requests_: Iterator[Callable[[], int]], rate: float, seconds: float) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    began = time.monotonic()
    with ThreadPoolExecutor(MOST) as pool:
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            pool.submit(timed, next(requests_), found)
    return found


def say(what: str, found: list[tuple[int, float]], seconds: float) -> float:
    """Print how many were answered in time and how fast; return how many a second."""
    answered = sorted(took for status, took in found if 200 <= status < 400)
    others = Counter(str(status) for status, _ in found if not 200 <= status < 400)
    rate = sum(took <= PATIENT for took in answered) / seconds
    p50, p95 = statistics.median(answered), answered[int(len(answered) * 0.95)]
    print(
        f"{what}: {rate:.1f} answered within {PATIENT} s, p50 {p50:.2f} s, p95 {p95:.2f} s; otherwise: {dict(others)}"
    )
    return rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--schools", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-overload-") as folder:
        portal = Installation(Path(folder), server_url=os.environ.get("BENCH_SERVER_URL", ""))
        try:
            portal.env["STATIC_ROOT"] = f"{folder}/static"
            portal.manage("load_standard")
            portal.manage("collectstatic", "--noinput", "--verbosity", "0")
            made = portal.python(_SCENE.format(schools=asked.schools))
            address = portal.start_web()
            mix = requested([School(address, row) for row in made])
            without_pause(mix, 5)
            capacity = say(f"{WRITERS} writers without a pause", without_pause(mix, asked.seconds), asked.seconds)
            say("arriving at this rate", arriving(mix, capacity, asked.seconds), asked.seconds)
            twice = say("arriving at twice of it", arriving(mix, 2 * capacity, asked.seconds), asked.seconds)
        finally:
            portal.close()
    print(json.dumps({"ratio": round(twice / capacity, 2), "goal": GOAL, "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
