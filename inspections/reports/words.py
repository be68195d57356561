"""How a report words its figures. A sentence names its figures in braces, {已销号}, and `fill` puts them in: so what the
office writes into a section stays true when the figures change. Rounding happens here and nowhere before."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction

from inspections.rectification.models import Finding
from inspections.rectification.workflow import TABLE
from inspections.reports.stored_facts import (
    Count,
    ReportEvaluation,
    ReportFacts,
    ReportFinding,
    ReportPeriod,
    Statement,
)
from portal.core.lib import dates, numbers
from portal.core.lib.verdicts import VERDICTS

BLANK = "—"
NO_FINDING = "{单位}{时段}没有需要整改的问题。"
_FIGURE = re.compile(r"\{([^{}\n]*)\}")
_COMPARED = {
    "issued": "上一次印发的报告（{上期}）",
    "phase": "上一阶段（{上期}）",
    "term": "上年同期（{上期}）",
    "days": "上一时段（{上期}）",
}
_SHARED_FROM = 3
_EXAMPLES = 3
_BRIEF = 60


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


def figures(facts: ReportFacts) -> dict[str, str]:
    """Names for braces in texts."""
    now, before, work = facts.now, facts.before, facts.work
    previous = facts.previous and (
        f"{facts.previous.name}，{span(facts.previous)}" if facts.previous.name else span(facts.previous)
    )
    found = {
        "单位": facts.place,
        "时段": "本阶段" if not facts.period.name or "阶段" in facts.period.name else facts.period.name,
        "截止日": dates.day(facts.as_of),
        "应整改": now.total,
        "结转": now.carried,
        "新增": now.raised,
        "已销号": now.closed,
        "未完成": now.open,
        "逾期": now.overdue,
        "重新打开": now.reopened,
        "销号率": rate(now.rate),
        "涉及学校": len({item.school_code for item in facts.items} - {""}),
        "涉及部门": len({item.school for item in facts.items if item.unit}),
        "学校数": len(facts.schools),
        "上期": previous or BLANK,
        "上期应整改": before.total,
        "上期已销号": before.closed,
        "上期销号率": rate(before.rate),
        "销号率变化": change(now.rate, before.rate),
        "逾期变化": difference(now.overdue, before.overdue),
    }
    if work:
        found |= {
            "督导次数": work.visits,
            "专项综合督导": work.special,
            "督导学校": work.visited,
            "督导发现": work.found,
            "整改措施": work.measures,
            "核查次数": work.verified,
            "退回次数": work.sent_back,
            "延期次数": work.extended,
        }
    return {name: str(value) for name, value in found.items()}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Unknown names stay as typed."""
    return _FIGURE.sub(lambda found: values.get(found[1].strip(), found[0]), text)


