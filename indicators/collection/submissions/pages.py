"""What the pages of a submission show: contexts for templates and the answer to an autosave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import answers, facts, forms, models, queries, rights, sheet
from indicators.collection.submissions.actions import Saved
from indicators.collection.submissions.facts import SubmissionFacts
from indicators.collection.submissions.models import Decision, Revision, Submission
from indicators.collection.submissions.sheet import Typed
from indicators.collection.submissions.workflow import TABLE
from indicators.standard.engine import Answer, Item, Spec, live
from portal.core.accounts.models import User
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import may


@dataclass(frozen=True, slots=True)
class ChapterLine:
    """One field as it was answered; `rows` only for tables."""

    item: Item
    text: str
    last_year: str
    rows: Sequence[Sequence[str]]
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section with its lines."""

    label: str
    lines: tuple[ChapterLine, ...]


def chapters_of(facts: SubmissionFacts) -> list[Chapter]:
    stamps = {code: (row.updated_by.name, row.updated_at) for code, row in facts.stored.items()}
    return _chapters(facts.spec, facts.items, facts.answers, facts.last_year, stamps)


def chapters_of_revision(spec: Spec, revision: Revision) -> list[Chapter]:
    content = revision.content
    items = answers.items_of(spec, is_school=content["school"] is not None)
    # The name alone: revisions freeze people as 姓名（账号）.
    stamps = {
        code: (data["by"].rpartition("（")[0] or data["by"], datetime.fromisoformat(data["at"]))
        for code, data in content["answers"].items()
    }
    return _chapters(spec, items, answers.of_content(spec, content), {}, stamps)


def _chapters(
    spec: Spec,
    items: Mapping[str, Item],
    given: Mapping[str, Answer],
    last_year: Mapping[str, Answer],
    stamps: Mapping[str, tuple[str, datetime]],
) -> list[Chapter]:
    found = []
    for section in spec.sections:
        fields = [item for item in items.values() if item.section == section.code and item.code in given]
        lines = []
        for item in fields:
            answer, (by, at) = given[item.code], stamps.get(item.code, ("", None))
            last = answers.shown(item, last_year.get(item.code))
            lines.append(ChapterLine(item, answers.shown(item, answer), last, answers.table(item, answer), by, at))
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
    explanation: str = ""


def cards(rows: Iterable[Submission]) -> list[dict[str, Any]]:
    return [
        {
            "submission": row,
            "due_at": facts.due_at(row),
            "tone": TABLE.states[row.state].tone,
            "next": TABLE.states[row.state].task,
        }
        for row in rows
    ]


def form(
    user: User, known: SubmissionFacts, section: str, *, typed: Mapping[str, Typed] | None = None, extra: str = ""
) -> dict[str, Any] | None:
    """None when there is no such section."""
    current, submission = facts.assess(known), known.submission
    locked = frozenset() if queries.may_state(user, submission) else queries.statements(known.items)
    shown = sheet.build(known, current, section, typed=typed, extra=extra, locked=locked)
    if shown is None:
        return None
    return _head(user, known, current) | {
        "sheet": shown,
        "live": _live(known),
        "sent_back": _sent_back(known, current),
        "entry": {
            "user": user.pk,
            "submission": submission.pk,
            "save": f"{reverse('submissions:save', args=[submission.pk])}?section={section}",
            "explain": f"{reverse('submissions:waive', args=[submission.pk])}?section={section}",
        },
    }


def _head(user: User, known: SubmissionFacts, current: facts.Assessment) -> dict[str, Any]:
    submission = known.submission
    return {
        "submission": submission,
        "assessment": current,
        "due_at": facts.due_at(submission),
        "is_late": known.sent_back is None and facts.is_late(submission),
        "can_sign": (can_sign := may(user, Perm.SUBMISSION_SIGN, submission)),
        # A department has no head among its accounts: its liaison signs, nothing is handed on.
        "signs_itself": can_sign and bool(submission.department_id),
        "tone": TABLE.states[submission.state].tone,
        "clocks": submission.round.reference_dates,
    }


def _live(known: SubmissionFacts) -> Any:
    return live(known.spec, known.kind, known.answers) if known.submission.school_id else None


def _sent_back(known: SubmissionFacts, current: facts.Assessment) -> dict[str, Any] | None:
    if known.sent_back is None or not known.submission.is_editable:
        return None
    pk, still = known.submission.pk, {reason.pk for reason in current.unchanged}
    labels = {item.code: item.label for item in known.items.values()}
    points = []
    for reason in known.sent_back.reasons:
        item = next((i for i in known.items.values() if reason.item in (i.code, i.base)), None)
        url = f"{_section_url(known, item)}#row-{item.base}" if item else reverse("submissions:edit", args=[pk])
        label = rights.reason_label(labels, reason.item)
        points.append({"label": label, "text": reason.text, "url": url, "is_changed": reason.pk not in still})
    return {"decision": known.sent_back.decision, "points": points}


def _section_url(known: SubmissionFacts, item: Item) -> str:
    return reverse("submissions:section", args=[known.submission.pk, item.section])


