"""A district at work: a round, findings, a visit."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from indicators.collection.submissions.models import Round, Submission
from indicators.standard.standards.models import Standard
from inspections.rectification.models import Finding
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from tests.portal.home.servers import gateway, smtp
from tests.shared import shared

__all__ = ["gateway", "smtp"]


def stamped(by: User) -> dict[str, Any]:
    return {"created_by": by, "updated_by": by}


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def make_round(cast: Any, *, code: str = "2026", due: int = 10) -> Round:
    standard = Standard.objects.get_or_create(
        code="national-2017", revision=1, defaults={"name": "国家标准", "content": {}, "sha256": "0" * 64}
    )[0]
    now = timezone.now()
    return Round.objects.create(
        code=code,
        name=f"{code} 年度自评",
        district=cast.district,
        standard=standard,
        opened_at=now,
        due_at=now + timedelta(days=due),
        school_year_start=date(2026, 9, 1),
        fiscal_year=2026,
        school_year="2026-2027",
        **stamped(cast.admin),
    )


def make_finding(cast: Any, number: int, *, state: str = "rectifying", due: int = 5, **facts: Any) -> Finding:
    defaults = {"school": cast.school_a, "indicator": "A4", "problem": f"问题 {number}", **stamped(cast.admin)}
    return Finding.objects.create(
        number=f"2026-DD-{number:03d}",
        ledger=cast.district.code,
        source="DD",
        state=state,
        due_on=in_days(due),
        **(defaults | facts),
    )


def make_visit(cast: Any, leader: User, **facts: Any) -> Visit:
    defaults = {"school": cast.school_a, "subject": "开学检查", "planned_on": in_days(1), **stamped(cast.admin)}
    return Visit.objects.create(leader=leader, **(defaults | facts))


@shared
def round_(cast: Any) -> Round:
    """An open round in which the two schools, the department and the bureau answer."""
    made = make_round(cast)
    for respondent in ({"school": cast.school_a}, {"school": cast.school_b}, {"department": cast.department}, {}):
        Submission.objects.create(round=made, **respondent, **stamped(cast.admin))
    return made


def of(round_: Round, school: Any) -> Submission:
    return Submission.objects.get(round=round_, school=school)


def put(submission: Submission, **values: Any) -> Submission:
    for name, value in values.items():
        setattr(submission, name, value)
    submission.save()
    return submission
