"""How a report words its figures: rates, comparisons, what comes next. Rounding happens here and nowhere before."""

import datetime as dt
import re
from fractions import Fraction

from inspections.rectification.workflow import TABLE
from inspections.reports.facts import Count, ReportFacts, ReportFinding, ReportPeriod, ReportStanding, Statement
from portal.core.lib import dates, numbers

BLANK = "—"
UNDECIDED = "无法判定"


def rate(value: Fraction | None) -> str:
    return BLANK if value is None else f"{numbers.half_up(value * 100, 1):f}%"


def change(now: Fraction | None, before: Fraction | None) -> str:
    if now is None or before is None:
        return BLANK
    points = numbers.half_up((now - before) * 100, 1)
    if now == before:
        return "持平"
    return f"{'提高' if now > before else '下降'} {abs(points):f} 个百分点"


def difference(now: int, before: int) -> str:
    return "持平" if now == before else f"{'增加' if now > before else '减少'} {abs(now - before)} 项"


def span(period: ReportPeriod) -> str:
    return f"{dates.day(period.starts_on)}至{dates.day(period.ends_on)}"


def previous_name(facts: ReportFacts) -> str:
    """上一阶段 by name, or the equally long time before."""
    if facts.previous is None:
        return BLANK
    return (
        f"上一阶段（{facts.previous.name}，{span(facts.previous)}）"
        if facts.previous.name
        else (f"上一同长时段（{span(facts.previous)}）")
    )


def summary(facts: ReportFacts) -> str:
    now, place = facts.now, facts.school or facts.district
    head = f"截至{dates.day(facts.as_of)}，"
    if not now.total:
        return f"{head}{place}本阶段没有需要整改的问题。"
    overdue = f"，其中逾期 {now.overdue} 项" if now.overdue else "，没有逾期"
    unfinished = f"，未完成 {now.open} 项{overdue}" if now.open else "，全部完成"
    return (
        f"{head}{place}本阶段应整改问题 {now.total} 项，其中上阶段结转 {now.carried} 项、本阶段新增 {now.raised} 项"
        f"；已完成整改并销号 {now.closed} 项{unfinished}。销号率 {rate(now.rate)}。"
    )


def comparison(facts: ReportFacts) -> str:
    if facts.previous is None:
        return "本阶段是实施方案的第一个阶段，没有上一阶段可以比较。"
    name, before = previous_name(facts), facts.before
    if before.rate is None:
        return f"{name}没有需要整改的问题，销号率不作比较。"
    sentence = f"{name}应整改 {before.total} 项、销号 {before.closed} 项，销号率 {rate(before.rate)}"
    if facts.now.rate is None:
        return f"{sentence}。"
    moved = change(facts.now.rate, before.rate)
    return f"{sentence}；本阶段销号率与其相比{moved}，逾期问题{difference(facts.now.overdue, before.overdue)}。"


def standing(facts: ReportFacts) -> str:
    standing, before = facts.standing, facts.standing_before
    if standing is None:
        return "到本阶段末还没有评估结果，指标达标情况待评估后补充。"
    head = f"依据{standing.round}评估结果（{dates.day(standing.judged_on)}评估，按《{standing.standard}》）"
    if not standing.parts:
        return f"{head}，{facts.school or facts.district}没有参加资源配置指标判定的学段。"
    alongside = f"（放宽口径为“{standing.relaxed.verdict}”）" if standing.relaxed else ""
    passing = f"（放宽口径 {standing.relaxed.passing} 个）" if standing.relaxed else ""
    undecided = tuple(part for part in standing.parts if part.verdict == UNDECIDED)
    sentence = (
        f"{head}，结论为“{standing.verdict}”{alongside}：参加判定的 {len(standing.parts)} 个学校学段中，"
        f"{standing.passing} 个达标{passing}，{len(standing.parts) - standing.passing - len(undecided)} 个未达标，"
        f"{len(undecided)} 个待定；有 {len(standing.gaps)} 项次指标低于标准"
        + (f"、{standing.undecided_figures} 项次待定" if standing.undecided_figures else "")
    )
    if not facts.school:
        sentence += f"，{len(standing.spreads)} 项差异系数超过限值"
        sentence += f"、{standing.undecided_spreads} 项待定" if standing.undecided_spreads else ""
    return f"{sentence}。{_compared(before, standing)}" if before and before.parts else f"{sentence}。"


