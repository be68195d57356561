"""What PostgreSQL gave up for the sake of another transaction (a deadlock, a serialization failure) is done again."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

T = TypeVar("T")
# How long to wait at most before the next try, so that the other is through.
PAUSES = (0.1, 0.3, 0.9)
_GIVEN_UP = ("40P01", "40001")


def is_given_up(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", "") in _GIVEN_UP


def again(do: Callable[[], T], *, may: Callable[[], bool] = lambda: True) -> T:
    """As long as it `may` be repeated; the last error is raised."""
    for pause in PAUSES:
        try:
            return do()
        except OperationalError as error:
            if not (is_given_up(error) and may()):
                raise
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 two that met must not meet again
    return do()
