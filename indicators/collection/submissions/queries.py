"""Reads of submissions; lists and single rows are always scoped by who asks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from indicators.collection.submissions import answers, facts
from indicators.collection.submissions.models import Decision, Evidence, ItemOwner, Revision, Round, Submission
from indicators.standard.engine import Answer, Item, Spec
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.errors import NotFound, Problem
from schools.access import scope
from schools.access.permissions import Perm
from schools.directory.models import Department, District


@dataclass(frozen=True, slots=True)
class LoadedRevision:
    """An approved revision, ready for the engine. `school_code` is "" for the bureau and departments."""

    submission_id: int
    school_code: str
    department_code: str
    revision_id: int
    number: int
    receipt: str
    sha256: str
    submitted_at: str
    answers: Mapping[str, Answer]


def counting() -> QuerySet[Revision]:
    """Of each respondent the newest, if it is approved and was not sent back since."""
    newest = Revision.objects.filter(submission=OuterRef("submission")).order_by("-number").values("pk")[:1]
    return Revision.objects.filter(
        pk=Subquery(newest),
        submission__state=Submission.State.APPROVED,
        decision__verdict=Decision.Verdict.APPROVED,
    )


def load_revisions(round: Round) -> list[LoadedRevision]:
    """What counts, by school code, departments and the bureau last; two queries."""
    spec = standards.load_spec(round.standard)
    loaded = [_loaded(spec, row) for row in counting().filter(submission__round=round.pk)]
    return sorted(loaded, key=lambda row: (not row.school_code, row.school_code, row.department_code))


def load_frozen(standard: Standard, revision_ids: Collection[int]) -> dict[int, LoadedRevision]:
    """As this standard reads them, whatever became of them since. One query; unscoped: for evaluations."""
    spec = standards.load_spec(standard)
    return {row.pk: _loaded(spec, row) for row in Revision.objects.filter(pk__in=revision_ids)}


def contents_of(revision_ids: Iterable[int]) -> list[Mapping[str, Any]]:
    """Unscoped: for evaluations."""
    return list(Revision.objects.filter(pk__in=list(revision_ids)).order_by("pk").values_list("content", flat=True))


def _loaded(spec: Spec, row: Revision) -> LoadedRevision:
    return LoadedRevision(
        submission_id=row.submission_id,
        school_code=(row.content["school"] or {}).get("code", ""),
        department_code=row.content["department"] or "",
        revision_id=row.pk,
        number=row.number,
        receipt=row.receipt,
        sha256=row.sha256,
        submitted_at=row.submitted_at.isoformat(),
        answers=answers.of_content(spec, row.content),
    )


def spec_of(submission: Submission) -> Spec:
    return standards.load_spec(submission.round.standard)


def get(user: User, submission_id: int) -> Submission:
    """Raises NotFound outside the person's scope."""
    seen = facts.with_places(scope.visible(user, Submission.objects.all(), Perm.SUBMISSION_VIEW))
    found = seen.filter(pk=submission_id).first()
    if found is None:
        raise NotFound("没有找到这份填报，或不在您可以查看的范围内。")
    return facts.as_then([found])[0]


def own(user: User) -> list[Submission]:
    """Newest round first."""
    rows = facts.with_places(Submission.objects.filter(scope.own(user, Perm.SUBMISSION_FILL, Submission)))
    return facts.as_then(rows.order_by("-round__school_year_start", "school__code", "department__code", "pk"))


def fillers(submission: Submission) -> QuerySet[User]:
    return scope.people_at(Perm.SUBMISSION_FILL, submission)


def signers(submission: Submission) -> QuerySet[User]:
    """The school's head; for departments and the bureau its admins."""
    if submission.school_id:
        heads = scope.people_at(Perm.SUBMISSION_SIGN, submission)
        if heads.exists():
            return heads
    return scope.users_with(Perm.SUBMISSION_SIGN, submission.round.district)


def statements(items: Mapping[str, Item]) -> frozenset[str]:
    """What only who signs may state: the confirmed fields, and what is asked because of them."""
    confirmed = {code for code, item in items.items() if item.signed}
    following = {code for code, item in items.items() if item.asked_if and item.asked_if[0] in confirmed}
    return frozenset(confirmed | following)


