"""Pages of the statistics with their forms: comparison, import, prefill, why figures differ."""

from collections.abc import Iterable, Sequence

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.collection.rounds import queries as rounds
from indicators.collection.state_statistics import actions, queries
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from portal.core.errors import NotFound, Refused
from portal.core.files import views as downloads
from portal.core.lib.forms import RowFilter
from schools.access import restricted
from schools.access.scope import Perm, Request, ensure, may, require


class CompareFilter(RowFilter):
    """Which comparisons of a round to show."""

    shows = ("round",)

    round = forms.ChoiceField(label="评估年度", required=False)
    q = forms.CharField(label="学校名称或标识码", required=False, max_length=50)
    item = forms.ChoiceField(label="项目", required=False)
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), *((state.value, word) for state, word in queries.LABELS.items())],
    )

    def __init__(
        self, rounds: Sequence[Round], shown: Round, lines: Sequence[queries.StatisticsDifference], asked: QueryDict
    ) -> None:
        # The year shown is chosen in the form too, also where the address names none.
        data = asked.copy()
        data["round"] = str(shown.pk)
        super().__init__(data)
        items = {line.item.code: line.item.label for line in lines}
        choices = [(str(row.pk), f"{row.district.name} {row.name}") for row in rounds]
        self.fields["round"].choices = choices  # type: ignore[attr-defined]
        self.fields["item"].choices = [("", "全部"), *items.items()]  # type: ignore[attr-defined]
        if not lines:
            # Only another year could show something.
            self.fields = {"round": self.fields["round"]}

    def fits(self, row: queries.StatisticsDifference) -> bool:
        wanted, school = self.asked, row.submission.school
        words = wanted.get("q", "")
        if words and (school is None or (words not in school.name and words not in school.code)):
            return False
        if wanted.get("item") and wanted["item"] != row.item.code:
            return False
        return not wanted.get("state") or wanted["state"] == row.state.value

    def apply(self, rows: Iterable[queries.StatisticsDifference]) -> list[queries.StatisticsDifference]:  # type: ignore[override]
        order = {state: number for number, state in enumerate(queries.LABELS)}
        return sorted(super().apply(rows), key=lambda row: order[row.state])


class DifferenceReasonForm(forms.Form):
    """Why two figures differ."""

    reason = forms.CharField(
        label="差异原因",
        min_length=5,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="5 至 300 字，写明哪个数对、为什么不同，例如“统计上报后新建综合楼投入使用”。",
        error_messages={
            "required": "请写明差异原因。",
            "min_length": "太短了，至少 5 个字：写明哪个数对、为什么不同。",
        },
    )


PAGE = 100


def _lines(request: Request, round_: Round) -> list[queries.StatisticsDifference]:
    return queries.lines(round_, list(queries.school_submissions(request.user).filter(round=round_)))


@require(Perm.SUBMISSION_VIEW)
@require_GET
def compare(request: Request) -> HttpResponse:
    round_ = queries.choose(request.user, request.GET.get("round", ""))
    if round_ is None:
        return render(request, "indicators/state_statistics/compare.html", {"round": None})
    lines = _lines(request, round_)
    held = queries.rounds(request.user)
    form = CompareFilter(held, round_, lines, request.GET)
    shown = form.apply(lines)
    counts = queries.counts(lines)
    context = {
        "round": round_,
        "form": form,
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "counts": [
            (state.value, queries.LABELS[state], queries.TONES[state], count) for state, count in counts.items()
        ],
        "imported": bool(lines),
        "tolerance": queries.tolerance(),
        "year": queries.year_of(round_),
        "may_name": restricted.may_name(request.user, queries.submissions_of(shown)),
        "manages": may(request.user, Perm.ROUND_MANAGE, round_),
        "fills": queries.fills(request.user, round_),
        "several": len(held) > 1,
        "reset": f"{reverse('state_statistics:compare')}?round={round_.pk}",
    }
    return render(request, "indicators/state_statistics/compare.html", context)


@require(Perm.SUBMISSION_VIEW)
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse:
    round_ = queries.choose(request.user, request.GET.get("round", ""))
    if round_ is None:
        raise NotFound("还没有评估年度，没有可以导出的核对结果。")
    lines = _lines(request, round_)
    form = CompareFilter(queries.rounds(request.user), round_, lines, request.GET)
    content = actions.export(
        round_=round_,
        lines=form.apply(lines),
        by=request.user,
        filtered=form.described(),
        purpose=request.POST.get("purpose"),
    )
    name = f"{round_.district}{round_.name}统计核对.xlsx"
    return downloads.download(content, name)


@require(Perm.ROUND_MANAGE)
@require_POST
def prefill(request: Request, round_id: int) -> HttpResponse:
    round_ = rounds.get(request.user, round_id)
    made = actions.prefill(round_id=round_.pk, by=request.user)
    schools = len({row.submission_id for row in made})
    done = f"已为 {schools} 所学校预填 {len(made)} 项，请学校核对。" if made else "没有可以预填的空白项。"
    messages.success(request, done)
    return redirect(f"{reverse('state_statistics:compare')}?round={round_.pk}")


@require(Perm.SUBMISSION_FILL)
@require_http_methods(["GET", "POST"])
def difference_reason(request: Request, submission_id: int, item: str) -> HttpResponse:
    submission = submissions.get(request.user, submission_id)
    ensure(request.user, Perm.SUBMISSION_FILL, submission)
    line = queries.line(submission, item)
    form = DifferenceReasonForm(request.POST or None, initial={"reason": line.given.reason if line.given else ""})
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_difference_reason(submission_id=submission.pk, item=item, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"已说明“{line.item.label}”的差异，审核人可以看到。")
            return redirect(f"{reverse('state_statistics:compare')}?round={submission.round_id}")
    context = {"submission": submission, "line": line, "form": form}
    return render(
        request, "indicators/state_statistics/difference_reason.html", context, status=400 if form.errors else 200
    )
