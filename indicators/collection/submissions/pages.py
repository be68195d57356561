"""What the pages of a submission show: contexts for templates and the answer to an autosave."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import (
    answers,
    content_queries,
    difference_queries as differences,
    forms,
    history_pages as history,
    models,
    queries,
    rights,
    sheet_pages as sheet,
    workflow,
)
from indicators.collection.submissions.actions import Saved
from indicators.collection.submissions.models import Revision, Submission
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.collection.submissions.sheet_pages import Typed
from indicators.collection.submissions.workflow import TABLE
from indicators.standard.engine import Answer, Item, Spec, live, own_rating
from portal.core.accounts.models import User
from schools.access import restricted
from schools.access.scope import Perm, holds


@dataclass(frozen=True, slots=True)
class ChapterLine:
    """One field as it was answered; `rows` only for tables."""

    item: Item
    text: str
    last_year: str
    rows: Sequence[Sequence[str]]
    by: str
    at: datetime | None
    is_same: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section with its lines."""

    label: str
    lines: tuple[ChapterLine, ...]


def chapters_of(facts: SubmissionFacts) -> list[Chapter]:
    stamps = {code: (row.updated_by.name, row.updated_at) for code, row in facts.stored.items()}
    same = {code for code, row in facts.stored.items() if row.same_as_id}
    return _chapters(facts.spec, facts.items, facts.answers, facts.last_year, stamps, same)


def chapters_of_revision(spec: Spec, revision: Revision) -> list[Chapter]:
    content = revision.signed
    items = answers.items_of(spec, is_school=content["school"] is not None)
    # The name alone: revisions freeze people as 姓名（账号）.
    stamps = {
        code: (data["by"].rpartition("（")[0] or data["by"], datetime.fromisoformat(data["at"]))
        for code, data in content["answers"].items()
    }
    return _chapters(spec, items, answers.of_content(spec, content), {}, stamps, set())


def _chapters(
    spec: Spec,
    items: Mapping[str, Item],
    given: Mapping[str, Answer],
    last_year: Mapping[str, Answer],
    stamps: Mapping[str, tuple[str, datetime]],
    same: Collection[str],
) -> list[Chapter]:
    found = []
    for section in spec.sections:
        fields = [item for item in items.values() if item.section == section.code and item.code in given]
        lines = []
        for item in fields:
            answer, (by, at) = given[item.code], stamps.get(item.code, ("", None))
            last = answers.shown(item, last_year.get(item.code))
            text, rows = answers.shown(item, answer), answers.table(item, answer)
            lines.append(ChapterLine(item, text, last, rows, by, at, item.code in same))
        if lines:
            found.append(Chapter(section.label, tuple(lines)))
    return found


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """Something still open, with the address of its field."""

    level: str
    message: str
    url: str
    check: str = ""
    field: str = ""
    waiver_reason: str = ""


def tone(row: Submission) -> str:
    """Sent back and handed over again it waits for who signs."""
    return "info" if row.handed_over_at else TABLE.states[row.state].tone


def cards(rows: Iterable[Submission]) -> list[dict[str, Any]]:
    return [
        {
            "submission": row,
            "due_at": queries.due_at(row),
            "tone": tone(row),
            "next": TABLE.states[row.state].task,
        }
        for row in rows
    ]


def form(
    user: User, known: SubmissionFacts, section: str, *, typed: Mapping[str, Typed] | None = None, extra: str = ""
) -> dict[str, Any] | None:
    """None when there is no such section."""
    current, submission = workflow.assess(known), known.submission
    locked = frozenset() if rights.may_state(user, submission) else queries.statements(known.items)
    shown = sheet.build(known, current, section, typed=typed, extra=extra, locked=locked, viewer=user.pk)
    if shown is None:
        return None
    return _head(user, known, current) | {
        "sheet": shown,
        "live": _live(known),
        "sent_back": _sent_back(known, current),
        "prefilled": prefilled(known),
        "may_divide": rights.DIVIDE.may(user, submission),
        "entry": {
            "user": user.pk,
            "submission": submission.pk,
            "save": f"{reverse('submissions:save', args=[submission.pk])}?section={section}",
            "same": reverse("submissions:save_section", args=[submission.pk, section]),
            "waive": f"{reverse('submissions:waive', args=[submission.pk])}?section={section}",
        },
    }


def _head(user: User, known: SubmissionFacts, current: workflow.Assessment) -> dict[str, Any]:
    submission = known.submission
    return {
        "submission": submission,
        "assessment": current,
        "due_at": queries.due_at(submission),
        "is_late": known.sent_back is None and queries.is_late(submission),
        "can_sign": (can_sign := TABLE.allows(user, submission, "submit")),
        # A department has no head among its accounts: its liaison signs, nothing is handed on.
        "signs_itself": can_sign and bool(submission.department_id),
        "tone": tone(submission),
        "clocks": submission.round.reference_dates,
    }


