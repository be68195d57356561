"""What happens to open findings when their school ends or is merged into another."""

from django.db.models import QuerySet

from inspections.rectification import actions, queries
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from schools.directory.workflow import Consequence, Transition, Verb


def foresee(change: Transition) -> list[Consequence]:
    moving = _moving(change)
    staying = [finding.number for finding in _open(change) if finding not in moving]
    found = []
    if moving and change.successor:
        numbers = "、".join(finding.number for finding in moving)
        found.append(f"{len(moving)} 个没有销号的问题（{numbers}）转由{change.successor.name}继续整改。")
    if staying:
        ended = (
            "本校的授权结束后，只能由局里跟踪销号。" if change.decisions.get("accounts") not in (None, "keep") else ""
        )
        gaps = "评估差距只属于本校，不转。" if moving or change.decisions.get("findings") == "successor" else ""
        found.append(f"{len(staying)} 个没有销号的问题（{'、'.join(staying)}）留在{change.school.name}。{gaps}{ended}")
    return [Consequence("问题台账", text) for text in found]


def settle(change: Transition, *, by: User) -> None:
    for finding in _moving(change):
        assert change.successor is not None  # noqa: S101 only a merger moves findings
        actions.transfer(finding_id=finding.pk, school_id=change.successor.pk, text=change.summary, by=by)


def _open(change: Transition) -> QuerySet[Finding]:
    if change.verb == Verb.REOPEN:
        return Finding.objects.none()
    return Finding.objects.filter(school=change.school).filter(queries.pending()).order_by("number")


def _moving(change: Transition) -> list[Finding]:
    if change.verb != Verb.MERGE or change.decisions.get("findings") != "successor":
        return []
    return list(_open(change).filter(evaluation=None))
