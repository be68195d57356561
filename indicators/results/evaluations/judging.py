"""What a district is judged on, judging it, and judging a stored evaluation again from what it froze."""

import datetime as dt
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indicators.collection.relaxations import queries as relaxations
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import (
    ENGINE_VERSION,
    Answer,
    DistrictData,
    Grant,
    Result,
    SchoolData,
    Spec,
    UnusableData,
    encode,
    evaluate,
    fingerprint,
    inputs_sha256,
)
from indicators.standard.engine.explain import Case
from indicators.standard.standards import files, queries as standards
from portal.core.errors import Invalid
from portal.core.lib import digests
from schools.directory import queries as directory
from schools.directory.models import School, Status

# One respondent as stored in Evaluation.inputs: revision, receipt, sha256, figures, register.
Source = dict[str, Any]
# All of Evaluation.inputs: entries by respondent, and the list of relaxations.
StoredInputs = Mapping[str, Any]
# The facts of the register a verdict depends on.
REGISTER = ("name", "kind", "area", "sponsor", "boarding", "status")
# The one key of Evaluation.inputs that is no respondent: the relaxations that were in force.
RELAXATIONS = "relaxations"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a verdict depends on."""

    spec: Spec
    data: DistrictData
    schools: Mapping[str, School]
    sources: StoredInputs
    sha256: str


def of_round(round: Round, rows: Iterable[submissions.LoadedRevision] | None = None) -> Inputs:
    """Every school of the round's day, with or without answers.

    `rows` are tried instead of what is approved. Who takes no part is the engine's decision (教督〔2017〕6号).
    """
    spec = standards.load_spec(round.standard)
    schools = directory.of_district(round.district, round.school_year_start)
    registers = {school.code: register(school) for school in schools}
    found = submissions.load_revisions(round) if rows is None else rows
    loaded = {respondent(round, row.school_code, row.department_code): row for row in found}
    # Whoever answered but was no school of the district on that day is not judged.
    loaded = {key: row for key, row in loaded.items() if not row.school_code or key in registers}
    granted = in_force(spec, round, registers)
    data = district_data(round.district.code, registers, loaded, granted)
    sources: dict[str, Any] = {school.code: source(loaded.get(school.code), register(school)) for school in schools}
    sources |= {key: source(row) for key, row in loaded.items() if not row.school_code}
    sources |= {RELAXATIONS: stored_grants(granted)} if granted else {}
    return Inputs(spec, data, {s.code: s for s in schools}, sources, inputs_sha256(spec, data))


def respondent(round: Round, school_code: str, department_code: str) -> str:
    """Key in Evaluation.inputs: school code, district code, or district/department."""
    if school_code:
        return school_code
    return f"{round.district.code}/{department_code}" if department_code else round.district.code


def register(school: School) -> list[Any]:
    return [getattr(school, name) for name in REGISTER]


def source(row: submissions.LoadedRevision | None, facts: list[Any] | None = None) -> Source:
    """Entry in Evaluation.inputs; `revision` is None while none counts."""
    return {
        "revision": row.revision_id if row else None,
        "receipt": row.receipt if row else "",
        "sha256": row.sha256 if row else "",
        "figures": figures_sha256(row.answers) if row else "",
        "register": facts or [],
    }


def figures_sha256(answers: Mapping[str, Answer]) -> str:
    """Who typed them, when and in which order of rows does not matter."""
    return digests.fingerprint(fingerprint(answers))


def are_same(figures: str, answers: Mapping[str, Answer]) -> bool:
    """Before engine 2.5 the order of rows changed the fingerprint."""
    as_entered = {field: encode(answer) for field, answer in answers.items()}
    return figures in (figures_sha256(answers), digests.fingerprint(as_entered))


def in_force(spec: Spec, round: Round, codes: Container[str]) -> tuple[Grant, ...]:
    """On the round's day, for these schools; one query."""
    return tuple(
        Grant(
            code=row.kind,
            school_code=row.school.code,
            alternative=None if row.alternative is None else Fraction(row.alternative),
            built_year=row.school.built_year,
            basis=row.basis,
            until=row.valid_until,
        )
        for row in relaxations.in_force(round.district_id, round.school_year_start)
        if row.kind in spec.relaxations and row.school.code in codes
    )


