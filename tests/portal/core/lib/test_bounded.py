"""What a process remembers stays small."""

from portal.core.lib.bounded import Bounded


def test_it_is_emptied_for_one_more_and_not_for_another_value_of_the_same() -> None:
    known: Bounded[str, int] = Bounded(2)
    known["a"], known["b"] = 1, 2
    known["a"] = 3
    assert known == {"a": 3, "b": 2}
    known["c"] = 4
    assert known == {"c": 4}
