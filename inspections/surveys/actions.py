"""Actions on surveys: make one, word its questions, hand out its codes, answer it, end it. Who answers leaves no trail."""

import datetime as dt
import secrets
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inspections.surveys import document, queries, workbook
from inspections.surveys.models import (
    CURRENT_QUESTIONNAIRE,
    Survey,
    SurveyAnswer,
    SurveyCode,
    SurveyPortion,
    UnusedCode,
)
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import digests, written
from portal.core.papers import pdf
from portal.core.spreadsheets.write import render
from schools.access.scope import Perm, ensure
from schools.directory.models import District, School

SHEETS = "survey_sheets"


@transaction.atomic
def create(
    *, district_id: int, title: str, opens_on: dt.date, closes_on: dt.date, population: Decimal, by: User
) -> Survey:
    """A draft with the present questionnaire. Raises Invalid for a title in use, or wrong days."""
    district = District.objects.select_for_update(no_key=True).get(pk=district_id)
    ensure(by, Perm.SURVEY_MANAGE, district)
    title = written.prose(title).strip()
    if not title or Survey.objects.filter(district=district, title=title).exists():
        raise Invalid(f"{district}已有“{title}”，请换一个名称。" if title else "请写调查的名称。")
    if closes_on < opens_on or closes_on < timezone.localdate():
        raise Invalid("截止日期不能早于开始日期，也不能早于今天，请重新填写。")
    survey = Survey.objects.create(
        district=district,
        title=title,
        opens_on=opens_on,
        closes_on=closes_on,
        population=population,
        content=CURRENT_QUESTIONNAIRE,
        seed=secrets.token_hex(32),
        created_by=by,
        updated_by=by,
    )
    after = {
        "opens_on": opens_on,
        "closes_on": closes_on,
        "population": population,
        "version": CURRENT_QUESTIONNAIRE["version"],
    }
    audit.record("survey.create", by=by, obj=survey, after={"title": title, **after})
    return survey


@transaction.atomic
def word(*, survey_id: int, texts: Mapping[str, str], by: User) -> Survey:
    """New words for the questions, by code, before codes are out. Raises Invalid for a blank one."""
    survey = _locked(survey_id)
    ensure(by, Perm.SURVEY_MANAGE, survey)
    if survey.opened_at is not None:
        raise Conflict("答题码已经发放，问题不能再改：先答的人和后答的人要答同样的题。")
    before = {question.code: question.text for question in survey.questionnaire.questions}
    now = {code: written.prose(texts.get(code, text)).strip() for code, text in before.items()}
    if not all(now.values()):
        raise Invalid("没有保存：每道题都要有文字。")
    changed = {code for code, text in now.items() if text != before[code]}
    if changed:
        questions = [one | {"text": now[one["code"]]} for one in survey.content["questions"]]
        survey.content, survey.updated_by = survey.content | {"questions": questions}, by
        survey.save()
        was = {code: before[code] for code in changed}
        audit.record("survey.word", by=by, obj=survey, before=was, after={code: now[code] for code in changed})
    return survey


@transaction.atomic
def hand_out(*, survey_id: int, by: User) -> Survey:
    """The codes exist and can be printed; questions and sample are fixed. A second time changes nothing."""
    survey = _locked(survey_id)
    ensure(by, Perm.SURVEY_MANAGE, survey)
    if survey.opened_at is None:
        if survey.closes_on < timezone.localdate():
            raise Conflict("截止日期已经过去，没有发放。请另建一次调查。")
        planned = queries.planned(survey)
        SurveyPortion.objects.bulk_create(
            SurveyPortion(survey=survey, group=group, school_id=school, sent=sent)
            for (group, school), sent in planned.items()
        )
        drawn = [
            SurveyCode(portion=portion, digest=queries.digest(code))
            for portion in survey.portions.all()
            for code in queries.codes(survey, portion)
        ]
        # Not in the order of the sheets: a row's number or place would say which paper it is, to readers without the key.
        codes = SurveyCode.objects.bulk_create(sorted(drawn, key=lambda one: one.digest), batch_size=1000)
        UnusedCode.objects.bulk_create((UnusedCode(code=code) for code in codes), batch_size=1000)
        survey.opened_at, survey.opened_by, survey.updated_by = timezone.now(), by, by
        survey.save()
        audit.record("survey.hand_out", by=by, obj=survey, after={"sent": sum(planned.values())})
    return survey


