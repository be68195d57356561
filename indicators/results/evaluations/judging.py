"""Reading and judging a round: what the background job and the command line have in common."""

import datetime
from dataclasses import dataclass

from indicators.collection.rounds.models import Round
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.inputs import Inputs
from indicators.standard.engine import Result, UnusableData, evaluate
from portal.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Judged:
    """A round with what was read, when, and what the engine made of it."""

    round: Round
    inputs: Inputs
    result: Result
    data_as_of: datetime.datetime


def read(round: Round) -> Inputs:
    """Read a round's inputs. Raises Invalid, in Chinese, when a figure cannot be judged at all."""
    try:
        return reading.of_round(round)
    except UnusableData as error:
        raise Invalid(str(error)) from error


def judge(round: Round, inputs: Inputs, data_as_of: datetime.datetime) -> Judged:
    """Judge what was read. Raises Invalid, in Chinese, naming the school whose figures cannot be judged."""
    try:
        return Judged(round, inputs, evaluate(inputs.spec, inputs.returns), data_as_of)
    except UnusableData as error:
        raise Invalid(str(error)) from error
