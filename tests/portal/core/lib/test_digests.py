"""Stored content is brought to today's format step by step."""

import pytest

from portal.core.lib import digests

STEPS: digests.Upgrades = {
    1: lambda content: {"format": 2, "names": [content["name"]]},
    2: lambda content: {**content, "format": 3, "count": len(content["names"])},
}


@pytest.mark.parametrize("content", [{"format": 1, "name": "甲"}, {"format": 3, "names": ["甲"], "count": 1}])
def test_content_of_any_known_format_reads_like_the_newest(content: digests.Json) -> None:
    assert digests.upgraded(content, 3, STEPS) == {"format": 3, "names": ["甲"], "count": 1}


@pytest.mark.parametrize("content", [{"format": 4}, {}])
def test_content_of_no_known_format_is_refused(content: digests.Json) -> None:
    with pytest.raises(ValueError, match="unknown format"):
        digests.upgraded(content, 3, STEPS)
