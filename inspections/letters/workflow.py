"""The life of a paper: its states and verbs as one table, and how every step begins."""

from django.conf import settings
from django.utils.module_loading import import_string

from inspections.letters import rights
from inspections.letters.models import Letter
from inspections.papers import workflow as papers
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.scope import Perm
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Letter.State
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
