"""Actions of papers: draft, edit, issue with number and files, serve, withdraw."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from inspections.letters import document, facts, queries, rights, workbook, workflow
from inspections.letters.models import Letter, LetterFile
from inspections.papers import workflow as papers
from inspections.rectification import workflow as rectification
from inspections.rectification.models import Entry
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.files.models import Document
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import dates, digests
from portal.core.notices.actions import notify
from portal.core.papers import docx, pdf, tree
from schools.access.scope import Perm, ensure, home_district, users_with
from schools.directory.models import District, School

S = Letter.State
BATCH = "issue_letters"
MAX_FILES = 20


@transaction.atomic
def draft(*, kind: str, subject_id: int = 0, department_id: int | None = None, by: User) -> Letter:
    """About a visit, finding, school, department or district, filled from data; an open draft is returned.

    Raises Conflict when a kind that is issued once is out already, or a school's own paper has to wait.
    """
    spec = queries.kind_of(kind)
    letter = Letter(kind=kind, created_by=by, updated_by=by, **queries.subject(spec, subject_id, department_id))
    rights.ensure_may_draft(by, spec, letter.addressee)
    # One at a time per district: the second of two finds the draft of the first.
    District.objects.select_for_update(no_key=True).get(pk=letter.district_id)
    about = {name: getattr(letter, name) for name in ("district", "school", "department", "visit", "finding")}
    others = Letter.objects.filter(kind=kind, model=None, state__in=queries.LIVE, **about).order_by("-pk")
    if open_one := others.filter(state=S.DRAFT).first():
        return open_one
    if spec.once and (out := others.first()):
        raise Conflict(f"《{out.title}》已经签发（{out.number or '无文号'}）。要重新出具，请先在它的页面写明原因撤回。")
    # A school must not read in a draft what the bureau has not fed back yet.
    if spec.author == "school" and (words := workflow.waits_for(letter)):
        raise Conflict(f"现在不能起草《{spec.name}》：{words}")
    _fill(letter)
    letter.save()
    audit.record("letter.draft", by=by, obj=letter, after={"kind": spec.name, "title": letter.title})
    return letter


def _fill(letter: Letter) -> None:
    letter.facts = facts.of(letter)
    letter.wording = queries.wording(letter.district_id, letter.spec)
    letter.sections = queries.sections(letter.spec, letter.wording)
    text = queries.text_of(letter)
    defaults = {one.code: document.fill(one.default, text) for one in letter.spec.fields if one.default}
    letter.typed = defaults | letter.typed
    letter.title = letter.title or document.fill(letter.spec.title, text)


@transaction.atomic
def save(
    *, letter_id: int, version: int, title: str, typed: Mapping[str, Any], red_head: bool = False, by: User
) -> Letter:
    """Raises Conflict when somebody saved meanwhile."""
    letter = workflow.begin("save", letter_id, by)
    content = {"title": title.strip(), "typed": dict(typed), "red_head": red_head}
    before = {name: getattr(letter, name) for name in content}
    if before == content:
        return letter
    if version != letter.version:
        raise Conflict("这份草稿刚被他人修改，您的内容还没有保存。请刷新页面核对后再保存。")
    if not content["title"]:
        raise Invalid("草稿没有保存。", [Problem("没有填写", "标题", "请填写标题")])
    for name, value in content.items():
        setattr(letter, name, value)
    letter.version += 1
    letter.save()
    changed = {name: value for name, value in content.items() if before[name] != value}
    audit.record("letter.save", by=by, obj=letter, before={name: before[name] for name in changed}, after=changed)
    return letter


@transaction.atomic
def attach(*, letter_id: int, upload: UploadedFile, by: User) -> LetterFile:
    """Raises Invalid for one too many or a file that cannot be taken."""
    letter = workflow.begin("save", letter_id, by)
    if not letter.spec.files:
        raise Invalid(f"{letter.spec.name}不带佐证材料。")
    if len(queries.files(letter)) >= MAX_FILES:
        raise Invalid(f"一份文书最多带 {MAX_FILES} 个文件。请先撤下不用的，再上传。")
    document = rectification.save_file(upload, by=by)
    row = LetterFile.objects.create(letter=letter, document=document, created_by=by, updated_by=by)
    audit.record("letter.attach", by=by, obj=letter, after={"file": document.name, "sha256": document.sha256})
    return row


@transaction.atomic
def detach(*, letter_id: int, file_id: int, by: User) -> LetterFile:
    letter = workflow.begin("save", letter_id, by)
    row = letter.files.select_related("document").filter(pk=file_id).first()
    if row is None:
        raise NotFound("没有这个文件，或不在您可以查看的范围内。")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by, row.updated_by = timezone.now(), by, by
        row.save()
        audit.record("letter.detach", by=by, obj=letter, before={"file": row.document.name})
    return row


@transaction.atomic
def refresh(*, letter_id: int, by: User) -> Letter:
    letter = workflow.begin("refresh", letter_id, by)
    letter.facts = facts.of(letter)
    letter.wording = queries.wording(letter.district_id, letter.spec)
    letter.sections = queries.sections(letter.spec, letter.wording)
    letter.version += 1
    letter.save()
    audit.record("letter.refresh", by=by, obj=letter, after={"sha256": digests.fingerprint(letter.facts)})
    return letter


@transaction.atomic
def discard(*, letter_id: int, by: User) -> Letter:
    """It stays on record."""
    letter = workflow.begin("discard", letter_id, by)
    letter.save()
    audit.record("letter.discard", by=by, obj=letter, after={"title": letter.title})
    return letter


@transaction.atomic
def discard_all(*, school_id: int, reason: str, by: User) -> int:
    school = School.objects.select_related("district").get(pk=school_id)
    ensure(by, Perm.LETTER_DRAFT, school)
    drafts = Letter.objects.select_for_update(no_key=True).filter(school=school, state=S.DRAFT).order_by("pk")
    for letter in drafts:
        letter.state, letter.updated_by = workflow.TABLE.move(letter.state, "discard"), by
        letter.save()
        audit.record("letter.discard", by=by, obj=letter, after={"title": letter.title, "reason": reason})
    return len(drafts)


@transaction.atomic
def issue(
    *, letter_id: int, signer: str, issued_on: dt.date | None = None, version: int | None = None, by: User
) -> Letter:
    """Give a draft its number, freeze its content, make its files, notify who receives it; once.

    An answer to a plea voids the findings it gives up and rewords others; the opinion sends out those held for it.
    Raises Invalid naming what is not filled in and characters the fonts lack, Conflict while a step before it is open
    or when the draft is no longer the `version` the person read.
    """
    letter = workflow.locked(letter_id)
    if letter.issued_by_id == by.pk and letter.state == S.ISSUED:
        return letter
    letter = workflow.begin("issue", letter_id, by)
    if version not in (None, letter.version):
        raise Conflict("没有签发：这份草稿刚被他人修改。下面是新的内容，请核对后再签发。")
    _sign(letter, signer, issued_on or timezone.localdate(), by)
    after: dict[str, Any] = {"number": letter.number, "signer": letter.signer, "sha256": letter.sha256}
    if letter.kind == "answer":
        after |= _settle_plea(letter, by)
    if letter.kind == "opinion":
        waiting = rectification.lockable().filter(pk__in=workflow.held(letter).values("pk")).order_by("pk")
        after["dispatched"] = rectification.send_out(waiting, by=by, under=f"《{letter.title}》{letter.number}")
    audit.record("letter.issue", by=by, obj=letter, after=after | {"pdf": letter.pdf.sha256})  # type: ignore[union-attr]
    return letter


def _settle_plea(letter: Letter, by: User) -> dict[str, list[str]]:
    """Voids the findings an answer to a plea gives up, and rewords others in its words; returns their numbers.

    Settled ones stay. The reason, or the old words, are in their history.
    """
    void, reworded = list[str](), list[str]()
    reasons, words = facts.given_up(letter.visit), facts.reworded(letter.visit)  # type: ignore[arg-type]
    paper, rows = f"《{letter.title}》{letter.number}", rectification.lockable().filter(visit=letter.visit)
    for finding in rows.filter(pk__in=reasons).order_by("pk"):
        if finding.is_settled:
            continue
        text = f"{paper}采纳申辩，撤销这项意见：{reasons[str(finding.pk)]}"
        finding.state, finding.waiting_since = rectification.TABLE.move(finding.state, "void"), None
        rectification.write(finding, Entry.Kind.VOID, text, by=by)
        rectification.notify_holders(Perm.FINDING_RECTIFY, finding, f"已作废，不用再整改：{text}", by=by)
        audit.record("finding.void", by=by, obj=finding, after={"text": text})
        void.append(finding.number)
    for finding in rows.filter(pk__in=words).order_by("pk"):
        before, now = finding.problem, words[str(finding.pk)]
        if finding.is_settled or before == now:
            continue
        finding.problem = now
        text = f"{paper}修改了问题描述。原描述：{before}"
        rectification.write(finding, Entry.Kind.REWORD, text, by=by)
        audit.record("finding.reword", by=by, obj=finding, before={"problem": before}, after={"problem": now})
        reworded.append(finding.number)
    return {"void": void, "reworded": reworded}


def _sign(letter: Letter, signer: str, day: dt.date, by: User) -> None:
    workflow.ensure_due(letter)
    workflow.ensure_current(letter)
    letter.signer, letter.issued_on = signer.strip(), day
    _ensure_whole(letter)
    letter.word = queries.word(letter.district_id, letter.spec)
    if letter.word:
        letter.year, letter.serial = workflow.number_held(letter) or (
            day.year,
            papers.take_serial(letter.district_id, letter.word, day.year),
        )
    papers.sign(letter, by)
    letter.frozen = queries.content_of(letter) | {
        "issued_on": day.isoformat(),
        "file_digests": [one.document.sha256 for one in queries.files(letter)],
    }
    letter.sha256 = digests.fingerprint(letter.frozen)
    paper = document.of(queries.text_of(letter))
    name = f"{letter.title}{f'（{letter.number}）' if letter.number else ''}"
    papers.store_files(letter, name, docx.render(paper), pdf.render(paper), by)
    letter.save()
    _notify(letter, "issued", f"收到《{letter.title}》{letter.number}，请打开并签收", by)


def _ensure_whole(letter: Letter) -> None:
    text = queries.text_of(letter)
    problems = [Problem("没有填写", one.label, "请填写后再签发") for one in text.missing()]
    problems += [Problem("没有填好", f"{one.label} {row}", do) for one, row, do in text.wrong_cells()]
    problems += workflow.late_problems(letter)
    if not letter.signer:
        problems.append(Problem("没有填写", "签发人", "请填写签发人姓名"))
    if letter.issued_on and letter.issued_on > timezone.localdate():
        problems.append(Problem("晚于今天", "成文日期", "请填写今天或以前的日期"))
    paper = document.of(text)
    lacking = pdf.missing_glyphs(tree.texts(paper))
    problems += [
        Problem(f"字体里没有这个字：{where}", "文字", "请改用通用的字，或请技术人员安装含这个字的字体（FONT_DIRS）")
        for where in document.where_missing(paper, lacking)
    ]
    if problems:
        raise Invalid("文书没有签发，请按下面的提示修改。", problems)


@transaction.atomic
def ask_batch(*, letter_id: int, school_ids: Sequence[int], signer: str, by: User) -> Job:
    """A worker writes and signs a paper like this draft for each school (逐校签发); the same again is one job.

    Raises Conflict for a kind that is not for many schools.
    """
    letter = workflow.locked(letter_id)
    workflow.TABLE["issue"].ensure(by, letter)
    workflow.TABLE.move(letter.state, "issue")
    if not letter.spec.batch:
        raise Conflict(f"{letter.spec.name}各校内容不同，不能逐校签发。请逐份起草。")
    schools = sorted(queries.for_batch(by, letter).filter(pk__in=school_ids).values_list("pk", flat=True))
    if not schools or not signer.strip():
        raise Invalid("没有办理：请选择学校，并填写签发人。")
    args = {"letter": letter.pk, "schools": schools, "signer": signer.strip()}
    job = jobs.enqueue(
        kind=BATCH,
        title=f"逐校签发{letter.spec.name}（{len(schools)} 所）",
        args=args,
        key=f"letters:{digests.fingerprint(args)}",
        by=by,
        district=letter.district.code,
    )
    audit.record("letter.ask_batch", by=by, obj=letter, after={"schools": len(schools), "job": job.pk})
    return job


@transaction.atomic
def issue_copy(*, model_id: int, school_id: int, signer: str, by: User) -> Letter:
    """Like the draft, for another school: its own data, the same words outside tables; once per school."""
    model = workflow.locked(model_id)
    workflow.TABLE["issue"].ensure(by, model)
    workflow.TABLE.move(model.state, "issue")
    if known := model.copies.filter(school=school_id).first():
        return known
    tables = {one.code for one in model.spec.fields if one.type == "T"}
    typed = {code: value for code, value in model.typed.items() if code not in tables}
    about = queries.subject(model.spec, school_id)
    letter = Letter(kind=model.kind, model=model, typed=typed, created_by=by, updated_by=by, **about)
    rights.ensure_office(by, letter.place)
    _fill(letter)
    letter.wording, letter.sections, letter.red_head = model.wording, model.sections, model.red_head
    letter.state = S.ISSUED
    _sign(letter, signer, timezone.localdate(), by)
    after = {"number": letter.number, "signer": letter.signer, "sha256": letter.sha256}
    audit.record("letter.issue_copy", by=by, obj=letter, after=after)
    return letter


@transaction.atomic
def receive(*, letter_id: int, by: User) -> Letter:
    """签收回执 in the portal: days to answer count from today; once."""
    letter = workflow.locked(letter_id)
    if letter.state == S.DELIVERED and letter.delivered_by_id == by.pk:
        return letter
    letter = workflow.begin("receive", letter_id, by)
    return _served(letter, "receive", Letter.Delivery.PORTAL, by.name, timezone.localdate(), by)


@transaction.atomic
def deliver(*, letter_id: int, delivery: str, receiver: str, on: dt.date, by: User) -> Letter:
    """Raises Invalid."""
    letter = workflow.begin("deliver", letter_id, by)
    problems = []
    if not receiver.strip():
        problems.append(Problem("没有填写", "收件人", "请填写签收人姓名"))
    if not (letter.issued_on or on) <= on <= timezone.localdate():
        problems.append(Problem("须在成文日期和今天之间", "送达日期", "请核对日期"))
    if problems:
        raise Invalid("没有登记送达，请按下面的提示修改。", problems)
    return _served(letter, "deliver", delivery, receiver.strip(), on, by)


def _served(letter: Letter, verb: str, delivery: str, receiver: str, on: dt.date, by: User) -> Letter:
    letter.delivery, letter.receiver, letter.delivered_on = delivery, receiver, on
    letter.delivered_at, letter.delivered_by = timezone.now(), by
    letter.reply_due_on = workflow.reply_due(letter, on)
    letter.save()
    due = f"；须在{dates.day(letter.reply_due_on)}前答复" if letter.reply_due_on else ""
    notify(
        [letter.issued_by] if letter.issued_by else [],
        text=f"《{letter.title}》已由{receiver}签收{due}",
        url=reverse("letters:detail", args=[letter.pk]),
        key=f"letter:{letter.pk}:served",
        by=by,
    )
    after = {"receiver": receiver, "delivered_on": on, "reply_due_on": letter.reply_due_on}
    audit.record(f"letter.{verb}", by=by, obj=letter, after=after)
    return letter


@transaction.atomic
def withdraw(*, letter_id: int, reason: str, by: User) -> Letter:
    """Its number stays in the register; the receiver is notified."""
    letter = workflow.begin("withdraw", letter_id, by)
    papers.withdraw(letter, "撤回文书", reason, by)
    letter.save()
    _notify(letter, "withdrawn", f"《{letter.title}》{letter.number}已撤回：{letter.withdraw_reason}", by)
    audit.record("letter.withdraw", by=by, obj=letter, after={"reason": letter.withdraw_reason})
    return letter


def _notify(letter: Letter, what: str, text: str, by: User) -> None:
    """The school or department it goes to; the bureau if a school files it; for a circular also the schools."""
    place = letter.addressee
    perm = Perm.LETTER_DRAFT if letter.spec.author == "school" else Perm.FINDING_RECTIFY
    if letter.department:
        people = list(rectification.answerers(letter.department))
    else:
        people = list(users_with(perm if letter.school else Perm.LETTER_VIEW, place))
    if letter.spec.public:
        people += rights.readers_of_public(letter.district)
    url = reverse("letters:detail", args=[letter.pk])
    notify(people, text=text, url=url, key=f"letter:{letter.pk}:{what}", by=by)


@transaction.atomic
def take_file(*, letter_id: int, kind: str, by: User) -> Document:
    letter = queries.get(by, letter_id)
    found = papers.file_of(letter, kind, missing="这份文书还没有签发，没有文件。请先签发。")
    audit.record("letter.download", by=by, obj=letter, after={"file": kind, "sha256": found.sha256})
    return found


@transaction.atomic
def export(*, letters: QuerySet[Letter], with_others: bool = False, by: User) -> bytes:
    """.xlsx; `letters` are those shown; with visible orders and reports if `with_others`."""
    lines = [workbook.line(row) for row in letters.exclude(serial=None)]
    carried = {(one.district, one.number) for one in lines}
    reads = settings.NUMBERS_ELSEWHERE if with_others else []
    others = [one for path in reads for one in import_string(path)(by) if (one.district, one.number) not in carried]
    content = workbook.register([*lines, *others])
    audit.record("letter.export", by=by, district=home_district(by), after=digests.of(content))
    return content
