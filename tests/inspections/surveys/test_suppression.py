"""No group below the least can be read from a table, nor calculated from all that is shown of it."""

from fractions import Fraction
from itertools import combinations, product

from hypothesis import given, settings, strategies as st

from inspections.surveys.suppression import hidden_cells

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


def test_what_two_rows_less_two_columns_give_away_is_hidden_too() -> None:
    """No line has fewer than two hidden cells, yet the first two rows less the first two columns are 3 teachers."""
    ends = [*product((1, 2), ("students", "parents")), *product((3, 4), ("teachers", "heads"))]
    cells = dict.fromkeys(ends, 9) | {(1, "teachers"): 3}
    assert small_sets(cells, set(cells)) == [[(1, "teachers")]]
    assert not small_sets(cells, hidden_cells(table(cells), LEAST))


def test_groups_shown_by_their_total_alone_need_no_neighbour_of_their_own() -> None:
    cells = {(1, "students"): 20, (1, "parents"): 30, (0, "heads"): 6, (0, "deputies"): 9}
    apart = {(0, "heads"), (0, "deputies"), (0, None)}
    assert hidden_cells(table(cells), LEAST, apart) == apart


def test_large_groups_and_empty_ones_hide_nothing() -> None:
    assert hidden_cells(table({(1, "students"): 0, (1, "parents"): 5, (2, "students"): 9}), LEAST) == set()


def test_the_total_goes_with_the_only_small_group_of_a_school() -> None:
    counts = table({(1, "students"): 3, (2, "students"): 50, (3, "students"): 60})
    assert {(1, "students"), (1, None)} <= hidden_cells(counts, LEAST)


def calculated(vectors: list[list[int]]) -> dict[int, list[Fraction]]:
    """All that the vectors add up to, as a basis by the first place that is not zero."""
    basis: dict[int, list[Fraction]] = {}
    for vector in vectors:
        rest = remainder(basis, vector)
        first = next((place for place, value in enumerate(rest) if value), None)
        if first is not None:
            own = [value / rest[first] for value in rest]
            basis = {
                place: [mine - other[first] * its for mine, its in zip(other, own, strict=True)]
                for place, other in basis.items()
            }
            basis[first] = own
    return basis


def remainder(basis: dict[int, list[Fraction]], vector: list[int]) -> list[Fraction]:
    rest = [Fraction(value) for value in vector]
    for place, own in basis.items():
        rest = [mine - rest[place] * its for mine, its in zip(rest, own, strict=True)]
    return rest


def small_sets(cells: dict[tuple[int, str], int], hidden: set) -> list[list[tuple[int, str]]]:
    """Every set of groups with fewer answers than the least whose sum a reader can calculate, found by trying all."""
    groups = [cell for cell, count in cells.items() if count]
    shown = [place for place, count in table(cells).items() if count and place not in hidden]
    basis = calculated([[r in (None, row) and c in (None, column) for row, column in groups] for r, c in shown])
    found = []
    for size in range(1, min(len(groups), LEAST - 1) + 1):
        for chosen in combinations(groups, size):
            is_small = sum(cells[cell] for cell in chosen) < LEAST
            if is_small and not any(remainder(basis, [cell in chosen for cell in groups])):
                found.append(list(chosen))
    return found


def test_nothing_small_can_be_calculated_from_any_table_of_two_by_two() -> None:
    places = list(product((1, 2), COLUMNS[:2]))
    for counts in product(range(8), repeat=4):
        cells = dict(zip(places, counts, strict=True))
        hidden = hidden_cells(table(cells), LEAST)
        assert not small_sets(cells, hidden), cells


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(1, 4), st.sampled_from(COLUMNS)), st.integers(0, 9), min_size=1, max_size=10),
    st.dictionaries(st.tuples(st.just(0), st.sampled_from(("heads", "deputies"))), st.integers(0, 9)),
)
def test_nothing_small_can_be_calculated_from_larger_tables(by_school: dict, apart: dict) -> None:
    cells = by_school | apart
    counts = table(cells)
    never = [place for place in counts if place[0] == 0]
    hidden = hidden_cells(counts, LEAST, never)
    assert hidden >= {place for place, count in counts.items() if 0 < count < LEAST}
    assert not small_sets(cells, hidden)
