"""Actions of rectification: what puts findings into the ledger, the school's steps, verification by another person."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypedDict, Unpack

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from inspections.rectification import closing_queries, queries, raising, rights, workbook, workflow
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.lib import dates, digests, written
from portal.core.notices import actions as notices
from schools.access import restricted
from schools.access.scope import Perm, ensure, visible
from schools.directory.models import District, School

K = Entry.Kind


@dataclass(frozen=True, slots=True)
class Raised:
    """What `raise_from_evaluation` did."""

    created: int
    reopened: int
    linked: int
    already_there: int


@transaction.atomic
def register(
    *,
    school_id: int | None = None,
    department_id: int | None = None,
    bureau_id: int | None = None,
    responsible_department_id: int | None = None,
    source: str,
    content: workflow.FindingContent,
    photo: UploadedFile | None = None,
    despite: str = "",
    by: User,
) -> Finding:
    """From self-check or complaint; dispatched at once.

    Raises AlreadyOpen where the same school and indicator have an open one, unless `despite` says why this is another.
    """
    unit = queries.unit(school_id, department_id, bureau_id)
    ensure(by, Perm.FINDING_DISPATCH, unit)
    district = type(unit).place.district_of(unit)
    queries.ensure_sound(content, district.pk)
    finding = raising.new(unit, source, content, by, despite=despite)
    finding.responsible_department = queries.responsible(responsible_department_id, unit)
    finding.photo = workflow.save_photo(photo, by=by) if photo is not None else None
    finding.state = workflow.TABLE.move(finding.state, "dispatch")
    workflow.write(finding, K.DISPATCH, finding.requirement, by=by, due_on=finding.due_on)
    workflow.notify_holders(Perm.FINDING_RECTIFY, finding, f"请在{dates.day(finding.due_on)}前完成整改", by=by)
    audit.record("finding.register", by=by, obj=finding, after=raising.registered(finding, content))
    return finding


@transaction.atomic
def raise_from_evaluation(*, evaluation_id: int, due_on: dt.date | None = None, by: User) -> Raised:
    """Put every indicator a school part misses into the ledger and dispatch it; run again, nothing is doubled.

    A gap that was closed before this evaluation's data and is there again reopens (一降即重开); an open finding about it
    gets a note instead of a second one.
    """
    evaluation = Evaluation.objects.select_related("round__district", "standard").filter(pk=evaluation_id).first()
    if evaluation is None:
        raise NotFound("没有这次评估，或不在您可以查看的范围内。")
    ensure(by, Perm.FINDING_DISPATCH, evaluation)
    # One raising at a time per district: the second then finds what the first made.
    District.objects.select_for_update(no_key=True).get(pk=evaluation.round.district_id)
    plan = raising.plan_gaps(evaluation, due_on)
    raised = raising.from_gaps(evaluation, plan.new, by)
    touched = [finding.pk for finding, _ in (*plan.again, *plan.linked)]
    # The plan was read without locks: what somebody wrote since stays.
    fresh = workflow.lockable().order_by("pk").in_bulk(touched)
    again = [(fresh[old.pk], gap) for old, gap in plan.again if fresh[old.pk].state == Finding.State.CLOSED]
    linked = [(fresh[old.pk], gap) for old, gap in plan.linked if not fresh[old.pk].is_settled]
    for finding, gap in again:
        finding.state = workflow.TABLE.move(finding.state, "reopen")
        workflow.open_again(finding, gap.due_on)
        basis: workflow.Basis = {"evaluation": evaluation}
        workflow.write(finding, K.REOPEN, f"最新评估中又未达标：{gap.problem}", by=by, due_on=gap.due_on, basis=basis)
    for finding, gap in linked:
        basis = {"evaluation": evaluation}
        workflow.write(finding, K.ALSO_MISSED, raising.words_of(evaluation, gap), by=by, basis=basis)
    units = Counter(finding.answering for finding in [*raised, *(finding for finding, _ in again)])
    for unit, count in units.items():
        notices.notify(
            workflow.answerers(unit),
            text=f"评估发现 {count} 项指标有差距，请制定整改措施",
            url=reverse("rectification:list"),
            key=f"evaluation:{evaluation.pk}:gaps:{type(unit).__name__}:{unit.pk}",
            by=by,
        )
    done = Raised(len(raised), len(again), len(linked), plan.already_there)
    audit.record("finding.raise_from_evaluation", by=by, obj=evaluation, after=asdict(done))
    return done


@transaction.atomic
def reopen_failed(*, evaluation_id: int, by: User) -> int:
    """Reopen every closed finding whose figure fails in the district's newest evaluation; a second run finds none."""
    evaluation = Evaluation.objects.select_related("round__district").get(pk=evaluation_id)
    ensure(by, Perm.EVALUATION_RUN, evaluation)
    # As `raise_from_evaluation`: the second of the two finds what the first did.
    District.objects.select_for_update(no_key=True).get(pk=evaluation.round.district_id)
    found = closing_queries.failing_again(evaluation)
    periods = queries.due_dates(evaluation.round.district_id)
    name, day = evaluation.round.name, dates.day(evaluation.data_as_of)
    for finding, figure in found:
        finding.state = workflow.TABLE.move(finding.state, "reopen")
        workflow.open_again(finding, periods[finding.category].due)
        basis: workflow.Basis = {"evaluation": evaluation, "figure": figure.words}
        text = f"评估“{name}”（{day}的数据）中又未达标：{figure.words}"
        workflow.write(finding, K.REOPEN, text, by=by, due_on=finding.due_on, basis=basis)
        workflow.notify_holders(Perm.FINDING_RECTIFY, finding, f"已重新打开：{text}", by=by)
    numbers = [finding.number for finding, _ in found]
    audit.record("finding.reopen_failed", by=by, obj=evaluation, after={"reopened": len(numbers), "numbers": numbers})
    return len(found)


