"""What may still change after the freeze, read once and stored in the catalogue: programme, visits, ledger, reports."""

import datetime as dt
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from indicators.results.evaluations import inputs
from indicators.results.evaluations.models import Evaluation
from inspections.programmes.models import Phase, Programme
from inspections.rectification import queries as rectification
from inspections.rectification.models import Entry, EntryFile, Finding
from inspections.rectification.queries import Current
from inspections.reports.models import Report
from inspections.visits import queries as visits
from inspections.visits.models import ChecklistAnswer, Visit, VisitPhoto
from portal.core.files.models import Document
from schools.directory import past
from schools.directory.models import District, School

Json = dict[str, Any]


def of_evaluation(evaluation: Evaluation) -> Json:
    """Plain JSON, lists in a fixed order; a fixed number of queries.

    Also of schools that have left the district; `since` says what the judged schools are today.
    """
    district, day = evaluation.round.district, evaluation.round.school_year_start
    schools = School.objects.filter(code__in=inputs.schools(evaluation.inputs)).order_by("code")
    since = {row.code: row.since(*evaluation.inputs[row.code]["register"][:2]) for row in schools}
    changed = {code: words for code, words in since.items() if words}
    return {
        "programmes": _programmes(district),
        "findings": _findings(district, day),
        "visits": _visits(district),
        "reports": _reports(district),
        "built_years": {row.code: row.built_year for row in schools},
    } | ({"since": changed} if changed else {})


def file(document: Document | None) -> Json | None:
    if document is None:
        return None
    return {
        "name": document.name,
        "sha256": document.sha256,
        "size": document.size,
        "date": digits(document.created_at),
        "by": document.created_by.name,
    }


def digits(moment: dt.datetime | dt.date | None) -> str:
    """A day as the catalogue writes it: 8 digits, Shanghai time."""
    if isinstance(moment, dt.datetime):
        moment = timezone.localtime(moment)
    return f"{moment:%Y%m%d}" if moment else ""


def minute(moment: dt.datetime | None) -> str:
    """A moment as documents print it; blank for none."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _programmes(district: District) -> list[Json]:
    phases = Prefetch("phases", queryset=Phase.objects.order_by("number"))
    rows = Programme.objects.filter(district=district).prefetch_related(phases).order_by("document_no")
    return [
        {
            "title": row.title,
            "document_no": row.document_no,
            "goal_year": row.goal_year,
            "phases": [
                {
                    "number": phase.number,
                    "name": phase.name,
                    "starts": digits(phase.starts_on),
                    "ends": digits(phase.ends_on),
                }
                for phase in row.phases.all()
            ],
        }
        for row in rows
    ]


def _findings(district: District, day: dt.date) -> list[Json]:
    """The schools' facts are those of a day, the words what the findings say now."""
    files = Prefetch("files", queryset=EntryFile.objects.select_related("document__created_by").order_by("id"))
    entries = Prefetch("entries", queryset=Entry.objects.select_related("by").prefetch_related(files).order_by("id"))
    related = ("school__district", "school__group", "school__successor", "closed_by", "photo__created_by", "visit")
    found = Finding.objects.filter(school__in=past.ever_of(district.pk), ledger__in=["", district.code])
    rows = list(found.select_related(*related).prefetch_related(entries).order_by("school__code", "number"))
    past.on([row.school for row in rows], day)
    now = rectification.current(rows)
    return [_finding(row, now[row.pk]) for row in rows]


def _finding(row: Finding, now: Current) -> Json:
    return {
        "number": row.number,
        "school": row.school.code,
        "school_name": str(row.school),
        "indicator": row.indicator,
        "source": row.get_source_display(),
        "problem": now.problem,
        "current": now.current_value,
        "standard": now.standard_value,
        "category": row.get_category_display(),
        "requirement": row.requirement,
        "goal": row.goal,
        "responsible": row.responsible,
        "due": digits(row.due_on),
        "state": row.get_state_display(),
        "is_closed": row.is_closed,
        "closed_at": minute(row.closed_at),
        "closed_by": row.closed_by.name if row.closed_by else "",
        "reopened": row.reopened,
        "raised": digits(row.created_at),
        "photo": file(row.photo),
        "entries": [
            {
                "kind": entry.get_kind_display(),
                "text": entry.text,
                "due": digits(entry.due_on),
                "at": minute(entry.at),
                "by": entry.by.name,
                "files": [file(one.document) for one in entry.files.all()],
            }
            for entry in row.entries.all()
        ],
    }


def _visits(district: District) -> list[Json]:
    answers = Prefetch("answers", queryset=ChecklistAnswer.objects.order_by("id"))
    not_withdrawn = VisitPhoto.objects.filter(withdrawn_at=None).select_related("document__created_by").order_by("id")
    photos = Prefetch("photos", queryset=not_withdrawn)
    rows = Visit.objects.filter(school__in=past.ever_of(district.pk), state=Visit.State.DONE)
    rows = rows.select_related("school__district", "school__group", "school__successor", "leader")
    found = list(rows.prefetch_related("team", answers, photos).order_by("school__code", "planned_on", "id"))
    return [_visit(row) for row in visits.as_then(found) if row.school.district_id == district.pk]


def _visit(row: Visit) -> Json:
    asked = {entry["key"]: entry for entry in row.checklist.get("questions", [])}
    return {
        "school": row.school.code,
        "kind": row.get_kind_display(),
        "subject": row.subject,
        "planned": digits(row.planned_on),
        "notice_no": row.notice_no,
        "leader": row.leader.name,
        "team": sorted(user.name for user in row.team.all()),
        "started": minute(row.started_at),
        "finished": minute(row.finished_at),
        "date": digits(row.finished_at),
        "summary": row.summary,
        "answers": [
            {
                "indicator": asked.get(answer.question, {}).get("indicator", ""),
                "question": asked.get(answer.question, {}).get("text", answer.question),
                "claimed": answer.claimed,
                "found": answer.found,
                "note": answer.note,
                "seen": answer.get_seen_display() if answer.seen else "",
            }
            for answer in row.answers.all()
        ],
        "photos": [
            {"question": asked.get(photo.question, {}).get("text", photo.question), "file": file(photo.document)}
            for photo in row.photos.all()
        ],
    }


def _reports(district: District) -> list[Json]:
    rows = Report.objects.filter(district=district, state=Report.State.READY).defer("context")
    return [
        {
            "title": row.title,
            "version": row.version,
            "school": row.school.code if row.school else "",
            "date": digits(row.created_at),
            "docx": file(row.docx),
            "pdf": file(row.pdf),
        }
        for row in rows.select_related("school", "docx__created_by", "pdf__created_by").order_by("starts_on", "id")
    ]
