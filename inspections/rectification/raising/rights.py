"""Who may correct a finding before it is dispatched."""

from inspections.rectification.models import Finding
from inspections.visits import access
from portal.accounts.models import User
from schools.access.permissions import Perm
from schools.access.scope import ensure


def ensure_may_amend(by: User, finding: Finding) -> None:
    """Refuse unless the person records the finding's visit, or dispatches findings that came without one.

    Raises NotFound outside the person's reach, NotAllowed inside it.
    """
    if finding.visit is not None:
        access.ensure_recorder(by, finding.visit)
    else:
        ensure(by, Perm.FINDING_DISPATCH, finding)
