"""The draft of school 甲 in an open round."""

from tests.indicators.collection.submissions.conftest import round_ as round_, submission as submission
