"""Visits of the current term, and what was found on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from inspections.rectification.raising import actions as raising
from inspections.rectification.raising.actions import Content
from inspections.visits import actions as visits
from inspections.visits import queries
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.accounts.models import User
from portal.demo import papers
from portal.demo.agenda import Agenda
from portal.demo.cast import INSPECTORS
from portal.demo.ledger import Ledger, step

_YES, _NO = ChecklistAnswer.Seen.YES, ChecklistAnswer.Seen.NO


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that does not agree with the return: question, value on the spot, and the finding it makes."""

    question: str
    indicator: str
    found: str
    problem: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Trip:
    """A visit: the day, the school, what it is about, and what was seen."""

    day: int
    position: int
    subject: str
    kind: str = Visit.Kind.REGULAR
    seen: Sequence[Seen] = ()
    notice_no: str = ""


_GROUND = Seen(
    "a5-sports",
    "A5",
    "约 300 ㎡被占用",
    "运动场东侧约 300 ㎡被停车和堆放物占用，学生无法使用。",
    "清理场地，恢复使用，并制定场地管理办法",
)
_ROOMS = Seen(
    "a7-multimedia",
    "A7",
    "2 间不能联网",
    "抽查的多媒体教室中有 2 间不能联网，设备停用超过一个月。",
    "维修设备并恢复联网，核实填报间数",
)
_CROWDED = Seen(
    "b5-classes",
    "B5",
    "最大班额 46 人",
    "三楼西侧一个班实有 46 人，超过小学每班 45 人的规定。",
    "按班额标准调整分班，控制插班",
)
_LESSONS = Seen(
    "c7-curriculum",
    "C7",
    "1 节被占用",
    "随机查看的两个班中，一节音乐课被改上数学课。",
    "严格执行课程表，调课须登记并补课",
)
_MUSIC = Seen("b3-music", "B3", "1 间 73 ㎡", "音乐教室 1 实测 73 ㎡，不足 96 ㎡。", "结合校舍改造调整专用教室")
_SAFETY = Seen("e5-safety", "E5", "2 具灭火器过期", "一楼走廊 2 具灭火器超过检验日期。", "立即更换，并检查全校消防器材")

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


