"""Actions on the division of a school's form: divide it, mark a section as filled in, open it again, pass it on."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.shares import queries
from indicators.collection.shares.models import SectionShare
from indicators.collection.submissions import queries as submissions, rights
from indicators.collection.submissions.models import Submission
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, people_at

_NOBODY = "没有指定"


@transaction.atomic
def divide(
    *, submission_id: int, lead: int | None, given: Mapping[str, int | None], shown: str, by: User
) -> dict[str, tuple[str, str]]:
    """Who is in charge and who fills in which section (None: nobody); returns changes: label → names before and after.

    Raises Invalid for who does not work here, Conflict if it is not what was `shown`.
    """
    submission = rights.locked(submission_id, by, rights.DIVIDE)
    rights.ensure_editable(submission)
    people = {user.pk: user for user in submissions.fillers(submission)}
    rows = {row.section: row for row in submission.shares.select_related("user")}
    now = {code: row.user_id for code, row in rows.items() if row.user_id}
    moved = {code: who for code, who in given.items() if who != now.get(code)}
    labels = {part.code: part.label for part in queries.sections(submission)}
    here = {None, *people}
    if not (moved.keys() <= labels.keys() and here.issuperset(moved.values()) and lead in here | {submission.lead_id}):
        raise Invalid("分工里有不在本校填报的人，或已没有的栏目，没有保存。请刷新页面后重新选择。")
    if lead is None and any(moved.values()) and by not in people_at(Perm.SUBMISSION_SIGN, submission):
        # Who divides answers for it until another is named.
        lead = by.pk
    if not moved and lead == submission.lead_id:
        return {}
    if shown != queries.fingerprint(submission.lead_id, now):
        raise Conflict("分工刚被他人改过，没有保存。请刷新页面，看过现在的分工再改。")
    names = {None: _NOBODY} | {pk: user.name for pk, user in people.items()}
    filling = {code: row.user.name for code, row in rows.items() if row.user}
    changed = {labels[code]: (filling.get(code, _NOBODY), names[who]) for code, who in moved.items()}
    if lead != submission.lead_id:
        changed["填报负责人"] = (submission.lead.name if submission.lead else _NOBODY, names[lead])
        submission.lead_id = lead
        submission.save(update_fields=["lead"])
    _notify_lost(submission, [rows[code] for code in labels if code in moved and code in now], by)
    for code, who in moved.items():
        row = rows.get(code) or SectionShare(submission=submission, section=code, created_by=by)
        row.user_id, row.label, row.done_at, row.done_by, row.updated_by = who, labels[code], None, None, by
        row.save()
    _notify_given(submission, {code: people[who] for code, who in moved.items() if who}, labels, by)
    before, after = ({label: pair[side] for label, pair in changed.items()} for side in (0, 1))
    audit.record("submission.divide", by=by, obj=submission, before=before, after=after)
    return changed


def _notify_given(submission: Submission, given: Mapping[str, User], labels: Mapping[str, str], by: User) -> None:
    for user in set(given.values()):
        own = [code for code in labels if given.get(code) == user]
        notices.notify(
            [user],
            text=f"{by.name}把{submission.round.name}填报的{_listed([labels[code] for code in own])}交给您填写",
            url=reverse("submissions:section", args=[submission.pk, own[0]]),
            key=f"shares-{submission.pk}-given-{timezone.now():%Y%m%d%H%M%S%f}",
            by=by,
        )


def _notify_lost(submission: Submission, rows: Collection[SectionShare], by: User) -> None:
    """Before the rows change hands."""
    for user in {row.user for row in rows if row.user}:
        own = _listed([row.label for row in rows if row.user == user])
        notices.notify(
            [user],
            text=f"{submission.round.name}填报的{own}不再由您负责，已填的内容都在（{by.name}）",
            url=reverse("submissions:edit", args=[submission.pk]),
            key=f"shares-{submission.pk}-lost-{timezone.now():%Y%m%d%H%M%S%f}",
            by=by,
        )


def _listed(names: Collection[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


@transaction.atomic
def mark_done(*, submission_id: int, section: str, by: User) -> SectionShare:
    """Raises Conflict while something is open in it."""
    share = _locked(submission_id, section, by)
    if share.done_at:
        return share
    if left := queries.open_words(share.submission, section):
        raise Conflict(f"“{share.label}”还有{left}，处理后再标为“已填好”。")
    share.done_at, share.done_by, share.updated_by = timezone.now(), by, by
    share.save()
    giver = share.submission.lead
    notices.notify(
        [giver] if giver else people_at(Perm.SUBMISSION_SIGN, share.submission),
        text=f"{by.name}已填好{share.submission.round.name}填报的“{share.label}”",
        url=reverse("submissions:section", args=[submission_id, section]),
        key=f"share-{share.pk}-done-{share.done_at:%Y%m%d%H%M%S%f}",
        by=by,
    )
    audit.record("submission.section_done", by=by, obj=share.submission, after={"section": share.label})
    return share


@transaction.atomic
def take_back_done(*, submission_id: int, section: str, by: User) -> SectionShare:
    share = _locked(submission_id, section, by)
    if share.done_at:
        share.done_at, share.done_by, share.updated_by = None, None, by
        share.save()
        audit.record("submission.section_open", by=by, obj=share.submission, after={"section": share.label})
    return share


def _locked(submission_id: int, section: str, by: User) -> SectionShare:
    submission = rights.locked(submission_id, by, rights.FILL)
    share = submission.shares.select_related("user").filter(section=section, user__isnull=False).first()
    if share is None:
        raise NotFound("这个栏目没有交给谁填写，可能刚被收回。请刷新页面。")
    share.submission = submission
    if share.user_id != by.pk:
        rights.ensure_divide(by, submission)
    rights.ensure_editable(submission)
    return share


@transaction.atomic
def open_sent_back(*, submission_id: int, items: Collection[str], by: User) -> list[SectionShare]:
    """Sections with items sent back (flat or base codes) are open again."""
    submission = Submission.objects.select_for_update(no_key=True).get(pk=submission_id)
    ensure(by, Perm.SUBMISSION_REVIEW, submission)
    known = submissions.all_items(submission).values()
    sections = {item.section for item in known if item.code in items or item.base in items}
    opened = list(submission.shares.filter(section__in=sections, done_at__isnull=False))
    for share in opened:
        share.done_at, share.done_by, share.updated_by = None, None, by
        share.save()
    if opened:
        after = {"section": [share.label for share in opened]}
        audit.record("submission.section_open", by=by, obj=submission, after=after)
    return opened


@transaction.atomic
def pass_on(*, submission_id: int, person: User, successor: User, by: User) -> list[str]:
    """A colleague's sections become the successor's, done or not; returns the labels. Raises Conflict if it cannot."""
    submission = Submission.objects.select_for_update(no_key=True).get(pk=submission_id)
    ensure(by, Perm.ROUND_MANAGE, submission)
    rows = list(submission.shares.filter(user=person))
    passed = [row.label for row in rows] + ["填报负责人"] * (submission.lead_id == person.pk)
    if not passed:
        return []
    if not submissions.fillers(submission).contains(successor):
        raise Conflict(f"{successor.name}不在本校填报，由本校填报负责人或校长另行安排。已填的内容都在。")
    for row in rows:
        row.user, row.updated_by = successor, by
        row.save()
    if submission.lead_id == person.pk:
        submission.lead = successor
        submission.save(update_fields=["lead"])
    names = (dict.fromkeys(passed, user.name) for user in (person, successor))
    audit.record("submission.divide", by=by, obj=submission, before=next(names), after=next(names))
    return passed
