"""表Ⅰ–Ⅵ of a district filled and written as one workbook, against a bare XlsxWriter workbook of as many cells.

Run: python -m benchmarks.bench_forms [SCHOOLS]
Filled anew every time, from the frozen submissions in the database on; goal 2 s for 120 schools.
"""

# ruff: noqa: E402 (the database is set before Django starts)

import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="bench-forms-")
os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER}/bench.sqlite3"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

import xlsxwriter
from django.core.management import call_command
from django.utils import timezone
from python_calamine import CalamineWorkbook

from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import queries
from indicators.results.official_forms.queries import Forms
from portal.core.spreadsheets.write import PrintedForm
from tests.cast import assemble, make_school
from tests.indicators.district import KINDS, hand_in, open_round
from tests.indicators.results.official_forms.conftest import BUREAU, whole

RUNS, GOAL = 5, 2.0


def judged(schools: int) -> Evaluation:
    """A district of this many schools, every item answered, judged."""
    cast = assemble()
    round_ = open_round(cast.district)
    for number in range(schools):
        code, kind = f"{cast.district.code}9{number:03d}", KINDS[number % len(KINDS)]
        changes = {"pupils_primary": 64} if kind == "教学点" else {}
        whole(round_, make_school(code, f"第{number + 1}{kind}", cast.district, kind=kind), **changes)
    hand_in(round_, None, BUREAU)
    made = actions.record(judged=judging.judge(round_, judging.read(round_), timezone.now()), by=cast.admin)
    return Evaluation.objects.select_related("round__district", "standard").get(pk=made.pk)


def anew(evaluation: Evaluation) -> bytes:
    """Fill and write the forms as the first request of a process does."""
    queries._forms.clear()
    return queries.workbook(evaluation, evaluation.round.district.signature)


def cells(form: PrintedForm) -> list[list[object]]:
    """What stands in the boxes of a form, line by line, with its title and notes."""
    lines = [*form.head, *form.rows]
    return [[form.title], *([box.value for box in line] for line in lines), *([note] for note in form.notes)]


def bare(forms: Forms) -> bytes:
    """As many cells with the same content, without any look."""
    package = io.BytesIO()
    with xlsxwriter.Workbook(package, {"in_memory": True}) as book:
        for form in forms.values():
            sheet = book.add_worksheet(form.name)
            for number, line in enumerate(cells(form)):
                sheet.write_row(number, 0, line)
    return package.getvalue()


def median(work: Callable[[], object]) -> float:
    """Median seconds of a few runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(schools: int) -> None:
    """Print the seconds of filling and writing, of the bare workbook, and their ratio."""
    call_command("migrate", verbosity=0)
    call_command("load_standard", stdout=io.StringIO())
    evaluation = judged(schools)
    forms = queries.forms(evaluation)
    book = CalamineWorkbook.from_filelike(io.BytesIO(anew(evaluation)))
    parts = len(forms["2-2"].rows)
    assert parts == len(evaluation.result["parts"])
    assert book.get_sheet_by_name("表Ⅱ-2").height >= parts
    count = sum(len(line) for form in forms.values() for line in cells(form))
    own, plain = median(lambda: anew(evaluation)), median(lambda: bare(forms))
    written = median(lambda: queries.workbook(evaluation, evaluation.round.district.signature))
    print(
        f"{schools} schools, {parts} parts, {count} cells: filled and written {own:.2f} s (goal {GOAL:g} s), of which "
        f"writing {written:.2f} s; bare XlsxWriter {plain:.3f} s; {own / plain:.1f} times, writing alone {written / plain:.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