class Supervision:
    """Carries out the trips; visits and findings made on the way are kept for later steps."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.town, self.clock = ledger, ledger.town, ledger.clock
        self.findings: dict[tuple[int, str], Finding] = {}
        self._visits: dict[Trip, Visit] = {}

    def plan(self, agenda: Agenda) -> None:
        """Put all trips on the agenda, except those to schools the district has not got."""
        here = len(self.town.sketches)
        for trip in (*DONE, UNDERWAY, *PLANNED, CANCELLED):
            if trip.position >= here:
                continue
            agenda.at(min(trip.day - 4, -1), 980, partial(self.arrange, trip))
            if trip in DONE:
                agenda.at(trip.day, 530, partial(self.carry_out, trip))
        agenda.at(-1, 1020, partial(self.cancel, CANCELLED))
        agenda.at(0, min(510, self.clock.minute), partial(self.begin, UNDERWAY))
        self._follow_up(agenda, here)

    def arrange(self, trip: Trip) -> None:
        """Plan the visit; 专项 and 综合 take two district inspectors along."""
        leader = self.town.inspector(trip.position)
        extra = trip.kind != Visit.Kind.REGULAR
        team: list[User] = [self.town.people[name] for name in INSPECTORS[2:]] if extra else []
        self._visits[trip] = visits.plan(
            school_id=self.town.schools[trip.position].pk,
            kind=trip.kind,
            subject=trip.subject,
            planned_on=self.clock.day(trip.day),
            leader=leader,
            team=team,
            notice_no=trip.notice_no,
            by=leader,
        )

    def begin(self, trip: Trip) -> None:
        """Start, answer the first half, and note one finding."""
        visit = self._start(trip)
        asked = queries.frozen_questions(visit)
        self._answer(trip, visit, [question.key for question in asked[: len(asked) // 2]])

    def carry_out(self, trip: Trip) -> None:
        """Start, answer everything, raise what was found, and finish."""
        visit = self._start(trip)
        self._answer(trip, visit, [question.key for question in queries.frozen_questions(visit)])
        self.clock.tick(50)
        outcome = f"发现 {len(trip.seen)} 个问题，已当场反馈。" if trip.seen else "没有发现问题。"
        raising.finish_visit(
            visit_id=visit.pk, summary=f"围绕{trip.subject}查看了现场和资料，{outcome}", by=visit.leader
        )

    def cancel(self, trip: Trip) -> None:
        """Cancel a planned visit."""
        visit = self._visits[trip]
        visits.cancel(visit_id=visit.pk, reason="与全区教学视导时间冲突，另行安排。", by=visit.leader)

    def _start(self, trip: Trip) -> Visit:
        visit = self._visits[trip]
        return visits.start(visit_id=visit.pk, by=visit.leader)

    def _answer(self, trip: Trip, visit: Visit, keys: Sequence[str]) -> None:
        seen: Mapping[str, Seen] = {entry.question: entry for entry in trip.seen}
        for key in keys:
            other = seen.get(key)
            visits.save_answer(
                visit_id=visit.pk,
                question=key,
                seen=_NO if other else _YES,
                found=other.found if other else "",
                by=visit.leader,
            )
            if other:
                self._raise(trip, visit, other)

    def _raise(self, trip: Trip, visit: Visit, other: Seen) -> None:
        photo = papers.photo(f"现场{other.indicator}", visit.pk)
        visits.attach_photo(visit_id=visit.pk, question=other.question, upload=photo, by=visit.leader)
        at_once = other.indicator == "E5"
        category = Finding.Category.AT_ONCE if at_once else Finding.Category.WITH_DEADLINE
        content = Content(
            indicator=other.indicator,
            problem=other.problem,
            requirement=f"{other.requirement}。",
            category=category,
            due_on=self.clock.day(trip.day + (7 if at_once else 30)),
            current_value=other.found,
        )
        self.findings[trip.position, other.indicator] = raising.raise_on_visit(
            visit_id=visit.pk, content=content, question=other.question, by=visit.leader
        )

    def _follow_up(self, agenda: Agenda, here: int) -> None:
        """What the schools did about it, up to today: closed, reopened, late, waiting to be checked."""
        steps = {
            (17, "A5"): ((-44, "measure"), (-30, "close")),
            (17, "B3"): ((-44, "measure"),),
            (3, "A7"): ((-40, "measure"), (-28, "close"), (-6, "reopen")),
            (20, "B5"): ((-33, "measure"),),
            (6, "C7"): ((-26, "measure"), (-3, "request")),
            (26, "C7"): ((-20, "measure"), (-6, "request"), (-4, "send_back")),
            (9, "E5"): ((-13, "measure"), (-12, "close")),
        }
        acts = {
            "measure": self._measure,
            "close": self._close,
            "request": self._request,
            "reopen": self._reopen,
            "send_back": self._send_back,
        }
        for key, dated in steps.items():
            for day, name in dated:
                if key[0] < here:
                    agenda.at(day, 840, partial(acts[name], key))
        agenda.at(-18, 630, self._complaint)

    def _measure(self, key: tuple[int, str]) -> None:
        self.ledger.measure(self.findings[key])

    def _close(self, key: tuple[int, str]) -> None:
        self.ledger.close(self.findings[key])

    def _request(self, key: tuple[int, str]) -> None:
        self.ledger.request(self.findings[key])

    def _reopen(self, key: tuple[int, str]) -> None:
        text, due = "回访发现又有 1 间不能联网，重新打开。", self.clock.day(16)
        step(rectification.reopen, self.findings[key], by=self.town.reviewer, text=text, due_on=due)

    def _send_back(self, key: tuple[int, str]) -> None:
        finding = self.findings[key]
        text = "只有会议记录，没有补课记录，请补充后再申请销号。"
        step(rectification.send_back, finding, by=self.ledger.verifier(finding), text=text)

    def _complaint(self) -> None:
        """A complaint from parents, registered by the bureau."""
        content = Content(
            indicator="C8",
            problem="家长反映五年级书面作业时常超过一小时。",
            requirement="核实作业总量，落实作业公示。",
            category=Finding.Category.WITH_DEADLINE,
            due_on=self.clock.day(12),
        )
        school = self.town.schools[0]
        raising.register(school_id=school.pk, source=Finding.Source.COMPLAINT, content=content, by=self.town.admin)
