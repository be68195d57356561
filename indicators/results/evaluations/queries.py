"""Reads of evaluations: which there are, whether they are still up to date, what is running."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.urls import reverse

from indicators.collection.submissions import answers
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Revision, Round
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.inputs import Inputs, Source
from indicators.results.evaluations.models import Evaluation, PartResult
from indicators.results.evaluations.stored import LABEL, Relaxed
from indicators.standard.engine import ENGINE_VERSION
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import NotFound, Problem
from portal.core.jobs.models import Job
from portal.core.lib import dates, numbers
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory import past
from schools.directory.facts import in_words
from schools.directory.models import School

_WORDS = {True: "达标", False: "未达标", None: "无法判定"}
# The exact result and the sources are large; lists do without them.
_LARGE = ("result", "inputs")


# By 学校标识码: the name it was judged under and, in words, what it is called or of what kind today.
Renamed: TypeAlias = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Staleness:
    """What changed since an evaluation read its data, and which schools have another name or kind today."""

    respondents: tuple[str, ...]
    rules: bool
    renamed: Renamed = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.respondents) or self.rules


def verdict_words(verdict: bool | None) -> str:
    return _WORDS[verdict]


def round_to_judge(round_id: int) -> Round:
    """A round with its district and standard. Raises NotFound when it is gone."""
    rounds = Round.objects.select_related("district", "standard").defer("standard__content")
    round = rounds.filter(pk=round_id).first()
    if round is None:
        raise NotFound("没有这个评估年度，可能已被移除。请回到评估年度列表重新选择。")
    return round


def inputs_for(round: Round) -> Inputs:
    return reading.of_round(round)


def job_key(round: Round) -> str:
    return f"evaluate:{round.pk}:"


def running_job(round: Round) -> Job | None:
    """The evaluation of this round that waits or runs, if any."""
    return Job.objects.filter(key__startswith=job_key(round), state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()


def made_by(job: Job) -> Evaluation | None:
    if job.is_open or "evaluation" not in job.result:
        return None
    return Evaluation.objects.defer(*_LARGE).filter(pk=job.result["evaluation"]).first()


def with_relaxed(path: str = "") -> dict[str, Combinable | Q]:
    """Return annotations of a list without results: whether relaxations were granted, and the verdict with them.

    `path` leads from the rows to the evaluation: "evaluation__".
    """
    return {
        "is_relaxed": Q(**{f"{path}result__has_key": "relaxed"}),
        "relaxed_verdict": F(f"{path}result__relaxed__verdict"),
    }


def both_words(verdict: bool | None, relaxed: Relaxed | None) -> str:
    """Return the strict verdict in words, then the one with relaxations where any was granted."""
    words = verdict_words(verdict)
    return f"{words}（{LABEL}：{verdict_words(relaxed.verdict)}）" if relaxed else words


def unchanged_words(evaluation: Evaluation) -> str:
    return f"数据没有变化，仍是截至{dates.moment(evaluation.data_as_of)}的那次评估结果，没有另外生成。"


def address(evaluation: Evaluation) -> str:
    return f"{reverse('board:board')}?evaluation={evaluation.pk}"


def shown_to(user: User) -> QuerySet[Evaluation]:
    """Return the evaluations whose district results the person may see, newest first, without their large parts."""
    own = visible(user, Evaluation.objects.all(), Perm.DISTRICT_RESULT_VIEW)
    return own.defer(*_LARGE).order_by("-pk")


def latest(round: Round) -> Evaluation | None:
    """Return the newest evaluation of a round (unscoped: for work that acts for the district)."""
    return Evaluation.objects.filter(round=round).order_by("-pk").first()


def kept(round_code: str = "", district_code: str = "") -> QuerySet[Evaluation]:
    """Return every evaluation of a round code and district (blank = all), oldest first (unscoped: for commands)."""
    place = {"round__code": round_code, "round__district__code": district_code}
    rows = Evaluation.objects.filter(**{path: code for path, code in place.items() if code})
    return rows.select_related("round__district", "standard").order_by("pk")


def of_school(user: User, code: str, evaluation_id: str = "") -> tuple[School, Evaluation | None]:
    """Return a school with the evaluation asked for, else the newest of the newest round, if it judged this school.

    Who sees the school today sees its own entries of every year; who sees the results of the district it belonged to
    on a round's day sees them too. Raises NotFound for everybody else.
    """
    school, rows = _judging(user, code)
    found = _chosen(rows, evaluation_id).first()
    return school, found if found and school.code in found.inputs else None


def lightly_of_school(user: User, code: str, evaluation_id: str = "") -> tuple[School, Evaluation | None]:
    """Like `of_school`, without the large parts, and so without knowing whether it judged this school.

    Asking the database for that alone reads the figures of the whole district.
    """
    school, rows = _judging(user, code)
    return school, _chosen(rows, evaluation_id).defer("standard__content", *_LARGE).first()


def _judging(user: User, code: str) -> tuple[School, QuerySet[Evaluation]]:
    """A school and the evaluations of the districts it belonged to on their rounds' days, as far as the person may see."""
    schools = School.objects.select_related("district", "group", "successor").filter(code=code)
    school = visible(user, schools, Perm.EVALUATION_VIEW).first()
    if school is not None:
        return school, _of_districts(school)
    school = schools.exclude(changed_on=None).first()
    rows = visible(user, _of_districts(school), Perm.DISTRICT_RESULT_VIEW) if school else Evaluation.objects.none()
    if school is None or not rows.exists():
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    return school, rows


