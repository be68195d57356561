"""What is recalled is what would be worked out anew, whatever changes from one save to the next."""

import random
from datetime import date
from decimal import Decimal

import pytest

from indicators.standard.engine import NotApplicable, Recall, UnusableData, Value, check_school, live
from tests.figures import good_answers
from tests.indicators.standard.engine.builders import STAGES, answers, figures


def anything(rng: random.Random, field):
    """A figure, a choice, a text or a table, now and then one that cannot be."""
    if rng.random() < 0.05:
        return rng.choice(["何", -3, Decimal("1.5")])
    if field.kind in ("number", "decimal"):
        return rng.choice([0, 1, rng.randrange(2000), Decimal(rng.randrange(900_000)) / 100])
    if field.kind == "yes_no":
        return rng.random() < 0.5
    if field.kind == "choice":
        return rng.choice(list(field.choices))
    if field.kind == "date":
        return date(2026, 1, rng.randint(1, 28))
    if field.kind == "text":
        return "字" * rng.randrange(90)
    cells = [
        {one.code: None if rng.random() < 0.03 else anything(rng, one) for one in field.columns}
        for _ in range(rng.randrange(5))
    ]
    return tuple(cells)


def changed(rng: random.Random, spec, given):
    """One to three fields written, emptied, or answered 不适用."""
    found = dict(given)
    for item in rng.sample(list(spec.items.values()), rng.randint(1, 3)):
        what = rng.random()
        if what < 0.2:
            found.pop(item.code, None)
        else:
            is_none = what < 0.3
            found[item.code] = NotApplicable(rng.choice(["", "在建"])) if is_none else Value(anything(rng, item))
    return found


def outcome(work, *args):
    """As it reads; or why the data cannot be judged."""
    try:
        return repr(work(*args))
    except (UnusableData, TypeError, ValueError, AttributeError, KeyError) as error:
        return repr(error)


@pytest.mark.parametrize("kind", STAGES)
@pytest.mark.parametrize("standard", ["spec", "newer_spec"])
def test_after_any_change_the_verdict_and_the_checks_are_those_of_a_full_reading(kind, standard, request):
    spec, rng = request.getfixturevalue(standard), random.Random(f"{kind} {standard}")
    given, last_year = good_answers(spec, kind), answers(figures(kind))
    recall, differing = Recall(given, last_year), set()
    for step in range(120):
        given = changed(rng, spec, good_answers(spec, kind) if step % 40 == 39 else given)
        if step % 30 == 29:
            last_year = changed(rng, spec, last_year)
        recall = recall.after(given, last_year)
        whole = outcome(live, spec, kind, given), outcome(check_school, spec, kind, given, last_year)
        assert outcome(live, spec, kind, given, recall) == whole[0]
        assert outcome(check_school, spec, kind, given, last_year, recall) == whole[1]
        differing.add(whole)
    assert len(differing) > 20


def test_only_what_read_a_changed_answer_is_worked_out_anew(spec):
    given = good_answers(spec, "小学")
    recall = Recall(given)
    first = live(spec, "小学", given, recall)
    assert check_school(spec, "小学", given, {}, recall) == check_school(spec, "小学", given, {})
    known = dict(recall.known)
    given = given | {"teaching_area": Value(Decimal("2521.5"))}
    recall = recall.after(given, {})
    gone = known.keys() - recall.known.keys()
    assert {("indicator", "A4"), ("faults", "teaching_area")} <= gone
    assert {key for key in gone if key[0] in ("indicator", "demand")} == {("indicator", "A4")}
    second = live(spec, "小学", given, recall)
    pairs = zip(first.parts[0].indicators, second.parts[0].indicators, strict=True)
    assert [old.code for old, new in pairs if old is not new] == ["A4"]


def test_with_other_figures_of_last_year_nothing_is_recalled(spec):
    given = good_answers(spec, "小学")
    recall = Recall(given)
    check_school(spec, "小学", given, {}, recall)
    assert recall.after(given, {}).known
    assert not recall.after(given, {"teaching_area": Value(1)}).known


def test_answers_are_read_one_by_one(spec):
    noted = Recall({"teaching_area": Value(1)}).noted()
    assert noted["teaching_area"] == Value(1)
    for at_once in (list, len):
        with pytest.raises(TypeError, match="one by one"):
            at_once(noted)