@transaction.atomic
def amend(
    *, finding_id: int, version: int, content: workflow.FindingContent, photo: UploadedFile | None = None, by: User
) -> Finding:
    finding = workflow.begin("amend", finding_id, version, by)
    queries.ensure_sound(content, finding.district.pk)
    before = {name: getattr(finding, name) for name in asdict(content)}
    for name, value in asdict(content).items():
        setattr(finding, name, value)
    if photo is not None:
        finding.photo = workflow.save_photo(photo, by=by)
    finding.version += 1
    finding.updated_by = by
    finding.save()
    audit.record("finding.amend", by=by, obj=finding, before=before, after=asdict(content))
    return finding


class Files(TypedDict, total=False):
    """What a step may bring: files, and why a telephone number in them may be public."""

    uploads: Iterable[UploadedFile]
    public_reason: str


def _finish(
    finding: Finding,
    code: str,
    text: str,
    *,
    by: User,
    due_on: dt.date | None = None,
    notify: tuple[Perm, str] | None = None,
    basis: workflow.Basis | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **files: Unpack[Files],
) -> Entry:
    """Saves the step begun by `workflow.begin` with its entry, notifies the holders of a right, and records it."""
    entry = workflow.write(finding, code, text, by=by, due_on=due_on, basis=basis, **files)
    if notify:
        workflow.notify_holders(notify[0], finding, notify[1], by=by)
    audit.record(f"finding.{code}", by=by, obj=finding, before=before, after=after or {"text": text})
    return entry


@transaction.atomic
def dispatch(*, finding_id: int, version: int, by: User) -> Entry:
    finding = workflow.begin("dispatch", finding_id, version, by)
    due_on = finding.due_on
    notify = (Perm.FINDING_RECTIFY, f"请在{dates.day(due_on)}前完成整改")
    after = {"due_on": due_on}
    return _finish(finding, "dispatch", finding.requirement, by=by, due_on=due_on, notify=notify, after=after)


@transaction.atomic
def measure(
    *,
    finding_id: int,
    version: int,
    text: str,
    goal: str = "",
    leader: str = "",
    responsible: str = "",
    by: User,
    **files: Unpack[Files],
) -> Entry:
    finding = workflow.begin("measure", finding_id, version, by)
    finding.goal = goal.strip() or finding.goal
    finding.leader = leader.strip() or finding.leader
    finding.responsible = responsible.strip() or finding.responsible
    finding.rectified_by = by
    after = {"text": text, "goal": finding.goal, "leader": finding.leader, "responsible": finding.responsible}
    return _finish(finding, "measure", text, by=by, after=after, **files)


