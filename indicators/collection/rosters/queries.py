"""What is known before a paper is read: the school's items and stages, and what it said of its papers before."""

from collections.abc import Callable

from django.utils.crypto import salted_hmac

from indicators.collection.rosters.models import RosterMemory
from indicators.collection.rosters.workbook import RosterSetting
from indicators.collection.submissions import queries as submissions, workflow

_DIGITS = 24


def setting(facts: submissions.SubmissionFacts) -> RosterSetting:
    asked = {item.code: item for item in workflow.assess(facts).asked}
    stages = {item.stage for item in asked.values() if item.stage}
    labels = {code: stage.label for code, stage in facts.spec.stages.items() if code in stages}
    return RosterSetting(asked, labels, facts.submission.round.school_year_start.year)


def digest_of(school_id: int) -> Callable[[str], str]:
    """Words of papers are remembered by this, never as they are."""
    return lambda text: salted_hmac("rosters", f"{school_id}:{text}").hexdigest()[:_DIGITS]


def remembered(school_id: int) -> dict[str, str]:
    row = RosterMemory.objects.filter(school=school_id).first()
    return dict(row.said) if row else {}
