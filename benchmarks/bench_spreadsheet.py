"""A district judged by the engine against LibreOffice recalculating a workbook of the same formulas.

Run: python -m benchmarks.bench_spreadsheet [SCHOOLS]
The workbook has a sheet a stage, a row a part with 7 values and the verdict, and 7 coefficients. LibreOffice is asked
to compute every cell on opening; its start with an empty workbook is timed too and taken off. Both must come to the
same coefficients and as many passing parts. Says so plainly when soffice is not installed.
"""

import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.worksheet import Worksheet

from benchmarks.bench_engine import school
from indicators.standard.engine import DistrictData, Result, Spec, evaluate, numbers
from indicators.standard.engine.parts import JudgedPart
from indicators.standard.standards import files, reader

RUNS = 3
# LibreOffice trusts stored results unless its profile says: always recalculate on opening.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
HEAD = ("school", "pupils", "share of all")
TOP = 2


def letter(column: int) -> str:
    """The letter of a column below 702, counted from 1."""
    before, last = divmod(column - 1, 26)
    return (chr(64 + before) if before else "") + chr(65 + last)


def fill(sheet: Worksheet, spec: Spec, stage: str, parts: list[JudgedPart]) -> None:
    """Write the parts of a stage with their figures, and every step after that as a formula."""
    fields = list(dict.fromkeys(t.code for i in spec.resources for t in i.rule.terms[stage]))
    column = {code: letter(len(HEAD) + 1 + n) for n, code in enumerate(fields)}
    first = len(HEAD) + 1 + len(fields)
    sheet.write_row(0, 0, [*HEAD, *fields, *(i.code for i in spec.resources), "passes"])
    last = TOP + len(parts) - 1
    for row, part in enumerate(parts, TOP):
        weights = spec.split_weights.get(frozenset(part.indicators[-1].all_pupils), {})
        weighted = [f"{count}*{numbers.text(weights.get(s))}" for s, count in part.indicators[-1].all_pupils.items()]
        own = f"B{row}*{numbers.text(weights.get(stage))}"
        share = f"={own}/({'+'.join(weighted)})" if weights else 1
        given = [part.school.given[code].value for code in fields]
        cells = [part.school.code, part.pupils, share, *given]
        for indicator in spec.resources:
            rule = indicator.rule
            total = "".join(f"{'-' if t.sign < 0 else '+'}{column[t.code]}{row}" for t in rule.terms[stage])
            split = f"*C{row}" if rule.shared else ""
            cells.append(f"=(0{total}){split}*{numbers.text(rule.factor)}/B{row}")
        values = [letter(first + n) for n in range(len(spec.resources))]
        bounds = [(v, i.thresholds[stage], i.floors[stage]) for v, i in zip(values, spec.resources, strict=True)]
        reached = "+".join(f"({v}{row}>={numbers.text(bound)})" for v, bound, _ in bounds)
        floors = ",".join(f"{v}{row}>={numbers.text(floor)}" for v, _, floor in bounds)
        sheet.write_row(row - 1, 0, [*cells, f"=IF(AND({reached}>={spec.min_reached},{floors}),1,0)"])
    pupils, summary = f"B{TOP}:B{last}", ["cv", None, None, *[None] * len(fields)]
    for n in range(len(spec.resources)):
        own = f"{letter(first + n)}{TOP}:{letter(first + n)}{last}"
        mean = f"(SUMPRODUCT({pupils},{own})/SUM({pupils}))"
        summary.append(f"=SQRT(SUMPRODUCT({pupils},({own}-{mean})^2)/SUM({pupils}))/{mean}")
    passing = letter(first + len(spec.resources))
    sheet.write_row(last, 0, [*summary, f"=SUM({passing}{TOP}:{passing}{last})"])


def recalculated(soffice: str, source: Path) -> Path:
    """Let LibreOffice open, compute and save a workbook."""
    target = source.parent / "out"
    profile = f"-env:UserInstallation=file://{source.parent}/profile"
    command = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return target / source.name


def median(work: Callable[[], object]) -> float:
    """Median seconds of a few runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def compare(spec: Spec, result: Result, book: Path) -> None:
    """Assert that both came to the same coefficients (9 decimals) and passing parts."""
    opened = CalamineWorkbook.from_path(book)
    for stage in spec.judged_stages:
        foot = opened.get_sheet_by_name(stage).to_python()[-1]
        own = [Decimal(str(value)) for value in foot[-len(spec.resources) - 1 : -1]]
        for value, coefficient in zip(own, result.coefficients[stage].values(), strict=True):
            assert abs(value - coefficient.cv) < Decimal("1e-9"), (stage, coefficient.indicator.code)
        assert foot[-1] == sum(bool(p.passes) for p in result.parts if p.stage == stage)


def main(schools: int) -> None:
    """Time both on the same district."""
    soffice = shutil.which("soffice")
    if soffice is None:
        print("skipped: soffice is not installed (Debian: apt-get install libreoffice-calc)")
        return
    spec = reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2017"))
    chance = random.Random(schools)
    district = DistrictData("410202", tuple(school(spec, n, chance) for n in range(schools)))
    result = evaluate(spec, district)
    with tempfile.TemporaryDirectory(prefix="bench-sheet-") as folder:
        settings = Path(folder) / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(PROFILE, encoding="utf-8")
        source, nothing = Path(folder) / "district.xlsx", Path(folder) / "empty.xlsx"
        with xlsxwriter.Workbook(source) as book:
            for stage in spec.judged_stages:
                fill(book.add_worksheet(stage), spec, stage, [p for p in result.parts if p.stage == stage])
        with xlsxwriter.Workbook(nothing) as empty:
            empty.add_worksheet()
        recalculated(soffice, nothing)
        compare(spec, result, recalculated(soffice, source))
        engine = median(lambda: evaluate(spec, district))
        whole, start = median(lambda: recalculated(soffice, source)), median(lambda: recalculated(soffice, nothing))
    print(
        f"{schools} schools, {len(result.parts)} parts: engine (all 32 indicators) {engine:.3f} s; "
        f"LibreOffice (A1–A7 only) {whole:.2f} s, of which starting {start:.2f} s; engine is {whole / engine:.0f} "
        f"times as fast, {max(0, whole - start) / engine:.1f} times without the start"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