def respondents(stored: StoredInputs) -> dict[str, Source]:
    return {key: entry for key, entry in stored.items() if key != RELAXATIONS}


def schools(stored: StoredInputs) -> dict[str, Source]:
    return {key: entry for key, entry in respondents(stored).items() if entry["register"]}


def registers(stored: StoredInputs) -> dict[str, dict[str, Any]]:
    """By school code, facts by name."""
    return {code: dict(zip(REGISTER, entry["register"], strict=True)) for code, entry in schools(stored).items()}


def school_names(stored: StoredInputs) -> dict[str, str]:
    return {code: entry["register"][0] for code, entry in schools(stored).items()}


def is_closed_silent(entry: Source) -> bool:
    """Closed without a submission: nobody waits for it."""
    status = dict(zip(REGISTER, entry["register"], strict=True))["status"]
    return status == Status.CLOSED and not entry["revision"]


def stored_grants(grants: Iterable[Grant]) -> list[Source]:
    """The inverse of `grants`."""
    return [
        {
            "code": grant.code,
            "school_code": grant.school_code,
            "built_year": grant.built_year,
            "alternative": None if grant.alternative is None else str(grant.alternative),
            "basis": grant.basis,
            "until": grant.until.isoformat() if grant.until else None,
        }
        for grant in grants
    ]


def grants(stored: StoredInputs) -> tuple[Grant, ...]:
    return tuple(
        Grant(
            code=entry["code"],
            school_code=entry["school_code"],
            alternative=None if entry["alternative"] is None else Fraction(entry["alternative"]),
            built_year=entry["built_year"],
            basis=entry.get("basis", ""),
            until=dt.date.fromisoformat(entry["until"]) if entry.get("until") else None,
        )
        for entry in stored.get(RELAXATIONS, ())
    )


