"""The standings a process has worked out: shown again to the same person until anything could make them others.

Every change is an action, and every action leaves an event in the trail within its transaction, one after the other, for
each locks the end of the chain. So the hash of the newest event stands for all that was changed before it; what the clock
alone changes is known beforehand: the day, and the hour at which submissions are due (docs/adr/0015).
"""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass

from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import queries as trail
from portal.core.lib.bounded import Bounded
from portal.standing import news_queries as news, queries
from schools.access import scope

# Events as frequent as they are harmless: they write nothing that a standing is made from (a test does each of them).
# Of all others, and of those that are new, it is assumed that they do.
QUIET = (
    "account.sign_in",
    "account.sign_in_failed",
    "account.sign_out",
    "evidence.attach",
    "evidence.download",
    "notice.read",
    "notice.read_all",
    "standing.export",
    "submission.save",
)


@dataclass(frozen=True, slots=True)
class _Known:
    """A standing, the end of the trail it was worked out at, and when the clock makes it another before the day ends."""

    standing: queries.Standing
    end: str
    until: dt.datetime | None


# Of this process and no other: so neither an upgrade nor another setting meets what was worked out before it.
# A standing holds the inputs of its evaluation: some 100 kB with 60 schools.
_known: Bounded[tuple[Hashable, ...], _Known] = Bounded(40)


def standing(user: User, since: dt.date | None = None, round_id: str = "") -> queries.Standing | None:
    """As `queries.standing`, which it asks where it does not know."""
    # Read before the rest: what is changed meanwhile has another end.
    now, end = timezone.now(), trail.newest_hash(QUIET)
    roles = tuple((row.pk, row.role) for row in scope.held(user))
    key = (user.pk, roles, timezone.localdate(), since, round_id)
    known = _known.get(key)
    if known is not None and known.end == end and (known.until is None or now < known.until):
        return known.standing
    found = queries.standing(user, since, round_id)
    if found is not None:
        _known[key] = _Known(found, end, news.next_due(found.district, now))
    return found


def forget() -> None:
    _known.clear()