@transaction.atomic
def answer(*, code: SurveyCode, given: Mapping[str, str]) -> bool:
    """Uses up the code; False, and nothing changes, where it was used meanwhile.

    No line in the audit trail: that would say from where and when who answered. Ending a survey uses up every code, so
    an answer on its way is counted before or not at all.
    """
    portion = code.portion
    if not UnusedCode.objects.filter(pk=code.pk).delete()[0]:
        return False
    SurveyAnswer.objects.create(
        survey_id=portion.survey_id, group=portion.group, school_id=portion.school_id, answers=dict(given)
    )
    return True


@transaction.atomic
def end(*, survey_id: int, by: User) -> Survey:
    """Nobody can answer any more, results are shown, and the answers lose their order.

    They are written again under new numbers, all in this transaction and in that order: before, the order of the rows
    could show who answered when. A second time changes nothing. Raises Conflict before codes are out.
    """
    survey = _locked(survey_id)
    ensure(by, Perm.SURVEY_MANAGE, survey)
    if survey.opened_at is None:
        raise Conflict("还没有发放答题码，没有可以结束的调查。")
    if survey.ended_at is None:
        survey.ended_at, survey.ended_by, survey.updated_by = timezone.now(), by, by
        survey.save()
        UnusedCode.objects.filter(code__portion__survey=survey).delete()
        answers = list(SurveyAnswer.objects.filter(survey=survey))
        QuerySet(SurveyAnswer).filter(survey=survey).delete()
        for one in answers:
            one.pk = uuid.uuid4()
        SurveyAnswer.objects.bulk_create(sorted(answers, key=lambda one: one.pk), batch_size=1000)
        audit.record("survey.end", by=by, obj=survey, after={"answered": len(answers)})
    return survey


@transaction.atomic
def export(*, survey: Survey, by: User) -> bytes:
    ensure(by, Perm.SURVEY_VIEW, survey)
    content = render(workbook.build(survey, queries.results(by, survey)))
    audit.record("survey.export", by=by, obj=survey, after=digests.of(content))
    return content


@transaction.atomic
def export_codes(*, survey: Survey, school: School | None, address: Callable[[str], str], by: User) -> bytes:
    """A school's codes to print, or without a school those of the groups asked in the whole district; always the same."""
    ensure(by, Perm.SURVEY_MANAGE, survey)
    portions = queries.portions(survey, school)
    if not portions:
        raise NotFound("这次调查没有发给这所学校的答题码。")
    content = pdf.render(document.build(survey, portions, address))
    after = {"place": str(school or survey.district), **digests.of(content)}
    audit.record("survey.export_codes", by=by, obj=survey, after=after)
    return content


@transaction.atomic
def ask_codes(*, survey_id: int, suffix: str, site: str, by: User) -> Job:
    """Prints all codes of every school as `suffix` (pdf or docx); one job at a time for each.

    Raises Conflict where no codes are out, or none are valid any more.
    """
    survey = _locked(survey_id)
    ensure(by, Perm.SURVEY_MANAGE, survey)
    if survey.opened_at is None or survey.ended_at is not None:
        raise Conflict("调查没有可以用的答题码：还没有发放，或者已经结束。")
    args = {"survey": survey.pk, "suffix": suffix, "site": site}
    last = Job.objects.filter(kind=SHEETS, args=args, owner=by).order_by("-pk").first()
    if last and last.is_open:
        return last
    job = jobs.enqueue(
        kind=SHEETS,
        title=f"{survey.title}：全部答题码（{'PDF' if suffix == 'pdf' else 'Word'}）",
        args=args,
        key=f"{SHEETS}:{survey.pk}:{suffix}:{by.pk}:{last.pk if last else 0}",
        by=by,
        district=survey.district.code,
    )
    audit.record("survey.ask_codes", by=by, obj=survey, after={"suffix": suffix})
    return job


@transaction.atomic
def note_codes(*, survey: Survey, content: bytes, by: User) -> None:
    ensure(by, Perm.SURVEY_MANAGE, survey)
    after = {"place": f"{survey.district}各校", **digests.of(content)}
    audit.record("survey.export_codes", by=by, obj=survey, after=after)


def _locked(survey_id: int) -> Survey:
    rows = Survey.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    survey = rows.filter(pk=survey_id).first()
    if survey is None:
        raise NotFound("没有这次调查，或不在您可以查看的范围内。")
    return survey
