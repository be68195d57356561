"""What happens to papers to and by a school when it ends or is merged into another."""

from django.db.models import QuerySet

from inspections.letters import actions
from inspections.letters.models import Letter
from portal.core.accounts.models import User
from schools.directory.workflow import Consequence, Transition, Verb

S = Letter.State


def foresee(change: Transition) -> list[Consequence]:
    """Drafts that are discarded, and issued papers not signed for."""
    found = []
    if drafts := _names(_of(change, S.DRAFT)):
        found.append(f"没有签发的文书草稿（{drafts}）作废，系统仍留有记录。")
    if waiting := _names(_of(change, S.ISSUED)):
        found.append(f"已签发、没有签收的文书（{waiting}）留在原校名下，请“登记纸质送达”，或写明原因“撤回”。")
    return [Consequence("督导文书", text) for text in found]


def settle(change: Transition, *, by: User) -> None:
    if _of(change, S.DRAFT).exists():
        actions.discard_all(school_id=change.school.pk, reason=change.summary, by=by)


def _of(change: Transition, state: str) -> QuerySet[Letter]:
    if change.verb == Verb.REOPEN:
        return Letter.objects.none()
    return Letter.objects.filter(school=change.school, state=state).order_by("pk")


def _names(letters: QuerySet[Letter]) -> str:
    return "、".join(f"《{letter.title}》{letter.number}" for letter in letters)
