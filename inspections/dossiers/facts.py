"""What may still change after the freeze, read once and stored in the catalogue: programme, visits, ledger, reports."""

import datetime as dt
from typing import Any

from django.db.models import F, Prefetch, Q
from django.utils import timezone

from indicators.results.evaluations import judging
from indicators.results.evaluations.models import Evaluation
from inspections.addenda.models import Addendum
from inspections.letters.models import Letter, LetterFile
from inspections.programmes.models import Phase, Programme
from inspections.rectification import queries as rectification
from inspections.rectification.models import Entry, EntryFile, Finding
from inspections.reports.models import Report
from inspections.self_reports.models import SelfReport
from inspections.visits import queries as visits
from inspections.visits.models import SIGNATURE, ChecklistAnswer, Visit, VisitPhoto
from portal.core.files.models import Document
from schools.directory import queries as directory
from schools.directory.models import District, School

_SIGNED = {SIGNATURE: "校方在场人员签名"}

Json = dict[str, Any]


def of_evaluation(evaluation: Evaluation) -> Json:
    """Plain JSON, lists in a fixed order; a fixed number of queries.

    Also of schools that have left the district; `since` says what the judged schools are today.
    """
    district, day = evaluation.round.district, evaluation.round.school_year_start
    schools = School.objects.filter(code__in=judging.schools(evaluation.inputs)).order_by("code")
    since = {row.code: row.since(*evaluation.inputs[row.code]["register"][:2]) for row in schools}
    phases = Prefetch("phases", queryset=Phase.objects.order_by("number"))
    programmes = Programme.objects.filter(district=district).prefetch_related(phases).order_by("document_no")
    return {
        "programmes": [
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
            for row in programmes
        ],
        "findings": _findings(district, day),
        "visits": _visits(district),
        "reports": _reports(district),
        "letters": _letters(district),
        "built_years": {row.code: row.built_year for row in schools},
        "since": {code: words for code, words in since.items() if words},
        "self_reports": _self_reports(evaluation),
    }


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
    """8 digits, Shanghai time."""
    if isinstance(moment, dt.datetime):
        moment = timezone.localtime(moment)
    return f"{moment:%Y%m%d}" if moment else ""


def minute(moment: dt.datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _findings(district: District, day: dt.date) -> list[Json]:
    """Schools' facts of that day, findings' words of now."""
    files = Prefetch("files", queryset=EntryFile.objects.select_related("document__created_by").order_by("id"))
    entries = Prefetch("entries", queryset=Entry.objects.select_related("by").prefetch_related(files).order_by("id"))
    related = ("school__district", "school__group", "school__successor", "closed_by", "photo__created_by", "visit")
    found = rectification.of_district(district.pk).filter(ledger__in=["", district.code])
    found = found.exclude(state=Finding.State.VOID).select_related(*related, "department", "bureau")
    order = (F("school__code").asc(nulls_first=True), F("department__code").asc(nulls_first=True), "number")
    rows = list(found.prefetch_related(entries).order_by(*order))
    directory.as_of([row.school for row in rows if row.school], day)
    now = rectification.current(rows)
    return [
        {
            "number": row.number,
            # Blank for departments, townships and the bureau, which `school_name` names all the same.
            "school": row.school.code if row.school else "",
            "school_name": row.respondent,
            "indicator": row.indicator,
            "source": row.get_source_display(),
            "problem": now[row.pk].problem,
            "current": now[row.pk].current_value,
            "standard": now[row.pk].standard_value,
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
            "raised": digits(row.found_on),
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
        for row in rows
    ]


def _letters(district: District) -> list[Json]:
    """With their receipt; withdrawn ones are marked."""
    rows = Letter.objects.filter(district=district, state__in=Letter.OUT).defer("frozen", "sections", "facts", "typed")
    files = Prefetch(
        "files", queryset=LetterFile.objects.filter(withdrawn_at=None).select_related("document__created_by")
    )
    rows = rows.select_related("school", "department", "district", "docx__created_by", "pdf__created_by")
    return [
        {
            "kind": row.spec.name,
            "title": row.title,
            "number": row.number,
            "school": row.school.code if row.school else "",
            "to": str(row.addressee),
            "signer": row.signer,
            "date": digits(row.issued_on),
            "state": row.get_state_display(),
            "delivery": row.get_delivery_display(),
            "delivered": digits(row.delivered_on),
            "receiver": row.receiver,
            "withdrawn": digits(row.withdrawn_at),
            "withdraw_reason": row.withdraw_reason,
            "docx": file(row.docx),
            "pdf": file(row.pdf),
            "files": [file(one.document) for one in row.files.all()],
        }
        for row in rows.prefetch_related(files).order_by("issued_on", "pk")
    ]


def _visits(district: District) -> list[Json]:
    answers = Prefetch("answers", queryset=ChecklistAnswer.objects.order_by("id"))
    not_withdrawn = VisitPhoto.objects.filter(withdrawn_at=None).select_related("document__created_by").order_by("id")
    photos = Prefetch("photos", queryset=not_withdrawn)
    rows = Visit.objects.filter(school__in=directory.ever_of(district.pk), state=Visit.State.DONE)
    rows = rows.select_related("school__district", "school__group", "school__successor", "leader")
    addenda = Prefetch("addenda", queryset=Addendum.objects.select_related("created_by"))
    files = "addenda__files__document__created_by"
    found = list(
        rows.prefetch_related("team", answers, photos, addenda, files).order_by("school__code", "planned_on", "id")
    )
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
            {
                "question": asked.get(photo.question, {}).get("text", _SIGNED.get(photo.question, photo.question)),
                "file": file(photo.document),
            }
            for photo in row.photos.all()
        ],
        "witness": row.witness,
        "addenda": [
            {
                "at": minute(one.created_at),
                "by": one.created_by.name,
                "text": one.text,
                "files": [file(own.document) for own in one.files.all()],
            }
            for one in row.addenda.all()
        ],
    }


def _self_reports(evaluation: Evaluation) -> list[Json]:
    """Issued for the year and not withdrawn."""
    rows = SelfReport.objects.filter(submission__round=evaluation.round_id, state=SelfReport.State.ISSUED)
    related = ("submission__school", "revision", "docx__created_by", "pdf__created_by")
    return [
        {
            "school": row.submission.school.code,
            "author": row.submission.school.name,
            "version": row.version,
            "quotes": row.revision.number,
            "date": digits(row.issued_at),
            "docx": file(row.docx),
            "pdf": file(row.pdf),
        }
        for row in rows.select_related(*related)
        .defer("content", "revision__content")
        .order_by("submission__school__code")
        if row.submission.school and row.revision
    ]


def _reports(district: District) -> list[Json]:
    # What goes upward as a paper of its own must be issued.
    finished = Q(state=Report.State.ISSUED) | Q(state=Report.State.READY, kind=Report.Kind.PHASED)
    rows = Report.objects.filter(finished, district=district, township=None, group=None).defer("context")
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
