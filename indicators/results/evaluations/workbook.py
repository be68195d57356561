"""Judges a district from its register and its submissions as workbooks: same reader, checks and engine, nothing stored."""

from dataclasses import dataclass

from django.utils import timezone

from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions.models import Round, Submission
from indicators.collection.submissions.queries import LoadedRevision
from indicators.collection.workbooks import queries as planning, workbook as workbooks
from indicators.results.evaluations import judging
from indicators.standard.engine import Spec, inputs_sha256
from indicators.standard.standards.models import Standard
from portal.core.errors import Invalid, Problem
from portal.core.spreadsheets.read import Source
from schools.directory import queries as directory
from schools.directory.models import District, School, Status
from schools.workbooks import workbook


@dataclass(frozen=True, slots=True)
class FromFiles:
    """What was judged, and what was remarked on while reading."""

    judged: judging.Judged
    notes: tuple[str, ...]


def judge(register: Source, figures: Source, standard: Standard, spec: Spec, year: str = "") -> FromFiles:
    """As the portal would after importing both workbooks and approving every submission.

    `year` must be the one the second workbook names; "" takes that one, else the running school year. No database is
    used: models only carry values. Raises Invalid with every fault of both files.
    """
    schools, notes = _register(register)
    district = next(iter(schools.values())).district
    round_ = _round(year, year, district, standard)
    read = workbooks.read(figures, spec, round_)
    schools = {
        code: school for code, school in schools.items() if directory.is_founded(school, round_.school_year_start)
    }
    rows = [Submission(round=round_)]
    rows += [Submission(round=round_, school=one) for one in schools.values() if one.status == Status.OPEN]
    planned = planning.plan(read, round_, spec, rows, {}, register=schools)
    _refuse("填报数据", read.problems)
    if not year:
        code = read.year[:20] or str(round_.school_year_start.year)
        round_ = _round(code, read.year, district, standard)
    given = {}
    for entry in planned.entries:
        if entry.after:
            code = entry.submission.school.code if entry.submission.school else ""
            given[code or district.code] = LoadedRevision(
                submission_id=0,
                school_code=code,
                department_code="",
                revision_id=1,
                number=1,
                receipt="",
                sha256="",
                submitted_at="",
                answers=entry.after,
            )
    registers = {code: judging.register(school) for code, school in schools.items()}
    data = judging.district_data(district.code, registers, given)
    sources = {code: judging.source(given.get(code), facts) for code, facts in registers.items()}
    sources |= {key: judging.source(row) for key, row in given.items() if not row.school_code}
    inputs = judging.Inputs(spec, data, schools, sources, inputs_sha256(spec, data))
    judged = judging.judge(round_, inputs, timezone.now())
    return FromFiles(judged, (*notes, *planned.notes, *map(str, planned.warnings)))


def _register(source: Source) -> tuple[dict[str, School], list[str]]:
    """By code, in its order; never stored."""
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


def _round(code: str, stated: str, district: District, standard: Standard) -> Round:
    """Never stored, of the year `stated` in words or numbers."""
    clocks = rounds.clocks(stated, timezone.localdate())
    name = rounds.default_name(code)
    return Round(code=code, name=name, district=district, standard=standard, **clocks.as_dict())


def _refuse(what: str, problems: list[Problem]) -> None:
    if problems:
        raise Invalid(f"{what}有 {len(problems)} 处错误，没有评估。请逐条改正后重试。", problems)
