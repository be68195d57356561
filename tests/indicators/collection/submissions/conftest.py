"""An open round with a submission for every respondent of the cast's district."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from indicators.collection.submissions.models import Round, Submission
from indicators.standard.standards import queries as standards
from portal.core.accounts.queries import system_user
from tests.figures import enter, good_answers
from tests.shared import shared


@shared
def round_(cast):
    return make_round(cast.district, "2026")


def make_round(district, code, **facts):
    year = int(code[:4])
    system = system_user()
    fields = {
        "name": f"{code} 年度自评",
        "opened_at": timezone.now() - timedelta(days=3),
        "due_at": timezone.now() + timedelta(days=20),
        "school_year_start": date(year, 9, 1),
        "fiscal_year": year,
        "school_year": f"{year}-{year + 1}",
        "standard": standards.current(),
    } | facts
    return Round.objects.create(code=code, district=district, created_by=system, updated_by=system, **fields)


def make_submission(round_, **respondent):
    system = system_user()
    return Submission.objects.create(round=round_, created_by=system, updated_by=system, **respondent)


@shared
def submission(cast, round_):
    """School 甲's draft."""
    return make_submission(round_, school=cast.school_a)


@pytest.fixture
def spec(round_):
    return standards.load_spec(round_.standard)


@shared
def complete(cast, round_, submission):
    """School 甲's draft, filled in completely."""
    spec = standards.load_spec(round_.standard)
    enter(submission, good_answers(spec, "小学"), by=cast.reporter_a, head=cast.principal_a)
    return submission
