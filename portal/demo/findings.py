"""The demonstration's findings: from gaps of past evaluations, registered at the bureau, escalated, and put right step by step."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation, IndicatorResult
from indicators.standard.engine import evaluate
from inspections.escalation import actions as escalation
from inspections.escalation.models import REPLY_WITHIN, Escalation
from inspections.rectification import actions as rectification, closing_queries
from inspections.rectification.models import Entry, Finding
from inspections.rectification.queries import pending
from inspections.rectification.workflow import FindingContent
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.lib import dates
from portal.demo import generator
from portal.demo.rounds import DUE
from portal.demo.town import Agenda, Clock, Story, Town

_MEASURES = {
    "A1": ("制定在职学历提升计划，三年内分批完成", "高于规定学历教师达标"),
    "A2": ("选派教师参加骨干教师培养，并申请区内交流补充", "骨干教师达标"),
    "A3": ("按课时测算缺额，通过招聘和走教补充体育、艺术教师", "体育、艺术教师达标"),
    "A4": ("腾退挪作他用的教室，申报加固改造项目", "教学用房达标"),
    "A5": ("清理被占用的场地，与相邻社区共建运动场", "体育场馆达标"),
    "A6": ("按装备标准编制采购清单，列入年度预算", "仪器设备达标"),
    "A7": ("为缺少设备的教室接入网络并安装交互设备", "多媒体教室达标"),
}
_PROGRESS = "已列入学校年度工作计划，经费到位，正在组织实施。"
_DONE = "整改措施已全部落实，人员、设备和场地都已到位并投入使用，台账和佐证齐全。"
_OPINION = "逐项核对台账和现场，措施已落实，设施正常使用。"
_DESPITE = "整改已经完工并验收，数据到下一次评估才计入。"
_EVERY = 6


def step(action: Callable[..., Any], finding: Finding, *, by: User, text: str, **more: Any) -> None:
    finding.refresh_from_db()
    action(finding_id=finding.pk, version=finding.version, text=text, by=by, **more)


class Ledger:
    """Deals with the findings of the district's evaluations, school by school."""

    def __init__(self, town: Town, clock: Clock) -> None:
        self.town, self.clock = town, clock
        self._positions = {sketch.code: sketch.position for sketch in town.sketches}

    def reporter(self, finding: Finding) -> User:
        return self.town.staff(self._positions[finding.school.code]).reporter  # type: ignore[union-attr]

    def verifier(self, finding: Finding) -> User:
        position = self._positions[finding.school.code]  # type: ignore[union-attr]
        # From the last school its inspector steps back.
        return self.town.reviewer if position == len(self.town.schools) - 1 else self.town.inspector(position)

    def raise_gaps(self, evaluation: Evaluation, base: int) -> None:
        self.clock.set(base + DUE + 5, 10)
        rectification.raise_from_evaluation(evaluation_id=evaluation.pk, by=self.town.admin)
        self.clock.set(base + DUE + 14, 15)
        for finding in self.open_findings():
            if not finding.entries.filter(kind="measure").exists():
                self.measure(finding)

    def measure(self, finding: Finding) -> None:
        text, goal = _MEASURES.get(finding.indicator, ("专题研究，逐条落实到人", "问题得到解决"))
        staff = self.town.staff(self._positions[finding.school.code])  # type: ignore[union-attr]
        more = {"goal": goal, "responsible": staff.principal.name}
        step(rectification.measure, finding, by=staff.reporter, text=f"{text}。", **more)

    def close_some(self, base: int) -> None:
        self.clock.set(base + DUE + 60, 10)
        for finding in self.open_findings()[::_EVERY]:
            self.close(finding)

    def close_fixed(self, evaluation: Evaluation, base: int) -> None:
        self.clock.set(base + DUE + 4, 9)
        missed = set(
            IndicatorResult.objects.filter(part__evaluation=evaluation, reaches=False).values_list(
                "part__school__code", "part__stage", "code"
            )
        )
        for finding in self.open_findings():
            if (finding.school.code, finding.stage, finding.indicator) not in missed:  # type: ignore[union-attr]
                self.close(finding)

    def close(self, finding: Finding) -> None:
        """By the figure where it is in order, against it with a reason, else on the spot."""
        step(rectification.progress, finding, by=self.reporter(finding), text=_PROGRESS)
        self.request(finding)
        more: dict[str, Any]
        figure, by = closing_queries.figure_of(finding), self.verifier(finding)
        if figure and figure.fails:
            by, more = self.town.reviewer, {"method": Entry.Method.DOCUMENTS, "override": _DESPITE}
        elif figure and figure.reaches:
            more = {"method": Entry.Method.SYSTEM_DATA}
        else:
            more = {"method": Entry.Method.ON_SITE, "uploads": [generator.photo("整改后", finding.number)]}
        step(rectification.close, finding, by=by, text=_OPINION, **more)

    def request(self, finding: Finding) -> None:
        lacks = any(not need.is_met for need in closing_queries.needs(finding, closing_queries.figure_of(finding)))
        photos = [generator.photo("整改现场", finding.number)] if lacks else []
        step(rectification.request_close, finding, by=self.reporter(finding), text=_DONE, uploads=photos)

    def open_findings(self) -> list[Finding]:
        found = Finding.objects.filter(pending(), source=Finding.Source.EVALUATION, school__isnull=False).exclude(
            stage=""
        )
        return list(found.select_related("school").order_by("id"))

    def plan(self, agenda: Agenda, answers: Mapping[str, generator.Answers]) -> None:
        result = evaluate(self.town.spec, generator.district_data(self.town.sketches, answers))
        missed = {
            (part.school.code, part.stage, own.indicator.code)
            for part in result.parts
            for own in part.indicators
            if own.reaches is False
        }
        findings = self.open_findings()
        fixed = [f for f in findings if (f.school.code, f.stage, f.indicator) not in missed]  # type: ignore[union-attr]
        lasting = [f for f in findings if f not in fixed]
        for number, finding in enumerate(fixed):
            if number % 4 == 0:
                agenda.at(-58 + number % 30, 560 + number % 480, partial(self.close, finding))
            elif number % 2 == 0:
                agenda.at(-1, 930 + number % 60, partial(self.close, finding))
            else:
                agenda.at(-48, 600 + number % 480, partial(self.extend, finding, -20 + number % 45))
                self.last_steps(agenda, finding, number)
        for number, finding in enumerate(lasting):
            agenda.at(-47, 600 + number % 480, partial(self.extend, finding, -9 + 12 * (number % 12)))

    def extend(self, finding: Finding, until: int) -> None:
        finding.refresh_from_db()
        if (due := self.clock.day(until)) > finding.due_on:
            step(rectification.extend, finding, by=self.town.admin, text="项目招标需要时间，同意延期。", due_on=due)

    def last_steps(self, agenda: Agenda, finding: Finding, number: int) -> None:
        by, verifier, due = self.reporter(finding), self.verifier(finding), self.clock.day(40)
        turn, minute = number // 2 % 6, number % 480
        if turn in (0, 1, 2):
            agenda.at(-10, 600 + minute, partial(self.progress_with_photo, finding))
        if turn in (1, 2, 3):
            agenda.at(-5, 540 + minute, partial(self.request, finding))
        if turn == 2:
            begin = partial(step, rectification.begin_check, finding, by=verifier, text="已到校核对")
            agenda.at(-2, 540 + minute, begin)
        if turn == 3:
            text = "现场有两处没有完成，请补齐后再申请销号。"
            agenda.at(-3, 600 + minute, partial(step, rectification.send_back, finding, by=verifier, text=text))
        if turn == 4:
            text = "设备到货推迟，申请延期。"
            ask = partial(step, rectification.ask_extension, finding, by=by, text=text, due_on=due)
            agenda.at(-4, 600 + minute, ask)

    def progress_with_photo(self, finding: Finding) -> None:
        photos = [generator.photo("整改现场", finding.number)]
        step(rectification.progress, finding, by=self.reporter(finding), text=_PROGRESS, uploads=photos)


