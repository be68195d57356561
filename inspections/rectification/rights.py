"""Who may rectify, correct, verify and decide: the pages ask `may_…` for what they offer, the actions `ensure_…`.

Every `ensure_…` raises NotFound outside the person's reach, NotAllowed inside it.
"""

from inspections.rectification import queries
from inspections.rectification.models import Finding
from inspections.visits import rights as visit_rights
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from schools.access.permissions import Perm
from schools.access.scope import ensure, may, passes


def ensure_rectify(by: User, finding: Finding) -> None:
    ensure(by, Perm.FINDING_RECTIFY, finding)


def may_rectify(user: User, finding: Finding) -> bool:
    return may(user, Perm.FINDING_RECTIFY, finding)


def ensure_dispatch(by: User, finding: Finding) -> None:
    ensure(by, Perm.FINDING_DISPATCH, finding)


def may_dispatch(user: User, finding: Finding) -> bool:
    return may(user, Perm.FINDING_DISPATCH, finding)


def ensure_amend(by: User, finding: Finding) -> None:
    """Only who records the finding's visit, or dispatches findings that came without one."""
    if finding.visit is not None:
        visit_rights.ensure_record(by, finding.visit)
    else:
        ensure(by, Perm.FINDING_DISPATCH, finding)


def may_amend(user: User, finding: Finding) -> bool:
    return passes(ensure_amend, user, finding)


def ensure_verify(by: User, finding: Finding) -> None:
    """Only a verifier who is no school staff and took no part in the rectification."""
    ensure(by, Perm.FINDING_VERIFY, finding)
    if visit_rights.is_school_staff(by, finding.school):
        raise NotAllowed("本校人员不能核查本校的整改，请由责任督学或局业务审核人员核查。")
    if queries.took_part(by, finding):
        raise NotAllowed("您办理过这个问题的整改，须由另一人核查。")


def may_verify(user: User, finding: Finding) -> bool:
    return passes(ensure_verify, user, finding)


def ensure_decide(by: User, finding: Finding) -> None:
    """Only who dispatches or verifies here; never school staff."""
    ensure(by, Perm.FINDING_DISPATCH if may_dispatch(by, finding) else Perm.FINDING_VERIFY, finding)
    if visit_rights.is_school_staff(by, finding.school):
        raise NotAllowed("本校人员不能决定本校整改的期限，请由局管理员或责任督学办理。")


def may_decide(user: User, finding: Finding) -> bool:
    return passes(ensure_decide, user, finding)
