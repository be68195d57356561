"""The action of setting a district's deadlines."""

from collections.abc import Mapping

from django.db import transaction

from inspections.deadlines import queries
from inspections.deadlines.models import MOST, Deadline
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib.dates import Period
from schools.access.scope import Perm, ensure
from schools.directory.models import District


@transaction.atomic
def set_periods(*, code: str, periods: Mapping[str, Period], by: User) -> dict[str, Period]:
    """Returns the kinds that changed; dates already set stay. Raises Invalid for a count outside 1–366."""
    district = District.objects.select_for_update(no_key=True).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    wrong = [kind for kind, period in periods.items() if not 1 <= period.count <= MOST]
    if wrong:
        problems = [Problem(f"须为 1 至 {MOST}", Deadline.Kind(kind).label, "请重新填写") for kind in wrong]
        raise Invalid("办理期限没有保存，请按下面的提示修改。", problems)
    before = queries.periods(district.pk)
    changed = {kind: period for kind, period in periods.items() if before[kind] != period}
    for kind, period in changed.items():
        Deadline.objects.update_or_create(
            district=district,
            kind=Deadline.Kind(kind),
            defaults={"count": period.count, "unit": period.unit, "updated_by": by},
            create_defaults={"count": period.count, "unit": period.unit, "created_by": by, "updated_by": by},
        )
    if changed:
        audit.record(
            "district.set_deadlines",
            by=by,
            obj=district,
            district=district.code,
            before={kind: str(before[kind]) for kind in changed},
            after={kind: str(period) for kind, period in changed.items()},
        )
    return changed
