"""Pages of relaxations: the register, one of them, the proposal, and one address for each action."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from indicators.collection.relaxations import actions, queries, workflow
from indicators.collection.relaxations.forms import FORMS, ProofForm, ProposalForm, RelaxationFilter
from indicators.standard.standards import queries as standards
from portal.core.accounts.rights import Request
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads
from portal.core.files.uploads import Accepted
from portal.core.forms.once import once
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import holds, require
from schools.access.workflow import VerbRow


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
def _store_proof(request: Request, relaxation_id: int, file: Accepted) -> HttpResponse:
    proof = actions.attach_proof(relaxation_id=relaxation_id, file=file, by=request.user)
    # The query makes the address new, so that a page already open there is loaded again.
    return redirect(f"{request.path.removesuffix('proofs/')}?proof={proof.pk}")


def decide(verb: VerbRow) -> Callable[..., HttpResponse]:
    """The view of a verb of the table: its form leads to the action of its name."""
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
