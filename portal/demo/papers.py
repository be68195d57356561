"""The papers of the demonstration's bureau: letters after a visit, reports, a survey, its public page and what is sent there."""

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import actions as milestones
from indicators.results.milestones.models import MilestoneKind
from inspections.letters import actions as letters
from inspections.programmes.models import Phase
from inspections.publicity import actions as publicity
from inspections.publicity.models import Complaint, PublicPage
from inspections.rectification.models import Finding
from inspections.rectification.workflow import FindingContent
from inspections.reports import actions as reports, document, period_queries
from inspections.reports.models import Report
from inspections.surveys import actions as surveys
from inspections.surveys.models import SurveyAnswer
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.demo.town import Clock, Story, Town

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


def write_letters(town: Town, clock: Clock) -> Story:
    """Written, signed and received on their days."""
    for day, kind, typed in _STEPS:
        yield day, 1000
        _write_of_visit(town, clock, kind, typed)
    yield -6, 1000
    leader = town.people["leader"]
    sent = letters.draft(kind="rectification", subject_id=town.schools[3].pk, by=town.admin)
    if sent.facts["problems"]:
        letters.issue(letter_id=sent.pk, signer=leader.name, by=leader)
    letters.draft(kind="rectification", subject_id=town.schools[0].pk, by=town.inspector(0))


def _write_of_visit(town: Town, clock: Clock, kind: str, typed: Mapping[str, str]) -> None:
    visit = Visit.objects.filter(kind=Visit.Kind.COMPREHENSIVE).select_related("school").first()
    if visit is None:
        return
    position = next(n for n, school in enumerate(town.schools) if school.pk == visit.school_id)
    principal = town.staff(position).principal
    by_school = kind == "plea"
    writer, signer = (principal, principal) if by_school else (town.admin, town.people["leader"])
    letter = letters.draft(kind=kind, subject_id=visit.pk, by=writer)
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
    letter = letters.save(letter_id=letter.pk, version=letter.version, by=writer, **content)
    letters.issue(letter_id=letter.pk, signer=signer.name, by=signer)
    if not by_school and not letter.spec.public:
        clock.tick(60)
        letters.receive(letter_id=letter.pk, by=principal)


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


def write_reports(place: Town) -> Story:
    """Of the last term, issued; of a phase, to be worked on; of a school's last month, issued by its head."""
    yield -40, 1050
    today, by = timezone.localdate(), place.admin
    term = period_queries.term(period_queries.term(today).starts_on - dt.timedelta(days=1))
    days: dict[str, Any] = {"starts_on": term.starts_on, "ends_on": term.ends_on}
    report = reports.compile_report(district=place.district, by=by, queue=False, **days)
    reports.issue(report_id=_written(report, _TERM, by).pk, by=by)

    yield -1, 1050
    phase = Phase.objects.get(programme=place.programme, number=_PHASE)
    _written(reports.compile_report(district=place.district, phase=phase, by=by, queue=False), _DRAFT, by)

    if len(place.sketches) > _SCHOOL:
        yield -1, 1060
        head, today = place.staff(_SCHOOL).principal, timezone.localdate()
        month = period_queries.month(today.replace(day=1) - dt.timedelta(days=1))
        days = {"starts_on": month.starts_on, "ends_on": month.ends_on, "school": place.schools[_SCHOOL]}
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


def ask_everybody(town: Town, clock: Clock) -> Story:
    yield _HANDED_OUT, 540
    by, days = town.admin, {"opens_on": clock.day(_HANDED_OUT), "closes_on": clock.day(_CLOSES)}
    draft = surveys.create(district_id=town.district.pk, title=_TITLE, population=_POPULATION, by=by, **days)
    survey = surveys.hand_out(survey_id=draft.pk, by=by)

    # All at once: thousands one by one would take longer than all the rest.
    yield _CLOSES, 600
    form, drawn = survey.questionnaire, random.Random(town.seed)  # noqa: S311
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

    yield _ENDED, 600
    surveys.end(survey_id=survey.pk, by=by)


_NOTICES = (
    (
        "zones",
        "今年义务教育学校划片范围",
        "{0}：解放路以东、包公湖以北。\n{1}：解放路以西、龙亭北路以南。\n"
        "其他学校的范围见各校门口公示栏。对划片有疑问的，可点本页“我要反映情况”。",
    ),
    (
        "admission",
        "今年秋季招生结果",
        "小学一年级、初中一年级新生全部按划片入学，随迁子女与本地户籍学生同等安排。没有学校举行入学考试。",
    ),
    ("other", "校外培训机构白名单", "现有学科类培训机构全部为非营利性，名单见区教育体育局网站，每学期更新一次。"),
)
# What people write, at which school, from the day it comes; then how long until the bureau deals with it.
_COMPLAINTS = (
    (-26, 1, "放学时校门口电动车乱停，孩子过马路不安全。"),
    (-12, 3, "课后服务时间有老师讲新课，没有参加的孩子听不到。"),
    (-2, 0, "操场的跑道有几处破损，孩子摔过跤，希望早点修。"),
)
_ANSWER = "已与交警、街道商定，放学时段校门口划定停车区，学校安排两名教师值守。感谢您的反映。"


def show_publicly(town: Town) -> None:
    """With last year's conclusion, frozen as the county's own."""
    evaluation = Evaluation.objects.filter(round__district=town.district).select_related("round").latest("pk")
    milestone = milestones.freeze(
        round_id=evaluation.round_id,
        kind=MilestoneKind.SELF,
        evaluation_id=evaluation.pk,
        note="局务会审议通过，作为本年度县级自评结论。",
        by=town.admin,
    )
    chosen = {"is_open": True, "milestone": milestone, "shows_results": True, "takes_complaints": True}
    publicity.set_page(district=town.district, by=town.admin, **chosen)
    for kind, title, text in _NOTICES:
        text = text.format(*town.schools)
        publicity.publish(district=town.district, kind=kind, title=title, text=text, by=town.admin)


def hear_complaints(town: Town, clock: Clock) -> Story:
    """The first is answered, the second becomes a finding, the last one waits."""
    for number, (day, position, text) in enumerate(_COMPLAINTS):
        yield day, 1180
        page = PublicPage.objects.select_related("district").get(district=town.district)
        sent = publicity.SentComplaint(town.schools[position], text, "", UUID(int=number + 1))
        publicity.complain(page=page, sent=sent)
        complaint = Complaint.objects.latest("pk")
        if number == 0:
            yield -22, 570
            publicity.answer(complaint_id=complaint.pk, text=_ANSWER, by=town.admin)
        elif number == 1:
            yield -11, 570
            asked = "核实课后服务内容，整改后向家长公布安排。"
            due, severity = clock.day(9), Finding.Severity.ORDINARY
            content = FindingContent("C8", text, asked, Finding.Category.WITH_DEADLINE, due, severity=severity)
            publicity.accept(complaint_id=complaint.pk, content=content, by=town.admin)
