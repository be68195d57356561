"""What the data say for the blanks of a paper: {code: text | rows of a table}, as text for people."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from inspections import limits
from inspections.deadlines import queries as deadlines
from inspections.deadlines.models import Deadline
from inspections.letters.models import Letter
from inspections.rectification.models import Entry, Finding
from inspections.rectification.queries import closing_rate
from inspections.visits import queries as visits
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.lib import dates, numbers
from schools.directory.models import District, School, Status

Rows = list[dict[str, str]]
Facts = dict[str, Any]
K = Deadline.Kind
_OUT = (Letter.State.ISSUED, Letter.State.DELIVERED)
# As the columns of kinds/plea.toml and kinds/answer.toml offer them.
ADOPTED, DROPPED = "采纳", "撤销"
VERDICTS = {"adopted": ADOPTED, "partly": "部分采纳", "refused": "不采纳"}


def of(letter: Letter) -> Facts:
    """The number of queries does not grow with findings or schools."""
    periods = deadlines.periods(letter.district_id)
    school, unit = letter.school, letter.school or letter.department
    found: Facts = {
        "district": letter.district.name,
        "issuer": letter.district.signature,
        "today": dates.day(timezone.localdate()),
        "year": str(timezone.localdate().year),
        # By these blanks also a department is named.
        "school": unit.name if unit else "",
        "school_code": school.code if school else "",
        "school_kind": unit.kind if unit else "",
        "you": "你单位" if letter.department else "你校",
        "plea_period": str(periods[K.PLEA]),
        "opinion_period": str(periods[K.OPINION]),
        "report_period": str(periods[K.REPORT]),
    }
    if letter.visit:
        found |= _visit(letter.visit)
    elif letter.finding:
        found |= _finding(letter.finding)
    elif unit:
        # Of a department also what it has to put right for a school.
        own = Q(school=unit) if letter.school else Q(department=unit) | Q(responsible_department=unit)
        sent = Finding.objects.filter(own).exclude(state__in=(Finding.State.TO_DISPATCH, Finding.State.VOID))
        # Open problems; for papers on the result also those closed in the last year.
        asked = ~Q(state__in=Finding.SETTLED)
        if letter.spec.with_closed:
            asked |= Q(closed_at__gte=timezone.now() - dt.timedelta(days=limits.FOLLOW_UP_DAYS.count))
        found |= _problems(sent.filter(asked).order_by("due_on", "number"))
        _add_steps(found["problems"])
    else:
        found |= _district(letter.district)
    return found


def _visit(visit: Visit) -> Facts:
    pleaded = _pleaded(visit)
    void = Finding.State.VOID
    # The answer to a plea names what it made void.
    findings = [one for one in visit.findings.order_by("pk") if one.state != void or str(one.pk) in pleaded]
    given_up = _given_up(pleaded)
    live = [one for one in findings if one.state != void and str(one.pk) not in given_up]
    rows, verdicts = _rows(findings), Counter(row.get("verdict", "") for row in pleaded.values())
    found = _held(visit) | _checks(visits.asked(visit)) | _problems(live)
    found |= {
        "found_count": str(len(findings)) if findings else "",
        "nothing_found": "" if findings else "1",
        "found": rows,
        "pleas": [row | pleaded[row["key"]] for row in rows if row["key"] in pleaded],
        "plea_count": str(len(pleaded)) if pleaded else "",
        "no_plea": "" if pleaded else "1",
        **{f"plea_{code}": str(verdicts[verdict]) for code, verdict in VERDICTS.items()},
    }
    # Findings settled before the answer still have the words of before.
    words = _reworded(pleaded)
    for row in found["problems"]:
        row["problem"] = words.get(row["key"], row["problem"])
    return found


def _held(visit: Visit) -> Facts:
    """Kind, time and team; names of earlier papers for a later one."""
    team = [visit.leader, *(person for person in visit.team.order_by("pk") if person.pk != visit.leader_id)]
    started, finished = visit.started_at, visit.finished_at
    first, last = (timezone.localdate(one) if one else visit.planned_on for one in (started, finished or started))
    if visit.seen_on:
        first = last = visit.seen_on
    papers = visit.letters.filter(state__in=_OUT).order_by("pk")
    named = {row.kind: f"《{row.title}》（{row.number}）" if row.number else f"《{row.title}》" for row in papers}
    announced = f"督导通知（{visit.notice_no}）" if visit.notice_no else "年度督导计划"
    return {
        "notice_ref": named.get("notice", announced),
        **{f"{kind}_ref": named.get(kind, "") for kind in ("feedback", "opinion", "rectification")},
        "visit_kind": visit.get_kind_display(),
        "visit_subject": visit.subject,
        "visit_on": dates.day(first) if first == last else f"{dates.day(first)}至{dates.day(last)}",
        "leader": visit.leader.name,
        "members": "、".join(person.name for person in team[1:]) or "无",
        "team_count": str(len(team)),
        "summary": visit.summary,
        "team": [
            {"key": str(person.pk), "name": person.name, "part": "组员" if order else "组长"}
            for order, person in enumerate(team)
        ],
    }


def _checks(asked: Sequence[visits.Asked]) -> Facts:
    answered = [entry for entry in asked if entry.is_answered]
    return {
        "checked_count": str(len(answered)),
        "mismatch_count": str(sum(entry.is_mismatch or entry.is_different for entry in answered)),
        "photo_count": str(sum(len(entry.photos) for entry in asked)),
        "checks": [
            {
                "key": entry.question.key,
                "indicator": entry.question.indicator,
                "question": entry.question.text,
                "claimed": entry.question.claimed,
                "seen_value": entry.answer.found if entry.answer else "",
                "verdict": ChecklistAnswer.Seen(entry.answer.seen).label if entry.answer and entry.answer.seen else "",
                "note": entry.answer.note if entry.answer else "",
            }
            for entry in asked
        ],
    }


def _pleaded(visit: Visit) -> dict[str, dict[str, str]]:
    """Contradicted points with their answers, by finding; only of papers that are out."""
    out = {row.kind: row for row in visit.letters.filter(kind__in=("plea", "answer"), state__in=_OUT).order_by("pk")}
    points = out["plea"].typed.get("points", {}) if "plea" in out else {}
    answers = out["answer"].typed.get("answers", {}) if "answer" in out else {}
    return {key: {**row, **answers.get(key, {})} for key, row in points.items()}


def given_up(visit: Visit) -> dict[str, str]:
    """Reasons by finding, from the answer to the plea."""
    return _given_up(_pleaded(visit))


def reworded(visit: Visit) -> dict[str, str]:
    """New words by finding, from the answer to the plea; without points that were refused."""
    return _reworded(_pleaded(visit))


def _reworded(pleaded: dict[str, dict[str, str]]) -> dict[str, str]:
    given_up, adopted = _given_up(pleaded), (ADOPTED, VERDICTS["partly"])
    agreed = {key: row for key, row in pleaded.items() if key not in given_up and row.get("verdict") in adopted}
    return {key: row["revised"] for key, row in agreed.items() if row.get("revised")}


def _given_up(pleaded: dict[str, dict[str, str]]) -> dict[str, str]:
    dropped = {key: row for key, row in pleaded.items() if row.get("verdict") == ADOPTED and row.get("wish") == DROPPED}
    return {key: row.get("why", "") for key, row in dropped.items()}


def _problems(findings: Iterable[Finding]) -> Facts:
    rows = _rows(findings)
    return {
        "problems": rows,
        "problem_count": str(len(rows)) if rows else "",
        "nothing_wrong": "" if rows else "1",
    }


def _rows(findings: Iterable[Finding]) -> Rows:
    return [
        {
            "key": str(row.pk),
            "order": str(order),
            "number": row.number,
            "indicator": row.indicator,
            "problem": row.problem,
            "current": row.current_value,
            "standard": row.standard_value,
            "requirement": row.requirement,
            "goal": row.goal,
            "responsible": row.responsible,
            "category": row.get_category_display(),
            "state": row.get_state_display(),
            "due": f"{row.due_on.year}年\n{row.due_on.month}月{row.due_on.day}日",
        }
        for order, row in enumerate(findings, 1)
    ]


def _add_steps(rows: Rows) -> None:
    """Measures and files of each problem, from the ledger."""
    entries: dict[str, list[Entry]] = {row["key"]: [] for row in rows}
    for entry in (
        Entry.objects.filter(finding__in=[int(key) for key in entries])
        .order_by("id")
        .prefetch_related("files__document")
    ):
        entries[str(entry.finding_id)].append(entry)
    for row in rows:
        own = entries[row["key"]]
        row["measures"] = _said(own, Entry.Kind.MEASURE)
        row["effect"] = _said(own, Entry.Kind.PROGRESS, Entry.Kind.REQUEST_CLOSE)
        row["proofs"] = "；".join(file.document.name for entry in own for file in entry.files.all())


def _finding(finding: Finding) -> Facts:
    entries = list(finding.entries.prefetch_related("files__document"))
    files = [file.document.name for entry in entries for file in entry.files.all()]
    asked = [entry for entry in entries if entry.kind == Entry.Kind.ASK_EXTENSION]
    late = finding.days_overdue
    return {
        "finding_number": finding.number,
        "finding_indicator": finding.indicator,
        "finding_problem": finding.problem,
        "finding_current": finding.current_value,
        "finding_standard": finding.standard_value,
        "finding_requirement": finding.requirement,
        "finding_goal": finding.goal,
        "finding_responsible": finding.responsible,
        "finding_due": dates.day(finding.due_on),
        "finding_state": finding.get_state_display(),
        "days_overdue": str(late) if late else "",
        "measures": _said(entries, Entry.Kind.MEASURE),
        "progress": _said(entries, Entry.Kind.PROGRESS, Entry.Kind.REQUEST_CLOSE),
        "checks_made": _said(entries, Entry.Kind.CLOSE, Entry.Kind.SEND_BACK),
        "proofs": "；".join(dict.fromkeys(files)),
        "extensions": str(sum(entry.kind == Entry.Kind.EXTEND for entry in entries)),
        "asked_due": dates.day(asked[-1].due_on) if asked and asked[-1].due_on else "",
        "asked_why": asked[-1].text if asked else "",
    } | _problems([finding])


def _said(entries: Sequence[Entry], *kinds: str) -> str:
    return "\n".join(f"{dates.day(timezone.localdate(one.at))}：{one.text}" for one in entries if one.kind in kinds)


def _district(district: District) -> Facts:
    """Of all schools, departments, townships and the bureau: counts, by unit and by indicator."""
    inside = Q(school__district=district) | Q(department__district=district) | Q(bureau=district)
    findings = Finding.objects.filter(inside).exclude(state__in=(Finding.State.TO_DISPATCH, Finding.State.VOID))
    order = (F("school__code").asc(nulls_last=True), F("department__code").asc(nulls_last=True), "due_on", "number")
    rows = list(findings.select_related("school", "department", "bureau").order_by(*order))
    closed = [row for row in rows if row.is_closed]
    rate = closing_rate(len(closed), len(rows))
    late = [row for row in rows if row.days_overdue]
    visited = Visit.objects.filter(school__district=district, state=Visit.State.DONE)
    by_school: dict[str, list[Finding]] = {}
    for row in rows:
        by_school.setdefault(row.respondent, []).append(row)
    indicators = Counter(row.indicator for row in rows)
    return {
        "school_count": str(School.objects.filter(district=district, status=Status.OPEN).count()),
        "visit_count": str(visited.count()),
        "visited_schools": str(visited.values("school").distinct().count()),
        "total_count": str(len(rows)),
        "closed_count": str(len(closed)),
        "open_count": str(len(rows) - len(closed)),
        "late_count": str(len(late)),
        "closed_rate": "" if rate is None else f"{numbers.half_up(rate * 100, 1)}%",
        "schools": [
            {
                "key": name,
                "order": str(order),
                "school": name,
                "total": str(len(own)),
                "closed": str(sum(row.is_closed for row in own)),
                "open": str(sum(not row.is_closed for row in own)),
                "late": str(sum(bool(row.days_overdue) for row in own)),
            }
            for order, (name, own) in enumerate(by_school.items(), 1)
        ],
        "indicators": [
            {
                "key": code,
                "order": str(order),
                "indicator": code,
                "total": str(count),
                "schools": "、".join(dict.fromkeys(row.respondent for row in rows if row.indicator == code)),
            }
            for order, (code, count) in enumerate(indicators.most_common(), 1)
        ],
        "late_rows": [row | {"school": one.respondent} for row, one in zip(_rows(late), late, strict=True)],
    }
