"""Who may amend, verify and decide, where more than one right says so; workflow.py names the right of every verb.

Every `ensure_…` raises NotFound outside the person's reach, NotAllowed inside it.
"""

from inspections.rectification.models import Entry, Finding
from inspections.visits import rights as visit_rights
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from schools.access.permissions import Perm
from schools.access.scope import ensure, may


def ensure_amend(by: User, finding: Finding) -> None:
    """Only who records the finding's visit, or dispatches findings that came without one."""
    if finding.visit is not None:
        visit_rights.ensure_record(by, finding.visit)
    else:
        ensure(by, Perm.FINDING_DISPATCH, finding)


def ensure_verify(by: User, finding: Finding) -> None:
    """Only a verifier who is no school staff and took no part in the rectification."""
    ensure(by, Perm.FINDING_VERIFY, finding)
    if visit_rights.is_school_staff(by, finding.school):
        raise NotAllowed("本校人员不能核查本校的整改，请由责任督学或局业务审核人员核查。")
    if took_part(by, finding):
        raise NotAllowed("您办理过这个问题的整改，须由另一人核查。")


def took_part(user: User, finding: Finding) -> bool:
    if finding.rectified_by_id == user.pk:
        return True
    return finding.entries.filter(by=user, kind__in=Entry.RECTIFYING).exists()


def ensure_decide(by: User, finding: Finding) -> None:
    """Only who dispatches or verifies here; never school staff."""
    dispatches = may(by, Perm.FINDING_DISPATCH, finding)
    ensure(by, Perm.FINDING_DISPATCH if dispatches else Perm.FINDING_VERIFY, finding)
    if visit_rights.is_school_staff(by, finding.school):
        raise NotAllowed("本校人员不能决定本校整改的期限，请由局管理员或责任督学办理。")
