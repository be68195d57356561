"""The ledger of problems, from gaps of past evaluations and from the visits of the current term."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from indicators.results.evaluations.models import Evaluation, IndicatorResult
from indicators.standard.engine import evaluate
from inspections.claims.figures import Amount
from inspections.rectification import actions as rectification, closing_queries
from inspections.rectification.models import Entry, Finding
from inspections.rectification.queries import pending
from inspections.rectification.workflow import FindingContent
from inspections.visits import actions as visits, queries
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.accounts.models import User
from portal.demo import bureau, generator
from portal.demo.names import INSPECTORS
from portal.demo.rounds import DUE, Agenda, Clock
from portal.demo.town import Town, campaign, draw_zones, recuse

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


_YES, _NO = ChecklistAnswer.Seen.YES, ChecklistAnswer.Seen.NO


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What does not agree with the submission: question, value on the spot, and the finding it makes.

    `less` names the figure of which less than claimed was found, and how much.
    """

    question: str
    indicator: str
    found: str
    problem: str
    requirement: str
    less: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Trip:
    """A visit: the day, the school, what it is about, and what was seen."""

    day: int
    position: int
    subject: str
    kind: str = Visit.Kind.REGULAR
    seen: Sequence[Discrepancy] = ()
    notice_no: str = ""


_GROUND = Discrepancy(
    "a5-sports",
    "A5",
    "约 300 ㎡被占用",
    "运动场东侧约 300 ㎡被停车和堆放物占用，学生无法使用。",
    "清理场地，恢复使用，并制定场地管理办法",
    ("sports_ground_area", 300),
)
_ROOMS = Discrepancy(
    "a7-multimedia",
    "A7",
    "2 间不能联网",
    "抽查的多媒体教室中有 2 间不能联网，设备停用超过一个月。",
    "维修设备并恢复联网，核实填报间数",
    ("multimedia_rooms", 2),
)
_CROWDED = Discrepancy(
    "b5-classes",
    "B5",
    "最大班额 46 人",
    "三楼西侧一个班实有 46 人，超过小学每班 45 人的规定。",
    "按班额标准调整分班，控制插班",
)
_LESSONS = Discrepancy(
    "c7-curriculum",
    "C7",
    "1 节被占用",
    "随机查看的两个班中，一节音乐课被改上数学课。",
    "严格执行课程表，调课须登记并补课",
)
_MUSIC = Discrepancy("b3-music", "B3", "1 间 73 ㎡", "音乐教室 1 实测 73 ㎡，不足 96 ㎡。", "结合校舍改造调整专用教室")
_SAFETY = Discrepancy(
    "e5-safety", "E5", "2 具灭火器过期", "一楼走廊 2 具灭火器超过检验日期。", "立即更换，并检查全校消防器材"
)

DONE = (
    Trip(-56, 0, "开学工作和安全检查"),
    Trip(-51, 17, "体育场地使用情况", seen=(_GROUND, _MUSIC)),
    Trip(-45, 3, "多媒体教室使用情况", seen=(_ROOMS,)),
    Trip(-36, 20, "班额和编班情况", seen=(_CROWDED,)),
    Trip(-30, 6, "义务教育优质均衡专题", Visit.Kind.COMPREHENSIVE, (_LESSONS,), "龙教督〔2026〕14号"),
    Trip(-23, 26, "课程开设和课业负担", seen=(_LESSONS,)),
    Trip(-15, 9, "校园安全和功能教室", seen=(_SAFETY, _ROOMS)),
    Trip(-8, 19, "骨干教师和教师交流", seen=(_ROOMS,)),
)
UNDERWAY = Trip(0, 2, "教学仪器设备账物核对", seen=(_ROOMS,))
PLANNED = (
    Trip(2, 10, "作业管理和课后服务"),
    Trip(6, 21, "体育场地整改回访"),
    Trip(9, 5, "小规模学校公用经费专项督导", Visit.Kind.SPECIAL, (), "龙教督〔2026〕17号"),
)
CANCELLED = Trip(3, 13, "功能教室使用情况")
_TRIPS = (*DONE, UNDERWAY, *PLANNED, CANCELLED)


