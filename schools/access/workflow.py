"""States and verbs as one table: pages, buttons, badges, tasks, reports and the audit trail read their rows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import TextChoices

from portal.core.accounts.models import User
from portal.core.errors import Conflict
from schools.access import scope
from schools.access.permissions import Perm


@dataclass(frozen=True, slots=True)
class Right:
    """What a verb asks of a person: one of `perms` at the door, `guard` (else the first of them) over the object."""

    perms: tuple[Perm, ...]
    guard: Callable[[User, Any], None] | None = None

    def ensure(self, by: User, obj: Any) -> None:
        """Raises NotFound outside the person's reach, NotAllowed inside it."""
        if self.guard:
            self.guard(by, obj)
        else:
            scope.ensure(by, self.perms[0], obj)

    def may(self, user: User, obj: Any) -> bool:
        return scope.passes(self.guard, user, obj) if self.guard else scope.may(user, self.perms[0], obj)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbRow:
    """Something a person does: in which states, to which one, by what right, and how it is called everywhere."""

    code: str
    name: str
    at: tuple[str, ...]
    # Blank: the state stays.
    to: str = ""
    right: Right | None = None
    # What this verb asks beyond its right and the state; raises NotAllowed or Conflict.
    guard: Callable[[User, Any], None] | None = None
    # Refused to an account whose password somebody else has just set.
    own_hand: bool = False
    # Its words in the audit trail; the verb's word in the codes there, if it is stored under another.
    audit: str = ""
    stored: str = ""
    # How the page offers it: button, its tone, which form of the slice, what its text is called, what is said afterwards.
    label: str = ""
    tone: str = ""
    form: str = ""
    asks: str = "内容"
    done: str = ""
    # Tone of its entry in a history.
    mark: str = "info"

    def ensure(self, by: User, obj: Any) -> None:
        """Raises NotFound or NotAllowed."""
        if self.right:
            self.right.ensure(by, obj)
        if self.guard:
            self.guard(by, obj)
        if self.own_hand:
            scope.ensure_own_hand(by)

    def may(self, user: User, obj: Any) -> bool:
        held = self.right is None or self.right.may(user, obj)
        return held and (self.guard is None or scope.passes(self.guard, user, obj))


@dataclass(frozen=True, slots=True)
class StateRow:
    """A state: its tone as a badge, what it asks for as a task of a person and as the next step in a report."""

    tone: str
    task: str = ""
    next: str = ""
    # What to do for whoever asks for a verb that does not fit this state.
    way_out: str = ""


@dataclass(frozen=True)
class Workflow:
    """The life of `what` (这个问题): its states and what may be done in each."""

    what: str
    choices: type[TextChoices]
    states: Mapping[str, StateRow]
    verbs: tuple[VerbRow, ...] = field(default=())

    @cached_property
    def _by_code(self) -> Mapping[str, VerbRow]:
        return {verb.code: verb for verb in self.verbs}

    def __getitem__(self, code: str) -> VerbRow:
        return self._by_code[code]

    def move(self, state: str, code: str) -> str:
        """Raises Conflict if the verb does not fit the state."""
        verb = self[code]
        if state not in verb.at:
            label = self.choices(state).label
            way_out = self.states[state].way_out or "可能他人刚处理过，请刷新页面查看最新状态。"
            raise Conflict(f"{self.what}目前是“{label}”，不能{verb.name}。{way_out}")
        return verb.to or state

    def begin(self, code: str, row: scope.M, by: User) -> scope.M:
        """The locked row in the state after the verb; nothing is written yet.

        Raises NotFound, NotAllowed, or Conflict for a state the verb does not fit.
        """
        self[code].ensure(by, row)
        row.state, row.updated_by = self.move(row.state, code), by  # type: ignore[attr-defined]
        return row

    def mark(self, code: str) -> str:
        """The tone of a history's entry; not every entry is a verb."""
        verb = self._by_code.get(code)
        return verb.mark if verb else "info"

    def fitting(self, state: str) -> list[VerbRow]:
        return [verb for verb in self.verbs if state in verb.at]

    def allows(self, user: User, obj: Any, code: str) -> bool:
        return obj.state in self[code].at and self[code].may(user, obj)

    def offers(self, user: User, obj: Any) -> list[VerbRow]:
        fitting = self.fitting(obj.state)
        rights = dict.fromkeys(verb.right for verb in fitting if verb.right)
        held = {right for right in rights if right.may(user, obj)}
        found = [verb for verb in fitting if verb.right in held]
        return [verb for verb in found if verb.guard is None or scope.passes(verb.guard, user, obj)]

    def waiting_for(self, right: Right) -> list[str]:
        return [state for state in self.states if any(v.right == right and v.to for v in self.fitting(state))]

    def audit_words(self, prefix: str) -> dict[str, str]:
        return {f"{prefix}.{verb.stored or verb.code}": verb.audit for verb in self.verbs if verb.audit}