def _of_districts(school: School) -> QuerySet[Evaluation]:
    left = set(past.left_by(school))
    if not left:
        return Evaluation.objects.filter(round__district_id=school.district_id)
    rounds = Round.objects.filter(district__in=left | {school.district_id})
    days = list(rounds.values_list("pk", "district_id", "school_year_start"))
    own = past.districts_of(school, {day for _, _, day in days})
    return Evaluation.objects.filter(round__in=[pk for pk, district, day in days if own[day] == district])


def _chosen(rows: QuerySet[Evaluation], evaluation_id: str) -> QuerySet[Evaluation]:
    if evaluation_id:
        rows = rows.filter(pk=numbers.whole(evaluation_id) or 0)
    rows = rows.select_related("round__district", "standard").defer("standard__content")
    return rows.order_by("-round__school_year_start", "-round_id", "-pk")


def parts_shown_to(user: User, school: School | None = None) -> QuerySet[PartResult]:
    """Return the parts of a school (or of all the person may see) in each round's newest evaluation, newest first."""
    newest = Evaluation.objects.filter(round=OuterRef("evaluation__round")).values("round").annotate(newest=Max("pk"))
    own = visible(
        user, PartResult.objects.filter(school=school) if school else PartResult.objects.all(), Perm.EVALUATION_VIEW
    )
    return (
        own.filter(evaluation=Subquery(newest.values("newest")[:1]))
        .select_related("evaluation__round")
        .defer("evaluation__result", "evaluation__inputs")
        .order_by("-evaluation__round__school_year_start", "-evaluation_id", "-stage")
    )


def staleness(evaluation: Evaluation) -> Staleness:
    """Return whose data changed since an evaluation, and whether the rules did.

    Fingerprints are compared; figures are read again only for respondents with a
    new revision, because handing in the same figures again changes no verdict.
    """
    round, kept = evaluation.round, reading.respondents(evaluation.inputs)
    schools = past.of_district(round.district, round.school_year_start)
    facts = {school.code: reading.register(school) for school in schools}
    hashes = _counting_hashes(round, facts)
    changed, resubmitted = set(), []
    for key in kept.keys() | facts.keys() | hashes.keys():
        before = kept.get(key)
        revision, sha256 = hashes.get(key, (None, ""))
        if before is None or before["register"] != facts.get(key, []) or bool(before["sha256"]) != bool(sha256):
            changed.add(key)
        elif before["sha256"] != sha256:
            resubmitted.append((key, revision))
    changed |= with_new_figures(evaluation, resubmitted) | _with_other_grants(evaluation, facts)
    rules = evaluation.engine != ENGINE_VERSION or evaluation.standard_id != round.standard_id
    return Staleness(tuple(sorted(changed)), rules, renamed_since(evaluation, schools))