_REQUIREMENT = "整改已超过期限，请校长组织专题研究，列出未完成事项和完成日期，按期书面回复。"
_REPLY = "设备已招标，供货方确认下周到货，到货后三日内装完，届时申请销号。"


def escalate(town: Town) -> Story:
    """Proposed in some nights, issued the days after."""
    for day, minute, count in ((-14, 560, 0), (-9, 560, 3), (-6, 570, 2), (-2, 560, 1)):
        yield day, 60
        escalation.propose(district_id=town.district.pk, by=system_user())
        yield day, minute
        due = dates.count(timezone.localdate(), REPLY_WITHIN).due
        rows = Escalation.objects.filter(state=Escalation.State.PROPOSED, level__in=("order", "second")).order_by("pk")
        for row in rows[:count]:
            escalation.issue(
                escalation_id=row.pk, version=row.version, text=_REQUIREMENT, reply_due_on=due, by=town.admin
            )


def answer_escalations(town: Town) -> None:
    """All but one is signed for, every other one answered, the first one ended."""
    sent = Escalation.objects.filter(state=Escalation.State.ISSUED, finding__responsible_department=None)
    sent = sent.filter(finding__school__isnull=False).select_related("finding__school").order_by("pk")
    schools = {school.pk: place for place, school in enumerate(town.schools)}
    for number, row in enumerate(sent[:4]):
        staff = town.staff(schools[row.finding.school_id])  # type: ignore[index]
        row = escalation.acknowledge(escalation_id=row.pk, version=row.version, by=staff.principal)
        if number % 2 == 0:
            row = escalation.answer(escalation_id=row.pk, version=row.version, text=_REPLY, by=staff.reporter)
        if number == 0:
            text = "回复属实，进度按周报送。"
            escalation.finish(escalation_id=row.pk, version=row.version, text=text, by=town.admin)


