"""Actions on who answers which item of the district."""

from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import owner_queries
from indicators.collection.submissions.models import ItemOwner, Submission
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import written
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, people_at
from schools.directory.models import District


@transaction.atomic
def assign_items(
    *, district_id: int, owners: Mapping[str, int | None], reason: str = "", by: User
) -> dict[str, tuple[str, str]]:
    """Base code → department's id, None = the bureau; returns what changed as base → names before and after.

    Taking items from a department asks for a reason. Raises Invalid for what is unknown or handed in already.
    """
    district = District.objects.select_for_update(no_key=True).filter(pk=district_id).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    items = owner_queries.assignable_items(district)
    departments = {row.pk: row for row in owner_queries.assignable_departments(district)}
    unknown = [base for base, owner in owners.items() if base not in items or owner not in {None, *departments}]
    if unknown:
        raise Invalid("分工里有不认识的填报项或部门，没有保存。请刷新页面后重试。", [Problem(base) for base in unknown])
    rows = {row.item: row for row in ItemOwner.objects.filter(district=district)}
    now = {base: row.department_id for base, row in rows.items() if row.department_id in departments}
    moved = {base: owner for base, owner in owners.items() if owner != now.get(base)}
    _refuse_handed_in(district, {base: now.get(base) for base in moved}, items)
    lost = {base: now[base] for base in moved if now.get(base)}
    reason = written.reason(reason, "把部门的项目改由别的单位填报") if lost else ""
    names = {None: "教育局"} | {pk: row.name for pk, row in departments.items()}
    changed = {base: (names[now.get(base)], names[owner]) for base, owner in moved.items()}
    for base, owner in moved.items():
        row = rows.get(base) or ItemOwner(district=district, item=base, created_by=by)
        row.department_id, row.updated_by = owner, by
        row.save()
    if changed:
        before, after = ({items[base].base_label: pair[side] for base, pair in changed.items()} for side in (0, 1))
        after |= {"reason": reason} if reason else {}
        audit.record("district.assign_items", by=by, obj=district, district=district.code, before=before, after=after)
    for owner in set(lost.values()):
        gone = "、".join(f"“{items[base].base_label}”由{changed[base][1]}" for base in lost if lost[base] == owner)
        notices.notify(
            people_at(Perm.SUBMISSION_FILL, departments[owner]),
            text=f"不再由本部门填报：{gone}填报。原因：{reason}",
            url=reverse("submissions:mine"),
            key=f"owners-{owner}-{timezone.now():%Y%m%d%H%M%S%f}",
            by=by,
        )
    return changed


def _refuse_handed_in(district: District, former: Mapping[str, int | None], items: Mapping[str, object]) -> None:
    """Moving what is handed in for an open round would give the figure two owners."""
    handed_in = Submission.objects.filter(round__district=district, round__state="open", school=None).exclude(
        state__in=(Submission.State.DRAFT, Submission.State.SENT_BACK)
    )
    problems = []
    for submission in handed_in.select_related("round__district", "department").prefetch_related("answers"):
        answered = {row.field for row in submission.answers.all()}
        for base, owner in former.items():
            given = any(field == base or field.startswith(f"{base}_") for field in answered)
            if owner == submission.department_id and given:
                what = f"{submission.round.name}里{submission.respondent}已经提交了这一项"
                problems.append(Problem(what, items[base].base_label, "请先退回它的填报，再改分工"))  # type: ignore[attr-defined]
    if problems:
        raise Invalid(f"有 {len(problems)} 项不能改由别的单位填报，分工没有改动。", problems)