def pieces(text: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each with the name of its figure, "" for words."""
    split = _FIGURE.split(text)
    found = [
        (values.get(part.strip(), f"{{{part}}}"), part.strip()) if n % 2 else (part, "") for n, part in enumerate(split)
    ]
    return [(words, name if name in values else "") for words, name in found if words]


def unknown_figures(text: str, values: Collection[str]) -> list[str]:
    return [name for name in dict.fromkeys(_FIGURE.findall(text)) if name.strip() not in values]


def opening(facts: ReportFacts) -> str:
    if facts.school:
        return "我校对照督导意见和义务教育优质均衡发展标准逐条整改，现将{时段}整改情况报告如下。"
    basis = f"按照{facts.programme}部署" if facts.programme else "按照义务教育优质均衡发展工作部署"
    return f"{basis}，{{单位}}组织有关学校逐项整改督导和评估发现的问题。现将截至{{截止日}}的整改情况报告如下。"


def situation(facts: ReportFacts) -> str:
    """基本情况: schools, and where the problems came from."""
    kinds = "、".join(f"{row.kind} {row.count} 所" for row in facts.kinds)
    schools = (
        f"{{单位}}现有义务教育阶段有关学校 {sum(row.count for row in facts.kinds)} 所，其中{kinds}。" if kinds else ""
    )
    if not facts.now.total:
        return schools + NO_FINDING
    sources = "、".join(f"{Finding.Source(r.key).label} {r.now.total} 项" for r in facts.by_source if r.now.total)
    categories = "、".join(
        f"{Finding.Category(r.key).label} {r.now.total} 项" for r in facts.by_category if r.now.total
    )
    others = "和 {涉及部门} 个部门、单位" if any(item.unit for item in facts.items) else ""
    place = "" if facts.school else f"涉及 {{涉及学校}} 所学校{others}，"
    return f"{schools}{{时段}}应整改问题 {{应整改}} 项，{place}其中{sources}；按整改类别分，{categories}。"


def work(facts: ReportFacts) -> str:
    """组织领导与主要做法 as far as the register knows; the office writes on meetings and money."""
    done = facts.work
    if done is None:
        return "会议部署、工作组织和经费投入情况由编制单位填写。"
    lines = []
    if done.visits:
        special = "（其中专项、综合督导 {专项综合督导} 次）" if done.special else ""
        schools = "" if facts.school else "，覆盖 {督导学校} 所学校"
        found = "，发现并交办问题 {督导发现} 项" if done.found else "，没有发现新的问题"
        verb = "接受入校督导" if facts.school else "组织入校督导"
        lines.append(f"加强督导检查。{{时段}}{verb} {{督导次数}} 次{special}{schools}{found}。")
    if done.measures:
        who = "逐项" if facts.school else f"督促{units(facts)}逐项"
        lines.append(f"逐项制定措施。{who}对照问题制定整改措施 {{整改措施}} 条，明确责任人和完成时限。")
    if done.verified:
        back = "，其中退回继续整改 {退回次数} 次" if done.sent_back else ""
        late = "；因工程、采购等原因批准延期 {延期次数} 次" if done.extended else ""
        lines.append(f"严格核查销号。完成销号核查 {{核查次数}} 次{back}{late}，整改人不参加核查。")
    return "\n".join(lines) or "{时段}没有督导和整改工作记录。"


def summary(facts: ReportFacts) -> str:
    if not facts.now.total:
        return NO_FINDING
    late = "，其中逾期 {逾期} 项" if facts.now.overdue else "，没有逾期"
    rest = f"，未完成 {{未完成}} 项{late}" if facts.now.open else "，全部完成"
    carried = "，其中此前结转 {结转} 项、{时段}新增 {新增} 项" if facts.now.carried else ""
    return f"截至{{截止日}}，{{单位}}应整改问题 {{应整改}} 项{carried}；已完成整改并销号 {{已销号}} 项{rest}。销号率 {{销号率}}。"


def comparison(facts: ReportFacts) -> str:
    if facts.previous is None:
        return "" if facts.school else "本阶段是实施方案的第一个阶段，没有上一阶段可以比较。"
    head = _COMPARED.get(facts.compared, _COMPARED["days"])
    if facts.before.rate is None:
        return f"{head}没有需要整改的问题，销号率不作比较。"
    sentence = f"{head}应整改 {{上期应整改}} 项、销号 {{上期已销号}} 项，销号率 {{上期销号率}}"
    if facts.now.rate is None:
        return f"{sentence}。"
    return f"{sentence}；与其相比，销号率{{销号率变化}}，逾期问题{{逾期变化}}。"


def results(facts: ReportFacts) -> str:
    return "\n".join(filter(None, [summary(facts), comparison(facts)]))


def examples(facts: ReportFacts) -> str:
    """典型做法: schools that closed everything, and a successful measure for the most frequent indicators."""
    full = [row.name for row in facts.schools if row.now.total and not row.now.open]
    lines = []
    if full:
        most = sorted(full, key=lambda name: -next(r.now.closed for r in facts.schools if r.name == name))[:8]
        names = "、".join(short(name, facts) for name in most)
        lines.append(
            f"有 {len(full)} 所学校应整改问题全部销号，{names}等整改较快。"
            if len(full) > len(most)
            else f"{names}应整改问题全部销号。"
        )
    described: set[str] = set()
    closed = [item for item in facts.items if item.is_closed and item.measures]
    for name, _ in Counter(item.indicator for item in closed).most_common():
        item = next((one for one in closed if one.indicator == name and one.measures[-1].text not in described), None)
        if item and len(described) < _EXAMPLES:
            described.add(item.measures[-1].text)
            lines.append(
                f"{indicator(name)}方面，{short(item.school, facts)}{brief(item.measures[-1].text)}，问题已经核查销号。"
            )
    return "\n".join(lines) or "{时段}还没有可以总结推广的做法。"


def unfinished(facts: ReportFacts) -> str:
    left = [item for item in facts.items if not item.is_closed]
    if not left:
        return "{时段}应整改问题均已销号，没有未完成的问题。" if facts.items else NO_FINDING
    late = [item for item in left if item.overdue_days]
    silent = sum(not reason_given(item) for item in left)
    words = "未完成 {未完成} 项中，"
    words += f"已逾期 {{逾期}} 项，最长逾期 {max(i.overdue_days for i in late)} 天；" if late else "没有逾期的；"
    waiting = Counter(item.label("state") for item in left)
    words += "按办理情况分，" + "、".join(f"{state} {number} 项" for state, number in waiting.most_common()) + "。"
    names = Counter(item.indicator for item in left).most_common(3)
    if facts.school:
        return words
    words += "问题较集中的是" + "、".join(f"{indicator(name)} {number} 项" for name, number in names) + "。"
    return words + (f"其中 {silent} 项还没有说明原因。" if silent else "")


def next_steps(facts: ReportFacts) -> str:
    left = [item for item in facts.items if not item.is_closed]
    if not left:
        return "巩固整改成果，对已销号的问题适时回访，防止反弹。"
    late = sum(bool(item.overdue_days) for item in left)
    asked = sum(item.state in ("close_requested", "verifying") for item in left)
    soon = [item for item in left if not item.overdue_days and item.state not in ("close_requested", "verifying")]
    lines = []
    if late:
        lines.append(f"对逾期的 {late} 项逐项督办，重新明确完成时限，仍不落实的按规定约谈、通报。")
    if asked:
        lines.append(
            f"对申请销号的 {asked} 项及时核查，符合要求的销号，不符合的退回并说明原因。"
            if not facts.school
            else f"配合做好 {asked} 项的销号核查。"
        )
    if soon:
        last = max(item.due_on for item in soon)
        lines.append(f"对时限未到的 {len(soon)} 项按计划推进，{dates.day(last)}前全部完成。")
    return "\n".join(lines)


def lasting(facts: ReportFacts) -> str:
    """长效机制 as far as the ledger shows; the office writes on rules issued."""
    lines = []
    long_term = [item for item in facts.items if item.category == Finding.Category.LONG_TERM]
    if long_term:
        lines.append(f"对 {len(long_term)} 项长期坚持的问题持续跟踪，已销号 {sum(i.is_closed for i in long_term)} 项。")
    if facts.now.reopened:
        lines.append("坚持一降即重开。{时段}有问题销号后出现反复，重新打开 {重新打开} 次，已恢复整改。")
    groups: dict[str, set[str]] = {}
    for item in facts.items:
        if item.school_code:
            groups.setdefault(item.indicator, set()).add(item.school_code)
    shared = sorted(((len(s), name) for name, s in groups.items() if len(s) >= _SHARED_FROM), reverse=True)
    if shared:
        names = "、".join(f"{indicator(name)}（{number} 所学校）" for number, name in shared[:5])
        lines.append(f"坚持举一反三。多所学校共有的问题集中在{names}，从规划、经费和编制上统筹解决。")
    return "\n".join(lines) or "坚持问题台账、定期核查和销号制度，防止问题反弹。"


def evaluation(facts: ReportFacts) -> str:
    judged, before = facts.standing, facts.standing_before
    if judged is None:
        return "到本阶段末还没有评估结果，指标达标情况待评估后补充。"
    head = f"依据{judged.round}评估结果（{dates.day(judged.judged_on)}评估，按《{judged.standard}》）"
    if not judged.parts:
        return f"{head}，{facts.place}没有参加资源配置指标判定的学段。"
    alongside = f"（放宽口径为“{VERDICTS[judged.relaxed.passes].words}”）" if judged.relaxed else ""
    passing = f"（放宽口径 {judged.relaxed.passing} 个）" if judged.relaxed else ""
    undecided = sum(part.passes is None for part in judged.parts)
    failing = len(judged.parts) - judged.passing - undecided
    parts = f"{judged.passing} 个达标{passing}、{failing} 个未达标" + (
        f"、{undecided} 个数据未报齐暂不能判定" if undecided else ""
    )
    sentence = f"{head}，总体结论为“{VERDICTS[judged.passes].words}”{alongside}。学校按学段（一贯制学校的小学和初中分别判定）共 {len(judged.parts)} 个，{parts}"
    sentence += f"；有 {len(judged.gaps)} 项指标低于标准" if judged.gaps else ""
    if facts.scope == "district":
        sentence += f"；{len(judged.spreads)} 项校际差异系数超过限值" if judged.spreads else ""
        sentence += f"，{judged.undecided_spreads} 项差异系数待数据报齐后判定" if judged.undecided_spreads else ""
    return f"{sentence}。{_compared(before, judged)}" if before and before.parts else f"{sentence}。"


def _compared(before: ReportEvaluation, after: ReportEvaluation) -> str:
    two = (before, after)
    verdicts = [{(p.school_code, p.stage): p.passes for p in one.parts if p.passes is not None} for one in two]
    both = verdicts[0].keys() & verdicts[1].keys()
    head = f"与上一次评估（{before.round}，{dates.day(before.judged_on)}）相比，"
    if not both:
        return f"{head}没有两次都能判定的学段，不作比较。"
    apart = len({(part.school_code, part.stage) for one in two for part in one.parts} - both)
    scope = f"两次都能判定的 {len(both)} 个学段（另有 {apart} 个不可比）中，" if apart else ""
    old, new = (sum(one[key] is True for key in both) for one in verdicts)
    was, now = (sum((gap.school_code, gap.stage) in both for gap in one.gaps) for one in two)
    return f"{head}{scope}达标学段{_turned(old, new, '个')}，低于标准的指标{_turned(was, now, '项')}。"


def _turned(before: int, now: int, unit: str) -> str:
    return f"仍为 {now} {unit}" if before == now else f"由 {before} {unit}变为 {now} {unit}"


def counts(count: Count) -> list[str]:
    return [str(count.total), str(count.closed), str(count.open), str(count.overdue), rate(count.rate)]


def day(day: dt.date) -> str:
    return f"{day:%Y.%m.%d}"


def short(name: str, facts: ReportFacts) -> str:
    """Without the name of its district."""
    return name.removeprefix(facts.district)


def units(facts: ReportFacts) -> str:
    """For the head of a column."""
    return "学校、单位" if any(item.unit for item in facts.items) else "学校"


def brief(text: str) -> str:
    """The beginning; the annex has the whole."""
    text = text.strip().rstrip("。；")
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}……"


def indicator(name: str) -> str:
    """A4 教学用房 → 教学用房."""
    return name.partition(" ")[2] or name


def statements(given: tuple[Statement, ...]) -> str:
    """Each once, in order of time."""
    return "；".join(dict.fromkeys(one.text.rstrip("。；") for one in given))


def values(item: ReportFinding) -> str:
    """现状值 against 标准值, unless the problem says them itself."""
    given = (("现状值", item.current), ("标准值", item.standard))
    return "，".join(
        f"{label} {value}"
        for label, value in given
        if value and not re.search(rf"(?<![\d.]){re.escape(value)}", item.problem)
    )


def problem(item: ReportFinding) -> str:
    found = values(item)
    return item.problem.rstrip("。") + (f"（{found}）" if found else "")


def result(item: ReportFinding) -> str:
    """成效 and how it was verified; or the progress."""
    described = statements(item.progress)
    if not item.is_closed:
        return described or "还没有填写进展"
    verdict = f"核查意见：{item.verdict.text.rstrip('。')}" if item.verdict else ""
    return "；".join(filter(None, [described, verdict])) or "已核查销号"


def files(item: ReportFinding) -> str:
    """佐证."""
    return "、".join(dict.fromkeys(item.files))


def due(item: ReportFinding) -> str:
    late = f"\n逾期 {item.overdue_days} 天" if item.overdue_days else ""
    return f"{day(item.due_on)}{late}"


def reason_given(item: ReportFinding) -> str:
    """未完成原因 from sending back, asking for time or reopening; else the progress."""
    return item.reason.text if item.reason else item.progress[-1].text if item.progress else ""


def next_step(item: ReportFinding) -> str:
    """下一步."""
    if words := TABLE.states[item.state].next:
        return words
    return "重点督办，限期完成" if item.overdue_days else "按计划推进，按期申请销号"
