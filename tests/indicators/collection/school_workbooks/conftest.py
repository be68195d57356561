"""The draft of school 甲 in an open round."""

from tests.indicators.collection.submissions.conftest import round_ as round_
from tests.indicators.collection.submissions.conftest import submission as submission
