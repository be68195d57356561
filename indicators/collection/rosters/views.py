"""Pages for the papers a school has: read one, correct how it was read, take over what was counted.

Between reading and acceptance nothing lies on the server: the proposals, figures without persons, travel signed in the page.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from indicators.collection.rosters import actions, queries
from indicators.collection.rosters.kinds import kinds
from indicators.collection.rosters.layout_workbook import SKIP, RosterLayout, Said, place
from indicators.collection.submissions import answers, proposal_pages as proposals, queries as submissions, rights
from indicators.standard.engine import Answer, Item
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.files import uploads
from schools.access.scope import Perm, Request, require

_SALT, _HOURS = "rosters", 12
_CODE = re.compile(r"[0-9a-f]{24}")
_LONGEST, _MOST_SAID = 20, 500
_FIRST_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class RosterSheet:
    """What was counted, as it travels: answers, their versions when they were counted, from which paper, in which words."""

    values: Mapping[str, Answer]
    versions: Mapping[str, int]
    papers: Mapping[str, str]
    sources: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, reading: actions.RosterReading) -> "RosterSheet":
        found = reading.count.proposals
        return cls(
            {code: one.value for code, one in found.items()},
            {code: reading.facts.version(code) for code in found},
            {code: one.kind.label for code, one in found.items()},
            {code: one.sources for code, one in found.items()},
        )

    def signed(self, facts: submissions.SubmissionFacts, by: User) -> str:
        """With the versions of now: who sees what is there may overwrite it."""
        lines = [
            [code, answers.frozen(facts.items[code], value), facts.version(code), self.papers[code], self.sources[code]]
            for code, value in self.values.items()
        ]
        return signing.dumps([facts.submission.pk, by.pk, lines], salt=_SALT, compress=True)

    @classmethod
    def read(cls, text: str, items: Mapping[str, Item], submission_id: int, by: User) -> "RosterSheet":
        """Raises Invalid for what was not counted here, by somebody else, or too long ago."""
        try:
            submission, person, lines = signing.loads(text, salt=_SALT, max_age=_HOURS * 3600)
        except signing.BadSignature as error:
            raise Invalid("读取的结果已经过期或不完整，没有采用。请重新选择文件读取。") from error
        if (submission, person) != (submission_id, by.pk):
            raise Invalid("这是另一份填报或另一个人读取的结果，没有采用。请重新选择文件读取。")
        held = {line[0]: line for line in lines if line[0] in items}
        return cls(
            {code: answers.thawed(items[code], line[1]) for code, line in held.items()},
            {code: line[2] for code, line in held.items()},
            {code: line[3] for code, line in held.items()},
            {code: line[4] for code, line in held.items()},
        )


def said_of(post: QueryDict) -> Said:
    """Invalid choices are ignored."""
    chosen: dict[str, str] = {}
    rows: dict[str, int] = {}
    columns: dict[tuple[str, int], str] = {}
    words: dict[str, str] = {}
    for name in list(post)[: _MOST_SAID * 2]:
        what, _, rest = name.partition("-")
        value = str(post[name])
        if not value or len(value) > _LONGEST:
            continue
        at, _, number = rest.rpartition("-")
        if what == "kind":
            chosen[rest] = value
        elif what == "row" and value.isascii() and value.isdigit():
            rows[rest] = int(value)
        elif what == "column" and number.isascii() and number.isdigit():
            columns[at, int(number)] = value
        elif what == "said" and _CODE.fullmatch(rest):
            words[rest] = value
    return Said(chosen, rows, columns, words, is_anew="anew" in post)


def sheet_context(
    facts: submissions.SubmissionFacts, sheet: RosterSheet | None = None, by: User | None = None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"submission": facts.submission, "kinds": list(kinds().values())}
    shown["remembers"] = bool(queries.remembered(facts.submission.school_id or 0))
    if sheet and by:
        lines = [
            proposals.propose(facts, code, value, sources=sheet.sources[code], take=code)
            for code, value in sheet.values.items()
        ]
        shown |= {"proposals": lines, "left": sum(not one.is_same for one in lines)}
        shown |= {"sheet": sheet.signed(facts, by)}
    return shown


def reading_context(reading: actions.RosterReading, by: User) -> dict[str, Any]:
    asked = [layout for layout in reading.layouts if not (layout.is_read or layout.is_skipped)]
    found, is_nothing = reading.count, all(layout.is_skipped for layout in reading.layouts)
    return sheet_context(reading.facts, RosterSheet.of(reading), by) | {
        "reading": reading,
        "is_asked": bool(asked or found.questions),
        "is_nothing": is_nothing,
        "tables": [_table(layout, is_open=is_nothing) for layout in reading.layouts],
        "counted": [(kinds()[code].label, rows, kinds()[code].unit) for code, rows in found.rows.items()],
        "questions": list(found.questions.values()),
        "problems": found.problems,
        "notes": found.notes,
    }


def _table(layout: RosterLayout, *, is_open: bool) -> dict[str, Any]:
    """One sheet with what may be corrected."""
    code = layout.kind.code if layout.kind else ""
    at = place(layout.key, code, layout.header_row)
    columns = []
    for header in layout.headers[:_FIRST_COLUMNS] if layout.kind else ():
        offered = layout.unclear.get(header.column, ())
        columns.append(
            {
                "name": f"column-{place(at, header.column)}",
                "header": header,
                "role": layout.roles.get(header.column, "" if offered else SKIP),
                "is_unclear": bool(offered),
                "options": [
                    (role, column.label) for role, column in layout.kind.columns.items() if column.type != "unclear"
                ]
                if layout.kind
                else [],
            }
        )
    return {
        "layout": layout,
        "code": SKIP if layout.is_skipped else code,
        "kind_name": f"kind-{layout.key}",
        "row_name": f"row-{place(layout.key, code)}",
        "columns": columns,
        "is_open": is_open or not (layout.is_read or layout.is_skipped),
    }


_TEMPLATE = "indicators/rosters/read.html"


@require(Perm.SUBMISSION_FILL)
@require_http_methods(["GET", "POST"])
def read(request: Request, submission_id: int) -> HttpResponse:
    """Files are read in memory; sent again with corrections they are read again."""
    submission, _ = rights.school_form(request.user, submission_id)
    limit = {"max_bytes": settings.WORKBOOK_MAX_BYTES}
    if request.method == "GET":
        if not rights.may_fill(request.user, submission):
            return redirect("submissions:detail", pk=submission_id)
        return render(request, _TEMPLATE, sheet_context(submissions.load(submission)) | limit)
    chosen = request.FILES.getlist("file")[: actions.MOST_FILES + 1]
    files = [uploads.workbook(file, "名册或台账", by=request.user)[1] for file in (chosen or (None,))]
    said = said_of(request.POST)
    reading = actions.read(submission_id=submission_id, files=files, said=said, by=request.user)
    return render(request, _TEMPLATE, reading_context(reading, request.user) | limit)


@require(Perm.SUBMISSION_FILL)
@require_http_methods(["GET", "POST"])
def accept(request: Request, submission_id: int) -> HttpResponse:
    """`take` is a field, or `all`; GET leads back to reading."""
    submission, _ = rights.school_form(request.user, submission_id)
    if request.method == "GET":
        return redirect("rosters:read", submission_id)
    items = submissions.items_of(submission)
    sheet = RosterSheet.read(request.POST.get("sheet", ""), items, submission_id, request.user)
    take = request.POST.get("take", "")
    saved = actions.accept(
        submission_id=submission_id,
        values=sheet.values,
        versions=sheet.versions,
        papers=sheet.papers,
        fields=list(sheet.values) if take == "all" else [take],
        by=request.user,
    )
    facts = submissions.load(submission)
    if saved.written:
        messages.success(request, f"已采用 {len(saved.written)} 项，写进了填报表。")
    if saved.stale:
        named = "、".join(items[code].label for code in saved.stale)
        messages.warning(request, f"读取之后有人改过，没有采用：{named}。请核对现在的数，仍要采用的再点一次。")
    context = sheet_context(facts, sheet, request.user) | {"max_bytes": settings.WORKBOOK_MAX_BYTES}
    return render(request, _TEMPLATE, context)
