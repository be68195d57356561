"""Judges a district from its register and its returns as workbooks: same reader, checks and engine, nothing stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions.models import Round, Submission
from indicators.collection.submissions.queries import LoadedRevision
from indicators.collection.workbooks import plan
from indicators.collection.workbooks import reading as returns
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import judging
from indicators.results.evaluations.inputs import Inputs
from indicators.results.evaluations.judging import Judged
from indicators.standard.engine import Spec
from indicators.standard.engine.evaluation import inputs_sha256
from indicators.standard.standards.models import Standard
from portal.core.errors import Invalid, Problem
from portal.core.spreadsheets.read import Source
from schools.directory import past, workbook
from schools.directory.models import District, School, Status


@dataclass(frozen=True, slots=True)
class FromFiles:
    """What was judged, and what was remarked on while reading without stopping it."""

    judged: Judged
    notes: tuple[str, ...]


def judge(register: Source, figures: Source, standard: Standard, spec: Spec, year: str = "") -> FromFiles:
    """Judge a district as the portal would after importing both workbooks and approving every return.

    `year` must be the one the returns workbook names; "" takes that one, else the running school year.
    No database is touched: models only carry values. Raises Invalid with every fault of both files.
    """
    schools, notes = _register(register)
    district = next(iter(schools.values())).district
    clocks = rounds.clocks(year, timezone.localdate())
    round_ = Round(code=year, name=rounds.default_name(year), district=district, standard=standard, **clocks.as_dict())
    read = returns.read(figures, spec, round_)
    schools = {code: school for code, school in schools.items() if past.is_founded(school, round_.school_year_start)}
    rows = [Submission(round=round_)]
    rows += [Submission(round=round_, school=one) for one in schools.values() if one.status == Status.OPEN]
    planned = plan.make(read, round_, spec, rows, {}, register=schools)
    _refuse("填报数据", read.problems)
    if not year:
        _name(round_, read.year)
    given = {
        entry.submission.school.code if entry.submission.school else district.code: _given(entry)
        for entry in planned.entries
        if entry.after
    }
    now = timezone.now()
    judged = judging.judge(round_, _inputs(spec, district.code, schools, given), now)
    return FromFiles(judged, (*notes, *planned.notes, *map(str, planned.warnings)))


def _register(source: Source) -> tuple[dict[str, School], list[str]]:
    """The schools by code, in its order, as rows that were never stored."""
    notes: list[str] = []
    lines, problems = workbook.read(source, notes)
    codes = sorted({str(line.facts["district"]) for line in lines if "district" in line.facts})
    if len(codes) > 1:
        what = f"名录里有 {len(codes)} 个区县的学校（{'、'.join(codes[:5])}）"
        problems.append(Problem(what, f"工作表“{workbook.SHEET}”", "每次评估一个区县，请按区县分开。"))
    _refuse("学校名录", problems)
    district = District(pk=1, code=codes[0], name=codes[0])
    schools = {}
    for number, line in enumerate(sorted(lines, key=lambda line: line.code), 1):
        facts = line.over(None)
        schools[line.code] = School(
            # A key makes it somebody in the eyes of what reads rows; it is never looked up.
            pk=number,
            code=line.code,
            district=district,
            name=facts.name,
            kind=facts.kind,
            area=facts.area,
            sponsor=facts.sponsor,
            boarding=facts.boarding,
            built_year=facts.built_year,
            opened_on=facts.opened_on,
            status=facts.status,
        )
    return schools, notes


def _name(round_: Round, stated: str) -> None:
    found = rounds.clocks(stated, timezone.localdate())
    round_.code = stated[:20] or str(found.school_year_start.year)
    round_.name = rounds.default_name(round_.code)
    round_.school_year_start, round_.fiscal_year, round_.school_year = (
        found.school_year_start,
        found.fiscal_year,
        found.school_year,
    )


def _given(entry: plan.PlanEntry) -> LoadedRevision:
    school = entry.submission.school
    return LoadedRevision(
        submission_id=0,
        school_code=school.code if school else "",
        department_code="",
        revision_id=1,
        number=1,
        receipt="",
        sha256="",
        submitted_at="",
        answers=entry.after,
    )


def _inputs(spec: Spec, district: str, schools: Mapping[str, School], given: Mapping[str, LoadedRevision]) -> Inputs:
    registers = {code: reading.register(school) for code, school in schools.items()}
    data = reading.district_data(district, registers, given)
    sources = {code: reading.source(given.get(code), facts) for code, facts in registers.items()}
    sources |= {key: reading.source(row) for key, row in given.items() if not row.school_code}
    return Inputs(spec, data, schools, sources, inputs_sha256(spec, data))


def _refuse(what: str, problems: list[Problem]) -> None:
    if problems:
        raise Invalid(f"{what}有 {len(problems)} 处错误，没有评估。请逐条改正后重试。", problems)
