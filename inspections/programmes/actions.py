"""Taking a district's programme into the portal, and changing it."""

from typing import Any

from django.db import transaction

from inspections.programmes import queries, workflow
from inspections.programmes.models import Programme
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.lib import written
from schools.access import scope
from schools.directory.models import District


@transaction.atomic
def adopt_programme(
    *, district: District, content: dict[str, Any], reason: str = "", seen: str = "", by: User
) -> Programme:
    """The same 文号 again changes it, for a `reason`, and notifies owners of tasks.

    `content` as in data/longting-2021-8.toml, `seen` the fingerprint of what the person changed. Raises Invalid with
    every problem, such as a goal with tasks that would vanish, and Conflict when it has changed since.
    """
    district = District.objects.select_for_update(no_key=True).get(pk=district.pk)
    scope.ensure(by, scope.Perm.ROUND_MANAGE, district)
    if problems := workflow.problems_of(content, district):
        raise Invalid("方案内容有误，没有保存。", problems)
    known = district.programmes.filter(document_no=content["document_no"]).first()
    if known is None:
        programme = workflow.write(district, content, by=by)
        after = {"new": True, "content": content}
        audit.record("programme.adopt", by=by, obj=programme, district=district.code, after=after)
        return programme
    change = queries.ProgrammeChange(known, queries.said(known), content)
    if seen and seen != queries.fingerprint(known):
        raise Conflict("这份方案刚被他人修改，您看到的不是最新内容，没有保存。请刷新页面后再改。")
    if not change.words:
        return known
    reason = written.reason(reason, "修改方案")
    if problems := workflow.problems(change):
        raise Invalid("方案没有保存，请按下面的提示修改。", problems)
    programme = workflow.write(district, content, by=by)
    workflow.settle(change, reason, by=by)
    audit.record(
        "programme.edit",
        by=by,
        obj=programme,
        district=district.code,
        before={label: was for label, was, _ in change.words},
        after={"reason": reason} | {label: now for label, _, now in change.words},
    )
    return programme
