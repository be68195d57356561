"""What the demonstration's inspectors do: zones, recusals, visits of the current term with what they find, a campaign."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from inspections.campaigns import actions as campaigns, queries as campaign_queries
from inspections.checklists import actions as checklist_actions, queries as checklists
from inspections.claims.figures import Amount
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from inspections.rectification.workflow import FindingContent
from inspections.recusals import actions as recusals
from inspections.visits import actions as visits, queries
from inspections.visits.models import ChecklistAnswer, Visit
from inspections.zones import actions as zones
from portal.demo import generator
from portal.demo.findings import Ledger, step
from portal.demo.names import INSPECTORS
from portal.demo.town import Agenda, Town

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

    def act(self, action: Callable[[Finding], None], key: tuple[int, str]) -> None:
        action(self.findings[key])

    def reopen_after_visit(self, finding: Finding) -> None:
        text, due = "回访发现又有 1 间不能联网，重新打开。", self.clock.day(16)
        step(rectification.reopen, finding, by=self.town.reviewer, text=text, due_on=due)

    def send_back(self, finding: Finding) -> None:
        text = "只有会议记录，没有补课记录，请补充后再申请销号。"
        step(rectification.send_back, finding, by=self.ledger.verifier(finding), text=text)


def change_checklist(town: Town) -> None:
    """One question more on visits about equipment."""
    code, district = "special-equipment", town.district
    asked = checklists.template(district.pk, code).of(checklists.pool(district.pk))
    own = {"key": "", "indicator": "C5", "text": "设备有专人管理，报修有记录", "look": "看管理员分工和报修登记本。"}
    checklist_actions.change(
        district=district.code,
        code=code,
        seen=0,
        questions=[*({"key": one.key} for one in asked), own],
        reason="本学期装备管理专项检查",
        by=town.admin,
    )


def draw_zones(town: Town) -> None:
    """An inspector of the whole district takes what the other leaves."""
    for turn, name in enumerate(("第一责任区", "第二责任区")):
        zone = zones.create(district_id=town.district.pk, name=name, by=town.admin)
        schools = [school.pk for school in town.schools[turn::2]]
        half = len(schools) // 2
        for username, ids in ((INSPECTORS[turn], schools[:half]), (INSPECTORS[2 + turn], schools[half:])):
            zones.assign(zone_id=zone.pk, inspector=town.people[username], school_ids=ids, by=town.admin)


def recuse(town: Town, day: Callable[[int], dt.date], visited: Collection[int]) -> None:
    """One inspector steps back, another is objected to; neither visits or is in charge of that school."""
    last = len(town.schools) - 1
    even = last - last % 2
    if last not in visited:
        note, by = "子女在校就读", town.inspector(last)
        recusals.declare(school_id=town.schools[last].pk, kind="family", since=day(-400), note=note, by=by)
    if even not in visited:
        recusals.register(
            inspector=town.people[INSPECTORS[3]],
            school_id=town.schools[even].pk,
            kind="other",
            since=day(-58),
            note="学校认为曾有工作纠纷",
            is_objection=True,
            by=town.admin,
        )


def campaign(town: Town, day: Callable[[int], dt.date]) -> None:
    """Several schools within the next weeks, led by one of the bureau's leadership."""
    # None of the last two, from which somebody steps back.
    schools = tuple(town.schools[2:-2:4])
    if not schools:
        return
    members = tuple(town.people[INSPECTORS[n]] for n in (0, 2, 3))
    draft = campaign_queries.Brief(
        district=town.district,
        theme="义务教育优质均衡资源配置",
        starts_on=day(10),
        ends_on=day(30),
        indicators=("A4", "A5", "A7"),
        matters="教学用房、运动场地、多媒体教室与填报是否相符，问题整改是否到位。",
        notice_no="龙教督〔2026〕18号",
        template="",
        per_day=2,
        schools=schools,
        teams=(campaign_queries.Team(1, town.people["leader"], members),),
    )
    campaigns.create(draft=draft, seen=campaign_queries.make_plan(draft).digest, by=town.admin)
