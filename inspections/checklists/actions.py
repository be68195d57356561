"""Actions on a district's checklists: make a matter of its own, change one, go back to the default or end a matter."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from inspections.checklists import queries
from inspections.checklists.models import ChecklistVersion
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.lib import written
from schools.access.scope import Perm, ensure
from schools.directory.models import District

LONGEST_NAME = 30


@transaction.atomic
def create(*, district: str, name: str, copied: str, reason: str, by: User) -> ChecklistVersion:
    """A matter of the district's own for 专项督导, with the questions of another checklist.

    Raises Invalid for a name in use.
    """
    place = _locked(district, by)
    reason, name = written.reason(reason, "新建专项事项"), _named(place, name)
    source = queries.template(place.pk, copied)
    content = {"name": name, "questions": queries.listed(source, queries.pool(place.pk))}
    made = queries.versions(place.pk, code__startswith=queries.MATTER, number=1).count()
    code = f"{queries.MATTER}{place.pk}-{made + 1}"
    version = ChecklistVersion.objects.create(
        district=place, code=code, number=1, content=content, reason=reason, created_by=by
    )
    after = {"code": code, "number": 1, "copied": source.name, "reason": reason, **content}
    audit.record("checklist.create", by=by, obj=version, district=place.code, after=after)
    return version


def _named(district: District, name: str, code: str = "") -> str:
    name = written.prose(name).strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(f"没有保存：请写事项的名称，{LONGEST_NAME} 字以内。")
    if any(one.name == name and one.code != code for one in queries.in_force(district.pk)):
        raise Invalid(f"没有保存：已经有“{name}”，请换一个名称，或直接修改原来的清单。")
    return name


@transaction.atomic
def change(
    *, district: str, code: str, seen: int, questions: Sequence[dict[str, str]], reason: str, name: str = "", by: User
) -> ChecklistVersion | None:
    """`seen` is the number of the version the person changed. The same content adds none.

    A question without key is the district's own and gets the next one. Started visits stay as they are. A matter that
    was ended is asked again.
    """
    place = _locked(district, by)
    reason = written.reason(reason, "修改检查清单")
    if not questions:
        raise Invalid("至少要问一题。请勾选要问的题，或加问一题。")
    # A key is never used for another question.
    contents = queries.versions(place.pk, code=code).values_list("content", flat=True)
    used = {one["key"] for content in contents for one in content.get("questions", ())}
    used |= {one.key for one in queries.template(place.pk, code).own}
    number, keyed = 0, []
    for one in questions:
        if not one["key"]:
            number += 1
            while f"{queries.OWN}{number}" in used:
                number += 1
        keyed.append(one | {"key": one["key"] or f"{queries.OWN}{number}"})
    content: dict[str, Any] = {"questions": keyed}
    if (template := queries.template(place.pk, code)).is_matter:
        content["name"] = _named(place, name or template.name, code)
    return _add(place, code, seen, content=content, reason=reason, by=by)


@transaction.atomic
def withdraw(*, district: str, code: str, seen: int, reason: str, by: User) -> ChecklistVersion | None:
    """Back to the default, or the end of a matter of the district's own; versions stay on record."""
    place = _locked(district, by)
    template = queries.template(place.pk, code)
    reason = written.reason(reason, "停用这个事项" if template.is_matter else "恢复默认清单")
    if template.version is None:
        return None
    content = template.version.content if template.is_matter else {}
    return _add(place, code, seen, is_withdrawn=True, content=content, reason=reason, by=by)


def _locked(code: str, by: User) -> District:
    """The district's row locks all its checklists."""
    district = District.objects.select_for_update(no_key=True).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    return district


def _add(
    district: District, code: str, seen: int, *, content: dict[str, Any], by: User, **facts: Any
) -> ChecklistVersion | None:
    before = queries.template(district.pk, code)
    is_withdrawn = facts.get("is_withdrawn", False)
    if before.version and (before.version.content, before.version.is_withdrawn) == (content, is_withdrawn):
        return None
    if before.number != seen:
        raise Conflict(f"这份清单刚有了第 {before.number} 版，您的修改还没有保存。请刷新页面，核对后再改。")
    version = ChecklistVersion.objects.create(
        district=district, code=code, number=before.number + 1, content=content, created_by=by, **facts
    )
    audit.record(
        "checklist.withdraw" if version.is_withdrawn else "checklist.change",
        by=by,
        obj=version,
        district=district.code,
        before=before.version.content if before.version else None,
        after={"code": code, "number": version.number, "reason": version.reason, **content},
    )
    return version
