"""Actions that put findings into the ledger and send them to the school."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from indicators.results.evaluations.models import Evaluation
from inspections.rectification import queries, workflow
from inspections.rectification.models import Entry, Finding
from inspections.visits import queries as visit_queries
from inspections.visits import rights as visit_rights
from inspections.visits import workflow as visit_workflow
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import dates
from portal.core.notices.actions import notify
from schools.access.permissions import Perm
from schools.access.scope import ensure, users_with
from schools.directory.models import District, School

REASON_LENGTH = 200
_NAMED = 3


@dataclass(frozen=True, slots=True)
class FindingContent:
    """What a finding says."""

    indicator: str
    problem: str
    requirement: str
    category: str
    due_on: dt.date
    current_value: str = ""
    standard_value: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """What `raise_from_evaluation` did."""

    created: int
    reopened: int
    already_there: int


@transaction.atomic
def raise_on_visit(
    *, visit_id: int, content: FindingContent, question: str = "", photo: UploadedFile | None = None, by: User
) -> Finding:
    """Put a problem seen on a visit into the ledger; the school gets it when the visit is finished.

    Without its own photo it takes the question's.
    """
    visit = _locked_visit(visit_id)
    visit_rights.ensure_record(by, visit)
    visit_workflow.TABLE.move(visit.state, "record")
    _check(content, visit.school)
    finding = _new(visit.school, Finding.Source.VISIT, content, by)
    finding.visit = visit
    if question:
        finding.question = visit_queries.question_of(visit, question).key
    if photo is not None:
        finding.photo = visit_workflow.keep_photo(photo, by=by)
    elif question:
        finding.photo = visit_queries.first_photo(visit, finding.question)
    finding.save()
    audit.record("finding.raise", by=by, obj=finding, after=asdict(content))
    return finding


@transaction.atomic
def register(
    *, school_id: int, source: str, content: FindingContent, photo: UploadedFile | None = None, by: User
) -> Finding:
    """Put a problem from self-check or complaint into the ledger and dispatch it at once."""
    school = School.objects.select_related("district").filter(pk=school_id).first()
    if school is None:
        raise NotFound("没有这所学校，或不在您可以登记问题的范围内。")
    ensure(by, Perm.FINDING_DISPATCH, school)
    _check(content, school)
    finding = _new(school, source, content, by)
    finding.photo = visit_workflow.keep_photo(photo, by=by) if photo is not None else None
    finding.state = workflow.TABLE.move(finding.state, "dispatch")
    workflow.write(finding, Entry.Kind.DISPATCH, finding.requirement, by=by, due_on=finding.due_on)
    workflow.notify_holders(Perm.FINDING_RECTIFY, finding, f"请在{dates.day(finding.due_on)}前完成整改", by=by)
    audit.record("finding.register", by=by, obj=finding, after={"source": source} | asdict(content))
    return finding


@transaction.atomic
def amend(
    *, finding_id: int, version: int, content: FindingContent, photo: UploadedFile | None = None, by: User
) -> Finding:
    """Correct a finding before it is dispatched."""
    finding = workflow.begin("amend", finding_id, version, by)
    _check(content, finding.school)
    before = {name: getattr(finding, name) for name in asdict(content)}
    for name, value in asdict(content).items():
        setattr(finding, name, value)
    if photo is not None:
        finding.photo = visit_workflow.keep_photo(photo, by=by)
    finding.version += 1
    finding.updated_by = by
    finding.save()
    audit.record("finding.amend", by=by, obj=finding, before=before, after=asdict(content))
    return finding


@transaction.atomic
def finish_visit(
    *, visit_id: int, summary: str, accept_unanswered: bool = False, reasons: Mapping[str, str] | None = None, by: User
) -> Visit:
    """Finish a visit and send its findings to the school; the notice says what was found.

    `reasons` says by question why a 否 or another figure is no finding. Raises Invalid naming those without either,
    and unanswered questions that are not accepted.
    """
    visit = _locked_visit(visit_id)
    visit_rights.ensure_record(by, visit)
    state = visit_workflow.TABLE.move(visit.state, "finish")
    _check_finish(visit, summary, accept_unanswered)
    explained = _explain(visit, reasons or {}, by)
    visit.state, visit.finished_at, visit.summary, visit.updated_by = state, timezone.now(), summary.strip(), by
    visit.periods = visit_queries.frozen_periods(visit)
    visit.save()
    waiting = Finding.objects.select_for_update(no_key=True).filter(visit=visit, state=Finding.State.TO_DISPATCH)
    findings = list(waiting.order_by("id"))
    for finding in findings:
        finding.state = workflow.TABLE.move(finding.state, "dispatch")
        workflow.write(finding, Entry.Kind.DISPATCH, finding.requirement, by=by, due_on=finding.due_on)
    outcome = _outcome(findings, explained) + visit_queries.plea_words(visit)
    notify(
        users_with(Perm.FINDING_RECTIFY, visit.school),
        text=f"{visit.get_kind_display()}已完成：{outcome}",
        url=reverse("visits:detail", args=[visit.pk]),
        key=f"visit:{visit.pk}:done",
        by=by,
    )
    audit.record(
        "visit.finish",
        by=by,
        obj=visit,
        district=visit.school.district.code,
        school=visit.school.code,
        after={
            "summary": visit.summary,
            "findings": [finding.number for finding in findings],
            "reasons": [f"{text}：{reason}" for text, reason in explained.items()],
            "periods": visit_queries.periods_in_words(visit),
        },
    )
    return visit


@transaction.atomic
def raise_from_evaluation(*, evaluation_id: int, due_on: dt.date | None = None, by: User) -> Raised:
    """Put every indicator a school part misses into the ledger and dispatch it; run again, nothing is doubled.

    A gap closed before this evaluation's data that is there again reopens (一降即重开).
    """
    evaluation = Evaluation.objects.select_related("round__district", "standard").filter(pk=evaluation_id).first()
    if evaluation is None:
        raise NotFound("没有这次评估，或不在您可以查看的范围内。")
    ensure(by, Perm.FINDING_DISPATCH, evaluation)
    # One raising at a time per district: the second then finds what the first made.
    District.objects.select_for_update(no_key=True).get(pk=evaluation.round.district_id)
    plan = queries.gap_plan(evaluation, due_on)
    created = _create_gaps(evaluation, plan.new, by)
    for finding, gap in plan.again:
        finding.state = workflow.TABLE.move(finding.state, "reopen")
        finding.closed_at = finding.closed_by = None
        finding.reopened += 1
        finding.due_on = gap.due_on
        workflow.write(finding, Entry.Kind.REOPEN, f"最新评估中又未达标：{gap.problem}", by=by, due_on=gap.due_on)
    _notify_schools(created + [finding for finding, _ in plan.again], evaluation, by)
    done = Raised(len(created), len(plan.again), plan.already_there)
    audit.record(
        "finding.raise_from_evaluation",
        by=by,
        obj=evaluation,
        district=evaluation.round.district.code,
        after=asdict(done),
    )
    return done


def _create_gaps(evaluation: Evaluation, new: Sequence[queries.PartGap], by: User) -> list[Finding]:
    district, year = evaluation.round.district, timezone.localdate().year
    numbers = workflow.take_numbers(ledger=district.code, year=year, source=Finding.Source.EVALUATION, count=len(new))
    findings = []
    for number, gap in zip(numbers, new, strict=True):
        finding = Finding(
            number=number,
            ledger=district.code,
            source=Finding.Source.EVALUATION,
            school=gap.school,
            evaluation=evaluation,
            stage=gap.stage,
            indicator=gap.indicator,
            problem=gap.problem,
            goal=gap.goal,
            current_value=gap.current_value,
            standard_value=gap.standard_value,
            category=gap.category,
            requirement=gap.requirement,
            due_on=gap.due_on,
            state=Finding.State.RECTIFYING,
            created_by=by,
            updated_by=by,
        )
        findings.append(finding)
    Finding.objects.bulk_create(findings)
    Entry.objects.bulk_create(
        Entry(finding=finding, kind=Entry.Kind.DISPATCH, text=finding.requirement, due_on=finding.due_on, by=by)
        for finding in findings
    )
    return findings


def _notify_schools(findings: list[Finding], evaluation: Evaluation, by: User) -> None:
    grouped: dict[School, int] = Counter(finding.school for finding in findings)
    for school, count in grouped.items():
        notify(
            users_with(Perm.FINDING_RECTIFY, school),
            text=f"评估发现 {count} 项指标有差距，请制定整改措施",
            url=reverse("rectification:list"),
            key=f"evaluation:{evaluation.pk}:gaps",
            by=by,
        )


def _new(school: School, source: str, content: FindingContent, by: User) -> Finding:
    ledger, year = school.district.code, timezone.localdate().year
    number = workflow.take_numbers(ledger=ledger, year=year, source=source)[0]
    return Finding(
        number=number, ledger=ledger, source=source, school=school, created_by=by, updated_by=by, **asdict(content)
    )


def _check(content: FindingContent, school: School) -> None:
    problems = []
    if content.indicator not in dict(queries.indicator_choices([school.district_id])):
        problems.append(Problem(f"没有代号为“{content.indicator}”的指标", "指标", "请从列表中选择"))
    if not content.problem.strip():
        problems.append(Problem("没有填写", "问题描述", "请写明看到了什么"))
    if not content.requirement.strip():
        problems.append(Problem("没有填写", "整改要求", "请写明要做到什么"))
    if content.due_on < timezone.localdate():
        problems.append(Problem("日期已经过去", "整改期限", "请选择今天或以后的日期"))
    if problems:
        raise Invalid("问题没有登记成功，请按下面的提示修改。", problems)


def _check_finish(visit: Visit, summary: str, accept_unanswered: bool) -> None:
    if not summary.strip():
        raise Invalid("请填写督导小结后再完成督导。")
    left = [entry.question.text for entry in visit_queries.asked(visit) if not entry.is_answered]
    if left and not accept_unanswered:
        problems = [Problem("未作答", text, "请补答，或确认不再作答") for text in left]
        raise Invalid(f"还有 {len(left)} 题未作答，督导没有完成。请补答，或确认不再作答。", problems)


def _explain(visit: Visit, reasons: Mapping[str, str], by: User) -> dict[str, str]:
    left, problems = queries.without_finding(visit), []
    for entry in left:
        reason = reasons.get(entry.question.key, "").strip()
        if not reason:
            what = "回答为“否”" if entry.is_mismatch else "现场值与填报值不同"
            problems.append(Problem(f"{what}，没有登记问题", entry.question.text, "请登记问题，或写明不登记的原因"))
        elif len(reason) > REASON_LENGTH:
            problems.append(Problem(f"原因超过 {REASON_LENGTH} 字", entry.question.text, "请精简"))
        elif entry.answer:
            entry.answer.reason, entry.answer.updated_by = reason, by
            entry.answer.save(update_fields=["reason", "updated_by", "updated_at"])
    if problems:
        raise Invalid(f"还有 {len(problems)} 处与要求或填报不符，没有登记问题，督导没有完成。", problems)
    return {entry.question.text: reasons[entry.question.key].strip() for entry in left}


def _outcome(findings: Sequence[Finding], explained: Mapping[str, str]) -> str:
    problems = [Truncator(finding.problem.splitlines()[0].rstrip("。；")).chars(30) for finding in findings]
    named = [f"{finding.indicator} {problem}" for finding, problem in zip(findings, problems, strict=True)]
    more = "等" if len(named) > _NAMED else ""
    words = f"发现 {len(findings)} 个问题（{'；'.join(named[:_NAMED])}{more}），请按期整改" if findings else ""
    if explained:
        words += f"{'；另有' if words else '有'} {len(explained)} 处与要求或填报不符，已写明原因，没有登记问题"
    return words or "没有发现问题"


def _locked_visit(visit_id: int) -> Visit:
    visits = Visit.objects.select_for_update(of=("self",), no_key=True).select_related("school__district__parent")
    visit = visits.filter(pk=visit_id).first()
    if visit is None:
        raise NotFound("没有这次督导，或不在您可以查看的范围内。")
    return visit
