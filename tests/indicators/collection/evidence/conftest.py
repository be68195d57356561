"""The round and submission of 甲小学, as the tests of submissions have them."""

from tests.indicators.collection.submissions.conftest import complete, round_, submission

__all__ = ["complete", "round_", "submission"]
