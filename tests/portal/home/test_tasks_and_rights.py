"""What a list of tasks shows a person, its action accepts from them; what the action accepts, the list shows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from inspections.duties import queries as duties, workflow as duty
from inspections.duties.models import DutyReport
from inspections.escalation import queries as escalations, workflow as escalation
from inspections.escalation.models import Escalation
from inspections.letters import kinds, rights as letters
from inspections.letters.models import Letter
from inspections.recusals import rights as recusals
from inspections.recusals.models import Recusal
from inspections.visits import rights as visits
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from schools.access.scope import passes
from tests.cast import Cast, grant
from tests.inspections.making import planned
from tests.permissions.world import World

pytestmark = pytest.mark.django_db
Listed = Callable[[User], QuerySet[Any]]
Guard = Callable[[User, Any], None]


def _agree(rows: QuerySet[Any], listed: Listed, guard: Guard) -> int:
    accepted = 0
    for user in User.objects.filter(is_system=False):
        shown = set(listed(user).order_by().values_list("pk", flat=True))
        for row in rows:
            may = passes(guard, user, row)
            assert (row.pk in shown) is may, f"{user.username}: {row}"
            accepted += may
    return accepted


def _recorded(user: User, visit: Visit) -> None:
    """Recorded by the person's own team; whoever inspects the whole district is not asked to."""
    visits.ensure_record(user, visit)
    visits.ensure_supplement(user, visit)


def _finish(user: User, row: Escalation) -> None:
    escalation.TABLE["finish"].ensure(user, row)


def test_lists_and_actions_agree(cast: Cast, world: World) -> None:
    grant(cast.reviewer, "inspector", district=cast.district)
    grant(cast.reviewer, "reporter", school=cast.school_a)
    grant(cast.leader, "inspector", school=cast.school_a)
    planned(cast, leader=cast.leader)
    bureaus = Letter.objects.filter(state__in=Letter.OUT).exclude(kind__in=kinds.BY_SCHOOL)
    replied = Escalation.objects.filter(state=Escalation.State.REPLIED)
    cases: list[tuple[QuerySet[Any], Listed, Guard]] = [
        (bureaus, lambda user: Letter.objects.filter(letters.receivable_by(user)), letters.ensure_receive),
        (Recusal.objects.filter(Recusal.undecided()), recusals.managed_by, recusals.ensure_decide),
        (Visit.objects.all(), visits.own_to_record, _recorded),
        (Escalation.objects.all(), escalations.answered_by, escalation.ensure_answer),
        (replied, escalations.to_finish, _finish),
        (DutyReport.objects.filter(state=DutyReport.State.REPORTED), duties.to_check, duty.ensure_check),
    ]
    for rows, listed, guard in cases:
        assert rows.exists()
        assert _agree(rows, listed, guard)
