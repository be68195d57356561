"""What the bureau of the demonstration does at its desk: papers, tasks of the programme, reports, a survey, escalations, findings."""

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from inspections.duties import actions as duties, content_queries, workflow
from inspections.duties.models import Duty, DutyReport
from inspections.escalation import actions as escalation
from inspections.escalation.models import REPLY_WITHIN, Escalation
from inspections.letters import actions as letters
from inspections.programmes.models import Phase
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from inspections.rectification.workflow import FindingContent
from inspections.reports import actions as reports, document, periods
from inspections.reports.models import Report
from inspections.surveys import actions as surveys
from inspections.surveys.models import Survey, SurveyAnswer
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.lib import dates
from portal.demo import generator
from portal.demo.rounds import Agenda, Clock
from portal.demo.town import FINANCE, TOWNSHIP, Town

# Day from today, kind, what is written; the visit is the comprehensive one.
_STEPS: tuple[tuple[int, str, Mapping[str, str]], ...] = (
    (-33, "notice", {"contact": "督导办 0371-22720000", "duty": "查阅资料、访谈师生"}),
    (
        -29,
        "feedback",
        {"advice": "严格执行课程表，完善调课登记和补课办法。", "receiver": "区政府教育督导委员会办公室"},
    ),
    (-27, "plea", {"points": "该节课已于次日补上，请在意见中写明。"}),
    (-25, "answer", {"answers": "调课没有登记，补课属实。"}),
    (
        -22,
        "opinion",
        {
            "strengths": "学校课程开设基本齐全，课后服务覆盖全体有需求的学生。\n教师交流制度落实较好。",
            "wishes": "进一步规范教学常规管理，把调课、补课纳入日常检查。",
        },
    ),
    (
        -10,
        "published",
        {
            "strengths": "学校课程开设基本齐全，课后服务覆盖全体有需求的学生，教师交流制度落实较好。",
            "channel": "区政府教育督导委员会办公室，0371-22720000；也可以在本区公开页“我要反映情况”",
            "problems": "有一节音乐课被改上数学课，已经补课。",
        },
    ),
)


class Correspondence:
    """Writes, signs and receives the papers on their days."""

    def __init__(self, town: Town, clock: Clock) -> None:
        self.town, self.clock = town, clock
        self.leader = town.people["leader"]

    def plan(self, agenda: Agenda) -> None:
        for day, kind, typed in _STEPS:
            agenda.at(day, 1000, partial(self._of_visit, kind, typed))
        agenda.at(-6, 1000, self._to_a_school)

    def _of_visit(self, kind: str, typed: Mapping[str, str]) -> None:
        visit = Visit.objects.filter(kind=Visit.Kind.COMPREHENSIVE).select_related("school").first()
        if visit is None:
            return
        position = next(n for n, school in enumerate(self.town.schools) if school.pk == visit.school_id)
        principal = self.town.staff(position).principal
        by_school = kind == "plea"
        letter = letters.draft(kind=kind, subject_id=visit.pk, by=principal if by_school else self.town.admin)
        key = str(next(iter(visit.findings.values_list("pk", flat=True)), ""))
        tables = {
            "points": lambda text: {key: {"reason": text, "wish": "改表述"}},
            "answers": lambda text: {
                key: {
                    "verdict": "部分采纳",
                    "why": text,
                    "revised": "一节音乐课被改上数学课，次日已补课，没有调课登记。",
                }
            },
            "problems": lambda text: {key: {"open_text": text}},
        }
        known = letter.spec.by_code
        said = {code: tables[code](text) if code in tables else text for code, text in typed.items() if code in known}
        content = {"title": letter.title, "typed": letter.typed | said}
        writer = principal if by_school else self.town.admin
        letter = letters.save(letter_id=letter.pk, version=letter.version, by=writer, **content)
        signer = principal if by_school else self.leader
        letters.issue(letter_id=letter.pk, signer=signer.name, by=signer)
        if not by_school and not letter.spec.public:
            self.clock.tick(60)
            letters.receive(letter_id=letter.pk, by=principal)

    def _to_a_school(self) -> None:
        first, second = self.town.schools[3], self.town.schools[0]
        sent = letters.draft(kind="rectification", subject_id=first.pk, by=self.town.admin)
        if sent.facts["problems"]:
            letters.issue(letter_id=sent.pk, signer=self.leader.name, by=self.leader)
        letters.draft(kind="rectification", subject_id=second.pk, by=self.town.inspector(0))


