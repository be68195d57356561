"""Keeps what was built from an evaluation, which never changes, for the next request of this process."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from indicators.results.evaluations.models import Evaluation

Built = TypeVar("Built")


class Kept(Generic[Built]):
    """At most `size` built things by evaluation and further key; emptied when full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._built: dict[tuple[Hashable, ...], Built] = {}

    def get(self, evaluation: Evaluation, make: Callable[[], Built], *further: Hashable) -> Built:
        """Return what is kept for this evaluation and key, made first if need be."""
        # A key alone could be another evaluation's after a database was restored.
        key = (evaluation.pk, evaluation.inputs_sha256, evaluation.created_at, *further)
        if key not in self._built:
            made = make()
            if len(self._built) >= self._size:
                self._built.clear()
            self._built[key] = made
        return self._built[key]
