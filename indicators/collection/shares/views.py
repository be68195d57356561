"""HTTP for the division of a school's form: the page, its saving, the marks at a section."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from indicators.collection.shares import actions, queries
from indicators.collection.shares.models import SectionShare
from indicators.collection.submissions import queries as submissions, rights
from indicators.collection.submissions.models import Submission
from indicators.collection.submissions.sheet_pages import SectionState
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from schools.access.scope import Perm, Request, require

_GONE = "{name}（已不在本校填报）"


class DivisionForm(forms.Form):
    """A colleague for every section, and who is in charge; blank means nobody."""

    shown = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, submission: Submission, parts: list[SectionState]) -> None:
        super().__init__(data)
        self.parts = parts
        self.rows: Mapping[str, SectionShare] = {
            row.section: row for row in submission.shares.filter(user__isnull=False).select_related("user")
        }
        people = list(submissions.fillers(submission).order_by("name", "pk"))
        now = {code: row.user_id for code, row in self.rows.items()}
        self.fields["shown"].initial = queries.fingerprint(submission.lead_id, now)
        self.fields["lead"] = _person("填报负责人", people, submission.lead)
        for part in parts:
            row = self.rows.get(part.code)
            self.fields[f"s-{part.code}"] = _person(part.label, people, row.user if row else None)

    def given(self) -> dict[str, int | None]:
        """Only for a valid form."""
        return {part.code: self.cleaned_data[f"s-{part.code}"] for part in self.parts}

    def lines(self) -> Iterator[tuple[SectionState, SectionShare | None, BoundField]]:
        for part in self.parts:
            yield part, self.rows.get(part.code), self[f"s-{part.code}"]


def _person(label: str, people: list[User], now: User | None) -> forms.TypedChoiceField:
    gone = [] if now is None or now in people else [(now.pk, _GONE.format(name=now.name))]
    return forms.TypedChoiceField(
        label=label,
        choices=[("", "不指定"), *((user.pk, user.name) for user in people), *gone],
        coerce=int,
        empty_value=None,
        required=False,
        initial=now.pk if now else "",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "这个人不在本校填报。请重新选择。"},
    )


@require(Perm.SUBMISSION_FILL)
@require_http_methods(["GET", "POST"])
@once
def divide(request: Request, pk: int) -> HttpResponse:
    submission = submissions.get(request.user, pk)
    rights.DIVIDE.ensure(request.user, submission)
    form = DivisionForm(request.POST or None, submission=submission, parts=queries.sections(submission))
    refusal = None
    if request.method == "POST" and form.is_valid():
        lead, shown = form.cleaned_data["lead"], form.cleaned_data["shown"]
        try:
            changed = actions.divide(submission_id=pk, lead=lead, given=form.given(), shown=shown, by=request.user)
        except (Invalid, Conflict) as error:
            refusal = error
        else:
            messages.success(request, "已保存，并已通知有关的人。" if changed else "分工没有变化。")
            return redirect("shares:divide", pk)
    context = {"submission": submission, "form": form, "refusal": refusal}
    status = 409 if isinstance(refusal, Conflict) else 400 if form.errors or refusal else 200
    return render(request, "indicators/shares/divide.html", context, status=status)


@require(Perm.SUBMISSION_FILL)
@require_POST
def mark_done(request: Request, pk: int, section: str) -> HttpResponse:
    submissions.get(request.user, pk)
    share = actions.mark_done(submission_id=pk, section=section, by=request.user)
    following = share.submission.shares.filter(user=request.user, done_at=None).first()
    more = f"还有“{following.label}”由您填写。" if following else "交给您的栏目都填好了。"
    messages.success(request, f"“{share.label}”已标为已填好。{more}")
    return redirect("submissions:section", pk=pk, section=following.section if following else section)


@require(Perm.SUBMISSION_FILL)
@require_POST
def take_back_done(request: Request, pk: int, section: str) -> HttpResponse:
    submissions.get(request.user, pk)
    share = actions.take_back_done(submission_id=pk, section=section, by=request.user)
    messages.success(request, f"“{share.label}”已改回没有填好。")
    return redirect("submissions:section", pk=pk, section=section)