def register_findings(town: Town, clock: Clock) -> None:
    """A complaint registered twice in error; then the departments, a department for a school, the bureau itself."""
    by, day, limited = town.admin, clock.day, Finding.Category.WITH_DEADLINE
    problem, requirement = "家长反映五年级书面作业时常超过一小时。", "核实作业总量，落实作业公示。"
    content = FindingContent("C8", problem, requirement, limited, day(12), severity=Finding.Severity.CONSIDERABLE)
    complain = partial(rectification.register, school_id=town.schools[0].pk, source=Finding.Source.COMPLAINT, by=by)
    first = complain(content=content)
    again = complain(content=replace(content, problem="家长来信反映五年级作业偏多。"), despite="来信人不同，待核实")
    text = f"经核实与 {first.number} 是同一件事。"
    rectification.void(finding_id=again.pk, version=again.version, text=text, by=by)

    finance, *others = town.departments.values()
    late = "上年生均公用经费未按时足额拨付到校。"
    content = FindingContent("B2", late, "补拨欠拨经费，建立按月拨付制度。", limited, day(20), leader="分管副局长")
    content = replace(content, severity=Finding.Severity.SERIOUS)
    rectification.register(department_id=finance.pk, source=Finding.Source.CITY, content=content, by=by)
    empty = "教师编制缺 3 名，多年未补。"
    content = FindingContent("B10", empty, "核定编制，列入本年招聘计划。", Finding.Category.LONG_TERM, day(150))
    unit: dict[str, Any] = {"school_id": town.schools[1].pk, "responsible_department_id": (others or [finance])[0].pk}
    rectification.register(**unit, source=Finding.Source.PROVINCE, content=content, by=by)
    plan = "学校布局专项规划未按规定公示。"
    content = FindingContent("B1", plan, "补办公示，公布规划全文。", limited, day(25))
    rectification.register(bureau_id=town.district.pk, source=Finding.Source.OWN_CHECK, content=content, by=by)