def _with_other_grants(evaluation: Evaluation, codes: Container[str]) -> set[str]:
    """Schools for which other relaxations were in force on the round's day than were judged with."""
    now = reading.in_force(standards.load_spec(evaluation.standard), evaluation.round, codes)
    return {grant.school_code for grant in set(now) ^ set(reading.grants(evaluation.inputs))}


def _counting_hashes(round: Round, codes: Container[str]) -> dict[str, tuple[int, str]]:
    """Respondent → the revision that counts and its sha256; the rule of `inputs.of_round`, without figures."""
    rows = (
        submissions.counting()
        .filter(submission__round=round)
        .values_list("pk", "sha256", "submission__school__code", "submission__department__code")
    )
    return {
        reading.respondent(round, school or "", department or ""): (pk, sha256)
        for pk, sha256, school, department in rows
        if not school or school in codes
    }


def with_new_figures(evaluation: Evaluation, resubmitted: Iterable[tuple[str, int | None]]) -> set[str]:
    """Return which respondents' revisions hold other figures than were judged, whatever engine took the fingerprint."""
    keys = {revision: key for key, revision in resubmitted if revision is not None}
    if not keys:
        return set()
    spec = standards.load_spec(evaluation.standard)
    rows = Revision.objects.filter(pk__in=keys).values_list("pk", "content")
    given = {keys[pk]: answers.of_content(spec, content) for pk, content in rows}
    return {key for key, found in given.items() if not reading.are_same(evaluation.inputs[key]["figures"], found)}


def renamed_since(evaluation: Evaluation, schools: Iterable[School] | None = None) -> Renamed:
    """Return the schools that are called otherwise or are of another kind today.

    `schools` are those of the round's day, where they are read already.
    """
    round_ = evaluation.round
    if schools is None:
        schools = past.of_district(round_.district, round_.school_year_start)
    kept = reading.schools(evaluation.inputs)
    judged = [(school, kept[school.code]["register"]) for school in schools if school.code in kept]
    pairs = {school.code: (register[0], school.since(*register[:2])) for school, register in judged}
    return {code: pair for code, pair in pairs.items() if pair[1]}


def renamed_since_day(round_: Round) -> Renamed:
    """Return the same for all schools of a round's day, where nothing is judged yet."""
    schools = past.of_district(round_.district, round_.school_year_start)
    pairs = {school.code: (school.name, school.since(school.name, school.kind)) for school in schools}
    return {code: pair for code, pair in pairs.items() if pair[1]}


def renamed_note(renamed: Renamed) -> str:
    """One sentence for a table with the names of then; "" where nothing changed."""
    changed = "、".join(f"{name}（{since}）" for name, since in renamed.values())
    return f"按评估时的名称和类型列出；此后有变化的学校：{changed}" if changed else ""


def consequences(round: Round, inputs: Inputs) -> list[Problem]:
    """Return what differs from the newest evaluation of a closed round, each with where; nothing for an open round."""
    if round.state != Round.State.CLOSED:
        return []
    rows = Evaluation.objects.filter(round=round).select_related("standard").defer("result", "standard__content")
    before = rows.order_by("-pk").first()
    return [] if before is None else list(_changes(before, round, inputs))


def _changes(before: Evaluation, round: Round, inputs: Inputs) -> Iterator[Problem]:
    yield from _rule_changes(before, round)
    was, now = reading.respondents(before.inputs), reading.respondents(inputs.sources)
    again = [(key, now[key]["revision"]) for key in was.keys() & now.keys() if was[key]["sha256"] != now[key]["sha256"]]
    changed = with_new_figures(before, again)
    changed |= {key for key, revision in again if not revision}
    for key in sorted(was.keys() | now.keys()):
        yield from _respondent_changes(key, was.get(key), now.get(key), key in changed)
    names = {key: entry["register"][0] for key, entry in {**was, **now}.items() if entry["register"]}
    yield from _relaxation_changes(before.inputs, inputs, names)


