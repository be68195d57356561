"""Answering without signing in. It leaves no line in the audit trail: that would say from where and when who answered."""

from base64 import b32encode
from collections.abc import Iterator, Mapping

from django.db import transaction
from django.utils.crypto import salted_hmac

from inspections.surveys.models import Survey, SurveyAnswer, SurveyCode, SurveyPortion

# 80 bits, in the letters of base 32: 2–7 and a–z, none of them easily misread for another.
_BYTES = 10


def codes(survey: Survey, portion: SurveyPortion) -> Iterator[str]:
    """Those of a portion, in order; nobody can without the portal's key."""
    for number in range(portion.sent):
        drawn = salted_hmac("surveys.code", f"{survey.seed}:{portion.pk}:{number}", algorithm="sha256").digest()
        yield b32encode(drawn[:_BYTES]).decode().lower()


def digest(code: str) -> str:
    return salted_hmac("surveys.digest", code.lower(), algorithm="sha256").hexdigest()


def find(code: str) -> SurveyCode | None:
    rows = SurveyCode.objects.select_related("portion__survey__district", "portion__school")
    return rows.filter(digest=digest(code)).first()


@transaction.atomic
def answer(found: SurveyCode, given: Mapping[str, str]) -> bool:
    """Write the answer and use up its code; False, and nothing changes, where the code was used meanwhile.

    Ending a survey uses up every code, so an answer on its way is counted before or not at all.
    """
    portion = found.portion
    if not SurveyCode.objects.filter(pk=found.pk, is_used=False).update(is_used=True):
        return False
    SurveyAnswer.objects.create(
        survey_id=portion.survey_id, group=portion.group, school_id=portion.school_id, answers=dict(given)
    )
    return True