class Supervision:
    """Carries out the trips; visits and findings made on the way are remembered for later steps."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.town, self.clock = ledger, ledger.town, ledger.clock
        self.findings: dict[tuple[int, str], Finding] = {}
        self._visits: dict[Trip, Visit] = {}

    def plan(self, agenda: Agenda) -> None:
        here = len(self.town.sketches)
        for trip in _TRIPS:
            if trip.position >= here:
                continue
            agenda.at(min(trip.day - 4, -1), 980, partial(self.arrange, trip))
            if trip in DONE:
                agenda.at(trip.day, 530, partial(self.carry_out, trip))
        agenda.at(-60, 540, partial(draw_zones, self.town))
        agenda.at(-58, 600, partial(recuse, self.town, self.clock.day, {trip.position for trip in _TRIPS}))
        agenda.at(-1, 990, partial(campaign, self.town, self.clock.day))
        agenda.at(-1, 1020, partial(self.cancel, CANCELLED))
        agenda.at(0, min(510, self.clock.minute), partial(self.begin, UNDERWAY))
        self.follow_up(agenda, here)

    def arrange(self, trip: Trip) -> None:
        """专项 and 综合 take two district inspectors along."""
        leader = self.town.inspector(trip.position)
        team = [self.town.people[name] for name in INSPECTORS[2:]] if trip.kind != Visit.Kind.REGULAR else []
        self._visits[trip] = visits.plan(
            school_id=self.town.schools[trip.position].pk,
            kind=trip.kind,
            subject=trip.subject,
            planned_on=self.clock.day(trip.day),
            leader=leader,
            team=team,
            notice_no=trip.notice_no,
            is_follow_up="回访" in trip.subject,
            by=leader,
        )

    def begin(self, trip: Trip) -> None:
        visit = self._visits[trip]
        visit = visits.start(visit_id=visit.pk, by=visit.leader)
        asked = queries.frozen_questions(visit)
        self._answer(trip, visit, [question.key for question in asked[: len(asked) // 2]])

    def carry_out(self, trip: Trip) -> None:
        visit = self._visits[trip]
        visit = visits.start(visit_id=visit.pk, by=visit.leader)
        self._answer(trip, visit, [question.key for question in queries.frozen_questions(visit)])
        self.clock.tick(50)
        outcome = f"发现 {len(trip.seen)} 个问题，已当场反馈。" if trip.seen else "没有发现问题。"
        visits.finish(visit_id=visit.pk, summary=f"围绕{trip.subject}查看了现场和资料，{outcome}", by=visit.leader)

    def cancel(self, trip: Trip) -> None:
        visit = self._visits[trip]
        visits.cancel(visit_id=visit.pk, reason="与全区教学视导时间冲突，另行安排。", by=visit.leader)

    def _answer(self, trip: Trip, visit: Visit, keys: Sequence[str]) -> None:
        seen: Mapping[str, Discrepancy] = {one.question: one for one in trip.seen}
        for key in keys:
            other = seen.get(key)
            name, less = other.less if other else ("", 0)
            figures: dict[str, Amount] = {
                one.code: one.amount - less if one.code == name and isinstance(one.amount, Decimal) else one.amount
                for one in queries.question_of(visit, key).figures
                if one.amount is not None and (name or not other)
            }
            visits.save_answer(
                visit_id=visit.pk,
                question=key,
                seen=_NO if other else _YES,
                found=other.found if other else "",
                figures=figures,
                by=visit.leader,
            )
            if other:
                self.raise_finding(trip, visit, other)

    def raise_finding(self, trip: Trip, visit: Visit, other: Discrepancy) -> None:
        photo = generator.photo(f"现场{other.indicator}", visit.pk)
        visits.attach_photo(visit_id=visit.pk, question=other.question, upload=photo, by=visit.leader)
        at_once = other.indicator == "E5"
        category = Finding.Category.AT_ONCE if at_once else Finding.Category.WITH_DEADLINE
        content = FindingContent(
            indicator=other.indicator,
            problem=other.problem,
            requirement=f"{other.requirement}。",
            category=category,
            due_on=self.clock.day(trip.day + (7 if at_once else 30)),
            current_value=other.found,
            severity=Finding.Severity.SERIOUS if at_once else Finding.Severity.ORDINARY,
        )
        self.findings[trip.position, other.indicator] = visits.raise_finding(
            visit_id=visit.pk, content=content, question=other.question, despite="督导现场所见", by=visit.leader
        )

    def follow_up(self, agenda: Agenda, here: int) -> None:
        steps = {
            (17, "A5"): ((-44, "measure"), (-30, "close")),
            (17, "B3"): ((-44, "measure"),),
            (3, "A7"): ((-40, "measure"), (-28, "close"), (-6, "reopen")),
            (20, "B5"): ((-33, "measure"),),
            (6, "C7"): ((-26, "measure"), (-3, "request")),
            (26, "C7"): ((-20, "measure"), (-6, "request"), (-4, "send_back")),
            (9, "E5"): ((-13, "measure"), (-12, "close")),
        }
        actions: dict[str, Callable[[Finding], None]] = {
            "measure": self.ledger.measure,
            "close": self.ledger.close,
            "request": self.ledger.request,
            "reopen": self.reopen_after_visit,
            "send_back": self.send_back,
        }
        for key, dated in steps.items():
            for day, name in dated:
                if key[0] < here:
                    agenda.at(day, 840, partial(self.act, actions[name], key))
        agenda.at(-18, 630, partial(bureau.register_findings, self.town, self.clock))
        bureau.Escalations(self.town).plan(agenda)

    def act(self, action: Callable[[Finding], None], key: tuple[int, str]) -> None:
        action(self.findings[key])

    def reopen_after_visit(self, finding: Finding) -> None:
        text, due = "回访发现又有 1 间不能联网，重新打开。", self.clock.day(16)
        step(rectification.reopen, finding, by=self.town.reviewer, text=text, due_on=due)

    def send_back(self, finding: Finding) -> None:
        text = "只有会议记录，没有补课记录，请补充后再申请销号。"
        step(rectification.send_back, finding, by=self.ledger.verifier(finding), text=text)
