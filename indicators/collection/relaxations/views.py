"""Pages of relaxations with their forms: the register, one of them, the proposal, and one address for each action."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from indicators.collection.relaxations import actions, queries, workflow
from indicators.collection.relaxations.models import Relaxation
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads
from portal.core.forms.once import once
from portal.core.lib.forms import Day, ListFilter, Number, PublicReason, SortFilter, TickFilter, WordsFilter
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, require, visible
from schools.access.workflow import VerbRow
from schools.directory.models import School, Status


class RelaxationFilter(ListFilter):
    """Which relaxations to list."""

    school = WordsFilter(label="学校名称", names=["school__name__icontains"])
    indicator = django_filters.ChoiceFilter(label="指标")
    state = django_filters.ChoiceFilter(choices=Relaxation.State.choices, label="状态")
    expiring = TickFilter(label="只看即将到期", method="filter_expiring")
    sort = SortFilter(
        school=("school__name",), indicator=("indicator",), label=("kind", "school__name"), until=("valid_until",)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of what there is to see: another standard than the newest may have relaxed it.
        codes = self.queryset.order_by("indicator").values_list("indicator", flat=True).distinct()
        self.filters["indicator"].extra["choices"] = [(code, code) for code in codes]

    def filter_expiring(self, rows: QuerySet[Relaxation], name: str, value: bool) -> QuerySet[Relaxation]:
        return rows.filter(pk__in=queries.expiring().values("pk"))


class ProposalForm(forms.Form):
    """Ask for a relaxation; only schools within the proposer's reach can be chosen."""

    school = forms.ModelChoiceField(School.objects.none(), label="学校", empty_label="请选择")
    kind = forms.ChoiceField(label="放宽口径")
    basis = forms.CharField(
        label="依据",
        max_length=200,
        required=False,
        help_text="文件名称和文号。不填时按标准所引的条款；请确认上级目前仍允许使用这一口径。",
    )
    reason = forms.CharField(label="理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    alternative = Number(
        label="核定值",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        help_text="只核定一部分时按所选口径填写：可计入的教师数或面积、每间面积下限、人数上限。不填即按标准规定。",
    )
    valid_from = Day(
        label="有效期起",
        help_text="学年初基准日（一般为 9 月 1 日）在有效期内的年度适用；本学年要适用的，请从学年初起算。",
    )
    valid_until = Day(label="有效期止", help_text="每次最长三年，到期自动恢复严格口径。")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schools = School.objects.filter(status=Status.OPEN).order_by("code")
        self.fields["school"].queryset = visible(user, schools, Perm.RELAXATION_PROPOSE)  # type: ignore[attr-defined]
        kinds = [(rule.code, f"{rule.indicator} {rule.label}") for rule in queries.rules(standards.for_reader(user))]
        self.fields["kind"].choices = [("", "请选择"), *kinds]  # type: ignore[attr-defined]
        today = timezone.localdate()
        self.initial.setdefault("valid_from", today)
        self.initial.setdefault("valid_until", today + dt.timedelta(days=364))


class DecisionForm(forms.Form):
    """What goes with a decision; `refusal` is said of words that do not fit."""

    refusal = ""


