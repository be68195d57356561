"""Small makers for the tests of relaxations."""

import datetime as dt
from typing import Any

from django.utils import timezone

from indicators.collection.relaxations import actions
from indicators.collection.relaxations.models import Relaxation
from portal.core.files import uploads
from tests.cast import Cast, grant, make_user
from tests.inspections.making import photo

SIZE, PE, ROOM, SPORTS = "relax_school_size", "relax_pe_arts_teachers", "relax_room_area", "relax_sports_space"


def day(days: int = 0) -> dt.date:
    """Today, or so many days later."""
    return timezone.localdate() + dt.timedelta(days=days)


def proposed(cast: Cast, **changes: Any) -> Relaxation:
    """The size of 甲小学 (built 1998), proposed by its bureau's admin for a year."""
    facts: dict[str, Any] = {
        "school_id": cast.school_a.pk,
        "kind": SIZE,
        "reason": "老城区学校，暂时不能分流",
        "valid_from": day(),
        "valid_until": day(364),
        "by": cast.admin,
    }
    return actions.propose(**(facts | changes))


def proven(cast: Cast, **changes: Any) -> Relaxation:
    """The same with a proof."""
    made = proposed(cast, **changes)
    file = uploads.accept(photo(f"批复{made.pk}.jpg"))
    actions.attach_proof(relaxation_id=made.pk, file=file, by=changes.get("by", cast.admin))
    return made


def approved(cast: Cast, **changes: Any) -> Relaxation:
    """The same, approved by the reviewer."""
    return actions.approve(relaxation_id=proven(cast, **changes).pk, by=cast.reviewer)


def lapsed(relaxation: Relaxation, *, until: dt.date) -> Relaxation:
    """Let an approved one have begun long ago and end on a day: time passes, the row stays."""
    Relaxation.objects.filter(pk=relaxation.pk).update(valid_from=until - dt.timedelta(days=300), valid_until=until)
    relaxation.refresh_from_db()
    return relaxation


def colleague(cast: Cast) -> Any:
    """Another admin of the same bureau."""
    other = make_user("colleague", "另一位局管理员")
    grant(other, "admin", district=cast.district)
    return other