def _compared(before: ReportStanding, standing: ReportStanding) -> str:
    judged = [
        {(p.school_code, p.stage): p.verdict for p in one.parts if p.verdict != UNDECIDED} for one in (before, standing)
    ]
    both = judged[0].keys() & judged[1].keys()
    every = {(part.school_code, part.stage) for one in (before, standing) for part in one.parts}
    head = f"与上一次评估（{before.round}，{dates.day(before.judged_on)}）相比，"
    if not both:
        return f"{head}没有两次都能判定的学段，不作比较。"
    apart = len(every) - len(both)
    scope = f"两次都能判定的 {len(both)} 个学段（另有 {apart} 个不可比）中，" if apart else ""
    old, new = (sum(one[key] == "达标" for key in both) for one in judged)
    was, now = (sum((gap.school_code, gap.stage) in both for gap in one.gaps) for one in (before, standing))
    return f"{head}{scope}达标学段{_turned(old, new, '个')}，低于标准的指标{_turned(was, now, '项次')}。"


def _turned(before: int, now: int, unit: str) -> str:
    return f"仍为 {now} {unit}" if before == now else f"由 {before} {unit}变为 {now} {unit}"


def counts(count: Count) -> list[str]:
    return [str(count.total), str(count.closed), str(count.open), str(count.overdue), rate(count.rate)]


def day(day: dt.date) -> str:
    return f"{day:%Y.%m.%d}"


def statement(statement: Statement) -> str:
    return f"{day(statement.on)} {statement.by}：{statement.text}"


def statements(given: tuple[Statement, ...], blank: str) -> str:
    """Several statements below one another; `blank` says plainly that there is none."""
    return "\n".join(map(statement, given)) or blank


def values(item: ReportFinding) -> str:
    """现状值 against 标准值, as far as they were given and the problem does not say them itself."""
    given = (("现状值", item.current), ("标准值", item.standard))
    return "，".join(
        f"{label} {value}"
        for label, value in given
        if value and not re.search(rf"(?<![\d.]){re.escape(value)}", item.problem)
    )


def result(item: ReportFinding) -> str:
    """成效: the progress reported, then the verdict of whoever verified it, or the state it is in."""
    lines = [statement(one) for one in item.progress]
    if item.closed_on is None:
        return "\n".join([*lines, f"目前状态：{item.label('state')}。"])
    verdict = f"，{item.verdict.by}核查意见：{item.verdict.text}" if item.verdict else "。"
    return "\n".join([*lines, f"{day(item.closed_on)} 销号{verdict}"])


def files(item: ReportFinding) -> str:
    """佐证: the names of the files handed in."""
    return "；".join(item.files) or "没有上传"


def due(item: ReportFinding) -> str:
    late = f"\n已逾期 {item.overdue_days} 天" if item.overdue_days else ""
    return f"{day(item.due_on)}{late}"


def reason(item: ReportFinding) -> str:
    """未完成原因: as it was stated on being sent back, asking for time or reopening."""
    return statement(item.reason) if item.reason else "尚未填写原因"


def next_step(item: ReportFinding) -> str:
    """下一步: what the state of the finding asks for."""
    if words := TABLE.states[item.state].next:
        return words + ("；已逾期，重点督办" if item.overdue_days else "")
    if item.overdue_days:
        return "已逾期，重点督办，限期完成并申请销号"
    return f"按计划推进，{dates.day(item.due_on)}前完成并申请销号"
