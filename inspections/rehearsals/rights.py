"""Who answers in a school's rehearsal, and until when."""

from inspections.rehearsals.models import Rehearsal
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.errors import Conflict
from schools.access.scope import Perm, ensure, passes


def ensure_open(by: User, visit: Visit) -> None:
    """The school's own people, while the visit is planned. Raises NotFound, NotAllowed or Conflict."""
    ensure(by, Perm.FINDING_RECTIFY, visit)
    if visit.state != Visit.State.PLANNED:
        raise Conflict("这次督导已经开始或取消，自查不能再改。")


def ensure_answer(by: User, visit: Visit, rehearsal: Rehearsal | None) -> None:
    ensure_open(by, visit)
    if rehearsal is not None and rehearsal.submitted_at is not None:
        raise Conflict("自查已经提交，不能再改。")


def may_answer(user: User, visit: Visit, rehearsal: Rehearsal | None) -> bool:
    return passes(ensure_answer, user, visit, rehearsal)
