"""The life of a paper: its states and verbs as one table, how every step begins, what it waits for and by when it is answered."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from inspections.deadlines import queries as deadlines
from inspections.letters import document, facts, queries, rights
from inspections.letters.models import Letter
from inspections.papers import workflow as papers
from inspections.rectification.models import Finding
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotFound, Problem
from portal.core.lib import dates
from schools.access.scope import Perm
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Letter.State
_OUT = (S.ISSUED, S.DELIVERED)
DRAFT = Right((Perm.LETTER_DRAFT, Perm.FINDING_RECTIFY), rights.ensure_draft)
ISSUE = Right((Perm.LETTER_ISSUE, Perm.LETTER_DRAFT, Perm.FINDING_RECTIFY), rights.ensure_issue)
RECEIVE = Right(
    (Perm.FINDING_RECTIFY, Perm.FINDING_ANSWER, Perm.LETTER_DRAFT, Perm.LETTER_ISSUE), rights.ensure_receive
)
DELIVER = Right((Perm.LETTER_DRAFT, Perm.LETTER_ISSUE), rights.ensure_deliver)

TABLE = Workflow(
    "这份文书",
    S,
    {
        S.DRAFT: StateRow("muted", "起草和签发文书"),
        S.DISCARDED: StateRow("muted"),
        S.ISSUED: StateRow("warn", "签收文书"),
        S.DELIVERED: StateRow("ok"),
        S.WITHDRAWN: StateRow("bad"),
    },
    (
        VerbRow(code="save", name="修改", at=(S.DRAFT,), right=DRAFT, audit="修改文书草稿"),
        VerbRow(code="refresh", name="重新取数", at=(S.DRAFT,), right=DRAFT, audit="文书草稿重新取数"),
        VerbRow(code="discard", name="作废草稿", at=(S.DRAFT,), to=S.DISCARDED, right=DRAFT, audit="作废文书草稿"),
        VerbRow(code="issue", name="签发", at=(S.DRAFT,), to=S.ISSUED, right=ISSUE, own_hand=True, audit="签发文书"),
        VerbRow(code="receive", name="签收", at=(S.ISSUED,), to=S.DELIVERED, right=RECEIVE, audit="签收文书"),
        VerbRow(code="deliver", name="登记送达", at=(S.ISSUED,), to=S.DELIVERED, right=DELIVER, audit="登记文书送达"),
        VerbRow(
            code="withdraw",
            name="撤回",
            at=(S.ISSUED, S.DELIVERED),
            to=S.WITHDRAWN,
            right=ISSUE,
            own_hand=True,
            audit="撤回文书",
        ),
    ),
)


def begin(code: str, letter_id: int, by: User) -> Letter:
    return TABLE.begin(code, locked(letter_id), by)


def locked(letter_id: int) -> Letter:
    """Raises NotFound."""
    related = (
        "school__district",
        "department__district",
        "district",
        "visit__school__district",
        "visit__leader",
        "finding",
        "docx",
        "pdf",
    )
    letters = Letter.objects.select_for_update(of=("self",), no_key=True).select_related(*related)
    letter = letters.filter(pk=letter_id).first()
    if letter is None:
        raise NotFound("没有这份文书，或不在您可以查看的范围内。")
    return letter


def number_held(letter: Letter) -> tuple[int, int] | None:
    """Year and serial of the order it puts in writing, unless a paper has them already.

    Read under the lock of their series: of two papers signed at once the second sees the first.
    """
    held: tuple[int, int] | None = import_string(settings.NUMBER_HELD)(letter) if letter.finding else None
    if held is None:
        return None
    year, serial = held
    papers.locked_series(letter.district_id, letter.word, year)
    carried = Letter.objects.filter(district=letter.district_id, word=letter.word, year=year, serial=serial)
    return None if carried.exists() else held


def waits_for(letter: Letter) -> str:
    """What must come first; "" for nothing."""
    visit, needs = letter.visit, letter.spec.needs
    if visit is None or not needs:
        return ""
    if visit.state != Visit.State.DONE:
        return "督导还没有完成。请先完成督导，再签发这份文书。"
    out = {row.kind: row for row in visit.letters.filter(state__in=_OUT).order_by("pk")}
    match needs:
        case "feedback_served":
            feedback = out.get("feedback")
            if feedback is None or feedback.reply_due_on is None:
                return "初步督导意见还没有送达。请先在它的页面签收。"
            is_over = feedback.reply_due_on < timezone.localdate()
            return f"申辩期限{dates.day(feedback.reply_due_on)}已过，视为没有异议。" if is_over else ""
        case "plea_filed" if "plea" not in out:
            return "学校还没有提出申辩。"
        case "plea_closed":
            # 教育督导条例 §15: what must be put right at once does not wait.
            kinds = set(visit.findings.exclude(state=Finding.State.VOID).values_list("category", flat=True))
            return "" if kinds == {Finding.Category.AT_ONCE} else _to_conclude(out)
        case "opinion_out" if "opinion" not in out:
            return "督导意见书还没有签发。"
        case _:
            return ""


def _to_conclude(out: Mapping[str, Letter]) -> str:
    """教育督导条例 §21: the opinion weighs the plea."""
    feedback, plea = out.get("feedback"), out.get("plea")
    if feedback is None:
        return "还没有反馈初步督导意见。请先签发初步督导意见，听取学校申辩。"
    if plea is not None and (not plea.typed.get("points") or "answer" in out):
        return ""
    if plea is not None:
        return "学校已提出申辩，还没有答复。请先签发申辩答复。"
    if feedback.reply_due_on is None:
        return "初步督导意见还没有送达，申辩期限没有起算。请学校签收，或登记纸质送达。"
    if feedback.reply_due_on >= timezone.localdate():
        return f"申辩期限到{dates.day(feedback.reply_due_on)}，学校还没有提出申辩，也没有表示没有异议。"
    return ""


def ensure_due(letter: Letter) -> None:
    """Raises Conflict."""
    if words := waits_for(letter):
        raise Conflict(f"《{letter.title}》现在不能签发：{words}")


def ensure_current(letter: Letter) -> None:
    """The paper must print today's data. Raises Conflict."""
    if letter.visit is None:
        return
    text = queries.text_of(letter)
    # The day of the draft is no change of the data; nor is what the paper does not print.
    now = facts.of(letter) | {name: text.facts.get(name, "") for name in ("today", "year")}
    if document.of(replace(text, facts=now)) != document.of(text):
        raise Conflict("数据有变化，没有签发。请先点“重新取数”，核对后再签发。")


def held(letter: Letter) -> QuerySet[Finding]:
    waiting = Finding.objects.filter(visit=letter.visit_id, state=Finding.State.TO_DISPATCH)
    return waiting if letter.kind == "opinion" else waiting.none()


def late_problems(letter: Letter) -> list[Problem]:
    """Findings whose time would be over when they are sent out today."""
    late = held(letter).filter(due_on__lte=timezone.localdate()).order_by("pk")
    return [
        Problem(f"整改期限{dates.day(one.due_on)}已到", f"问题 {one.number}", "请在问题页修改期限，再点“重新取数”")
        for one in late
    ]


def reply_due(letter: Letter, served_on: dt.date) -> dt.date | None:
    """The last day to answer, counted from service by the district's periods."""
    reply = letter.spec.reply
    if reply is None:
        return None
    own = dates.Period(reply.count, dates.Unit(reply.unit))
    period = deadlines.periods(letter.district_id)[reply.deadline] if reply.deadline else own
    return dates.add_days(served_on, period)
