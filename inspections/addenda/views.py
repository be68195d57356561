"""Pages of addenda: add one to a finished visit, its files; and the form."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from inspections.addenda import actions
from inspections.addenda.models import AddendumFile
from inspections.rectification.forms import FilesField, FilesInput
from inspections.rectification.workflow import MAX_FILES
from inspections.visits import queries, workflow
from portal.core.errors import Invalid
from portal.core.files import uploads
from portal.core.forms.once import once
from portal.core.lib.forms import PublicReason
from schools.access import restricted
from schools.access.scope import Perm, Request, require, visible


class AddendumForm(forms.Form):
    """What is added to the record of a visit."""

    text = forms.CharField(label="补记内容", max_length=actions.LONGEST, widget=forms.Textarea(attrs={"rows": 5}))
    uploads = FilesField(
        label="材料",
        required=False,
        widget=FilesInput(attrs={"accept": uploads.ACCEPT}),
        help_text="可一次选多个：PDF、Word、Excel、照片（含苹果手机的 HEIC）。",
    )
    public_reason = PublicReason()


@require(Perm.VISIT_RECORD)
@uploads.inspected()
@once
def add(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    workflow.TABLE["supplement"].ensure(request.user, visit)
    workflow.TABLE.move(visit.state, "supplement")
    form = AddendumForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add(visit_id=visit.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "已补记，已通知学校。原来的记录没有改动。")
            return redirect("visits:detail", visit.pk)
    context = {"form": form, "visit": visit, "most_files": MAX_FILES}
    return render(request, "inspections/addenda/add.html", context, status=400 if form.errors else 200)


@require(Perm.VISIT_VIEW)
@require_GET
def file(request: Request, file_id: int) -> HttpResponse:
    rows = visible(request.user, AddendumFile.objects.select_related("document"), Perm.VISIT_VIEW)
    found = get_object_or_404(rows, pk=file_id)
    return restricted.attachment(found.document, behind=found, by=request.user)