def district_data(
    district_code: str,
    registers: Mapping[str, list[Any]],
    loaded: Mapping[str, submissions.LoadedRevision],
    granted: tuple[Grant, ...] = (),
) -> DistrictData:
    """Every school of `registers` (code → facts), with its revision if one counts."""
    answers: dict[str, Answer] = {}
    # Departments first, the bureau last: where both answered an item, the bureau's figure counts.
    own = [row for row in loaded.values() if not row.school_code]
    for one in sorted(own, key=lambda row: (not row.department_code, row.department_code)):
        answers |= one.answers
    schools = []
    for code, facts in registers.items():
        row, registered = loaded.get(code), dict(zip(REGISTER, facts, strict=True))
        registered["sponsor"] = str(registered["sponsor"])
        given = row.answers if row else {}
        schools.append(SchoolData(code=code, answers=given, has_submission=row is not None, **registered))
    return DistrictData(
        district_code=district_code,
        schools=tuple(schools),
        answers=answers,
        relaxations=granted,
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """A round with what was read, when, and the result."""

    round: Round
    inputs: Inputs
    result: Result
    data_as_of: dt.datetime


def read(round: Round, rows: Iterable[submissions.LoadedRevision] | None = None) -> Inputs:
    """Raises Invalid when a figure cannot be judged at all."""
    try:
        return of_round(round, rows)
    except UnusableData as error:
        raise Invalid(str(error)) from error


def judge(round: Round, inputs: Inputs, data_as_of: dt.datetime) -> Judged:
    """Raises Invalid naming the school."""
    try:
        return Judged(round, inputs, evaluate(inputs.spec, inputs.data), data_as_of)
    except UnusableData as error:
        raise Invalid(str(error)) from error


# More lines than this help nobody to find the cause.
_SHOWN = 20
_ABSENT = "（无）"


@dataclass(frozen=True, slots=True)
class Verified:
    """What judging again showed; no differences = frozen inputs and stored result belong together.

    With another engine only the inputs are compared: a newer engine may judge otherwise.
    """

    evaluation: Evaluation
    engine_differs: bool
    differences: tuple[str, ...]

    @property
    def words(self) -> str:
        made = f"计算程序 {self.evaluation.engine}"
        if self.differences:
            return f"不一致：{len(self.differences)} 处（{made}）。"
        if self.engine_differs:
            return f"冻结的数据逐份核对一致；评估时用{made}，现用计算程序 {ENGINE_VERSION}，结果未作比对。"
        return f"用冻结的数据重新计算，输入校验值和全部结果一致（{made}）。"


def replay(evaluation: Evaluation) -> Result:
    """Judge again from frozen data alone; the same engine version gives the same inputs_sha256 and JSON.

    Raises Invalid when a frozen revision is gone or cannot be judged.
    """
    return case(evaluation).result


def case(evaluation: Evaluation) -> Case:
    """As `replay`, with the data it was judged on."""
    judged = frozen_data(evaluation)
    return Case(_judged(evaluation, judged), judged)


def frozen_data(evaluation: Evaluation, *, only: str = "") -> DistrictData:
    """Register and answers (of `only` one respondent); one query.

    Raises Invalid when a frozen revision is gone.
    """
    return _data(evaluation, _loaded(evaluation, only))


def verify(evaluation: Evaluation) -> Verified:
    """Every difference from judging again; writes nothing."""
    differs = evaluation.engine != ENGINE_VERSION
    found: list[str] = []
    try:
        loaded = _loaded(evaluation)
        if files.content_sha256(evaluation.standard.content) != evaluation.standard.sha256:
            found.append(f"标准 {evaluation.standard.version} 的内容与它的校验值不符")
        for key, row in sorted(loaded.items()):
            entry = evaluation.inputs[key]
            if row.sha256 != entry["sha256"] or not are_same(entry["figures"], row.answers):
                found.append(f"{key} 的填报（回执号 {entry['receipt']}）与评估时不同")
        if not differs:
            stored, again = evaluation.result, _judged(evaluation, _data(evaluation, loaded))
            if again.inputs_sha256 != evaluation.inputs_sha256:
                found.append(f"输入校验值：保存 {evaluation.inputs_sha256}，重算 {again.inputs_sha256}")
            found += _differences("", stored, again.as_json(round=stored["round"], district=stored["district"]))
            found += _differences("理由", evaluation.why, list(again.why))
            found += _differences("结论", evaluation.verdict, again.verdict)
    except Invalid as refusal:
        found = [refusal.message]
    return Verified(evaluation, differs, tuple(found[:_SHOWN]))


def _loaded(evaluation: Evaluation, only: str = "") -> dict[str, submissions.LoadedRevision]:
    named = {
        key: entry["revision"]
        for key, entry in respondents(evaluation.inputs).items()
        if entry["revision"] is not None and only in ("", key)
    }
    frozen = submissions.load_frozen(evaluation.standard, named.values())
    gone = sorted(key for key, revision in named.items() if revision not in frozen)
    if gone:
        raise Invalid(f"冻结的填报已不在数据库中：{'、'.join(gone)}。请从备份恢复。")
    return {key: frozen[revision] for key, revision in named.items()}


def _data(evaluation: Evaluation, loaded: dict[str, submissions.LoadedRevision]) -> DistrictData:
    registers = {key: entry["register"] for key, entry in schools(evaluation.inputs).items()}
    return district_data(evaluation.result["district"], registers, loaded, grants(evaluation.inputs))


def _judged(evaluation: Evaluation, data: DistrictData) -> Result:
    try:
        return evaluate(standards.load_spec(evaluation.standard), data)
    except UnusableData as error:
        raise Invalid(str(error)) from error


def _differences(path: str, stored: Any, again: Any) -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(again, dict):
        for key in sorted(stored.keys() | again.keys()):
            yield from _differences(f"{path}/{key}", stored.get(key, _ABSENT), again.get(key, _ABSENT))
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for number, (one, other) in enumerate(zip(stored, again, strict=True), 1):
            yield from _differences(f"{path}/{number}", one, other)
    elif stored != again:
        yield f"{path.lstrip('/')}：保存 {_short(stored)}，重算 {_short(again)}"


def _short(value: Any) -> str:
    text = str(value)
    return f"{text[:60]}…" if len(text) > 60 else text
