"""A survey of 龙亭区 and answers to it, for the tests."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inspections.surveys import actions, queries
from inspections.surveys.models import Survey
from tests.inspections.making import today


def draft(cast: Any, title: str = "满意度调查") -> Survey:
    days: dict[str, dt.date] = {"opens_on": today(), "closes_on": today(10)}
    given: dict[str, Any] = {"title": title, "population": Decimal("39.00"), **days}
    return actions.create(district_id=cast.district.pk, by=cast.admin, **given)


def handed_out(cast: Any) -> Survey:
    return actions.hand_out(survey_id=draft(cast).pk, by=cast.admin)


def codes(survey: Survey, group: str, school: Any = None) -> list[str]:
    return list(queries.codes(survey, survey.portions.get(group=group, school=school)))


def all_alike(survey: Survey, group: str, choice: str) -> Mapping[str, str]:
    return dict.fromkeys((question.code for question in survey.questionnaire.put_to(group)), choice)


def answer(survey: Survey, group: str, school: Any, choices: str) -> None:
    """One answer for each letter, all its questions alike: y(es), m(ostly) or n(o)."""
    words = {"y": "yes", "m": "mostly", "n": "no"}
    used = survey.answers.filter(group=group, school=school).count()
    for code, choice in zip(codes(survey, group, school)[used:], choices, strict=False):
        found = queries.by_code(code)
        assert found
        assert actions.answer(code=found, given=all_alike(survey, group, words[choice]))