def _live(known: SubmissionFacts) -> Any:
    return live(known.spec, known.kind, known.answers, known.recall) if known.submission.school_id else None


def _sent_back(known: SubmissionFacts, current: workflow.Assessment) -> dict[str, Any] | None:
    if known.sent_back is None or not known.submission.is_editable:
        return None
    pk, still = known.submission.pk, {reason.pk for reason in current.unchanged}
    labels = {item.code: item.label for item in known.items.values()}
    points = []
    for reason in known.sent_back.reasons:
        item = next((i for i in known.items.values() if reason.item in (i.code, i.base)), None)
        url = f"{_section_url(known, item)}#row-{item.base}" if item else reverse("submissions:edit", args=[pk])
        label = workflow.reason_label(labels, reason.item)
        answer = queries.in_words(known, reason)
        points.append(
            {
                "label": label,
                "text": reason.text,
                "url": url,
                "is_changed": reason.pk not in still,
                "answer": answer.reason if answer else "",
            }
        )
    return {"decision": known.sent_back.decision, "points": points}


def prefilled(known: SubmissionFacts) -> list[tuple[Any, str]]:
    """Answers that still hold a figure of the statistics: its prefill, which their slice writes, and the item's label."""
    newest = {row.item: row for row in content_queries.PREFILLS(submission=known.submission.pk)}
    held = {code: row for code, row in newest.items() if code in known.items and code in known.stored}
    return [
        (row, known.items[code].label) for code, row in held.items() if known.stored[code].number == row.figure.value
    ]


def _section_url(known: SubmissionFacts, item: Item) -> str:
    return reverse("submissions:section", args=[known.submission.pk, item.section])


def answer(
    known: SubmissionFacts,
    parsed: forms.Parsed | None = None,
    saved: Saved | None = None,
    *,
    section: str,
) -> dict[str, Any]:
    """The JSON that answers an autosave.

    `saved` {field: version, at, text, rows, reason, same} · `errors` {field: message} · `cells` {table: [{row, column,
    error}]} · `stale` {field: version, text, rows, reason, by, at} (status 409) · `notes` {field: html}, where there are any,
    and `asked` [field] of the open section ·
    `parts` {section: state, tone, detail} · `totals` · `live` html · `sent_back` html of why it was
    sent back · `corrected` [item] sent back and changed since.
    """
    current = workflow.assess(known)
    codes = [item.code for item in known.items.values() if item.section == section]
    parts = sheet.parts(known, current)
    live_context, sent_back = {"live": _live(known), "is_folded": True}, {"sent_back": _sent_back(known, current)}
    return {
        "saved": {
            code: _stored(known.items[code], saved.written.get(code) or known.stored.get(code), "%H:%M:%S")
            for code in saved.versions
        }
        if saved
        else {},
        "errors": parsed.errors if parsed else {},
        "cells": parsed.cells if parsed else {},
        "stale": {
            code: _stored(known.items[code], row, "%m-%d %H:%M:%S") | {"by": row.updated_by.name}
            for code, row in (saved.stale if saved else {}).items()
        },
        "notes": {
            code: render_to_string("indicators/submissions/_notes.html", {"code": code, "notes": found})
            for code, found in sheet.notes_by_field(current, codes).items()
        },
        "asked": [item.code for item in current.asked if item.section == section],
        "parts": {part.code: {"state": part.state, "tone": part.tone, "detail": part.detail} for part in parts},
        "totals": {
            "sent_back": len(current.unchanged),
            "missing": len(current.missing),
            "errors": len(current.errors),
            "warnings": len(current.unwaived),
        },
        "live": render_to_string("indicators/submissions/_live.html", live_context) if live_context["live"] else "",
        "sent_back": render_to_string("indicators/submissions/_sent_back.html", sent_back)
        if sent_back["sent_back"]
        else "",
        "corrected": sorted(sheet.corrected(known, current)),
    }


def _stored(item: Item, row: models.Answer | None, clock: str) -> dict[str, Any]:
    return {
        "version": row.version if row else 0,
        "at": timezone.localtime(row.updated_at if row else None).strftime(clock),
        "text": answers.shown(item, answers.of_row(item, row) if row else None),
        "rows": row.rows if row else None,
        "reason": row.reason if row else "",
        "same": bool(row and row.same_as_id),
    }


