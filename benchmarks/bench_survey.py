"""Answers to a survey against a bare insert in the same frame, in one run: goal 3 times, and 100 answers a second on two cores.

Run: [DATABASE_URL=postgres://…/EMPTY] python -m benchmarks.bench_survey
Or:  [BENCH_SERVER_URL=postgres://…] python -m benchmarks.bench_survey --http SECONDS [--rate 100]
With --http the web server runs as it is deployed (4 workers), on a database made for it. People arrive at the rate whether
those before are served or not; each opens the page, sends it and sees the page of thanks. Goal over 300 seconds: none
refused, none lost, half of the answers within 0.5 s. The clients share the processors with the server.
"""

# ruff: noqa: E402 (the database is set before Django starts)

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="bench-survey-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER}/bench.sqlite3")
os.environ.setdefault("AUDIT_CHECKPOINTS", FOLDER)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from inspections.surveys import actions, queries
from inspections.surveys.models import SurveyAnswer
from portal.urls import urlpatterns as own_patterns
from tests.cast import assemble
from tests.inspections.making import today
from tests.processes import Installation

TURNS, GOAL, GROUP = 300, 3.0, "public"


@csrf_exempt
def bare(request: HttpRequest, survey: int) -> HttpResponse:
    SurveyAnswer.objects.create(survey_id=survey, group=GROUP, answers=dict(request.POST.items()))
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [*own_patterns, path("bare/<int:survey>/", bare)]


_SCENE = """
from decimal import Decimal
from inspections.surveys import actions, queries
from tests.cast import assemble
from tests.inspections.making import today

cast, codes = assemble(), []
days = {{"opens_on": today(), "closes_on": today(10)}}
while len(codes) < {people}:
    draft = {{"district_id": cast.district.pk, "title": f"调查{{len(codes)}}", "population": Decimal(9999), "by": cast.admin}}
    survey = actions.hand_out(survey_id=actions.create(**draft, **days).pk, by=cast.admin)
    for portion in survey.portions.filter(group__in=["public", "deputies"]):
        codes += queries.codes(survey, portion)
result = [codes[:{people}], [question.code for question in survey.questionnaire.put_to("public")]]
"""


class Person:
    """Opens the page of a code, sends it, sees the thanks; on a connection of their own, as a phone has."""

    def __init__(self, address: str, code: str, body: bytes) -> None:
        parts = urlsplit(address)
        self.host, self.port, self.path, self.body = parts.hostname, parts.port, f"/s/{code}/", body

    async def answer(self) -> tuple[int, int, int]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            opened = await self._ask(reader, writer, "GET", b"")
            sent = await self._ask(reader, writer, "POST", self.body) if opened == 200 else 0
            return opened, sent, await self._ask(reader, writer, "GET", b"") if sent == 302 else 0
        finally:
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, body: bytes) -> int:
        form = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
        head = f"{method} {self.path} HTTP/1.1\r\nHost: {self.host}\r\nAccept: text/html\r\n{form}"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in answer.split("\r\n")[1:] if line)
        await reader.readexactly(int(headers.get("content-length", 0)))
        return int(answer.split()[1])


async def arrive(address: str, codes: list[str], body: bytes, rate: float) -> list[tuple[float, tuple[int, int, int]]]:
    """Each when they are due; how long it took from then, and what they were answered."""

    async def one(number: int, code: str) -> tuple[float, tuple[int, int, int]]:
        due = begun + number / rate
        await asyncio.sleep(max(due - time.monotonic(), 0))
        try:
            said = await Person(address, code, body).answer()
        except (OSError, asyncio.IncompleteReadError):
            said = (0, 0, 0)
        return time.monotonic() - due, said

    begun = time.monotonic()
    return await asyncio.gather(*(one(number, code) for number, code in enumerate(codes)))


def processor_seconds(group: int) -> float:
    """What the processes of a group have used so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def over_http(seconds: float, rate: float) -> None:
    """Print how long people waited and whether every answer acknowledged is there."""
    with tempfile.TemporaryDirectory() as folder:
        server = os.environ.get("BENCH_SERVER_URL", "")
        installation = Installation(Path(folder), server_url=server)
        try:
            installation.manage("collectstatic", "--noinput", "--verbosity", "0")
            people = int(seconds * rate)
            codes, questions = installation.python(_SCENE.format(people=people))
            body = urlencode(dict.fromkeys(questions, "yes")).encode()
            address = installation.start_web("--workers", "4")
            web = installation.processes["web"].pid
            before = processor_seconds(web)
            found = asyncio.run(arrive(address, codes, body, rate))
            used = processor_seconds(web) - before
            ((stored,),) = installation.rows("SELECT count(*) FROM inspections_surveyanswer")
        finally:
            installation.close()
    acknowledged = sum(said[1] == 302 for _, said in found)
    whole = sorted(took for took, said in found if said[1] == 302)
    print(
        f"{'postgresql' if server else 'sqlite'}: {len(found)} people in {seconds:.0f} s, {acknowledged} answers "
        f"acknowledged, {len(found) - acknowledged} refused or failed {dict(Counter(said for _, said in found))}, "
        f"{stored} stored, {max(acknowledged - stored, 0)} lost; page, answer and thanks together: p50 "
        f"{whole[len(whole) // 2] * 1000:.0f} ms, p95 {whole[len(whole) * 95 // 100] * 1000:.0f} ms, "
        f"longest {whole[-1] * 1000:.0f} ms; the web server used {used / len(found) * 1000:.1f} ms of processor a person; "
        f"load of the machine {os.getloadavg()[1]:.1f}"
    )


def main() -> None:
    """Answer one code after the other, in turns with bare inserts of the same answers."""
    call_command("migrate", verbosity=0)
    cast = assemble()
    days = {"opens_on": today(), "closes_on": today(10)}
    draft = actions.create(district_id=cast.district.pk, title="调查", population=Decimal("800"), by=cast.admin, **days)
    survey = actions.hand_out(survey_id=draft.pk, by=cast.admin)
    given = {question.code: "yes" for question in survey.questionnaire.put_to(GROUP)}
    codes = list(queries.codes(survey, survey.portions.get(group=GROUP)))[: TURNS + 1]
    client, last = Client(), codes.pop()
    times: dict[str, list[float]] = {"answer": [], "bare": []}

    def send(name: str, address: str) -> None:
        start = time.perf_counter()
        assert client.post(address, given).status_code == 302
        times[name].append(time.perf_counter() - start)

    for code in codes:
        # Taken in turns, so that a busy machine slows both alike.
        send("answer", f"/s/{code}/")
        send("bare", f"/bare/{survey.pk}/")
    with CaptureQueriesContext(connection) as asked:
        send("answer", f"/s/{last}/")
    answer, plain = (statistics.median(own[10:]) for own in times.values())
    print(
        f"{connection.vendor}: answer {answer * 1000:.1f} ms ({1 / answer:.0f}/s by one process), bare insert "
        f"{plain * 1000:.1f} ms, ratio {answer / plain:.2f} (goal {GOAL}), {len(asked)} queries"
    )


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--http", type=float, metavar="SECONDS")
    asked.add_argument("--rate", type=float, default=100)
    wanted = asked.parse_args()
    if wanted.http:
        over_http(wanted.http, wanted.rate)
    else:
        with override_settings(ROOT_URLCONF=__name__):
            main()
