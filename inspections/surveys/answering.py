"""Answering without signing in. It leaves no line in the audit trail: that would say from where and when who answered."""

import uuid
from base64 import b32encode
from collections.abc import Iterator, Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from inspections.surveys.models import Survey, SurveyAnswer, SurveyCode, SurveyPortion, UnusedCode

# 80 bits, in the letters of base 32: 2–7 and a–z, none of them easily misread for another.
_BYTES = 10


def codes(survey: Survey, portion: SurveyPortion) -> Iterator[str]:
    """In order; they need the portal's key."""
    for number in range(portion.sent):
        drawn = salted_hmac("surveys.code", f"{survey.seed}:{portion.pk}:{number}", algorithm="sha256").digest()
        yield b32encode(drawn[:_BYTES]).decode().lower()


def digest(code: str) -> str:
    return salted_hmac("surveys.digest", code.lower(), algorithm="sha256").hexdigest()


def find(code: str) -> SurveyCode | None:
    rows = SurveyCode.objects.select_related("portion__survey__district", "portion__school", "unused")
    return rows.filter(digest=digest(code)).first()


@transaction.atomic
def answer(found: SurveyCode, given: Mapping[str, str]) -> bool:
    """Uses up the code; False, and nothing changes, where it was used meanwhile.

    Ending a survey uses up every code, so an answer on its way is counted before or not at all.
    """
    portion = found.portion
    if not UnusedCode.objects.filter(pk=found.pk).delete()[0]:
        return False
    SurveyAnswer.objects.create(
        survey_id=portion.survey_id, group=portion.group, school_id=portion.school_id, answers=dict(given)
    )
    return True


def close(survey: Survey) -> int:
    """In the transaction that ends the survey. Returns how many answered; the answers lose their order.

    They are written again under new numbers, all in this transaction and in that order: before, the order of the rows
    could show who answered when.
    """
    UnusedCode.objects.filter(code__portion__survey=survey).delete()
    answers = list(SurveyAnswer.objects.filter(survey=survey))
    QuerySet(SurveyAnswer).filter(survey=survey).delete()
    for one in answers:
        one.pk = uuid.uuid4()
    SurveyAnswer.objects.bulk_create(sorted(answers, key=lambda one: one.pk), batch_size=1000)
    return len(answers)
