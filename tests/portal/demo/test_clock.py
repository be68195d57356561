"""The clock of the demonstration: actions happen in calendar order, and time comes back."""

import datetime as dt

import pytest
from django.utils import timezone

from portal.demo.rounds import Agenda, turned_back


def test_minutes_beyond_the_hour_carry_over() -> None:
    with turned_back() as clock:
        clock.set(-10, 9, 199)
        moment = timezone.localtime()
    assert (moment.hour, moment.minute) == (12, 19)
    assert moment.date() == clock.today - dt.timedelta(days=10)


def test_the_agenda_follows_the_calendar_and_does_nothing_twice() -> None:
    done: list[tuple[str, int]] = []
    agenda = Agenda()
    for name, day, minute in (("late", -1, 600), ("second", -9, 700), ("first", -9, 600)):
        agenda.at(day, minute, lambda name=name: done.append((name, timezone.localtime().hour)))
    with turned_back() as clock:
        agenda.carry_out(clock, before=-5)
        assert done == [("first", 10), ("second", 11)]
        agenda.carry_out(clock)
    assert [name for name, _ in done] == ["first", "second", "late"]


def test_the_real_time_is_back_after_a_failure() -> None:
    real = timezone.now
    with pytest.raises(ZeroDivisionError), turned_back():
        1 / 0  # noqa: B018
    assert timezone.now is real
