"""Notices of relaxations, inside the transaction of the action that causes them."""

from collections.abc import Iterable

from django.urls import reverse

from indicators.collection.relaxations.models import Relaxation
from portal.core.accounts.models import User
from portal.core.lib import dates
from portal.core.notices import actions as notices
from schools.access.permissions import Perm
from schools.access.scope import users_with


def address(relaxation: Relaxation) -> str:
    """Return where a relaxation is shown."""
    return reverse("relaxations:detail", args=[relaxation.pk])


def school(relaxation: Relaxation, words: str, *, by: User) -> None:
    """Notify everybody who follows the school's relaxations, except whoever did it."""
    people = users_with(Perm.RELAXATION_VIEW, school=relaxation.school)
    text = f"{relaxation.school.name} {relaxation.indicator} {relaxation.label}：{words}"
    notices.notify(
        people, text=text, url=address(relaxation), key=f"relaxation:{relaxation.pk}:{relaxation.state}", by=by
    )


def expiring(rows: Iterable[Relaxation]) -> int:
    """Remind the bureau once of each that ends soon; whoever asks again reminds nobody twice. Returns how many rows."""
    count = 0
    for row in rows:
        people = users_with(Perm.RELAXATION_PROPOSE, school=row.school)
        text = (
            f"{row.school.name} {row.indicator} {row.label}将于{dates.day(row.valid_until)}到期（还有 {row.days_left} 天），"
            "到期后恢复严格口径"
        )
        notices.notify(people, text=text, url=address(row), key=f"relaxation:{row.pk}:expiring", by=None)
        count += 1
    return count
