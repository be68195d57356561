"""The life of a round: its states and verbs as one table, and what imports and reviews check first."""

from indicators.collection.submissions.models import Round
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotFound
from portal.core.spreadsheets.imports import ImportPlace
from schools.access.scope import Perm
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Round.State
MANAGE = Right((Perm.ROUND_MANAGE,))


def ensure_due(_: User, round_: Round) -> None:
    if round_.is_backfill:
        raise Conflict(f"{round_.name}是补录往年，没有截止日期，不催报也不延期。")


TABLE = Workflow(
    "这个评估年度",
    S,
    {S.OPEN: StateRow("info"), S.CLOSED: StateRow("muted", way_out="如需继续填报、导入或更换标准，请先重新开放填报。")},
    (
        VerbRow(code="import", name="导入填报数据", at=(S.OPEN,), right=MANAGE),
        VerbRow(code="adopt", name="换用标准", at=(S.OPEN,), right=MANAGE, audit="换用评估标准"),
        VerbRow(code="add_respondents", name="加入填报单位", at=(S.OPEN,), right=MANAGE, audit="补充填报单位"),
        VerbRow(code="remind", name="催报", at=(S.OPEN,), right=MANAGE, guard=ensure_due, audit="催报"),
        VerbRow(code="extend", name="延期", at=(S.OPEN,), right=MANAGE, guard=ensure_due, audit="延长填报期限"),
        VerbRow(
            code="close",
            name="关闭",
            at=(S.OPEN,),
            to=S.CLOSED,
            right=MANAGE,
            audit="关闭评估年度",
            label="关闭填报",
            done="已关闭，填报内容不能再修改。",
        ),
        VerbRow(
            code="reopen",
            name="重新开放",
            at=(S.CLOSED,),
            to=S.OPEN,
            right=MANAGE,
            audit="重新开启评估年度",
            label="重新开放填报",
            done="已重新开放填报。",
        ),
    ),
)


def managed(round_id: int, by: User) -> Round:
    round_ = Round.objects.select_related("district", "standard").filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    TABLE["import"].ensure(by, round_)
    ensure_open(round_)
    return round_


def import_place(by: User, round_id: int | None) -> ImportPlace:
    round_ = managed(round_id or 0, by)
    return ImportPlace(round_.district.code, round_, round_.code)


def ensure_open(round_: Round) -> None:
    if round_.state != Round.State.OPEN:
        raise Conflict(f"{round_.name}已关闭。如需继续填报或导入，请先重新开放。")
