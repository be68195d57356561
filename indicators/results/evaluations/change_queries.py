"""What has changed since an evaluation: respondents, relaxations, rules, and what schools are called today."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from indicators.collection.submissions import answers, queries as submissions
from indicators.collection.submissions.models import Revision, Round
from indicators.results.evaluations import judging
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import ENGINE_VERSION
from indicators.standard.standards import queries as standards
from portal.core.errors import Problem
from schools.directory import queries as directory
from schools.directory.facts import in_words
from schools.directory.models import School

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


def staleness(evaluation: Evaluation) -> Staleness:
    """Compares fingerprints; figures are read only for a new revision: it may hold the same."""
    round, saved = evaluation.round, judging.respondents(evaluation.inputs)
    schools = directory.of_district(round.district, round.school_year_start)
    facts = {school.code: judging.register(school) for school in schools}
    # The revision that counts and its sha256: the rule of `judging.of_round`, without figures.
    counting = submissions.counting().filter(submission__round=round)
    codes = ("pk", "sha256", "submission__school__code", "submission__department__code")
    hashes = {
        judging.respondent(round, school or "", department or ""): (pk, sha256)
        for pk, sha256, school, department in counting.values_list(*codes)
        if not school or school in facts
    }
    changed: set[str] = set()
    resubmitted = []
    for key in saved.keys() | facts.keys() | hashes.keys():
        before = saved.get(key)
        revision, sha256 = hashes.get(key, (None, ""))
        if before is None or before["register"] != facts.get(key, []) or bool(before["sha256"]) != bool(sha256):
            changed.add(key)
        elif before["sha256"] != sha256:
            resubmitted.append((key, revision))
    # Schools for which other relaxations were in force on the round's day than were judged with.
    granted = judging.in_force(standards.load_spec(evaluation.standard), round, facts)
    regranted = {grant.school_code for grant in set(granted) ^ set(judging.grants(evaluation.inputs))}
    changed |= with_new_figures(evaluation, resubmitted) | regranted
    rules = evaluation.engine != ENGINE_VERSION or evaluation.standard_id != round.standard_id
    return Staleness(tuple(sorted(changed)), rules, renamed_since(evaluation, schools))


def with_new_figures(evaluation: Evaluation, resubmitted: Iterable[tuple[str, int | None]]) -> set[str]:
    """Respondents whose revision holds other figures than were judged, whatever engine made the fingerprint."""
    keys = {revision: key for key, revision in resubmitted if revision is not None}
    if not keys:
        return set()
    spec = standards.load_spec(evaluation.standard)
    rows = Revision.objects.filter(pk__in=keys).only("content")
    given = {keys[row.pk]: answers.of_content(spec, row.signed) for row in rows}
    return {key for key, found in given.items() if not judging.are_same(evaluation.inputs[key]["figures"], found)}


def renamed_since(evaluation: Evaluation, schools: Iterable[School] | None = None) -> Renamed:
    """Of another name or kind today; `schools` are those of the round's day, if already read."""
    round_ = evaluation.round
    if schools is None:
        schools = directory.of_district(round_.district, round_.school_year_start)
    saved = judging.schools(evaluation.inputs)
    judged = [(school, saved[school.code]["register"]) for school in schools if school.code in saved]
    pairs = {school.code: (register[0], school.since(*register[:2])) for school, register in judged}
    return {code: pair for code, pair in pairs.items() if pair[1]}


def renamed_since_day(round_: Round) -> Renamed:
    """For all schools of a round's day, before any evaluation."""
    schools = directory.of_district(round_.district, round_.school_year_start)
    pairs = {school.code: (school.name, school.since(school.name, school.kind)) for school in schools}
    return {code: pair for code, pair in pairs.items() if pair[1]}


def renamed_note(renamed: Renamed) -> str:
    """ "" where nothing changed."""
    changed = "、".join(f"{name}（{since}）" for name, since in renamed.values())
    return f"按评估时的名称和类型列出；此后有变化的学校：{changed}" if changed else ""


def consequences(round: Round, inputs: judging.Inputs) -> list[Problem]:
    """Differences from the newest evaluation of a closed round; none for an open one."""
    if round.state != Round.State.CLOSED:
        return []
    rows = Evaluation.objects.filter(round=round).select_related("standard").defer("result", "standard__content")
    before, found = rows.order_by("-pk").first(), []
    if before is None:
        return []
    if before.standard_id != round.standard_id:
        found.append(Problem(f"由 {before.standard.version} 改为 {round.standard.version}", "标准"))
    if before.engine != ENGINE_VERSION:
        found.append(Problem(f"由 {before.engine} 改为 {ENGINE_VERSION}", "计算规则"))
    was, now = judging.respondents(before.inputs), judging.respondents(inputs.sources)
    again = [(key, now[key]["revision"]) for key in was.keys() & now.keys() if was[key]["sha256"] != now[key]["sha256"]]
    changed = with_new_figures(before, again)
    changed |= {key for key, revision in again if not revision}
    for key in sorted(was.keys() | now.keys()):
        found += _respondent_changes(key, was.get(key), now.get(key), key in changed)
    names = {key: entry["register"][0] for key, entry in {**was, **now}.items() if entry["register"]}
    old, new = set(judging.grants(before.inputs)), set(judging.grants(inputs.sources))
    for grant in sorted(old ^ new, key=lambda grant: (grant.school_code, grant.code, grant in new)):
        label = inputs.spec.relaxations[grant.code].label if grant.code in inputs.spec.relaxations else grant.code
        what = "现在适用" if grant in new else "不再适用"
        where = names.get(grant.school_code, grant.school_code)
        found.append(Problem(f"放宽口径“{label}”{what}（依据 {grant.basis}）", where))
    return found


def _respondent_changes(
    key: str, was: judging.Source | None, now: judging.Source | None, has_new_figures: bool
) -> Iterator[Problem]:
    entry = now or was or {}
    where = f"{entry['register'][0]}（{key}）" if entry["register"] else f"区级填报 {key}"
    if was is None or now is None:
        yield Problem("上次评估没有，现在计入" if was is None else "上次评估计入，现在不再计入", where)
        return
    pairs = zip(judging.REGISTER, was["register"], now["register"], strict=False)
    facts = {name: [before, after] for name, before, after in pairs if before != after}
    for row in in_words(facts):
        yield Problem(f"{row['label']}由“{row['before']}”改为“{row['after']}”", where)
    if has_new_figures and not was["revision"]:
        yield Problem("上次没有通过的填报，现在有", where)
    elif has_new_figures:
        yield Problem("填报的数据已更新" if now["revision"] else "上次的填报现在不再是已通过", where)
