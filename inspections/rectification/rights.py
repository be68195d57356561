"""Who may amend, verify and decide, where more than one right says so; workflow.py names the right of every verb.

Every `ensure_…` raises NotFound outside the person's reach, NotAllowed inside it.
"""

from django.db.models import Q, QuerySet
from django.utils import timezone

from inspections.rectification.models import Entry, Finding
from inspections.recusals import rights as recusals
from inspections.recusals.queries import schools_left_by
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from portal.core.lib import written
from schools.access.scope import Perm, among, ensure, is_own, may, own_keys, visible
from schools.directory.models import School


def is_school_staff(user: User, school: School) -> bool:
    """Answers for this school's rectification, so cannot inspect or verify it."""
    return visible(user, School.objects.filter(pk=school.pk), Perm.FINDING_RECTIFY).exists()


def is_staff(user: User, finding: Finding) -> bool:
    return answers(user, finding) or (finding.school is not None and is_school_staff(user, finding.school))


def answers(user: User, finding: Finding) -> bool:
    unit = finding.answering
    return is_own(user, Perm.FINDING_RECTIFY if isinstance(unit, School) else Perm.FINDING_ANSWER, unit)


def answered_by(user: User) -> Q:
    """Those it `answers`."""
    departments = own_keys(user, Perm.FINDING_ANSWER, "department")
    own = among("school", own_keys(user, Perm.FINDING_RECTIFY, "school")) | Q(department__in=departments)
    own |= Q(bureau__in=own_keys(user, Perm.FINDING_ANSWER, "district"))
    return Q(responsible_department__in=departments) | Q(responsible_department=None) & own


def ensure_rectify(by: User, finding: Finding) -> None:
    """Only the unit that answers."""
    if not answers(by, finding):
        ensure(by, Perm.FINDING_VIEW, finding)
        raise NotAllowed(f"这个问题由{finding.answering_name}整改，您只能查看。")


def ensure_amend(by: User, finding: Finding) -> None:
    """Only who records the finding's visit, or dispatches findings that came without one."""
    if finding.visit is None:
        ensure(by, Perm.FINDING_DISPATCH, finding)
        return
    ensure(by, Perm.VISIT_RECORD, finding.visit)
    if not finding.visit.is_recorded_by(by):
        raise NotAllowed("只有督导的组长、成员或全区督学可以修改督导中登记的问题。如需修改，请联系组长。")


def ensure_verify(by: User, finding: Finding) -> None:
    """A verifier who is no staff of the school, took no part in the rectification and need not step back (回避).

    For the bureau's own findings not of the office (科室) that rectified it.
    """
    ensure(by, Perm.FINDING_VERIFY, finding)
    if is_staff(by, finding):
        raise NotAllowed("本校、本单位人员不能核查自己的整改，请由责任督学或局业务审核人员核查。")
    if took_part(by, finding):
        raise NotAllowed("您办理过这个问题的整改，须由另一人核查。")
    if shares_office(by, finding):
        raise NotAllowed(f"您和整改人同在{by.office}，教育局本级的问题须由其他科室的人核查。")
    if finding.school is not None:
        recusals.ensure_free(by, finding.school)


def took_part(user: User, finding: Finding) -> bool:
    if finding.rectified_by_id == user.pk:
        return True
    return finding.entries.filter(by=user, kind__in=Entry.RECTIFYING).exists()


def handled_by(user: User) -> Q:
    """Those the person `took_part` in."""
    steps = Entry.objects.filter(kind__in=Entry.RECTIFYING, by=user).order_by()
    return Q(rectified_by=user) | Q(pk__in=steps.values("finding"))


def shares_office(user: User, finding: Finding) -> bool:
    """The bureau's own finding was rectified in the person's office; False where none is recorded."""
    if finding.bureau_id is None or not user.office:
        return False
    offices = finding.entries.filter(kind__in=Entry.RECTIFYING).values_list("by__office", flat=True)
    return written.folded(user.office) in {written.folded(office) for office in offices}


def verifiable_by(user: User) -> QuerySet[Finding]:
    """Those `ensure_verify` accepts, in whatever state."""
    rows = visible(user, Finding.objects.all(), Perm.FINDING_VERIFY).exclude(answered_by(user))
    rows = rows.exclude(school__in=schools_left_by(user, timezone.localdate())).exclude(handled_by(user))
    if user.office:
        of_bureau = Entry.objects.filter(kind__in=Entry.RECTIFYING, finding__bureau__isnull=False).order_by()
        offices = set(of_bureau.values_list("by__office", flat=True).distinct())
        alike = [office for office in offices if written.folded(office) == written.folded(user.office)]
        rows = rows.exclude(pk__in=of_bureau.filter(by__office__in=alike).values("finding"))
    return rows


def may_override(user: User, finding: Finding) -> bool:
    return may(user, Perm.FINDING_OVERRIDE, finding)


def ensure_void(by: User, finding: Finding) -> None:
    """Who dispatches here and took no part in the rectification; never school staff."""
    ensure(by, Perm.FINDING_DISPATCH, finding)
    if finding.school is not None and is_staff(by, finding):
        raise NotAllowed("本校、本单位人员不能作废自己的问题，请由局管理员办理。")
    if took_part(by, finding):
        raise NotAllowed("您办理过这个问题的整改，须由另一位局管理员作废。")


def ensure_decide(by: User, finding: Finding) -> None:
    """Who dispatches or verifies here; never school staff, nor who steps back from the school (回避)."""
    dispatches = may(by, Perm.FINDING_DISPATCH, finding)
    ensure(by, Perm.FINDING_DISPATCH if dispatches else Perm.FINDING_VERIFY, finding)
    if is_staff(by, finding):
        raise NotAllowed("本校、本单位人员不能决定自己整改的期限，请由局管理员、局业务审核或责任督学办理。")
    if finding.school is not None:
        recusals.ensure_free(by, finding.school)
