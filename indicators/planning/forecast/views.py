"""Pages of forecasts: the list, asking for one with its form, one with its schools, and what a school sees of its own."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from indicators.collection.submissions.models import Round
from indicators.planning.engine import RULES, assumptions
from indicators.planning.forecast import actions, pages, queries
from indicators.planning.forecast.workbook import FIRST_YEAR, LAST_YEAR, split
from portal.core.errors import Refused
from portal.core.files import views as downloads
from portal.core.forms.once import once
from portal.core.jobs.models import Job
from portal.core.lib import written
from portal.core.lib.forms import FilterForm, WholeNumber
from schools.access.scope import Perm, Request, require
from schools.directory import queries as directory
from schools.registers import queries as registers

# A year, a number that may hold separators of its own, and perhaps a township.
_BIRTHS = re.compile(
    r"(?P<year>[^\s,，、:：;；]+)[\s,，、:：;；]+(?P<count>.*?)([\s,，、:：;；]+(?P<township>[^\W\d].*))?"
)

_LONGEST_LINE = 200


class ForecastForm(forms.Form):
    """Of which round, to which year, from which births."""

    round = forms.ModelChoiceField(
        Round.objects.none(),
        label="评估年度",
        empty_label=None,
        help_text="从这个年度和它以前各年度审核通过的班级名册推算。",
        error_messages={"invalid_choice": "请从列表中选择一个评估年度。"},
    )
    to = WholeNumber(label="预测到（9 月）", initial=RULES.last_year)
    births = forms.CharField(
        label="出生人口",
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "2019 5321\n2020 4980"}),
        help_text="每行一个出生年度和人数，可从 Excel 粘贴两列。出生年度写截止 8 月 31 日的那一年："
        "2019 年 9 月 1 日—2020 年 8 月 31 日写 2020。也可以写以后年度的估计数。不填则一年级按已知年度推算。"
        "各年度都按乡镇（街道）分开写的（2020 1260 北郊乡），一年级按当地的出生人口推算到当地的小学。",
    )
    moved = forms.CharField(
        label=assumptions.MOVED,
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"{assumptions.HINTS[assumptions.MOVED]}。学校写名称或标识码，可从 Excel 粘贴；名录里登记了、还没有招生的新学校也可以划入。",
    )
    homes = forms.CharField(
        label=assumptions.HOMES,
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"{assumptions.HINTS[assumptions.HOMES]}。已经计入出生人口的不要再填。",
    )
    shares = forms.CharField(
        label=assumptions.SHARES,
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"{assumptions.HINTS[assumptions.SHARES]}。全区一年级、初中一年级的新生里这所学校占百分之几，代替历年平均；"
        "没有写的学校按历年平均分余下的，删去一行就恢复。划片调整在这以后计算。各校的历年平均见上一次预测的“逐校”。",
    )
    ratios = forms.CharField(
        label=assumptions.RATIOS,
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"{assumptions.HINTS[assumptions.RATIOS]}。全区各校都按它，代替历年最低、中间、最高的；删去一行就恢复。"
        "入学比例是一年级新生÷出生人口，历年的见上一次预测。",
    )
    trend = forms.BooleanField(label="最后一个出生年度以后按历年平均变化推算（不选：保持不变）", required=False)

    def __init__(self, *args: Any, rounds: Sequence[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = Round.objects.filter(pk__in=[row.pk for row in rounds])  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_births(self) -> dict[tuple[int, str], Decimal]:
        """By year and township, blank where none is named."""
        found: dict[tuple[int, str], Decimal] = {}
        for number, line in enumerate(self.cleaned_data["births"].splitlines(), 1):
            if not line.strip():
                continue
            given = _BIRTHS.fullmatch(line.strip()) if len(line) <= _LONGEST_LINE else None
            try:
                if given is None:
                    raise ValueError
                year, count = written.number(given["year"]), written.number(given["count"])
            except ValueError:
                raise forms.ValidationError(
                    f"第 {number} 行看不懂：“{line.strip()[:40]}”。请写成“2020 4980”。"
                ) from None
            township = written.bare(given["township"] or "")
            if year != int(year) or not FIRST_YEAR <= year <= LAST_YEAR:
                raise forms.ValidationError(f"第 {number} 行的出生年度应为 {FIRST_YEAR} 至 {LAST_YEAR} 的年份。")
            if count < 0 or count != int(count) or count >= 10**8:
                raise forms.ValidationError(f"第 {number} 行的人数应为不小于 0 的整数。")
            if (int(year), township) in found:
                raise forms.ValidationError(f"第 {number} 行的 {int(year)} 年度{township}写了两次，请只留一行。")
            found[int(year), township] = count
        return found


class ForecastFilter(FilterForm):
    """Which schools of a forecast are listed, in which year."""

    shows = ("year",)

    year = forms.ChoiceField(label="年度", required=False)
    stage = forms.ChoiceField(
        label="学段", required=False, choices=[("", "全部"), ("primary", "小学"), ("junior", "初中")]
    )
    only = forms.ChoiceField(
        label="只看", required=False, choices=[("", "全部"), ("gap", "学位不足"), ("warned", "有预警")]
    )

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(str(year), f"{year}") for year in years]  # type: ignore[attr-defined]


PAGE = 50


@require(Perm.FORECAST_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    page = Paginator(queries.shown_to(request.user), PAGE).get_page(request.GET.get("page"))
    may_start = queries.rounds(request.user, Perm.PLAN_MANAGE).exists()
    own = [] if page.object_list or may_start else list(directory.schools(request.user, Perm.FORECAST_VIEW)[:PAGE])
    running = Job.objects.filter(kind="forecast", owner=request.user, state__in=(Job.State.QUEUED, Job.State.RUNNING))
    context = {"page": page, "may_start": may_start, "own": own, "running": running.order_by("-pk").first()}
    return render(request, "indicators/forecast/list.html", context)


@require(Perm.PLAN_MANAGE)
@once
def start(request: Request) -> HttpResponse:
    rounds = list(queries.rounds(request.user, Perm.PLAN_MANAGE))
    asked = next((row for row in rounds if str(row.pk) == request.GET.get("round")), rounds[0] if rounds else None)
    last = queries.shown_to(request.user).filter(round__district=asked.district_id).first() if asked else None
    standing = assumptions.lines_of(last.stored["base"], _names(last)) if last else {}
    form = ForecastForm(request.POST or None, rounds=rounds, initial={"round": asked} | standing)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            births, born = split(data["births"])
            given = {name: data[name] for name in ("to", "trend", *assumptions.NAMES)}
            job = actions.start(round_id=data["round"].pk, births=births, born=born, **given, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.lines)
        else:
            if "forecast" in job.result:
                messages.info(request, "数据和设定都没有变化，仍是原来的预测。")
                return redirect("forecast:detail", job.result["forecast"])
            messages.success(request, "已开始预测，完成后在这里查看。")
            return redirect("forecast:list")
    context = {"form": form, "rounds": rounds, "last": last if any(standing.values()) else None}
    return render(request, "indicators/forecast/start.html", context, status=400 if form.errors else 200)


def _names(forecast: queries.Forecast) -> dict[str, str]:
    return directory.names_of({row["school_code"] for row in forecast.stored["years"][0]["schools"]})


@require(Perm.PLAN_VIEW)
@require_GET
def detail(request: Request, forecast_id: int) -> HttpResponse:
    forecast = queries.get(request.user, forecast_id)
    names, backtest = _names(forecast), forecast.stored["backtest"]
    context = {
        "forecast": forecast,
        "base": forecast.stored["base"],
        "columns": [label for _, label in pages.COLUMNS],
        "codes": pages.indicators(forecast),
        "years": pages.years(forecast),
        "curves": list(pages.curves(forecast)),
        "warnings": pages.warnings(forecast, names),
        "ratios": pages.ratios(forecast),
        "own_shares": [row for row in pages.shares(forecast, names) if row.reason],
        "errors": pages.errors(forecast),
        "coming": registers.coming(request.user, forecast.round.district),
        "worst": names.get(backtest["worst_school"] if backtest else ""),
    }
    return render(request, "indicators/forecast/detail.html", context)


@require(Perm.PLAN_VIEW)
@require_GET
def schools(request: Request, forecast_id: int) -> HttpResponse:
    forecast = queries.get(request.user, forecast_id)
    names, every = _names(forecast), sorted({year["year"] for year in forecast.stored["years"]})
    form = ForecastFilter(request.GET, years=every)
    asked = form.asked
    warned = {row.school_code for row in pages.warnings(forecast, names)}
    shares = {(row.school_code, row.stage): row for row in pages.shares(forecast, names)}
    rows = [
        row
        for row in pages.schools(forecast, names, year=int(asked.get("year", every[0])))
        if asked.get("stage", "") in ("", row.stage)
        and (asked.get("only") != "gap" or row.gap not in ("0", "—"))
        and (asked.get("only") != "warned" or row.school_code in warned)
    ]
    paired = [(row, shares.get((row.school_code, row.stage))) for row in rows]
    page = Paginator(paired, PAGE).get_page(request.GET.get("page"))
    context = {"forecast": forecast, "form": form, "page": page, "year": int(asked.get("year", every[0]))}
    return render(request, "indicators/forecast/schools.html", context)


@require(Perm.FORECAST_VIEW)
@require_GET
def school(request: Request, code: str) -> HttpResponse:
    own = directory.get_school(request.user, code, Perm.FORECAST_VIEW)
    forecast = queries.newest_of(own)
    context: dict[str, Any] = {"school": own, "forecast": forecast}
    if forecast:
        names = {own.code: own.name}
        context |= {
            "base": forecast.stored["base"],
            "rows": pages.schools(forecast, names, school=own.code),
            "warnings": [row for row in pages.warnings(forecast, names) if row.school_code == own.code],
            "bases": pages.bases(forecast, own.code),
            "shares": [row for row in pages.shares(forecast, names) if row.school_code == own.code],
            "coming": registers.coming(request.user, own.district, own),
        }
    return render(request, "indicators/forecast/school.html", context)


@require(Perm.PLAN_VIEW)
@require_GET
def export(request: Request, forecast_id: int) -> HttpResponse:
    forecast = queries.get(request.user, forecast_id)
    content = actions.export(forecast=forecast, by=request.user)
    return downloads.download(content, f"{forecast.round.district}{forecast}.xlsx")