_GIVEN = -215
_STATE = DutyReport.State
_SAID = "已召开专题会议部署，按计划推进，材料随附。"
# Code, goal or safeguard, task, owner, measure, indicator or unit, least number a year.
_TASKS: tuple[tuple[str, str, str, str, str, str, int | None], ...] = (
    ("1-1", "goal", "教学及辅助用房达标", "bureau", "indicator", "A4", 90),
    ("2-1", "goal", "落实教育经费三个增长", FINANCE, "document", "", None),
    ("2-2", "goal", "教学仪器设备更新到位", FINANCE, "indicator", "A6", 95),
    ("3-1", "goal", "留守儿童关爱服务全覆盖", TOWNSHIP, "count", "次", 4),
    ("4-1", "goal", "选派城区教师到农村学校支教", "bureau", "count", "人", 12),
    ("6-1", "goal", "消除大班额", "3", "indicator", "B5", None),
    ("6-2", "goal", "防震、消防疏散演练", "0", "count", "次", 4),
    ("s-1", "safeguard", "把推进优质均衡纳入年度目标考核", FINANCE, "document", "", None),
)


def plan_duties(agenda: Agenda, place: Town, clock: Clock) -> None:
    """Reported some days after each past quarter, checked a week later."""
    agenda.at(_GIVEN, 600, partial(_give_out, place))
    today, given = clock.day(0), clock.day(_GIVEN)
    for year in range(given.year, today.year + 1):
        for quarter in range(1, 5):
            ended = (workflow.quarter_end(year, quarter) - today).days
            if _GIVEN < ended < -12:
                agenda.at(ended + 5, 620, partial(_report_on, place, year, quarter))
                agenda.at(ended + 12, 620, partial(_check, place, year, quarter))


def _give_out(place: Town) -> None:
    start, goal = timezone.localdate().replace(month=1, day=1), place.programme.goal_year
    for code, part, title, owner, measure, of, least in _TASKS:
        where: dict[str, Any] = {}
        if owner.isdigit():
            where["school"] = place.schools[int(owner)]
        elif owner != "bureau":
            where["department"] = place.district.departments.get(code=owner)
        target = None if least is None else Decimal(least)
        content = content_queries.DutyContent(
            code=code,
            part=part,
            number=int(code[0]) if part == "goal" else 1,
            title=title,
            measure=measure,
            indicator=of if measure == "indicator" else "",
            unit=of if measure == "count" else "",
            starts_on=start,
            due_on=dt.date(goal, 12, 31),
            phase=content_queries.phase_of(place.programme, start),
            years={year: content_queries.YearTarget(target) for year in range(start.year, goal + 1)},
            **where,
        )
        duties.create(programme_id=place.programme.pk, content=content, by=place.admin)


def _reports(year: int, quarter: int, state: str) -> list[DutyReport]:
    rows = DutyReport.objects.filter(year__year=year, quarter=quarter, state=state)
    return list(rows.select_related("year__duty").order_by("year__duty__code"))


def _report_on(place: Town, year: int, quarter: int) -> None:
    for number, row in enumerate(_reports(year, quarter, _STATE.DUE)):
        duty = row.year.duty
        by = _reporter(place, duty)
        if by is None or (number + quarter) % 5 == 0:
            continue
        value = Decimal(3 * quarter) if duty.measure == Duty.Measure.COUNT else None
        files = [generator.photo("会议现场", number)] if duty.measure == Duty.Measure.DOCUMENT else []
        said: dict[str, Any] = {"claim": "under_way", "text": _SAID, "value": value, "uploads": files}
        duties.report(report_id=row.pk, version=row.version, by=by, **said)


