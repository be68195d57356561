"""Taking a district's programme into the portal."""

from typing import Any

from django.db import transaction

from inspections.programmes import contents
from inspections.programmes.models import Programme
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from schools.access import scope
from schools.directory.models import District


@transaction.atomic
def adopt_programme(*, district: District, content: dict[str, Any], by: User) -> Programme:
    """Store a programme with its phases; the same 文号 again updates names and dates.

    `content` as in data/longting-2021-8.toml. Raises Invalid with every problem.
    """
    scope.ensure(by, scope.Perm.ROUND_MANAGE, district)
    if problems := contents.problems_of(content, district):
        raise Invalid("方案内容有误，没有保存。", problems)
    programme, made = contents.write(district, content, by=by)
    audit.record(
        "programme.adopt", by=by, obj=programme, district=district.code, after={"new": made, "content": content}
    )
    return programme
