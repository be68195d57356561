"""Actions on the register: schools are registered, edited, closed, merged and reopened; settings of districts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.lib.models import one_of_each
from schools.access.scope import Perm, ensure
from schools.directory import workflow
from schools.directory.facts import (
    LABELS,
    SAME_CODE,
    AppliedChange,
    SchoolFacts,
    apply,
    differences,
    founded,
    record_changes,
    set_days,
    shown,
)
from schools.directory.models import Department, District, Group, School, Status
from schools.directory.workflow import Transition, Verb


@transaction.atomic
def create_school(*, code: str, facts: SchoolFacts, by: User) -> School:
    """Raises Invalid if the code is taken."""
    district = District.objects.select_for_update(no_key=True).filter(code=facts.district).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.SCHOOL_EDIT, district)
    if School.objects.filter(code=code).exists():
        raise Invalid(f"学校标识码 {code} 已经登记，不能重复登记。请在名录中查找后修改；查不到的，请核对标识码。")
    facts = founded(facts, is_first=not School.objects.filter(district=district).exists())
    school = School(code=code, created_by=by)
    apply(school, facts, district, _group(facts.group, district), _township(facts.township, district), by=by)
    with one_of_each(*SAME_CODE):
        school.save(force_insert=True)
    record_changes([AppliedChange(school, facts)], valid_from=timezone.localdate(), by=by)
    audit.record("school.create", by=by, obj=school, after=facts.as_json())
    return school


@transaction.atomic
def edit_school(*, school_id: int, version: int, facts: SchoolFacts, valid_from: date, by: User) -> School:
    """Raises Conflict, naming both values of every fact, if the `version` seen has changed."""
    school = School.objects.select_for_update(no_key=True).filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    ensure(by, Perm.SCHOOL_EDIT, school)
    before = SchoolFacts.of(school)
    if school.version != version:
        both = [
            Problem(f"现为“{shown(field, now)}”，您填写的是“{shown(field, typed)}”", LABELS[field])
            for field, (now, typed) in differences(before, facts).items()
        ]
        raise Conflict("您打开页面之后，这所学校的信息已被他人修改，您的修改没有保存。", both)
    changed = differences(before, facts)
    if not changed:
        return school
    if changed.keys() & {"status", "successor"}:
        raise Invalid("停办、合并、恢复办学各有单独的办理页面，不能在“修改信息”中更改办学状态。")
    district = District.objects.get(code=facts.district)
    ensure(by, Perm.SCHOOL_EDIT, district)
    left = school.district if facts.district != before.district else None
    apply(school, facts, district, _group(facts.group, district), _township(facts.township, district), by=by)
    set_days(school, changed, valid_from)
    school.version += 1
    school.save()
    record_changes([AppliedChange(school, facts, changed, left)], valid_from=valid_from, by=by)
    audit.record(
        "school.edit",
        by=by,
        obj=school,
        before={key: pair[0] for key, pair in changed.items()},
        after={key: pair[1] for key, pair in changed.items()} | {"valid_from": valid_from},
    )
    return school


@transaction.atomic
def edit_district(*, code: str, issuer: str, by: User) -> District:
    """A blank issuer is the usual body; existing documents stay as they are."""
    district = District.objects.select_for_update(no_key=True).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    before, district.issuer = district.issuer, "" if issuer == district.usual_issuer else issuer
    if district.issuer != before:
        district.save(update_fields=["issuer"])
        audit.record(
            "district.edit",
            by=by,
            obj=district,
            before={"issuer": before},
            after={"issuer": district.issuer},
        )
    return district


def _group(name: str, district: District) -> Group | None:
    return Group.objects.get_or_create(name=name, district=district)[0] if name else None


def _township(code: str, district: District) -> Department | None:
    if not code:
        return None
    found = Department.objects.filter(district=district, code=code, kind__in=Department.PLACES).first()
    if found is None:
        raise Invalid("所在乡镇、街道不在所选区县的部门名录中，请另选。")
    return found


_TRANSITION_CODES = {Verb.MERGE: "school.merge", Verb.CLOSE: "school.close", Verb.REOPEN: "school.reopen"}


@transaction.atomic
def merge_school(
    *,
    code: str,
    successor: str,
    day: date,
    reason: str,
    decisions: Mapping[str, str],
    seen: str,
    by: User,
    receivers: Sequence[str] = (),
    elsewhere: str = "",
) -> School:
    """Carries out what `workflow.foresee` says; `seen` is the digest of what the person was shown.

    Its pupils may go to `receivers` instead, or `elsewhere`. Merged into that school already is no change. Raises
    Invalid for a wrong day, school, reason or decision, Conflict when merged otherwise or when what follows has
    changed.
    """
    held = _lock_schools([code, successor, *receivers], by=by)
    school, other = held[code], held[successor]
    if school.status == Status.CLOSED and school.successor_id == other.pk:
        return school
    if school.successor_id is not None:
        raise Conflict(f"{school.name}已并入{school.successor}。要更正的，请先办理“恢复办学”。")
    change = Transition(
        Verb.MERGE,
        school,
        day,
        other,
        reason,
        decisions,
        _chosen(held, receivers),
        elsewhere,
        other if decisions.get("visits") == "move" else None,
    )
    return _carry_out(change, Status.CLOSED, other, seen=seen, by=by)


@transaction.atomic
def close_school(
    *,
    code: str,
    day: date,
    reason: str,
    decisions: Mapping[str, str],
    seen: str,
    by: User,
    receivers: Sequence[str] = (),
    elsewhere: str = "",
    visited: str = "",
) -> School:
    """Like `merge_school` without a successor; planned visits may move to the receiver `visited`."""
    held = _lock_schools([code, *receivers, *([visited] if visited else [])], by=by)
    school = held[code]
    if school.status == Status.CLOSED:
        if school.closed_on == day and school.successor_id is None:
            return school
        raise Conflict(f"{school.name}已经停办。要更正停办日期的，请先办理“恢复办学”，再按正确的日期办理。")
    change = Transition(
        Verb.CLOSE,
        school,
        day,
        None,
        reason,
        decisions,
        _chosen(held, receivers),
        elsewhere,
        held[visited] if visited else None,
    )
    return _carry_out(change, Status.CLOSED, None, seen=seen, by=by)


@transaction.atomic
def reopen_school(
    *,
    code: str,
    day: date,
    reason: str,
    decisions: Mapping[str, str],
    seen: str,
    by: User,
    receivers: Sequence[str] = (),
) -> School:
    """The reverse of `merge_school`: pupils come back from `receivers`."""
    held = _lock_schools([code, *receivers], by=by)
    school = held[code]
    if school.status == Status.OPEN:
        return school
    change = Transition(Verb.REOPEN, school, day, school.successor, reason, decisions, _chosen(held, receivers))
    return _carry_out(change, Status.OPEN, None, seen=seen, by=by)


def _lock_schools(codes: Sequence[str], *, by: User) -> dict[str, School]:
    """By code, locked in key order; the one that changes is first in `codes`."""
    rows = School.objects.select_for_update(of=("self",), no_key=True).select_related(
        "district", "group", "successor", "township"
    )
    found = {row.code: row for row in rows.filter(code__in=codes).order_by("pk")}
    if codes[0] not in found:
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    ensure(by, Perm.SCHOOL_EDIT, found[codes[0]])
    for code in codes:
        if code not in found:
            raise Invalid("没有找到并入学校或接收学校。请从列表中选择。")
        ensure(by, Perm.SCHOOL_EDIT, found[code])
    return found


def _chosen(held: Mapping[str, School], codes: Sequence[str]) -> tuple[School, ...]:
    return tuple(held[code] for code in dict.fromkeys(codes))


def _carry_out(change: Transition, status: Status, successor: School | None, *, seen: str, by: User) -> School:
    if problem := workflow.problem_of(change):
        raise Invalid(problem)
    consequences = workflow.foresee(change)
    if seen != workflow.digest(change, consequences):
        raise Conflict("您看过以后情况有了变化，还没有办理。请再看一遍下面的后果，再确认。")
    workflow.settle(change, by=by)
    school, before = change.school, SchoolFacts.of(change.school)
    after = replace(before, status=status.value, successor=successor.code if successor else "")
    changed = differences(before, after)
    school.status, school.successor = status, successor
    set_days(school, changed, change.day)
    school.version, school.updated_by = school.version + 1, by
    school.save()
    record_changes([AppliedChange(school, after, changed, reason=change.why)], valid_from=change.day, by=by)
    audit.record(
        _TRANSITION_CODES[change.verb],
        by=by,
        obj=school,
        before={key: pair[0] for key, pair in changed.items()},
        after={key: pair[1] for key, pair in changed.items()}
        | {
            "valid_from": change.day,
            "reason": change.reason.strip(),
            "decisions": {
                workflow.TOPICS[topic]: workflow.OPTIONS[change.verb][topic][choice]
                for topic, choice in change.decisions.items()
            },
            "receivers": [row.name for row in change.receivers],
            "consequences": [f"{row.where}：{row.text}" for row in consequences],
        },
    )
    return school
