"""The draft of a school, blank and complete."""

from tests.indicators.collection.submissions.conftest import complete, round_, submission

__all__ = ["complete", "round_", "submission"]
