"""What was worked out of answers, for as long as those it read stay the same."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from indicators.standard.engine.data import Answer, Answers

T = TypeVar("T")


class Noted(Mapping[str, Answer]):
    """Answers that note which of them are read, one by one; `once` works out what is not known of them yet."""

    def __init__(self, answers: Answers, known: dict[Hashable, tuple[Any, frozenset[str]]]) -> None:
        self._answers, self._known = answers, known
        self._read = set[str]()

    def __getitem__(self, code: str) -> Answer:
        self._read.add(code)
        return self._answers[code]

    def __iter__(self) -> Iterator[str]:
        raise TypeError("answers that note what is read are read one by one")

    def __len__(self) -> int:
        raise TypeError("answers that note what is read are read one by one")

    def once(self, key: Hashable, work: Callable[..., T], *args: Any) -> T:
        """What was read before, outside of any `once`, counts for each that follows."""
        if key not in self._known:
            outside, self._read = self._read, set(self._read)
            result = work(*args)
            self._known[key] = result, frozenset(self._read)
            self._read = outside
        found: T = self._known[key][0]
        return found


@dataclass(frozen=True, slots=True)
class Recall:
    """What `live` and `check_school` worked out of one school's answers, by one standard for one kind of school."""

    answers: Answers
    last_year: Answers = field(default_factory=dict)
    known: dict[Hashable, tuple[Any, frozenset[str]]] = field(default_factory=dict)

    def after(self, answers: Answers, last_year: Answers) -> "Recall":
        """For the answers as they are now: without what read one that changed. What is equal is taken for the same."""
        if last_year != self.last_year:
            return Recall(answers, last_year)
        changed = {code for code in answers.keys() | self.answers.keys() if answers.get(code) != self.answers.get(code)}
        # A copy: somebody else's request may be adding to it.
        known = {key: one for key, one in self.known.copy().items() if one[1].isdisjoint(changed)}
        return Recall(answers, last_year, known)

    def noted(self, answers: Answers | None = None) -> Noted:
        """All answers, or those of them that are sound."""
        return Noted(self.answers if answers is None else answers, self.known)
