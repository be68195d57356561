"""The clock of the demonstration: actions happen in calendar order, and time comes back."""

import datetime as dt

import pytest
from django.utils import timezone

from portal.demo.town import Agenda, Story, turned_back


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


def test_a_story_goes_on_at_each_moment_it_waits_for_and_others_come_in_between() -> None:
    done: list[str] = []

    def story() -> Story:
        done.append("written down")
        yield -9, 600
        done.append("began")
        yield -2, 600
        done.append("ended")

    agenda = Agenda()
    agenda.follow(story())
    agenda.follow(iter(()))
    agenda.at(-5, 600, lambda: done.append("something else"))
    with turned_back() as clock:
        agenda.carry_out(clock, before=-2)
        assert done == ["written down", "began", "something else"]
        agenda.carry_out(clock)
    assert done[-1] == "ended"


def test_the_real_time_is_back_after_a_failure() -> None:
    real = timezone.now
    with pytest.raises(ZeroDivisionError), turned_back():
        1 / 0  # noqa: B018
    assert timezone.now is real