def overtaken(
    items: Mapping[str, Item], stale: Mapping[str, models.Answer], parsed: forms.Parsed, post: QueryDict
) -> dict[str, Typed]:
    """Fields somebody else changed meanwhile, as typed, with what is stored now."""
    found = {}
    for code, row in stale.items():
        item, reason = items[code], post.get(f"reason-{code}", "")
        # Compared as they would be stored: the same row may be typed in another way.
        mine = answers.columns(item, parsed.values[code])["rows"] or ()
        lost = [" ".join(answers.cells(item, one)) for one in row.rows or () if one not in mine]
        now = answers.shown(item, answers.of_row(item, row)) or "空白"
        theirs = f"对方的“{'”“'.join(lost)}”您这里没有" if lost else f"现为“{now}”"
        found[code] = Typed(
            post.get(f"f-{code}", ""),
            forms.posted_rows(item, post),
            f"{row.updated_by.name}在您之前改过这一项，{theirs}。要用您填的，请再保存一次；要用对方的，请刷新页面。",
            reason if post.get(f"na-{code}") else "",
        )
    return found


def checklist(user: User, known: SubmissionFacts) -> dict[str, Any]:
    current = workflow.assess(known)
    signer = "校长" if known.submission.school_id else "签发人"
    missing = []
    for field in current.missing:
        label = f"{field.item.label}（由{signer}确认）" if field.item.signed else field.item.label
        missing.append(OpenPoint("missing", label, _link(known, field.item.code)))
    errors = [OpenPoint("error", problem.message, _link(known, problem.item)) for problem in current.errors]
    warnings = [
        OpenPoint(
            "warning",
            w.problem.message,
            _link(known, w.problem.item),
            w.problem.code,
            w.problem.item,
            w.waiver.reason if w.waiver else "",
        )
        for w in current.warnings
    ]
    return _head(user, known, current) | {
        "missing": missing,
        "errors": errors,
        "warnings": warnings,
        "unproven": workflow.unproven(current.asked, known.answers, {row.item for row in known.evidence}),
        "sent_back": _sent_back(known, current),
        "live": _live(known),
        "departments": _departments(known),
        "registers": differences.from_registers(known.submission, known.items, known.answers),
        "unfilled": [row for row in content_queries.SHARES(submission=known.submission.pk) if row.done_at is None]
        if known.submission.school_id
        else [],
    }


def _departments(known: SubmissionFacts) -> list[dict[str, Any]]:
    """For the bureau's own submission: what the departments answer in this round, each figure in words."""
    submission = known.submission
    if submission.school_id or submission.department_id:
        return []
    items = answers.items_of(known.spec, is_school=False)
    owners = queries.owners_of(submission.round.district_id)
    rows = Submission.objects.filter(round=submission.round_id, department__isnull=False)
    found = []
    for row in rows.select_related("department", "round__district").prefetch_related("answers"):
        given = answers.of_rows(items, row.answers.all())
        own = [item for item in items.values() if owners.get(item.base) == row.department_id]
        lines = [(item.label, answers.shown(item, given.get(item.code)), item.unit) for item in own]
        found.append({"submission": row, "lines": lines, "tone": tone(row)})
    return found


def _link(known: SubmissionFacts, code: str) -> str:
    return f"{_section_url(known, known.items[code])}#f-{code}"


def signing(user: User, known: SubmissionFacts) -> dict[str, Any]:
    last = next(iter(queries.revisions(known.submission)), None)
    number = (last.number if last else 0) + 1
    school = known.submission.school
    return checklist(user, known) | {
        "rating": own_rating(known.spec, queries.school_data(school, known.answers)) if school else None,
        "previous": last,
        "changed": history.since(known, last) if last else [],
        "form": forms.SignForm(initial={"number": number}, by=user),
        "chapters": chapters_of(known),
        "files": known.evidence,
    }


def reading_page(user: User, known: SubmissionFacts) -> dict[str, Any]:
    submission = known.submission
    revisions = queries.revisions(submission)
    head = _head(user, known, workflow.assess(known))
    return head | {
        "revision": revisions[0] if revisions and not submission.is_editable else None,
        "revisions": revisions,
        "chapters": chapters_of(known),
        "files": known.evidence,
        "live": _live(known),
        "entries": history.entries(revisions, known.items, history.by_revision(known.spec, revisions)),
        "registers": differences.from_registers(submission, known.items, known.answers),
        "can_withdraw": TABLE.allows(user, submission, "withdraw"),
        "can_fill": rights.may_fill(user, submission),
        "may_open_restricted": restricted.may_open(user, submission),
        "sees_self_report": bool(submission.school_id) and holds(user, Perm.REPORT_VIEW),
    }


def frozen(row: Revision) -> dict[str, Any]:
    spec = queries.spec_of(row.submission)
    pair = [one for one in queries.revisions(row.submission) if one.number in (row.number, row.number - 1)]
    return {
        "revision": pair[0],
        "submission": row.submission,
        "content": row.signed,
        "chapters": chapters_of_revision(spec, row),
        "previous": pair[1] if len(pair) > 1 else None,
        "changed": history.by_revision(spec, pair).get(row.number, []),
    }