def may_state(user: User, submission: Submission) -> bool:
    """Not who fills in the figures, but the school's head."""
    own = scope.people_at(Perm.SUBMISSION_SIGN, submission)
    return user.is_system or (own if own.exists() else signers(submission)).filter(pk=user.pk).exists()


def is_signed(submission: Submission, number: int, by: User) -> bool:
    return submission.revisions.filter(number=number, submitted_by=by).exists()


def revisions(submission: Submission) -> list[Revision]:
    return list(
        submission.revisions.select_related("submitted_by").prefetch_related(
            "decisions__decided_by", "decisions__reasons"
        )
    )


def evidence(user: User, evidence_id: int) -> Evidence:
    """Raises NotFound outside the person's scope."""
    seen = scope.visible(
        user,
        Evidence.objects.select_related("document", "submission__round__district", "submission__school"),
        Perm.SUBMISSION_VIEW,
    )
    found = seen.filter(pk=evidence_id).first()
    if found is None:
        raise NotFound("没有找到这份材料，或不在您可以查看的范围内。")
    return found


def same_bytes(submission: Submission, sha256: str) -> QuerySet[Evidence]:
    """In force in the same round."""
    return Evidence.objects.filter(
        document__sha256=sha256, withdrawn_at=None, submission__round=submission.round_id
    ).select_related("submission__school", "submission__department", "submission__round__district")


def items_of(submission: Submission) -> Mapping[str, Item]:
    return facts.items_of(submission, spec_of(submission))


def not_its_own(codes: Iterable[str], submission: Submission) -> list[Problem]:
    codes = list(codes)
    if not codes:
        return []
    known = answers.items_of(spec_of(submission), is_school=bool(submission.school_id))
    rows = ItemOwner.objects.filter(district=submission.round.district_id).select_related("department")
    owners = {row.item: row.department.name for row in rows if row.department}
    bureau = f"{submission.round.district}（教育局）"
    found = []
    for code in codes:
        item = known.get(code)
        if item is None or submission.school_id:
            found.append(Problem(where=code, what="不是本单位的填报项", do="请刷新页面后重试"))
        else:
            do = "同一项只由一个单位填报；要改由本单位填报，请局管理员先修改“数据分工”"
            found.append(Problem(where=item.label, what=f"由{owners.get(item.base, bureau)}填报", do=do))
    return found


def revision(user: User, revision_id: int) -> Revision:
    """Raises NotFound outside the person's scope."""
    seen = scope.visible(
        user,
        Revision.objects.select_related(
            "submitted_by",
            "submission__round__standard",
            "submission__round__district",
            "submission__school",
            "submission__department",
        ),
        Perm.SUBMISSION_VIEW,
    )
    found = seen.filter(pk=revision_id).first()
    if found is None:
        raise NotFound("没有找到这次提交，或不在您可以查看的范围内。")
    return found


def standard_of(district: District) -> Standard:
    """Of the district's newest open round, else the current one."""
    newest = (
        Submission.objects.filter(round__district=district, round__state="open")
        .select_related("round__standard")
        .order_by("-round__school_year_start")
        .first()
    )
    return newest.round.standard if newest else standards.current()


def assignable_items(district: District) -> dict[str, Item]:
    """By base code, in form order, without what the bureau alone may state (一票否决)."""
    found: dict[str, Item] = {}
    every = standards.load_spec(standard_of(district)).district_items
    stated = statements(every)
    for code in (code for code in every if code not in stated):
        found.setdefault(every[code].base, every[code])
    return found


def assignable_departments(district: District) -> list[Department]:
    return list(district.departments.filter(status=Department.Status.ACTIVE).order_by("kind", "code"))


def proposed_owners(offices: Sequence[Mapping[str, Any]], departments: Sequence[Department]) -> dict[str, Department]:
    """By a word of its name; where two would fit, nobody is proposed."""
    found: dict[str, Department] = {}
    for office in offices:
        fitting = [row for row in departments if any(word in row.name for word in office["match"])]
        if len(fitting) == 1:
            found |= dict.fromkeys(office["items"], fitting[0])
    return found