@transaction.atomic
def progress(*, finding_id: int, version: int, text: str, by: User, **files: Unpack[Files]) -> Entry:
    finding = workflow.begin("progress", finding_id, version, by)
    finding.rectified_by = by
    return _finish(finding, "progress", text, by=by, **files)


@transaction.atomic
def request_close(*, finding_id: int, version: int, text: str, by: User, **files: Unpack[Files]) -> Entry:
    """Raises Invalid without what closing.toml asks of the finding's class."""
    finding = workflow.begin("request_close", finding_id, version, by)
    files["uploads"] = uploads = list(files.get("uploads", ()))
    closing_queries.ensure_ready(finding, closing_queries.figure_of(finding), text, len(uploads))
    workflow.hand_to_verifier(finding)
    finding.rectified_by = by
    notify = (Perm.FINDING_VERIFY, f"{finding.answering_name}申请销号，请核查")
    return _finish(finding, "request_close", text, by=by, notify=notify, **files)


@transaction.atomic
def ask_extension(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    finding = workflow.begin("ask_extension", finding_id, version, by)
    _ensure_later(finding, due_on)
    workflow.hand_to_verifier(finding)
    notify = (Perm.FINDING_VERIFY, f"{finding.answering_name}申请延期至{dates.day(due_on)}")
    after = {"text": text, "due_on": due_on}
    return _finish(finding, "ask_extension", text, by=by, due_on=due_on, notify=notify, after=after)


@transaction.atomic
def extend(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    """More time, asked for or not."""
    finding = workflow.begin("extend", finding_id, version, by)
    _ensure_later(finding, due_on)
    before, finding.due_on = {"due_on": finding.due_on}, due_on
    finding.waiting_since = finding.shifted_due_on = None
    notify = (Perm.FINDING_RECTIFY, f"整改期限延至{dates.day(due_on)}")
    after = {"due_on": due_on, "text": text}
    return _finish(finding, "extend", text, by=by, due_on=due_on, notify=notify, before=before, after=after)


@transaction.atomic
def decline_extension(*, finding_id: int, version: int, text: str, by: User) -> Entry:
    """Raises Invalid when nothing is pending."""
    finding = workflow.begin("decline_extension", finding_id, version, by)
    if queries.pending_extension(finding) is None:
        raise Invalid("没有待答复的延期申请。请刷新页面查看最新情况。")
    workflow.hand_back(finding)
    notify = (Perm.FINDING_RECTIFY, f"延期申请未获同意，仍须在{dates.day(finding.due_on)}前完成")
    return _finish(finding, "decline_extension", text, by=by, notify=notify)


@transaction.atomic
def begin_check(*, finding_id: int, version: int, text: str = "", by: User) -> Entry:
    finding = workflow.begin("begin_check", finding_id, version, by)
    return _finish(finding, "begin_check", text or "开始核查", by=by, after={"text": text})


@transaction.atomic
def close(
    *,
    finding_id: int,
    version: int,
    text: str,
    method: str = "",
    override: str = "",
    by: User,
    **files: Unpack[Files],
) -> Entry:
    """销号 with the verifier's opinion. Never by school staff or whoever rectified it.

    Against a newest evaluation that still fails only with the reason `override`, by who may.
    """
    finding = workflow.begin("close", finding_id, version, by)
    figure = closing_queries.figure_of(finding)
    closing_queries.ensure_closable(figure, text, method)
    workflow.hand_back(finding)
    finding.closed_at, finding.closed_by = timezone.now(), by
    basis: workflow.Basis = {"method": method}
    after = {"text": text, "method": method}
    if figure:
        basis |= {"evaluation": figure.evaluation, "figure": figure.words}
        after["figure"] = figure.words
        if figure.fails:
            may_override = rights.may_override(by, finding)
            reason = closing_queries.ensure_overridden(figure, override, may_override=may_override)
            finding.closed_despite = after["override"] = reason
            text = f"{text.strip()}\n最新评估仍未达标（{figure.words}），仍予销号的理由：{reason}"
    notify = (Perm.FINDING_RECTIFY, "已核查销号")
    entry = _finish(finding, "close", text, by=by, notify=notify, basis=basis, after=after, **files)
    closing_queries.ensure_pictured(entry)
    return entry


@transaction.atomic
def send_back(*, finding_id: int, version: int, text: str, by: User, **files: Unpack[Files]) -> Entry:
    finding = workflow.begin("send_back", finding_id, version, by)
    workflow.hand_back(finding)
    if queries.pending_extension(finding):
        workflow.hand_to_verifier(finding)
    return _finish(
        finding, "send_back", text, by=by, notify=(Perm.FINDING_RECTIFY, f"核查未通过，已退回：{text}"), **files
    )


@transaction.atomic
def reopen(*, finding_id: int, version: int, text: str, due_on: dt.date, by: User) -> Entry:
    finding = workflow.begin("reopen", finding_id, version, by)
    if due_on < timezone.localdate():
        raise Invalid("新的整改期限不能早于今天，请重新选择日期。")
    workflow.open_again(finding, due_on)
    notify = (Perm.FINDING_RECTIFY, f"已重新打开，请在{dates.day(due_on)}前完成整改：{text}")
    return _finish(finding, "reopen", text, by=by, due_on=due_on, notify=notify, after={"text": text, "due_on": due_on})


@transaction.atomic
def void(*, finding_id: int, version: int, text: str, by: User) -> Entry:
    """Registered in error; it stays in the ledger and no longer counts."""
    finding = workflow.begin("void", finding_id, version, by)
    text, finding.waiting_since = written.reason(text, "作废"), None
    dispatched = finding.entries.filter(kind=K.DISPATCH).exists()
    notify = (Perm.FINDING_RECTIFY, f"已作废，不用再整改：{text}") if dispatched else None
    return _finish(finding, "void", text, by=by, notify=notify)


@transaction.atomic
def transfer(*, finding_id: int, school_id: int, text: str, by: User) -> Entry:
    """To the school its own was merged into; number, dates and history stay."""
    finding = workflow.locked(finding_id)
    workflow.DISPATCH.ensure(by, finding)
    school = School.objects.select_related("district").get(pk=school_id)
    ensure(by, Perm.FINDING_DISPATCH, school)
    if finding.is_settled:
        raise Conflict("这个问题已经销号或作废，不用移交。请刷新页面查看最新情况。")
    before, finding.school = finding.school, school
    assert before is not None  # noqa: S101 what is merged is a school
    return _finish(
        finding,
        "transfer",
        f"{text}，由{school.name}继续整改",
        by=by,
        notify=(Perm.FINDING_RECTIFY, f"由{before.name}移交本校整改"),
        before={"school": before.code},
        after={"school": school.code, "text": text},
    )


@transaction.atomic
def export(*, findings: Iterable[Finding], title: str, by: User, purpose: str | None = None) -> bytes:
    """.xlsx; names are masked without a `purpose` from somebody who may see them."""
    rows = list(findings)
    listed = Finding.objects.filter(pk__in=[row.pk for row in rows])
    if outside := listed.exclude(pk__in=visible(by, listed, Perm.FINDING_VIEW).values("pk")).first():
        ensure(by, Perm.FINDING_VIEW, outside)
    districts = {finding.district.code for finding in rows}
    shown = restricted.persons(by, listed, purpose)
    content = workbook.workbook(queries.as_then(rows), title=title, persons=shown)
    code = districts.pop() if len(districts) == 1 else ""
    after = {"title": title, "rows": len(rows)} | shown.for_audit() | digests.of(content)
    audit.record("finding.export", by=by, district=code, after=after)
    return content


def _ensure_later(finding: Finding, due_on: dt.date) -> None:
    if due_on <= finding.due_on or due_on < timezone.localdate():
        raise Invalid(f"新期限须晚于现在的期限（{dates.day(finding.due_on)}），且不早于今天。请重新选择日期。")
