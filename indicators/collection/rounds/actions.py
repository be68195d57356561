"""Actions on rounds: open, add respondents, extend, remind, close, reopen."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds import queries, workbook
from indicators.collection.rounds.workflow import TABLE
from indicators.collection.submissions.models import Extension, Round, Submission
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, Problem
from portal.core.lib import dates, digests
from portal.core.notices import actions as notices
from schools.access import restricted
from schools.access.scope import Perm, ensure, people_of
from schools.directory.models import District

_CODE = re.compile(r"[\w-]{1,20}")


@transaction.atomic
def open_round(
    *,
    code: str,
    name: str,
    district: District,
    standard: Standard,
    due_at: datetime | None,
    school_year_start: date,
    fiscal_year: int,
    school_year: str,
    by: User,
) -> Round:
    """One submission per running school, per department and for the bureau; without `due_at` a past year (补录往年).

    Raises Conflict when the code is taken, Invalid for a malformed one, no running school, a backfill not past.
    """
    ensure(by, Perm.ROUND_MANAGE, district)
    # The district row is the lock: two clerks opening the same year meet here.
    District.objects.select_for_update().get(pk=district.pk)
    if not _CODE.fullmatch(code):
        raise Invalid("年度代号须为 1 至 20 个字母、数字、汉字、“-”或“_”，例如 2026。")
    this_year = queries.clocks("", timezone.localdate()).school_year_start
    if due_at is None and school_year_start >= this_year:
        raise Invalid(f"补录只用于往年：学年初基准日须早于{dates.day(this_year)}。本年度请填写截止日期。")
    if Round.objects.filter(district=district, code=code).exists():
        raise Conflict(f"{district.name}的评估年度 {code} 已经开启，无需重复开启。")
    clocks = queries.Clocks(school_year_start, fiscal_year, school_year).as_dict()
    shared = {"district": district, "standard": standard, "created_by": by, "updated_by": by}
    round_ = Round.objects.create(code=code, name=name, opened_at=timezone.now(), due_at=due_at, **clocks, **shared)
    made = _add(round_, by)
    if not any(row.school_id for row in made):
        raise Invalid(f"{district.name}的学校名录里没有“在办”的学校，请先导入学校名录，再开启评估年度。")
    after = {"code": code, "standard": standard.version, "due_at": due_at, "respondents": len(made), **clocks}
    audit.record("round.open", by=by, obj=round_, district=district.code, after=after)
    return round_


def _add(round_: Round, by: User) -> list[Submission]:
    """A submission for whoever has none; their people get a notice, except in a backfill."""
    stamp = {"round": round_, "created_by": by, "updated_by": by}
    rows = [Submission(department=department, **stamp) for department in queries.unopened_departments(round_)]
    rows += [Submission(school=school, **stamp) for school in queries.unopened_schools(round_)]
    if not Submission.objects.filter(round=round_, school=None, department=None).exists():
        rows.insert(0, Submission(**stamp))
    made = Submission.objects.bulk_create(rows)
    if round_.due_at and made:
        text = f"{round_.name}开始填报，请于{dates.day(round_.due_at)}前提交。"
        _notify([row for row in made if row.school_id or row.department_id], text, f"round-{round_.pk}-opened", by)
    return made


def _notify(rows: Collection[Submission], text: str, key: str, by: User) -> None:
    people = [person for staff in people_of(Perm.SUBMISSION_FILL, rows).values() for person in staff]
    notices.notify(people, text=text, url=reverse("submissions:mine"), key=key, by=by)


def _locked(round_id: int, verb: str, by: User) -> Round:
    """Checked for person and state."""
    round_ = Round.objects.select_for_update(of=("self",)).select_related("district").get(pk=round_id)
    TABLE[verb].ensure(by, round_)
    TABLE.move(round_.state, verb)
    return round_


@transaction.atomic
def add_respondents(*, round_id: int, by: User) -> list[Submission]:
    """Registered since the opening; returns the new ones, maybe none."""
    round_ = _locked(round_id, "add_respondents", by)
    made = _add(round_, by)
    if made:
        audit.record(
            "round.add_respondents",
            by=by,
            obj=round_,
            district=round_.district.code,
            after={"respondents": [row.respondent for row in made]},
        )
    return made


@transaction.atomic
def extend(
    *, round_id: int, submission_ids: Collection[int], due_at: datetime, reason: str, by: User
) -> list[Submission]:
    """Raises Conflict when one has handed in meanwhile or nothing is due."""
    round_ = _locked(round_id, "extend", by)
    if not reason.strip():
        raise Invalid("请填写延期理由。")
    if due_at <= timezone.now():
        raise Invalid("延期后的截止时间须晚于现在。")
    rows = queries.not_handed_in(round_, submission_ids) if submission_ids else []
    if not rows:
        raise Invalid("没有可以延期的单位：请先勾选尚未提交的学校或部门。")
    if len(rows) != len(set(submission_ids)):
        raise Conflict("所选单位中有的已经提交或已停办，不需要延期。请刷新页面后重新勾选。")
    before = {row.respondent: row.due for row in rows}  # type: ignore[attr-defined]
    problems = [
        Problem(where=row.respondent, what=f"现在的截止时间是{dates.day(row.due)}", do="请选择更晚的日期")  # type: ignore[attr-defined]
        for row in rows
        if row.due >= due_at  # type: ignore[attr-defined]
    ]
    if problems:
        raise Invalid("新的截止时间须晚于现在的截止时间。", problems)
    for row in rows:
        Extension.objects.update_or_create(
            submission=row,
            defaults={"due_at": due_at, "reason": reason.strip(), "updated_by": by},
            create_defaults={"due_at": due_at, "reason": reason.strip(), "created_by": by, "updated_by": by},
        )
    text = f"{round_.name}的填报截止时间已延至{dates.day(due_at)}。理由：{reason.strip()}"
    _notify(rows, text, f"round-{round_.pk}-due-{due_at:%Y%m%d%H%M}", by)
    audit.record(
        "round.extend",
        by=by,
        obj=round_,
        district=round_.district.code,
        before={"due_at": before},
        after={"due_at": due_at, "reason": reason.strip(), "respondents": list(before)},
    )
    return rows


@transaction.atomic
def remind(*, round_id: int, submission_ids: Collection[int], by: User) -> list[User]:
    """One notice for all their schools, at most one a day, none to `by`; returns who got one."""
    round_ = _locked(round_id, "remind", by)
    rows = queries.not_handed_in(round_, submission_ids) if submission_ids else []
    if not rows:
        raise Invalid("没有需要提醒的单位：请勾选尚未提交的学校或部门。")
    people, names = dict[int, User](), defaultdict[int, list[str]](list)
    staff = people_of(Perm.SUBMISSION_FILL, rows)
    for row in rows:
        due = row.due  # type: ignore[attr-defined]
        word = "已过截止时间" if due < timezone.now() else "截止"
        for person in staff[row.pk]:
            people[person.pk] = person
            names[person.pk].append(f"{row.respondent}（{word} {dates.day(due)}）")
    key, reminded = queries.reminder_key(round_), queries.reminded_today(round_) | {by.pk}
    # By the names they answer for, so that each gets one message.
    groups: dict[tuple[str, ...], list[User]] = defaultdict(list)
    for pk, person in people.items():
        if pk not in reminded:
            groups[tuple(names[pk])].append(person)
    for own, group in groups.items():
        text = f"{round_.name}尚未提交：{'、'.join(own)}。请尽快完成填报。"
        notices.notify(group, text=text, url=reverse("submissions:mine"), key=key, by=by)
    notified = [person for group in groups.values() for person in group]
    audit.record(
        "round.remind",
        by=by,
        obj=round_,
        district=round_.district.code,
        after={"respondents": [row.respondent for row in rows], "people": [str(p) for p in notified]},
    )
    return notified


@transaction.atomic
def close(*, round_id: int, reason: str, by: User) -> Round:
    """Nothing can be filled in or handed in until reopened. Who has not handed in gets a notice."""
    return _change(round_id, "close", reason, by)


@transaction.atomic
def reopen(*, round_id: int, reason: str, by: User) -> Round:
    """Who has not handed in gets a notice."""
    return _change(round_id, "reopen", reason, by)


def _change(round_id: int, verb: str, reason: str, by: User) -> Round:
    round_, words, reason = _locked(round_id, verb, by), TABLE[verb].label, reason.strip()
    if not reason:
        raise Invalid(f"请填写{words}的理由。")
    before, round_.state = round_.state, TABLE.move(round_.state, verb)
    round_.state_reason, round_.updated_by = reason, by
    round_.save(update_fields=["state", "state_reason", "updated_by", "updated_at"])
    event = audit.record(
        f"round.{verb}",
        by=by,
        obj=round_,
        district=round_.district.code,
        before={"state": before},
        after={"state": round_.state, "reason": reason},
    )
    if not round_.is_backfill:
        text = f"{round_.name}已{words}。理由：{reason}"
        _notify(queries.not_handed_in(round_), text, f"round-{round_.pk}-{verb}-{event.seq}", by)
    return round_


@transaction.atomic
def export(
    *,
    round_: Round,
    lines: Sequence[queries.PipelineRow],
    by: User,
    filtered: str = "",
    purpose: str | None = None,
) -> bytes:
    """.xlsx; reviewers are masked without a `purpose` from somebody who may see them."""
    ensure(by, Perm.ROUND_VIEW, round_)
    persons = restricted.persons(by, Submission.objects.filter(round=round_), purpose)
    content = workbook.render(round_, lines, persons, filtered)
    audit.record(
        "round.export",
        by=by,
        obj=round_,
        district=round_.district.code,
        after={"rows": len(lines), "filter": filtered} | persons.for_audit() | digests.of(content),
    )
    return content
