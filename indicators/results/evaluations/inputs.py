"""What a district is judged on: its register, the approved submissions, and fingerprints of both."""

import datetime as dt
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indicators.collection.relaxations import queries as relaxations
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from indicators.collection.submissions.queries import LoadedRevision
from indicators.standard.engine import Answer, DistrictData, Grant, SchoolData, Spec, encode, fingerprint
from indicators.standard.engine.evaluation import inputs_sha256
from indicators.standard.standards import queries as standards
from portal.core.lib import digests
from schools.directory import past
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


def of_round(round: Round) -> Inputs:
    """Every school the district had on the round's day is in, whether it answered or not.

    Who takes no part is the engine's decision (教督〔2017〕6号).
    """
    spec = standards.load_spec(round.standard)
    schools = past.of_district(round.district, round.school_year_start)
    registers = {school.code: register(school) for school in schools}
    loaded = {respondent(round, row.school_code, row.department_code): row for row in submissions.load_revisions(round)}
    # Whoever answered but was no school of the district on that day is not judged.
    loaded = {key: row for key, row in loaded.items() if not row.school_code or key in registers}
    granted = in_force(spec, round, registers)
    data = district_data(round.district.code, registers, loaded, granted)
    sources: dict[str, Any] = {school.code: source(loaded.get(school.code), register(school)) for school in schools}
    sources |= {key: source(row) for key, row in loaded.items() if not row.school_code}
    sources |= {RELAXATIONS: stored_grants(granted)} if granted else {}
    return Inputs(spec, data, {s.code: s for s in schools}, sources, inputs_sha256(spec, data))


def respondent(round: Round, school_code: str, department_code: str) -> str:
    """The key of a respondent in Evaluation.inputs: school code, district code, or district/department."""
    if school_code:
        return school_code
    return f"{round.district.code}/{department_code}" if department_code else round.district.code


def register(school: School) -> list[Any]:
    return [getattr(school, name) for name in REGISTER]


def source(row: LoadedRevision | None, facts: list[Any] | None = None) -> Source:
    """A respondent's entry in Evaluation.inputs; `revision` is None while none counts."""
    return {
        "revision": row.revision_id if row else None,
        "receipt": row.receipt if row else "",
        "sha256": row.sha256 if row else "",
        "figures": figures_sha256(row.answers) if row else "",
        "register": facts or [],
    }


def figures_sha256(answers: Mapping[str, Answer]) -> str:
    """Of answers alone: who typed them, when and in which order of rows does not change a verdict."""
    return digests.fingerprint(fingerprint(answers))


def are_same(figures: str, answers: Mapping[str, Answer]) -> bool:
    """Engines before 2.5 had a fingerprint in which the order of rows showed."""
    as_entered = {field: encode(answer) for field, answer in answers.items()}
    return figures in (figures_sha256(answers), digests.fingerprint(as_entered))


def in_force(spec: Spec, round: Round, codes: Container[str]) -> tuple[Grant, ...]:
    """Relaxations of this standard in force on the round's day for the schools of these codes; one query."""
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


def school_names(stored: StoredInputs) -> dict[str, str]:
    return {code: entry["register"][0] for code, entry in schools(stored).items()}


def is_closed_silent(entry: Source) -> bool:
    """A school closed without a submission: nobody waits for it."""
    status = dict(zip(REGISTER, entry["register"], strict=True))["status"]
    return status == Status.CLOSED and not entry["revision"]


def stored_grants(grants: Iterable[Grant]) -> list[Source]:
    """As stored under RELAXATIONS; the inverse of `grants`."""
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
    loaded: Mapping[str, LoadedRevision],
    granted: tuple[Grant, ...] = (),
) -> DistrictData:
    """What the engine judges: every school of `registers` (code → facts), with its revision if one counts."""
    answers: dict[str, Answer] = {}
    # Departments first, the bureau last: where both answered an item, the bureau's figure counts.
    rows = [row for row in loaded.values() if not row.school_code]
    for row in sorted(rows, key=lambda row: (not row.department_code, row.department_code)):
        answers |= row.answers
    return DistrictData(
        district_code=district_code,
        schools=tuple(_school(code, facts, loaded.get(code)) for code, facts in registers.items()),
        answers=answers,
        relaxations=granted,
    )


def _school(code: str, facts: list[Any], row: LoadedRevision | None) -> SchoolData:
    registered = dict(zip(REGISTER, facts, strict=True))
    registered["sponsor"] = str(registered["sponsor"])
    return SchoolData(code=code, answers=row.answers if row else {}, has_submission=row is not None, **registered)
