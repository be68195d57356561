"""Actions that end a school, merge it into another, or let it run again, with all that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db import transaction

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from schools.access.permissions import Perm
from schools.access.scope import ensure
from schools.directory import laying, transitions
from schools.directory.facts import Facts, differences
from schools.directory.models import School, Status
from schools.directory.transitions import Transition, Verb

_ACTIONS = {Verb.MERGE: "school.merge", Verb.CLOSE: "school.close", Verb.REOPEN: "school.reopen"}


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
    """Close a school as of a day because it is merged into another; carries out what `transitions.foresee` says.

    `receivers` are the codes of the schools its pupils go to instead, `elsewhere` says why there is none. `seen` is the
    digest of what the person was shown. Merged into that school already is no change. Raises Invalid for a wrong day,
    school, reason or decision, Conflict when the school is merged otherwise or what follows has changed.
    """
    held = _locked([code, successor, *receivers], by=by)
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
        _all(held, receivers),
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
    """Close a school as of a day without a successor; otherwise like `merge_school`. Closed since that day is no change.

    `visited` is the receiver that planned visits move to.
    """
    held = _locked([code, *receivers, *([visited] if visited else [])], by=by)
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
        _all(held, receivers),
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
    """Let a closed school run again as of a day; otherwise like `merge_school`. A running school is no change.

    `receivers` are the schools its pupils come back from.
    """
    held = _locked([code, *receivers], by=by)
    school = held[code]
    if school.status == Status.OPEN:
        return school
    change = Transition(Verb.REOPEN, school, day, school.successor, reason, decisions, _all(held, receivers))
    return _carry_out(change, Status.OPEN, None, seen=seen, by=by)


def _locked(codes: Sequence[str], *, by: User) -> dict[str, School]:
    """The schools by code, the one that changes first in `codes`, locked in the order of their keys."""
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


def _all(held: Mapping[str, School], codes: Sequence[str]) -> tuple[School, ...]:
    return tuple(held[code] for code in dict.fromkeys(codes))


def _carry_out(change: Transition, status: Status, successor: School | None, *, seen: str, by: User) -> School:
    if problem := transitions.problem_of(change):
        raise Invalid(problem)
    consequences = transitions.foresee(change)
    if seen != transitions.digest(change, consequences):
        raise Conflict("您看过以后情况有了变化，还没有办理。请再看一遍下面的后果，再确认。")
    transitions.settle(change, by=by)
    school, before = change.school, Facts.of(change.school)
    after = replace(before, status=status.value, successor=successor.code if successor else "")
    changed = differences(before, after)
    school.status, school.successor = status, successor
    laying.set_days(school, changed, change.day)
    school.version, school.updated_by = school.version + 1, by
    school.save()
    laying.note([laying.Change(school, after, changed, reason=change.why)], valid_from=change.day, by=by)
    audit.record(
        _ACTIONS[change.verb],
        by=by,
        obj=school,
        district=school.district.code,
        school=school.code,
        before={key: pair[0] for key, pair in changed.items()},
        after={key: pair[1] for key, pair in changed.items()}
        | {
            "valid_from": change.day,
            "reason": change.reason.strip(),
            "decisions": {
                transitions.TOPICS[topic]: transitions.OPTIONS[change.verb][topic][choice]
                for topic, choice in change.decisions.items()
            },
            "receivers": [row.name for row in change.receivers],
            "consequences": [f"{row.where}：{row.text}" for row in consequences],
        },
    )
    return school
