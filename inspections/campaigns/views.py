"""Pages of campaigns: the list, the plan with its preview, one campaign and how it is changed."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections import limits
from inspections.campaigns import actions, queries, rights
from inspections.campaigns.forms import CHANGES, CampaignForm, PickForm
from inspections.campaigns.models import Campaign
from inspections.rectification import queries as ledger
from inspections.zones import queries as zones
from portal.core.errors import Conflict, Invalid, NotFound, Refused
from portal.core.forms.once import once
from schools.access.scope import Perm, Request, ensure, holds, require
from schools.directory.models import District


@require(Perm.CAMPAIGN_VIEW)
@require_GET
def campaigns(request: Request) -> HttpResponse:
    page = Paginator(queries.for_list(request.user), 20).get_page(request.GET.get("page"))
    progress = queries.progress(request.user, page.object_list)
    context = {
        "page": page,
        "rows": [(campaign, progress[campaign.pk]) for campaign in page],
        "may_manage": holds(request.user, Perm.CAMPAIGN_MANAGE),
    }
    return render(request, "inspections/campaigns/list.html", context)


@require(Perm.CAMPAIGN_VIEW)
@require_GET
def detail(request: Request, campaign_id: int) -> HttpResponse:
    campaign = queries.get(request.user, campaign_id)
    rows = queries.visits_of(request.user, campaign)
    names = dict(ledger.indicator_choices([campaign.district_id])) if campaign.indicators else {}
    context = {
        "campaign": campaign,
        "indicators": [names.get(code, code) for code in campaign.indicators],
        "visits": rows,
        "progress": queries.progress(request.user, [campaign])[campaign.pk],
        "month": queries.month(campaign, rows, request.GET.get("month", "")),
        "today": timezone.localdate(),
        "may_manage": rights.may_change(request.user, campaign),
    }
    return render(request, "inspections/campaigns/detail.html", context)


@require(Perm.CAMPAIGN_MANAGE)
@require_GET
def change(request: Request, campaign_id: int) -> HttpResponse:
    return _changes(request, queries.get(request.user, campaign_id))


def step(verb: str, done: str) -> Callable[..., HttpResponse]:
    """The form calls the action of this name; if refused, the page is shown again."""
    action = getattr(actions, verb)

    def view(request: Request, campaign_id: int) -> HttpResponse:
        campaign = queries.get(request.user, campaign_id)
        ensure(request.user, Perm.CAMPAIGN_MANAGE, campaign)
        rows = queries.visits_of(request.user, campaign)
        form = CHANGES[verb](request.POST, user=request.user, campaign=campaign, visits=rows)
        if form.is_valid():
            try:
                action(campaign_id=campaign.pk, by=request.user, **form.values())
            except (Conflict, Invalid) as refusal:
                form.add_error(None, refusal.lines)
            else:
                messages.success(request, done)
                return redirect("campaigns:detail", campaign.pk)
        return _changes(request, campaign, **{verb: form})

    view.__name__ = verb
    return require(Perm.CAMPAIGN_MANAGE)(require_POST(once(view)))


def _changes(request: Request, campaign: Campaign, **sent: Form) -> HttpResponse:
    """`sent`: the refused form, by verb."""
    rights.ensure_change(request.user, campaign)
    rows = queries.visits_of(request.user, campaign)
    forms = {
        verb: sent.get(verb) or form(user=request.user, campaign=campaign, visits=rows)
        for verb, form in CHANGES.items()
    }
    context = {"campaign": campaign, "forms": forms, "sent": list(sent)}
    context["progress"] = queries.progress(request.user, [campaign])[campaign.pk]
    return render(request, "inspections/campaigns/change.html", context, status=400 if sent else 200)


@require(Perm.CAMPAIGN_MANAGE)
@require_http_methods(["GET", "POST"])
def plan(request: Request) -> HttpResponse:
    form = CampaignForm(request.POST or None, user=request.user, district=_district(request))
    if request.method == "POST" and form.is_valid():
        return _preview(request, form)
    return _page(request, form)


@require(Perm.CAMPAIGN_MANAGE)
@require_POST
def pick(request: Request) -> HttpResponse:
    """The plan as typed, not checked yet; asked to `tick`, with further schools ticked."""
    district = _district(request)
    form = CampaignForm(user=request.user, district=district)
    form.initial = {
        name: request.POST.getlist(name) if name in ("schools", "indicators") else request.POST.get(name)
        for name in form.fields
        if name in request.POST
    }
    ticking = "tick" in request.GET
    return _page(request, form, PickForm(request.POST, user=request.user, district=district) if ticking else None)


@require(Perm.CAMPAIGN_MANAGE)
@require_POST
@once
def create(request: Request) -> HttpResponse:
    form = CampaignForm(request.POST, user=request.user, district=_district(request))
    if not form.is_valid():
        return _page(request, form)
    try:
        campaign = actions.create(draft=form.draft(), seen=request.POST.get("seen", ""), by=request.user)
    except (Conflict, Invalid) as refusal:
        return _preview(request, form, refusal)
    messages.success(request, "专项督导已安排，已通知学校和督导小组。")
    return redirect("campaigns:detail", campaign.pk)


def _district(request: Request) -> District:
    mine = queries.districts(request.user)
    code = request.GET.get("district", "")
    district = mine.filter(code=code).first() if code else mine.first()
    if district is None:
        raise NotFound("没有这个区县，或其中还没有学校。")
    return district


def _page(request: Request, form: CampaignForm, picking: PickForm | None = None) -> HttpResponse:
    user, district = request.user, form.district
    rows = zones.board(user, list(zones.for_board(user).filter(district=district).select_related("township")))
    typed = {str(key) for key in form["schools"].value() or ()}
    ticked = {row.school.pk for row in rows if str(row.school.pk) in typed}
    if picking and picking.is_valid():
        ticked |= picking.picked(rows)
    context = {
        "form": form,
        "pick_form": picking or PickForm(user=user, district=district),
        "district": district,
        "districts": queries.districts(user),
        "rows": rows,
        "ticked": ticked,
        "own": zones.own_schools(person.pk for person in form.people),
        "limits": limits,
    }
    return render(request, "inspections/campaigns/plan.html", context, status=400 if form.errors else 200)


def _preview(request: Request, form: CampaignForm, refusal: Refused | None = None) -> HttpResponse:
    found = queries.make_plan(form.draft())
    context = {
        "plan": found,
        "sent": form.sent(),
        "refusal": refusal,
        "district": form.district,
        "indicators": [label for code, label in form.fields["indicators"].choices if code in found.draft.indicators],  # type: ignore[attr-defined]
        "limits": limits,
    }
    return render(request, "inspections/campaigns/preview.html", context, status=refusal.status if refusal else 200)
