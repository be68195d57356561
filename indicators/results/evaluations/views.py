"""Starting an evaluation from the browser."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from indicators.collection.rounds import queries as rounds
from indicators.results.evaluations import actions, queries
from portal.core.errors import Invalid, NotFound
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access.scope import Perm, Request, require


@require(Perm.EVALUATION_RUN)
@require_POST
@once
def start(request: Request) -> HttpResponse:
    """A closed round needs a reason, after the page has named what would change."""
    number = numbers.whole(request.POST.get("round", ""))
    if number is None:
        raise NotFound("没有这个评估年度。请回到全区看板重新选择。")
    round = rounds.get(request.user, number)
    reason = request.POST.get("reason", "")
    try:
        job = actions.start(round_id=round.pk, by=request.user, reason=reason)
    except Invalid as refusal:
        if not refusal.problems:
            raise
        context = {
            "round": round,
            "refusal": refusal,
            "asked": "reason" in request.POST,
            "longest": actions.REASON_LENGTH,
        }
        return render(request, "indicators/evaluations/again.html", context, status=400 if context["asked"] else 200)
    made = queries.made_by(job)
    if made:
        messages.info(request, queries.unchanged_words(made))
    return redirect(queries.address(made) if made else f"{reverse('board:board')}?round={round.pk}")