def _reporter(place: Town, duty: Duty) -> User | None:
    if duty.school:
        return place.staff([school.pk for school in place.schools].index(duty.school.pk)).reporter
    if duty.department is None:
        return place.admin
    return {FINANCE: place.people["liaison"], TOWNSHIP: place.people["township"]}.get(duty.department.code)


def _check(place: Town, year: int, quarter: int) -> None:
    waiting = _reports(year, quarter, _STATE.REPORTED)
    for number, row in enumerate(waiting[:-1]):
        step: dict[str, Any] = {"report_id": row.pk, "version": row.version, "by": place.reviewer}
        if number == 0:
            duties.send_back(**step, reason="进展写得太笼统，请写明完成了哪几项、还差什么。")
        else:
            result = "mostly" if quarter == 4 else ""
            duties.check(**step, text="情况属实，请抓紧推进。", result=result)


_PHASE = 3
_SCHOOL = 17
_TERM = {
    "work": "加强组织领导。区政府分管领导牵头的义务教育优质均衡发展工作领导小组召开专题会议 2 次，逐校研究整改，"
    "部署教学用房改造和设备更新。\n逐项制定措施。督促学校逐项对照问题制定整改措施 {整改措施} 条，明确责任人和完成时限。\n"
    "严格核查销号。完成销号核查 {核查次数} 次，整改人不参加核查。",
    "lasting": "坚持一月一调度，领导小组办公室每月通报各校整改进展。\n"
    "坚持一降即重开，已销号的问题出现反复的，重新打开继续整改。",
}
_DRAFT = {
    "work": "加强组织领导。领导小组召开专题会议 3 次，把多媒体教室更新和运动场地改造列入年度项目，逐月调度。\n"
    "加强督导检查。{时段}组织入校督导 {督导次数} 次，覆盖 {督导学校} 所学校，发现并交办问题 {督导发现} 项。\n"
    "逐项制定措施。督促学校对照问题制定整改措施 {整改措施} 条，明确责任人和完成时限。",
}


def plan_reports(agenda: Agenda, place: Town) -> None:
    agenda.at(-40, 1050, partial(_term, place))
    agenda.at(-1, 1050, partial(_phase, place))
    if len(place.sketches) > _SCHOOL:
        agenda.at(-1, 1060, partial(_school, place))


def _term(place: Town) -> None:
    today = timezone.localdate()
    ended = periods.term(periods.term(today).starts_on - dt.timedelta(days=1))
    days: dict[str, Any] = {"starts_on": ended.starts_on, "ends_on": ended.ends_on}
    report = reports.compile_report(district=place.district, by=place.admin, queue=False, **days)
    reports.issue(report_id=_written(report, _TERM, place.admin).pk, by=place.admin)


def _phase(place: Town) -> None:
    phase = Phase.objects.get(programme=place.programme, number=_PHASE)
    _written(
        reports.compile_report(district=place.district, phase=phase, by=place.admin, queue=False), _DRAFT, place.admin
    )


def _school(place: Town) -> None:
    head, today = place.staff(_SCHOOL).principal, timezone.localdate()
    month = periods.month(today.replace(day=1) - dt.timedelta(days=1))
    days: dict[str, Any] = {"starts_on": month.starts_on, "ends_on": month.ends_on, "school": place.schools[_SCHOOL]}
    report = reports.compile_report(district=place.district, by=head, queue=False, **days)
    reports.issue(report_id=_written(report, {}, head).pk, by=head)


def _written(report: Report, texts: Mapping[str, str], by: User) -> Report:
    for section, text in texts.items():
        asked: dict[str, Any] = {"report_id": report.pk, "section": section, "text": text, "revision": report.revision}
        report = reports.write_text(**asked, by=by, queue=False)
    return reports.publish(report_id=report.pk, rendered=document.render(report), revision=report.revision, by=by)


