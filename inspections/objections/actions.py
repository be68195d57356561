"""The action of a school that asks somebody of a team to step back."""

import datetime as dt

from django.db import transaction

from inspections.objections import queries
from inspections.recusals import workflow
from inspections.recusals.models import Recusal
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from portal.core.lib import written
from schools.access.scope import Perm, ensure


@transaction.atomic
def object_to(*, inspector_id: int, school_id: int, kind: str, since: dt.date, note: str, by: User) -> Recusal:
    """It holds until the bureau decides. The same again changes nothing; one decided otherwise may be raised again.

    Raises Invalid without a reason, or for who is not on the team of a visit that comes.
    """
    school = workflow.locked_school(school_id)
    ensure(by, Perm.FINDING_RECTIFY, school)
    visit = queries.coming(by).filter(school=school, team=inspector_id).first()
    if visit is None:
        raise Invalid("没有提交：请从将到本校督导的人员里选择。")
    inspector, note = visit.team.get(pk=inspector_id), written.reason(note, "申请回避")
    origin = Recusal.Origin.OBJECTED
    recusal, after = workflow.new(school, inspector, origin, kind, since, note, by, is_own_words=True)
    if after:
        audit.record("recusal.object", by=by, obj=recusal, after=after)
    return recusal
