"""Pages of surveys with their forms: the list, making and wording one, its codes, its results; and the page where people answer."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.surveys import actions, queries
from inspections.surveys.models import Survey, SurveyPortion
from portal.core.accounts.authentication import Request, public
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound
from portal.core.files import temporary, views as downloads
from portal.core.forms.once import once
from portal.core.jobs.models import Job
from portal.core.lib.forms import Day, Number
from schools.access.scope import Perm, ensure, holds, may, require
from schools.directory.models import District, School


class SurveyForm(forms.Form):
    """A new survey."""

    district = forms.ModelChoiceField(District.objects.none(), label="区县", empty_label=None)
    title = forms.CharField(label="名称", max_length=60, help_text="例如：2026年义务教育满意度调查")
    opens_on = Day(label="开始日期")
    closes_on = Day(label="截止日期", help_text="当天也可以答")
    population = Number(
        label="常住人口（万人）",
        min_value=Decimal("0.01"),
        max_value=Decimal("9999.99"),
        decimal_places=2,
        help_text="与申报表“表Ⅰ”一致，用来算样本数",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].queryset = queries.districts(user)  # type: ignore[attr-defined]


class QuestionsForm(forms.Form):
    """The text of each question."""

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form = survey.questionnaire
        for question in form.questions:
            asked = "、".join(form.groups[code].label for code in question.groups)
            self.fields[question.code] = forms.CharField(
                label=f"{form.dimensions[question.dimension]}（问{asked}）", max_length=120, initial=question.text
            )


class SurveyAnswerForm(forms.Form):
    """The questions put to a group, each to be judged."""

    def __init__(self, *args: Any, portion: SurveyPortion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form = portion.survey.questionnaire
        for number, question in enumerate(form.put_to(portion.group), 1):
            self.fields[question.code] = forms.ChoiceField(
                label=f"{number}. {question.text}",
                choices=list(form.choices.items()),
                widget=forms.RadioSelect,
                error_messages={"required": "请选一项。", "invalid_choice": "请选一项。"},
            )


PAGE = 20


@require(Perm.SURVEY_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    page = Paginator(queries.for_list(request.user), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_manage": holds(request.user, Perm.SURVEY_MANAGE)}
    return render(request, "inspections/surveys/list.html", context)


@require(Perm.SURVEY_MANAGE)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request) -> HttpResponse:
    form = SurveyForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data.copy()
        district = given.pop("district")
        try:
            survey = actions.create(district_id=district.pk, by=request.user, **given)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "已建立草稿。下一步：看问题和样本数，再发放答题码。")
            return redirect("surveys:detail", survey.pk)
    return render(request, "inspections/surveys/create.html", {"form": form}, status=400 if form.errors else 200)


@require(Perm.SURVEY_VIEW)
@require_GET
def detail(request: Request, survey_id: int) -> HttpResponse:
    return _detail(request, queries.get(request.user, survey_id))


def _detail(request: Request, survey: Survey, form: QuestionsForm | None = None) -> HttpResponse:
    may_manage = may(request.user, Perm.SURVEY_MANAGE, survey)
    context = {"survey": survey, "form": survey.questionnaire, "may_manage": may_manage}
    if survey.opened_at:
        context["results"] = queries.results(request.user, survey)
        page = "inspections/surveys/detail.html"
    else:
        context["planned"] = queries.planned_rows(survey)
        context["wording"] = form or QuestionsForm(survey=survey)
        page = "inspections/surveys/draft.html"
    return render(request, page, context, status=400 if form else 200)


@require(Perm.SURVEY_VIEW)
@require_GET
def school(request: Request, survey_id: int, code: str) -> HttpResponse:
    survey = queries.get(request.user, survey_id)
    found = queries.results(request.user, survey)
    row = next((row for row in found.schools if row.school and row.school.code == code), None)
    if row is None or row.school is None:
        raise NotFound("这次调查没有问到这所学校，或不在您可以查看的范围内。")
    context = {"survey": survey, "form": found.questionnaire, "row": row, "rows": found.at_schools[row.school.pk]}
    return render(request, "inspections/surveys/school.html", context)


@require(Perm.SURVEY_MANAGE)
@require_POST
@once
def word(request: Request, survey_id: int) -> HttpResponse:
    survey = queries.get(request.user, survey_id)
    ensure(request.user, Perm.SURVEY_MANAGE, survey)
    form = QuestionsForm(request.POST, survey=survey)
    if not form.is_valid():
        return _detail(request, survey, form)
    actions.word(survey_id=survey.pk, texts=form.cleaned_data, by=request.user)
    messages.success(request, "问题的文字已保存。")
    return redirect("surveys:detail", survey.pk)


@require(Perm.SURVEY_MANAGE)
@require_POST
@once
def hand_out(request: Request, survey_id: int) -> HttpResponse:
    survey = queries.get(request.user, survey_id)
    actions.hand_out(survey_id=survey.pk, by=request.user)
    messages.success(request, "答题码已生成。下一步：下载各校的答题码，打印后发放。")
    return redirect("surveys:detail", survey.pk)


@require(Perm.SURVEY_MANAGE)
@require_POST
@once
def end(request: Request, survey_id: int) -> HttpResponse:
    survey = queries.get(request.user, survey_id)
    actions.end(survey_id=survey.pk, by=request.user)
    messages.success(request, "调查已结束，下面是结果。")
    return redirect("surveys:detail", survey.pk)


@require(Perm.SURVEY_VIEW)
@require_GET
def export(request: Request, survey_id: int) -> HttpResponse:
    survey = queries.get(request.user, survey_id)
    return downloads.download(actions.export(survey=survey, by=request.user), f"{survey.title}.xlsx")


@require(Perm.SURVEY_MANAGE)
@require_GET
def codes(request: Request, survey_id: int, code: str = "") -> HttpResponse:
    """Of a school, or of the groups asked in the whole district."""
    survey = queries.get(request.user, survey_id)
    ensure(request.user, Perm.SURVEY_MANAGE, survey)
    place = get_object_or_404(School, code=code, district=survey.district_id) if code else None

    def address(one: str) -> str:
        return request.build_absolute_uri(reverse("surveys:answer", args=[one]))

    content = actions.export_codes(survey=survey, school=place, address=address, by=request.user)
    return downloads.download(content, f"{survey.title}答题码（{place or '不分学校'}）.pdf", "application/pdf")


@require(Perm.SURVEY_MANAGE)
@require_POST
@once
def all_codes(request: Request, survey_id: int, suffix: str) -> HttpResponse:
    survey = queries.get(request.user, survey_id)
    site = request.build_absolute_uri("/").rstrip("/")
    return redirect("jobs:detail", actions.ask_codes(survey_id=survey.pk, suffix=suffix, site=site, by=request.user).pk)


@require(Perm.SURVEY_MANAGE)
@require_GET
def sheets(request: Request, pk: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=pk, kind=actions.SHEETS, owner=request.user)
    survey, suffix = queries.get(request.user, job.args["survey"]), job.args["suffix"]
    content = temporary.fetch(folder="codes", name=f"{job.pk}.{suffix}", what="答题码", by=request.user)
    actions.note_codes(survey=survey, content=content, by=request.user)
    return downloads.download(content, f"{survey.title}全部答题码.{suffix}", downloads.PAPERS[suffix])


@public
@csrf_exempt
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """Only the code is needed: no cookie, no session, no script. Sent twice it is counted once."""
    found = queries.by_code(code)
    if found is None:
        return render(request, "inspections/surveys/answer.html", {"state": "unknown"}, status=404)
    survey = found.portion.survey
    context = {"survey": survey, "portion": found.portion, "group": survey.questionnaire.groups[found.portion.group]}
    if survey.state != "open":
        return render(request, "inspections/surveys/answer.html", context | {"state": survey.state})
    if found.is_used:
        return render(request, "inspections/surveys/answer.html", context | {"state": "used"})
    form = SurveyAnswerForm(request.POST or None, portion=found.portion)
    if request.method == "POST" and form.is_valid():
        actions.answer(code=found, given=form.cleaned_data)
        return redirect("surveys:answer", code)
    context |= {"state": "open", "form": form}
    return render(request, "inspections/surveys/answer.html", context, status=400 if form.errors else 200)