_HANDED_OUT, _CLOSES, _ENDED = -48, -38, -37
_TITLE = "义务教育满意度自查"
_POPULATION = Decimal("39.00")
# Who answers, how many of a hundred, and how many of those are satisfied and mostly satisfied.
_HABITS = {
    "students": (93, 62, 30),
    "parents": (76, 55, 33),
    "teachers": (88, 60, 32),
    "heads": (95, 70, 26),
    "deputies": (70, 52, 34),
    "public": (61, 44, 38),
}


def plan_survey(agenda: Agenda, town: Town, clock: Clock) -> None:
    agenda.at(_HANDED_OUT, 540, lambda: _hand_out(town, clock))
    agenda.at(_CLOSES, 600, lambda: _answer(town))
    agenda.at(_ENDED, 600, lambda: surveys.end(survey_id=_survey(town).pk, by=town.admin))


def _survey(town: Town) -> Survey:
    return Survey.objects.get(district=town.district)


def _hand_out(town: Town, clock: Clock) -> None:
    days = {"opens_on": clock.day(_HANDED_OUT), "closes_on": clock.day(_CLOSES)}
    draft = surveys.create(district_id=town.district.pk, title=_TITLE, population=_POPULATION, by=town.admin, **days)
    surveys.hand_out(survey_id=draft.pk, by=town.admin)


def _answer(town: Town) -> None:
    """All at once: thousands one by one would take longer than all the rest."""
    survey, drawn = _survey(town), random.Random(town.seed)  # noqa: S311
    form = survey.questionnaire
    rows = []
    for portion in survey.portions.all():
        answering, yes, mostly = _HABITS[portion.group]
        asked = [question.code for question in form.put_to(portion.group)]
        for _ in range(portion.sent):
            if drawn.randrange(100) < answering:
                choices = drawn.choices(("yes", "mostly", "no"), (yes, mostly, 100 - yes - mostly), k=len(asked))
                answers = dict(zip(asked, choices, strict=True))
                rows.append(
                    SurveyAnswer(survey=survey, group=portion.group, school_id=portion.school_id, answers=answers)
                )
    SurveyAnswer.objects.bulk_create(rows, batch_size=1000)


_REQUIREMENT = "整改已超过期限，请校长组织专题研究，列出未完成事项和完成日期，按期书面回复。"
_REPLY = "设备已招标，供货方确认下周到货，到货后三日内装完，届时申请销号。"


class Escalations:
    """The nights and the decisions of the last weeks."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def plan(self, agenda: Agenda) -> None:
        for day in (-14, -9, -6, -2):
            agenda.at(day, 60, self.night)
        agenda.at(-9, 560, partial(self.issue, 3))
        agenda.at(-6, 570, partial(self.issue, 2))
        agenda.at(-5, 600, self.answer)
        agenda.at(-2, 560, partial(self.issue, 1))

    def night(self) -> None:
        escalation.propose(district_id=self.town.district.pk, by=system_user())

    def issue(self, count: int) -> None:
        due = dates.count(timezone.localdate(), REPLY_WITHIN).due
        rows = Escalation.objects.filter(state=Escalation.State.PROPOSED, level__in=("order", "second")).order_by("pk")
        for row in rows[:count]:
            escalation.issue(
                escalation_id=row.pk, version=row.version, text=_REQUIREMENT, reply_due_on=due, by=self.town.admin
            )

    def answer(self) -> None:
        """All but one is signed for, every other one answered, the first one ended."""
        sent = Escalation.objects.filter(state=Escalation.State.ISSUED, finding__responsible_department=None)
        sent = sent.filter(finding__school__isnull=False).select_related("finding__school").order_by("pk")
        schools = {school.pk: place for place, school in enumerate(self.town.schools)}
        for number, row in enumerate(sent[:4]):
            staff = self.town.staff(schools[row.finding.school_id])  # type: ignore[index]
            row = escalation.acknowledge(escalation_id=row.pk, version=row.version, by=staff.principal)
            if number % 2 == 0:
                row = escalation.answer(escalation_id=row.pk, version=row.version, text=_REPLY, by=staff.reporter)
            if number == 0:
                text = "回复属实，进度按周报送。"
                escalation.finish(escalation_id=row.pk, version=row.version, text=text, by=self.town.admin)


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
