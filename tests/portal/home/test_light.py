"""Pages that name a standard, a visit or a letter do not read what is written in it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

LARGE = [
    (table, column)
    for table, columns in {
        "indicators_standard": ["content"],
        "indicators_revision": ["content"],
        "inspections_letter": ["sections", "facts", "typed", "frozen"],
        "inspections_visit": ["checklist"],
    }.items()
    for column in columns
]


@pytest.mark.parametrize("who", ["admin", "leader", "inspector_a", "principal_a", "reviewer", "liaison"])
@pytest.mark.parametrize("address", ["/", "/statistics/", "/rounds/"])
def test_a_page_reads_nothing_large_it_does_not_show(world, cast, sign_in, who: str, address: str) -> None:
    client = sign_in(getattr(cast, who))
    client.get(address)  # builds the standard once a process
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    heads = [query["sql"].partition(" FROM ")[0] for query in asked.captured_queries]
    read = {f"{table}.{column}" for table, column in LARGE if any(f'"{table}"."{column}"' in head for head in heads)}
    assert read == set()