class OpinionForm(DecisionForm):
    """Words with an approval."""

    refusal = "批准意见最多 500 字，请缩短后重新提交。"
    opinion = forms.CharField(
        label="批准意见", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class RefusalForm(DecisionForm):
    """Why a relaxation is refused; it stands next to the approval on one page."""

    refusal = "请写明不予批准的原因，最多 500 字。"
    opinion = forms.CharField(label="不予批准的原因", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class WithdrawalForm(DecisionForm):
    """Why a relaxation is withdrawn."""

    refusal = "请写明撤销原因，最多 500 字。"
    reason = forms.CharField(label="撤销原因", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


FORMS: dict[str, type[DecisionForm]] = {"opinion": OpinionForm, "refusal": RefusalForm, "withdrawal": WithdrawalForm}


class ProofForm(forms.Form):
    """What goes with an uploaded proof."""

    public_reason = PublicReason()


@require(Perm.RELAXATION_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    chosen = RelaxationFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    for row in queries.as_then(page):
        row.badge = workflow.badge(row)  # type: ignore[attr-defined]
    context = {"filter": chosen, "page": page, "may_propose": holds(request.user, Perm.RELAXATION_PROPOSE)}
    return render(request, "indicators/relaxations/list.html", context)


@require(Perm.RELAXATION_PROPOSE)
@once
def propose(request: Request) -> HttpResponse:
    form = ProposalForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            made = actions.propose(school_id=values.pop("school").pk, by=request.user, **values)
        except (Invalid, Conflict) as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "已提出。请上传证明材料，再由另一位有权限的人员批准。")
            return redirect("relaxations:detail", made.pk)
    context = {"form": form, "rules": queries.rules(standards.for_reader(request.user))}
    return render(request, "indicators/relaxations/propose.html", context, status=400 if form.errors else 200)


@require(Perm.RELAXATION_VIEW)
@require_GET
def detail(request: Request, relaxation_id: int) -> HttpResponse:
    relaxation = queries.get(request.user, relaxation_id)
    fitting = {verb.code for verb in workflow.TABLE.fitting(relaxation.state)}
    verbs = workflow.TABLE.offers(request.user, relaxation)
    is_own = relaxation.created_by_id == request.user.pk
    context = {
        "relaxation": relaxation,
        "badge": workflow.badge(relaxation),
        "proofs": queries.proofs(relaxation),
        "fit": queries.fit(relaxation.school, relaxation.kind) if "approve" in fitting else None,
        "may_attach": workflow.TABLE["attach"] in verbs,
        "is_own": is_own and "approve" in fitting and workflow.TABLE["withdraw"] in verbs,
        "offers": [(verb, FORMS[verb.form](auto_id=f"{verb.code}_%s")) for verb in verbs if verb.form],
        "accept": uploads.ACCEPT,
        "proof_form": ProofForm(),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
    }
    queries.as_then([relaxation])
    return render(request, "indicators/relaxations/detail.html", context)


@require(Perm.RELAXATION_PROPOSE)
@require_POST
def attach_proof(request: Request, relaxation_id: int) -> HttpResponse:
    relaxation = queries.get(request.user, relaxation_id)
    sent = request.FILES.get("file")
    if sent is None:
        raise Invalid("没有收到文件。请先选择文件，再点“上传”。")
    form = ProofForm(request.POST)
    if not form.is_valid():
        raise Invalid("公开的原因最多 200 字，请缩短后重新上传。")
    # Looked into before the form is remembered: what takes seconds must keep nobody else from writing.
    return _store_proof(request, relaxation.pk, uploads.accept(sent, **form.cleaned_data))


@once
def _store_proof(request: Request, relaxation_id: int, file: uploads.Accepted) -> HttpResponse:
    proof = actions.attach_proof(relaxation_id=relaxation_id, file=file, by=request.user)
    # The query makes the address new, so that a page already open there is loaded again.
    return redirect(f"{request.path.removesuffix('proofs/')}?proof={proof.pk}")


def decide(verb: VerbRow) -> Callable[..., HttpResponse]:
    action = getattr(actions, verb.code)

    def view(request: Request, relaxation_id: int) -> HttpResponse:
        relaxation, form = queries.get(request.user, relaxation_id), FORMS[verb.form](request.POST)
        if not form.is_valid():
            raise Invalid(form.refusal)
        action(relaxation_id=relaxation.pk, by=request.user, **form.cleaned_data)
        messages.success(request, verb.done)
        return redirect("relaxations:detail", relaxation_id)

    view.__name__ = verb.code
    return require(Perm.RELAXATION_DECIDE)(require_POST(view))


@require(Perm.RELAXATION_VIEW)
@require_GET
def proof(request: Request, proof_id: int) -> HttpResponse:
    """Send a proof as an attachment in which nothing can run."""
    proof = actions.hand_out(proof_id=proof_id, by=request.user)
    return restricted.attachment(proof.document, behind=proof.relaxation, by=request.user)