def _rule_changes(before: Evaluation, round: Round) -> Iterator[Problem]:
    if before.standard_id != round.standard_id:
        yield Problem(f"由 {before.standard.version} 改为 {round.standard.version}", "标准")
    if before.engine != ENGINE_VERSION:
        yield Problem(f"由 {before.engine} 改为 {ENGINE_VERSION}", "计算规则")


def _respondent_changes(key: str, was: Source | None, now: Source | None, has_new_figures: bool) -> Iterator[Problem]:
    entry = now or was or {}
    where = f"{entry['register'][0]}（{key}）" if entry["register"] else f"区级填报 {key}"
    if was is None or now is None:
        yield Problem("上次评估没有，现在计入" if was is None else "上次评估计入，现在不再计入", where)
        return
    facts = {
        name: pair
        for name, *pair in zip(reading.REGISTER, was["register"], now["register"], strict=False)
        if pair[0] != pair[1]
    }
    for row in in_words(facts):
        yield Problem(f"{row['label']}由“{row['before']}”改为“{row['after']}”", where)
    if has_new_figures:
        yield Problem(_figure_change(was, now), where)


def _figure_change(was: Source, now: Source) -> str:
    if not was["revision"]:
        return "上次没有通过的填报，现在有"
    return "填报的数据已更新" if now["revision"] else "上次的填报现在不再是已通过"


def _relaxation_changes(was: Mapping[str, Any], inputs: Inputs, names: Mapping[str, str]) -> Iterator[Problem]:
    before, after = set(reading.grants(was)), set(reading.grants(inputs.sources))
    for grant in sorted(before ^ after, key=lambda grant: (grant.school_code, grant.code, grant in after)):
        label = inputs.spec.relaxations[grant.code].label if grant.code in inputs.spec.relaxations else grant.code
        what = "现在适用" if grant in after else "不再适用"
        yield Problem(f"放宽口径“{label}”{what}（依据 {grant.basis}）", names.get(grant.school_code, grant.school_code))


# The keys other programs rely on.
_HEAD = ("round", "district", "standard", "engine", "inputs_sha256", "complete")
_PART = ("school_code", "school_name", "stage", "pupils", "passes")
# The denominator of every indicator is the part's `pupils`.
_INDICATOR = ("numerator", "value", "threshold", "reaches", "reaches_floor", "gap")
_COEFFICIENT = ("mean", "sd", "cv", "limit", "passes")
_DISTRICT_INDICATOR = ("value", "passes", "why")
_VETO = ("code", "name", "happened", "schools", "unanswered")
_STAGES = ("primary", "junior")


def published(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return `Evaluation.result` under the published keys and no others, in a fixed order on every database."""
    return {
        **_only(_HEAD, result),
        "parts": [
            {**_only(_PART, part), "indicators": _each(_INDICATOR, part["indicators"])} for part in result["parts"]
        ],
        "coefficients": {stage: _each(_COEFFICIENT, result["coefficients"][stage]) for stage in _STAGES},
        "district_indicators": _each(_DISTRICT_INDICATOR, result["district_indicators"]),
        "vetoes": [_only(_VETO, row) for row in result["vetoes"]],
        "missing": [_only(("school_code", "item"), row) for row in result["missing"]],
        "excluded": [_only(("school_code", "reason"), row) for row in result["excluded"]],
        "verdict": result["verdict"],
    }


def _only(keys: Iterable[str], content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: content[key] for key in keys}


def _each(keys: Iterable[str], by_code: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By indicator code, B2 before B10: PostgreSQL keeps the keys of JSON in an order of its own."""
    return {code: _only(keys, by_code[code]) for code in sorted(by_code, key=lambda code: (code[0], int(code[1:])))}
