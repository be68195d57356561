"""What judging a round again would change, named before it is done: schools, facts, relaxations, figures, rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from indicators.collection.rounds.models import Round
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations import queries
from indicators.results.evaluations.inputs import Inputs, Source
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import ENGINE_VERSION
from portal.core.errors import Problem
from schools.directory.facts import in_words


def consequences(round: Round, inputs: Inputs) -> list[Problem]:
    """Return what differs from the newest evaluation of a closed round, each with where; nothing for an open round."""
    if round.state != Round.State.CLOSED:
        return []
    rows = Evaluation.objects.filter(round=round).select_related("standard").defer("result", "standard__content")
    before = rows.order_by("-pk").first()
    return [] if before is None else list(_differences(before, round, inputs))


def _differences(before: Evaluation, round: Round, inputs: Inputs) -> Iterator[Problem]:
    yield from _rules(before, round)
    was, now = reading.respondents(before.inputs), reading.respondents(inputs.sources)
    again = [(key, now[key]["revision"]) for key in was.keys() & now.keys() if was[key]["sha256"] != now[key]["sha256"]]
    changed = queries.with_new_figures(before, again)
    changed |= {key for key, revision in again if not revision}
    for key in sorted(was.keys() | now.keys()):
        yield from _respondent(key, was.get(key), now.get(key), key in changed)
    names = {key: entry["register"][0] for key, entry in {**was, **now}.items() if entry["register"]}
    yield from _relaxations(before.inputs, inputs, names)


def _rules(before: Evaluation, round: Round) -> Iterator[Problem]:
    if before.standard_id != round.standard_id:
        yield Problem(f"由 {before.standard.version} 改为 {round.standard.version}", "标准")
    if before.engine != ENGINE_VERSION:
        yield Problem(f"由 {before.engine} 改为 {ENGINE_VERSION}", "计算规则")


def _respondent(key: str, was: Source | None, now: Source | None, has_new_figures: bool) -> Iterator[Problem]:
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
        yield Problem(_figures(was, now), where)


def _figures(was: Source, now: Source) -> str:
    if not was["revision"]:
        return "上次没有通过的填报，现在有"
    return "填报的数据已更新" if now["revision"] else "上次的填报现在不再是已通过"


def _relaxations(was: Mapping[str, Any], inputs: Inputs, names: Mapping[str, str]) -> Iterator[Problem]:
    before, after = set(reading.grants(was)), set(reading.grants(inputs.sources))
    for grant in sorted(before ^ after, key=lambda grant: (grant.school_code, grant.code, grant in after)):
        label = inputs.spec.relaxations[grant.code].label if grant.code in inputs.spec.relaxations else grant.code
        what = "现在适用" if grant in after else "不再适用"
        yield Problem(f"放宽口径“{label}”{what}（依据 {grant.basis}）", names.get(grant.school_code, grant.school_code))
