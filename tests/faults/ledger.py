"""The fault ledger: what was sent and what was acknowledged, on disk before anything else happens."""

import os
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class Ledger:
    """A file of lines `sent KEY` and `done KEY`, each synced before the call returns; a key is written once."""

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()

    def sent(self, key: str) -> None:
        """Note a write before it is sent for the first time."""
        self._add("sent", key)

    def done(self, key: str) -> None:
        """Note that the server said yes."""
        self._add("done", key)

    def _add(self, word: str, key: str) -> None:
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(f"{word} {key}\n")
            file.flush()
            os.fsync(file.fileno())

    def keys(self, word: str) -> list[str]:
        """Return the keys noted with a word, in order."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        return [line.partition(" ")[2] for line in lines if line.startswith(f"{word} ")]


@dataclass(frozen=True)
class Verdict:
    """What came of comparing a ledger with what is found after recovery."""

    acknowledged: int
    lost: tuple[str, ...]
    phantom: tuple[str, ...]
    duplicate: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is lost, nothing invented, nothing there twice."""
        return not (self.lost or self.phantom or self.duplicate)

    def counts(self) -> tuple[int, int, int]:
        """Return how many are lost, phantom, duplicate."""
        return len(self.lost), len(self.phantom), len(self.duplicate)


def compare(ledger: Ledger, found: Iterable[str]) -> Verdict:
    """Compare with the keys found, one for each effect: acknowledged but gone, there but never sent, there twice."""
    there, done = Counter(found), ledger.keys("done")
    return Verdict(
        len(done),
        tuple(key for key in done if key not in there),
        tuple(sorted(there.keys() - set(ledger.keys("sent")))),
        tuple(key for key, times in there.items() if times > 1),
    )
