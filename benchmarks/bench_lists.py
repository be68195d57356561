"""The lists of one district, alone in the database and with 29 others next to it, in one run: goal 1.2 times.

Run: [DATABASE_URL=postgres://…/EMPTY] python -m benchmarks.bench_lists [DISTRICTS]
"""

# ruff: noqa: E402 (the database is set before Django starts)

import os
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DATABASE_URL", f"sqlite:///{tempfile.mkdtemp(prefix='bench-lists-')}/bench.sqlite3")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from indicators.models import Evaluation, IndicatorResult, PartResult, Round
from indicators.standard.standards import queries as standards
from inspections.models import Entry, Finding
from portal.core.accounts.queries import system_user
from portal.models import AuditEvent, User
from schools.access.models import Membership
from schools.directory.models import District, School

ROUNDS, GOAL = 25, 1.2
SCHOOLS, EVENTS, FINDINGS, YEARS = 60, 3000, 400, 2
PAGES = {"账号": "/accounts/", "审计记录": "/audit/", "问题台账": "/findings/", "学校结果": "/board/schools/"}
CODES = [f"A{n}" for n in range(1, 8)]


def fill(number: int) -> dict[str, User]:
    """Add a district with its people, trail, ledger and results; who opens which page, its admin the others."""
    system = system_user()
    by = {"created_by": system, "updated_by": system}
    district = District.objects.create(code=f"41{number:04d}", name=f"第{number}区")
    schools = School.objects.bulk_create(
        School(
            code=f"41{number:04d}{n:04d}",
            name=f"第{number}区第{n}小学",
            district=district,
            kind="小学",
            area="城区",
            sponsor=7,
            **by,
        )
        for n in range(SCHOOLS)
    )
    admin, auditor, *people = User.objects.bulk_create(
        User(username=f"u{number}-{n}", name=f"人员{number}-{n}", password="!") for n in range(2 * SCHOOLS + 2)
    )
    since = {"valid_from": date(2020, 1, 1), **by}
    Membership.objects.create(user=admin, role="admin", district=district, **since)
    Membership.objects.create(user=auditor, role="auditor", district=district, **since)
    Membership.objects.bulk_create(
        Membership(user=person, role=("reporter", "principal")[n % 2], school=schools[n // 2], **since)
        for n, person in enumerate(people)
    )
    _trail(number, district, [admin, auditor, *people])
    _ledger(number, district, schools, admin)
    for year in range(YEARS):
        _results(district, schools, 2024 + year)
    return {"/audit/": auditor, "": admin}


def _trail(number: int, district: District, people: list[User]) -> None:
    first, now = number * EVENTS + 1, timezone.now()
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                seq=first + n,
                at=now + timedelta(seconds=n),
                actor_id=(person := people[n % len(people)]).pk,
                actor_name=person.name,
                action=("submission.save", "account.sign_in")[n % 2],
                object_type="portal.user",
                object_id=str(person.pk),
                district_code=("", district.code)[n % 50 > 0],
                previous_hash="0" * 64,
                hash="0" * 64,
            )
            for n in range(EVENTS)
        ],
        batch_size=500,
    )


def _ledger(number: int, district: District, schools: list[School], by: User) -> None:
    made = Finding.objects.bulk_create(
        Finding(
            number=f"2026-ZP-{n:04d}",
            ledger=district.code,
            source="ZP",
            school=schools[n % SCHOOLS],
            indicator="A7",
            problem="填报与现场不符",
            requirement="补齐",
            due_on=date(2026, 12, 1) + timedelta(days=n % 90),
            state="rectifying",
            created_by=by,
            updated_by=by,
        )
        for n in range(FINDINGS)
    )
    Entry.objects.bulk_create(
        Entry(finding=row, kind=kind, text="已办理", by=by) for row in made for kind in ("dispatch", "measure")
    )


def _results(district: District, schools: list[School], year: int) -> None:
    system, standard = system_user(), standards.current()
    round_ = Round.objects.create(
        code=str(year),
        name=f"{year} 年度",
        district=district,
        standard=standard,
        school_year_start=date(year, 9, 1),
        fiscal_year=year - 1,
        school_year=f"{year}-{year + 1}",
        opened_at=timezone.now(),
        due_at=timezone.now() + timedelta(days=9),
        created_by=system,
        updated_by=system,
    )
    evaluation = Evaluation.objects.create(
        round=round_,
        standard=standard,
        engine="0",
        inputs_sha256=f"{year:064d}",
        inputs={},
        result={},
        complete=True,
        data_as_of=timezone.now(),
        created_by=system,
    )
    parts = PartResult.objects.bulk_create(
        PartResult(
            evaluation=evaluation,
            school=school,
            school_name=school.name,
            kind="小学",
            area="城区",
            sponsor=7,
            stage="primary",
            passes=True,
            reached=7,
        )
        for school in schools
    )
    IndicatorResult.objects.bulk_create(
        IndicatorResult(part=part, code=code, value=1, threshold=1, floor=1, reaches=True, reaches_floor=True)
        for part in parts
        for code in CODES
    )


def measure(people: dict[str, User]) -> dict[str, float]:
    """Median seconds of each list as the district's own people open it, taken in turns."""
    clients = {address: Client() for address in people}
    for address, client in clients.items():
        client.force_login(people[address], backend="django.contrib.auth.backends.ModelBackend")
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    for _ in range(ROUNDS):
        for name, address in PAGES.items():
            start = time.perf_counter()
            assert clients.get(address, clients[""]).get(address).status_code == 200, address
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(own[3:]) for name, own in times.items()}


def main(districts: int) -> None:
    """Time the lists of the first district before and after the others come."""
    call_command("migrate", verbosity=0)
    call_command("load_standard", verbosity=0)
    people = fill(1)
    _analyse()
    alone = measure(people)
    for number in range(2, districts + 1):
        fill(number)
    _analyse()
    among = measure(people)
    print(f"{districts} districts of {SCHOOLS} schools, {connection.vendor}")
    for name in PAGES:
        ratio = among[name] / alone[name]
        print(
            f"{name}: alone {alone[name] * 1000:6.1f} ms, among others {among[name] * 1000:6.1f} ms, "
            f"ratio {ratio:.2f} (goal {GOAL})"
        )


def _analyse() -> None:
    """Let the database know what it holds, as PostgreSQL does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
