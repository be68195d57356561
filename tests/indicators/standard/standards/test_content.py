"""The content of a standard: 150 kB that come with every round and evaluation, decoded for who reads them."""

import json

import pytest

from indicators.collection.submissions.models import Round
from indicators.standard.standards import queries
from indicators.standard.standards.models import Standard
from tests.cast import Cast
from tests.indicators.district import open_round

pytestmark = pytest.mark.django_db


def test_a_row_that_leads_to_a_standard_does_not_decode_it(cast: Cast, monkeypatch) -> None:
    queries.load_spec(open_round(cast.district).standard)
    opened = open_round(cast.district, "2025")
    monkeypatch.setattr(json, "loads", lambda *args, **options: pytest.fail("decoded"))
    row = Round.objects.select_related("standard").get(pk=opened.pk)
    assert queries.load_spec(row.standard).indicators


def test_content_is_the_same_read_late_deferred_or_again(cast: Cast) -> None:
    made = open_round(cast.district).standard
    whole, bare = Standard.objects.get(pk=made.pk), Standard.objects.defer("content").get(pk=made.pk)
    content = json.loads(json.dumps(made.content))
    assert whole.content == bare.content == content
    assert whole.content is whole.content
    assert isinstance(whole.content, dict)
    whole.refresh_from_db()
    assert whole.content == content
