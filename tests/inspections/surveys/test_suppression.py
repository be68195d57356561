"""No group below the least can be read from a table, from what is beside it neither."""

from hypothesis import given, settings
from hypothesis import strategies as st

from inspections.surveys.queries import hidden_cells

LEAST = 5
COLUMNS = ("students", "parents", "teachers")


def table(cells: dict[tuple[int, str], int]) -> dict:
    """With its totals."""
    counts: dict = dict(cells)
    for (row, column), count in cells.items():
        for place in ((row, None), (None, column), (None, None)):
            counts[place] = counts.get(place, 0) + count
    return counts


def test_a_small_group_hides_the_smallest_one_next_to_it_in_its_row_and_column() -> None:
    counts = table({(1, "students"): 3, (1, "parents"): 20, (2, "students"): 30, (2, "parents"): 40})
    assert hidden_cells(counts, LEAST) == {(1, "students"), (1, "parents"), (2, "students"), (2, "parents")}


def test_large_groups_and_empty_ones_hide_nothing() -> None:
    assert hidden_cells(table({(1, "students"): 0, (1, "parents"): 5, (2, "students"): 9}), LEAST) == set()


def test_the_total_goes_with_the_only_small_group_of_a_school() -> None:
    counts = table({(1, "students"): 3, (2, "students"): 50, (3, "students"): 60})
    assert {(1, "students"), (1, None)} <= hidden_cells(counts, LEAST)


@settings(max_examples=50)
@given(st.dictionaries(st.tuples(st.integers(1, 5), st.sampled_from(COLUMNS)), st.integers(0, 12), min_size=1))
def test_what_is_left_open_gives_away_no_small_group(cells: dict[tuple[int, str], int]) -> None:
    counts = table(cells)
    kept = hidden_cells(counts, LEAST)
    assert kept >= {place for place, count in counts.items() if 0 < count < LEAST}
    # Every sum a reader can subtract from a total they see is none or of a group large enough.
    lines = [([(r, c) for r, c in counts if r == row and c], (row, None)) for row in {row for row, _ in counts}]
    lines += [
        ([(r, c) for r, c in counts if c == column and r], (None, column))
        for column in {column for _, column in counts}
    ]
    for parts, total in lines:
        secret = [counts[place] for place in parts if place in kept and counts[place]]
        if total in kept:
            assert secret
        else:
            assert not secret or (len(secret) > 1 and sum(secret) >= LEAST)
