"""The page on which a school asks that somebody of a team steps back (申请回避), and its form."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from inspections.objections import actions, queries
from inspections.recusals.models import KINDS
from inspections.visits.models import Visit
from portal.core.errors import Invalid
from portal.core.forms.once import once
from portal.core.lib import dates
from portal.core.lib.forms import Day
from schools.access.scope import Perm, Request, require


class ObjectionForm(forms.Form):
    """A member of a team that comes, the relation, and the reason in words."""

    member = forms.ChoiceField(label="申请谁回避")
    kind = forms.ChoiceField(
        label="情形", choices=[(code, relation.label) for code, relation in KINDS.items()], widget=forms.RadioSelect
    )
    since = Day(label="从哪天起", help_text="曾在学校任职的，填离开学校的日期；其他情形不清楚的，填今天。")
    note = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明事实。只有本校、被申请人、局管理员和局领导看得到。不写身份证号、手机号。",
    )

    def __init__(self, data: Any = None, *, visits: Iterable[Visit], first: str = "") -> None:
        super().__init__(data, initial={"since": timezone.localdate()})
        choices: dict[str, str] = {}
        # The visit the person came from stands first.
        for visit in sorted(visits, key=lambda visit: str(visit.pk) != first):
            for person in visit.team.all():
                key = f"{visit.school_id}-{person.pk}"
                about = f"{visit.school.name}，{dates.day(visit.planned_on)}{visit.get_kind_display()}"
                choices.setdefault(key, f"{person.name}（{about}）")
        self.fields["member"].choices = [("", "请选择"), *choices.items()]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """For `actions.object_to`; only for a valid form."""
        given = dict(self.cleaned_data)
        school, person = given.pop("member").split("-")
        return {"school_id": int(school), "inspector_id": int(person), **given}


@require(Perm.FINDING_RECTIFY)
@require_http_methods(["GET", "POST"])
@once
def page(request: Request) -> HttpResponse:
    visits = list(queries.coming(request.user))
    form = ObjectionForm(request.POST or None, visits=visits, first=request.GET.get("visit", ""))
    if request.method == "POST" and form.is_valid():
        try:
            actions.object_to(by=request.user, **form.values())
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "申请已提交，教育局决定前暂按回避。")
            return redirect("objections:page")
    context = {
        "form": form,
        "visits": visits,
        "raised": queries.raised(request.user),
        "sources": dict.fromkeys(relation.source for relation in KINDS.values()),
    }
    return render(request, "inspections/objections/page.html", context, status=400 if form.errors else 200)
