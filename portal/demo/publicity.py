"""What the demonstration shows everybody: its public page with notices, a frozen conclusion, and complaints in each state."""

from functools import partial
from uuid import UUID

from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import actions as milestones
from indicators.results.milestones.models import MilestoneKind
from inspections.publicity import actions
from inspections.publicity.models import Complaint, PublicPage
from inspections.rectification.models import Finding
from inspections.rectification.workflow import FindingContent
from portal.demo.rounds import Agenda, Clock
from portal.demo.town import Town

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


def show_publicly(agenda: Agenda, town: Town, clock: Clock) -> None:
    agenda.at(-45, 560, partial(_open, town))
    for number, (day, position, text) in enumerate(_COMPLAINTS):
        agenda.at(day, 1180, partial(_complain, town, number, position, text))
    agenda.at(
        -22,
        570,
        lambda: actions.answer(complaint_id=Complaint.objects.earliest("pk").pk, text=_ANSWER, by=town.admin),
    )
    agenda.at(-11, 570, partial(_accept, town, clock))


def _open(town: Town) -> None:
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
    actions.set_page(district=town.district, by=town.admin, **chosen)
    for kind, title, text in _NOTICES:
        actions.publish(district=town.district, kind=kind, title=title, text=text.format(*town.schools), by=town.admin)


def _complain(town: Town, number: int, position: int, text: str) -> None:
    page = PublicPage.objects.select_related("district").get(district=town.district)
    sent = actions.SentComplaint(town.schools[position], text, "", UUID(int=number + 1))
    actions.complain(page=page, sent=sent)


def _accept(town: Town, clock: Clock) -> None:
    complaint = Complaint.objects.filter(state=Complaint.State.RECEIVED).earliest("pk")
    asked = "核实课后服务内容，整改后向家长公布安排。"
    due, severity = clock.day(9), Finding.Severity.ORDINARY
    content = FindingContent("C8", complaint.text, asked, Finding.Category.WITH_DEADLINE, due, severity=severity)
    actions.accept(complaint_id=complaint.pk, content=content, by=town.admin)