def answer(
    request: HttpRequest,
    known: SubmissionFacts,
    parsed: forms.Parsed | None = None,
    saved: Saved | None = None,
    *,
    section: str,
) -> dict[str, Any]:
    """The JSON that answers an autosave.

    `saved` {field: version, at, text, rows, reason} · `errors` {field: message} · `cells` {table: [{row, column,
    error}]} · `stale` {field: version, text, rows, reason, by, at} (status 409) · `notes` {field: html} and `asked` [field] of the open section ·
    `parts` {section: state, tone, detail} · `totals` · `live` html · `returned` html of the send-back
    reasons · `corrected` [item] sent back and changed since.
    """
    current = facts.assess(known)
    codes = [item.code for item in known.items.values() if item.section == section]
    notes = sheet.notes_by_field(current, codes)
    parts = sheet.parts(known, current)
    live_context = {"live": _live(known)}
    returned = {"sent_back": _sent_back(known, current)}
    return {
        "saved": {
            code: _stored(known.items[code], known.stored.get(code), "%H:%M:%S")
            for code in (saved.versions if saved else ())
        },
        "errors": parsed.errors if parsed else {},
        "cells": parsed.cells if parsed else {},
        "stale": {
            code: _stored(known.items[code], row, "%m-%d %H:%M:%S") | {"by": row.updated_by.name}
            for code, row in (saved.stale if saved else {}).items()
        },
        "notes": {
            code: render_to_string("indicators/submissions/_notes.html", {"code": code, "notes": notes[code]}, request)
            if notes[code]
            else ""
            for code in codes
        },
        "asked": [item.code for item in current.asked if item.section == section],
        "parts": {part.code: {"state": part.state, "tone": part.tone, "detail": part.detail} for part in parts},
        "totals": {
            "returned": len(current.unchanged),
            "missing": len(current.missing),
            "errors": len(current.errors),
            "warnings": len(current.unexplained),
        },
        "live": render_to_string("indicators/submissions/_live.html", live_context) if live_context["live"] else "",
        "returned": render_to_string("indicators/submissions/_sent_back.html", returned)
        if returned["sent_back"]
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
    current = facts.assess(known)
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
    with_files = {row.item for row in known.evidence}
    unproven = {
        item.base: item
        for item in current.asked
        if item.evidence and item.base not in with_files and item.code in known.answers
    }
    return _head(user, known, current) | {
        "missing": missing,
        "errors": errors,
        "warnings": warnings,
        "unproven": list(unproven.values()),
        "sent_back": _sent_back(known, current),
        "live": _live(known),
        "departments": _departments(known),
    }


def _departments(known: SubmissionFacts) -> list[dict[str, Any]]:
    """For the bureau's own submission: what the departments answer in this round, each figure in words."""
    submission = known.submission
    if submission.school_id or submission.department_id:
        return []
    items = answers.items_of(known.spec, is_school=False)
    owners = facts.owners_of(submission.round.district_id)
    rows = Submission.objects.filter(round=submission.round_id, department__isnull=False)
    found = []
    for row in rows.select_related("department", "round__district").prefetch_related("answers"):
        given = answers.of_rows(items, row.answers.all())
        own = [item for item in items.values() if owners.get(item.base) == row.department_id]
        lines = [(item.label, answers.shown(item, given.get(item.code)), item.unit) for item in own]
        found.append({"submission": row, "lines": lines, "tone": TABLE.states[row.state].tone})
    return found


def _link(known: SubmissionFacts, code: str) -> str:
    return f"{_section_url(known, known.items[code])}#f-{code}"


def signing(user: User, known: SubmissionFacts) -> dict[str, Any]:
    last = known.submission.revisions.order_by("-number").first()
    number = (last.number if last else 0) + 1
    return checklist(user, known) | {
        "form": forms.SignForm(initial={"number": number}, by=user),
        "chapters": chapters_of(known),
        "files": known.evidence,
    }


def reading_page(user: User, known: SubmissionFacts) -> dict[str, Any]:
    submission = known.submission
    revisions = queries.revisions(submission)
    head = _head(user, known, facts.assess(known))
    return head | {
        "revision": revisions[0] if revisions and not submission.is_editable else None,
        "revisions": revisions,
        "chapters": chapters_of(known),
        "files": known.evidence,
        "live": _live(known),
        "entries": history(revisions, known.items),
        "can_withdraw": rights.may_withdraw(user, submission),
        "can_fill": rights.may_fill(user, submission),
        "may_open_restricted": restricted.may_open(user, submission),
    }


def history(revisions: Iterable[Revision], items: Mapping[str, Item]) -> list[dict[str, Any]]:
    labels = {item.base: item.base_label for item in items.values()} | {c: item.label for c, item in items.items()}
    entries: list[dict[str, Any]] = []
    for revision in revisions:
        for decision in sorted(revision.decisions.all(), key=lambda row: -row.pk):
            reasons = [f"{labels.get(row.item, row.item)}：{row.text}" for row in decision.reasons.all()]
            entries.append(
                {
                    "at": decision.decided_at,
                    "title": f"审核{decision.get_verdict_display()}",
                    "by": decision.decided_by.name,
                    "text": "\n".join(filter(None, [decision.comment, *reasons])),
                    "tone": "ok" if decision.verdict == Decision.Verdict.APPROVED else "bad",
                }
            )
        entries.append(
            {
                "at": revision.submitted_at,
                "title": f"第 {revision.number} 次提交",
                "by": revision.submitted_by.name,
                "text": f"回执号 {revision.receipt}",
                "tone": "info",
                "files": [{"url": reverse("submissions:revision", args=[revision.pk]), "name": "查看这次提交的内容"}],
            }
        )
    return entries


def frozen(row: Revision) -> dict[str, Any]:
    return {
        "revision": row,
        "submission": row.submission,
        "content": row.content,
        "chapters": chapters_of_revision(queries.spec_of(row.submission), row),
    }
