"""The action of changing the standard of a round."""

from django.db import transaction

from indicators.collection.rounds import workflow as rounds
from indicators.collection.submissions.models import Round
from indicators.results.standard_change import queries
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound


@transaction.atomic
def adopt(*, round_id: int, standard_id: int, reason: str, by: User) -> Round:
    """An open round uses another standard from now on.

    Raises Conflict when the round is closed or has it already, NotFound for an unknown standard, Invalid without a
    reason or listing every answered item the new standard does not know.
    """
    round_ = Round.objects.select_for_update(of=("self",)).select_related("district", "standard").get(pk=round_id)
    rounds.TABLE["adopt"].ensure(by, round_)
    rounds.TABLE.move(round_.state, "adopt")
    new = Standard.objects.filter(pk=standard_id).first()
    if new is None:
        raise NotFound("没有这版评估标准，请刷新页面后重新选择。")
    old = round_.standard
    if new.pk == old.pk:
        raise Conflict(f"{round_.name}用的就是 {old.version}，无需更换。")
    if not reason.strip():
        raise Invalid("请填写换用标准的理由。")
    problems = queries.obstacles(round_, new)
    if problems:
        raise Invalid(f"不能换用 {new.version}：已经填报的内容在新标准里没有对应的项目。", problems)
    round_.standard, round_.updated_by = new, by
    round_.save(update_fields=["standard", "updated_by", "updated_at"])
    audit.record(
        "round.adopt",
        by=by,
        obj=round_,
        district=round_.district.code,
        before={"standard": old.version},
        after={"standard": new.version, "reason": reason.strip()},
    )
    return round_
