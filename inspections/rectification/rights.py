"""Who may correct, verify and decide: asked by the actions, and by the pages for what they offer."""

from inspections.rectification import queries
from inspections.rectification.models import Finding
from inspections.visits import access
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from schools.access.permissions import Perm
from schools.access.scope import ensure, may


def ensure_may_amend(by: User, finding: Finding) -> None:
    """Refuse unless the person records the finding's visit, or dispatches findings that came without one.

    Raises NotFound outside the person's reach, NotAllowed inside it.
    """
    if finding.visit is not None:
        access.ensure_recorder(by, finding.visit)
    else:
        ensure(by, Perm.FINDING_DISPATCH, finding)


def ensure_verifies(by: User, finding: Finding) -> None:
    """Refuse unless the person verifies here, is no school staff and took no part in the rectification."""
    ensure(by, Perm.FINDING_VERIFY, finding)
    if access.is_school_staff(by, finding.school):
        raise NotAllowed("本校人员不能核查本校的整改，请由责任督学或局业务审核人员核查。")
    if queries.took_part(by, finding):
        raise NotAllowed("您办理过这个问题的整改，须由另一人核查。")


def ensure_decides(by: User, finding: Finding) -> None:
    """Refuse unless the person dispatches or verifies here; never school staff."""
    holds_dispatch = may(by, Perm.FINDING_DISPATCH, finding)
    ensure(by, Perm.FINDING_DISPATCH if holds_dispatch else Perm.FINDING_VERIFY, finding)
    if access.is_school_staff(by, finding.school):
        raise NotAllowed("本校人员不能决定本校整改的期限，请由局管理员或责任督学办理。")
