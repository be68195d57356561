"""The ledger of problems: gaps of past evaluations, and how the schools dealt with them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from indicators.results.evaluations.models import Evaluation, IndicatorResult
from indicators.standard.engine import Result, evaluate
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from inspections.rectification.raising import actions as raising
from portal.core.accounts.models import User
from portal.demo import generator, papers
from portal.demo.agenda import Agenda
from portal.demo.clock import Clock
from portal.demo.rounds import DUE
from portal.demo.town import Town

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
_DONE = "已按整改措施完成，台账和佐证齐全，申请销号。"
_OPINION = "现场核查属实，同意销号。"
_EVERY = 6


def step(act: Callable[..., Any], finding: Finding, *, by: User, text: str, **more: Any) -> None:
    """Take one step on a finding as it stands now."""
    finding.refresh_from_db()
    act(finding_id=finding.pk, version=finding.version, text=text, by=by, **more)


class Ledger:
    """Deals with the findings of the district's evaluations, school by school."""

    def __init__(self, town: Town, clock: Clock) -> None:
        self.town, self.clock = town, clock
        self._positions = {sketch.code: sketch.position for sketch in town.sketches}

    def reporter(self, finding: Finding) -> User:
        """Return who rectifies."""
        return self.town.staff(self._positions[finding.school.code]).reporter

    def verifier(self, finding: Finding) -> User:
        """Return who verifies: the school's own inspector."""
        return self.town.inspector(self._positions[finding.school.code])

    def raise_gaps(self, evaluation: Evaluation, base: int) -> None:
        """Raise the gaps of a past evaluation and have every school write its measures."""
        self.clock.set(base + DUE + 5, 10)
        raising.raise_from_evaluation(evaluation_id=evaluation.pk, by=self.town.admin)
        self.clock.set(base + DUE + 14, 15)
        for finding in self.open_ones():
            if not finding.entries.filter(kind="measure").exists():
                self.measure(finding)

    def measure(self, finding: Finding) -> None:
        """Write the school's measures."""
        text, goal = _MEASURES.get(finding.indicator, ("专题研究，逐条落实到人", "问题得到解决"))
        principal = self.town.staff(self._positions[finding.school.code]).principal
        step(
            rectification.record_measure,
            finding,
            by=self.reporter(finding),
            text=f"{text}。",
            goal=goal,
            responsible=principal.name,
        )

    def close_some(self, base: int) -> None:
        """Close a few findings on the school's word: some will be found again by the next evaluation."""
        self.clock.set(base + DUE + 60, 10)
        for finding in self.open_ones()[::_EVERY]:
            self.close(finding)

    def close_mended(self, evaluation: Evaluation, base: int) -> None:
        """Close every finding whose indicator the next evaluation finds reached."""
        self.clock.set(base + DUE + 4, 9)
        missed = set(
            IndicatorResult.objects.filter(part__evaluation=evaluation, reaches=False).values_list(
                "part__school__code", "part__stage", "code"
            )
        )
        for finding in self.open_ones():
            if (finding.school.code, finding.stage, finding.indicator) not in missed:
                self.close(finding)

    def close(self, finding: Finding) -> None:
        """Progress, request and verification, one after the other."""
        step(rectification.record_progress, finding, by=self.reporter(finding), text=_PROGRESS)
        self.request(finding)
        step(rectification.close, finding, by=self.verifier(finding), text=_OPINION)

    def request(self, finding: Finding) -> None:
        """Ask for closing."""
        step(rectification.request_close, finding, by=self.reporter(finding), text=_DONE)

    def open_ones(self) -> list[Finding]:
        """Return the open findings that evaluations raised."""
        found = Finding.objects.filter(source=Finding.Source.EVALUATION).exclude(state=Finding.State.CLOSED)
        return list(found.select_related("school").order_by("id"))

    def plan(self, agenda: Agenda, answers: Mapping[str, generator.Answers]) -> None:
        """Put on the agenda what becomes of the open findings in the current term, given its answers."""
        missed = _missed(evaluate(self.town.spec, generator.district_data(self.town.sketches, answers)))
        findings = self.open_ones()
        mended = [f for f in findings if (f.school.code, f.stage, f.indicator) not in missed]
        lasting = [f for f in findings if f not in mended]
        for number, finding in enumerate(mended):
            if number % 2 == 0:
                agenda.at(-58 + number % 30, 560 + number % 480, partial(self.close, finding))
            else:
                agenda.at(-48, 600 + number % 480, partial(self.extend, finding, -20 + number % 45))
                self._last_steps(agenda, finding, number)
        for number, finding in enumerate(lasting):
            agenda.at(-47, 600 + number % 480, partial(self.extend, finding, -9 + 12 * (number % 12)))

    def extend(self, finding: Finding, until: int) -> None:
        """Give more time than the first deadline, which has passed."""
        finding.refresh_from_db()
        if (due := self.clock.day(until)) > finding.due_on:
            step(rectification.extend, finding, by=self.town.admin, text="项目招标需要时间，同意延期。", due_on=due)

    def _last_steps(self, agenda: Agenda, finding: Finding, number: int) -> None:
        """Leave the finding at one of the later steps."""
        by, verifier = self.reporter(finding), self.verifier(finding)
        turn = number // 2 % 6
        photo = partial(papers.photo, "整改现场", finding.number)
        if turn in (0, 1, 2):
            agenda.at(-10, 600 + number % 480, partial(_progress_with, finding, by, photo))
        if turn in (1, 2, 3):
            agenda.at(-5, 540 + number % 480, partial(self.request, finding))
        if turn == 2:
            agenda.at(
                -2,
                540 + number % 480,
                partial(step, rectification.begin_check, finding, by=verifier, text="已到校核对"),
            )
        if turn == 3:
            agenda.at(
                -3,
                600 + number % 480,
                partial(
                    step, rectification.send_back, finding, by=verifier, text="现场有两处没有完成，请补齐后再申请销号。"
                ),
            )
        if turn == 4:
            due = self.clock.day(40)
            agenda.at(
                -4,
                600 + number % 480,
                partial(step, rectification.ask_extension, finding, by=by, text="设备到货推迟，申请延期。", due_on=due),
            )


def _progress_with(finding: Finding, by: User, photo: Callable[[], Any]) -> None:
    step(rectification.record_progress, finding, by=by, text=_PROGRESS, uploads=[photo()])


def _missed(result: Result) -> set[tuple[str, str, str]]:
    return {
        (part.school.code, part.stage, own.indicator.code)
        for part in result.parts
        for own in part.indicators
        if own.reaches is False
    }
