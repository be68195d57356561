"""A judged district whose schools and bureau answered everything the forms ask for."""

from tests.indicators.results.official_forms.conftest import evaluation, round_a

__all__ = ["evaluation", "round_a"]
