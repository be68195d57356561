"""Pages of the registers: all of them, one with its entries, one entry with its files and history."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.core.errors import Conflict, Invalid, NotAllowed, Problem
from portal.core.files import store, uploads, views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, require
from schools.registers import actions, milestone_actions, queries, rights, workbook
from schools.registers.forms import EntryForm, MilestoneForm, RegisterFileForm, RegisterFilter
from schools.registers.kinds import KINDS
from schools.registers.models import RegisterChange, RegisterEntry, Step

PAGE = 50


@require(Perm.REGISTER_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    counts, today = queries.counts(request.user), timezone.localdate()
    known, rows = _known(request), []
    for kind in queries.kinds_for(request.user):
        year = kind.year_on(today)
        years = [(kind.year_words(one), one, counts.get((kind.code, one), 0)) for one in (year, year - 1)]
        total = sum(count for (code, _), count in counts.items() if code == kind.code)
        serves = [code for code in kind.indicators if code in known]
        rows.append({"kind": kind, "years": years, "total": total, "serves": serves})
    context = {"rows": rows, "may_import": holds(request.user, Perm.REGISTER_KEEP)}
    return render(request, "schools/registers/list.html", context)


@require(Perm.REGISTER_VIEW)
@require_GET
def entries(request: Request, kind: str) -> HttpResponse:
    register = queries.kind_of(kind)
    found = RegisterFilter(
        request.GET, queryset=queries.entries(request.user).filter(kind=kind), request=request, kind=register
    )
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    listed = list(page.object_list)
    names, persons = queries.names_in(listed), queries.persons_in(request.user, listed)
    cells = [(row, _cells(row, names, persons[row.pk], short=True)) for row in listed]
    may_name = register.has_persons and restricted.may_name(
        request.user, RegisterEntry.objects.filter(pk__in=found.qs.order_by().values("pk"))
    )
    known = _known(request)
    context = {
        "kind": register,
        "serves": [code for code in register.indicators if code in known],
        "filter": found,
        "page": page,
        "rows": cells,
        "totals": queries.totals(register, found.qs),
        "target": queries.reached(request.user, register),
        "may_add": bool(rights.units(request.user, register)),
        "may_name": may_name,
    }
    return render(request, "schools/registers/entries.html", context)


def _known(request: Request) -> frozenset[str]:
    """Codes of the standard in use."""
    codes: frozenset[str] = import_string(settings.INDICATORS)(request.user)
    return codes


def _cells(
    entry: RegisterEntry, names: dict[str, str], persons: restricted.Persons, *, short: bool = False
) -> list[tuple[str, str, str]]:
    register = entry.register
    found = []
    for one in register.columns if short else register.fields.values():
        value = one.shown(entry.data.get(one.code, ""), names)
        found.append((one.label, persons.name(value) if one.type == "person" else value, one.unit))
    return found


@require(Perm.REGISTER_VIEW)
@require_http_methods(["GET", "POST"])
def export(request: Request, kind: str) -> HttpResponse:
    register = queries.kind_of(kind)
    rows = queries.entries(request.user).filter(kind=kind)
    found = RegisterFilter(request.GET, queryset=rows, request=request, kind=register)
    content = actions.export(kind=kind, rows=found.qs, by=request.user, purpose=request.POST.get("purpose"))
    return downloads.download(content, f"{register.name}-{timezone.localdate():%Y%m%d}.xlsx")


@require(Perm.REGISTER_KEEP)
@require_GET
def template(request: Request) -> HttpResponse:
    """Of the one asked for, else of all the person maintains."""
    asked = request.GET.get("register", "")
    chosen = [queries.kind_of(asked)] if asked else list(KINDS.values())
    own = [kind for kind in chosen if rights.units(request.user, kind)]
    if not own:
        raise NotAllowed("您的角色不登记这本台账，没有可填的模板。")
    name = f"{own[0].name}模板.xlsx" if asked else "工作台账模板.xlsx"
    return downloads.download(workbook.write(own), name)


@require(Perm.REGISTER_KEEP)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request, kind: str) -> HttpResponse:
    register = queries.kind_of(kind)
    units = rights.units(request.user, register)
    if not units:
        raise NotAllowed(f"您的角色不登记{register.name}，可以查看。如确需办理，请联系局管理员。")
    form = EntryForm(request.POST or None, kind=register, units=units)
    if request.method == "POST" and form.is_valid():
        year, unit = form.cleaned_data["year"], form.chosen_unit
        try:
            made = actions.create(kind=kind, unit=unit, year=year, typed=form.typed, by=request.user)
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "已登记。可以在下面上传佐证。")
            return redirect("registers:detail", made.pk)
    context = {"form": form, "kind": register, "title": f"登记{register.name}", "button": "登记"}
    return render(request, "schools/registers/edit.html", context, status=400 if form.errors else 200)


@require(Perm.REGISTER_VIEW)
@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    entry = queries.get(request.user, pk)
    persons, steps = queries.persons_in(request.user, [entry])[entry.pk], list(queries.changes(entry))
    names = queries.names_in([entry], steps)
    files = list(entry.files.filter(withdrawn_at=None).select_related("document", "created_by"))
    context = {
        "entry": entry,
        "kind": entry.register,
        "cells": _cells(entry, names, persons),
        "steps": [_step(step, names, persons) for step in steps],
        "files": files,
        # By their bytes, wherever these were marked.
        "held_back": restricted.among(file.document.sha256 for file in files),
        "form": RegisterFileForm(),
        "milestones": entry.milestones.filter(withdrawn_at=None).select_related("file__document", "created_by"),
        "milestone_form": MilestoneForm(kind=entry.register, auto_id="milestone-%s")
        if entry.register.milestones
        else None,
        "may_maintain": rights.may_maintain(request.user, entry),
        "coming": queries.coming_of(entry),
        "may_forecast": holds(request.user, Perm.FORECAST_VIEW),
        "may_plan": holds(request.user, Perm.PLAN_VIEW),
        "may_open": restricted.may_open(request.user, entry),
        "accept": uploads.ACCEPT,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
    }
    return render(request, "schools/registers/detail.html", context)


def _step(step: RegisterChange, names: dict[str, str], persons: restricted.Persons) -> dict[str, Any]:
    lines = [step.reason] if step.reason else []
    if step.what == Step.CHANGED:
        lines += queries.changed_words(step.entry, step.changed, names, persons)
    return {
        "at": step.at,
        "title": step.what,
        "by": step.by.name,
        "text": "\n".join(lines),
        "tone": Step(step.what).tone,
    }


@require(Perm.REGISTER_KEEP)
@require_http_methods(["GET", "POST"])
def change(request: Request, pk: int) -> HttpResponse:
    entry = queries.get(request.user, pk)
    rights.ensure_maintain(request.user, entry)
    form, conflict = EntryForm(request.POST or None, kind=entry.register, units=[entry.place], entry=entry), None
    if request.method == "POST" and form.is_valid():
        version = numbers.whole(form.cleaned_data["version"]) or 0
        about = {"year": form.cleaned_data["year"], "reason": form.cleaned_data["reason"]}
        try:
            actions.change(entry_id=pk, version=version, typed=form.typed, by=request.user, **about)
        except Invalid as refusal:
            form.refuse(refusal)
        except Conflict as refusal:
            # Whoever presses again has seen that somebody was first.
            conflict, form.data = refusal, request.POST.copy()
            form.data["version"] = str(entry.version)
        else:
            messages.success(request, "已保存。")
            return redirect("registers:detail", pk)
    context = {"form": form, "kind": entry.register, "entry": entry, "title": f"修改{entry.register.name}"}
    context |= {"button": "保存", "conflict": conflict}
    status = 409 if conflict else 400 if form.errors else 200
    return render(request, "schools/registers/edit.html", context, status=status)


@require(Perm.REGISTER_KEEP)
@require_POST
@once
def withdraw(request: Request, pk: int) -> HttpResponse:
    entry = queries.get(request.user, pk)
    actions.withdraw(entry_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, "已撤销。记录留在“只看已撤销”里，不再计入数目。")
    return redirect("registers:entries", entry.kind)


@require(Perm.REGISTER_KEEP)
@require_POST
@uploads.inspected()
@once
def attach(request: Request, pk: int) -> HttpResponse:
    entry, form = queries.get(request.user, pk), RegisterFileForm(request.POST)
    rights.ensure_maintain(request.user, entry)
    sent = request.FILES.get("file")
    if sent is None:
        raise Invalid("没有收到文件。请先选择文件，再点“上传”。")
    if not form.is_valid():
        raise Invalid("材料说明、公开原因最多 200 字，请缩短后重新上传。")
    about = form.cleaned_data
    file = uploads.accept(sent, public_reason=about["public_reason"])
    actions.attach(entry_id=pk, file=file, caption=about["caption"], is_restricted=about["restricted"], by=request.user)
    messages.success(request, "已上传。")
    return redirect("registers:detail", pk)


@require(Perm.REGISTER_KEEP)
@require_POST
@uploads.inspected()
@once
def add_milestone(request: Request, pk: int) -> HttpResponse:
    entry = queries.get(request.user, pk)
    rights.ensure_maintain(request.user, entry)
    form = MilestoneForm(request.POST, request.FILES, kind=entry.register)
    if not form.is_valid():
        problems = [
            Problem(str(error), str(form[name].label)) for name, errors in form.errors.items() for error in errors
        ]
        raise Invalid("进度节点没有登记，请按下面的提示修改。", problems)
    about = form.cleaned_data
    sent, public_reason = about.pop("file"), about.pop("public_reason")
    file = uploads.accept(sent, public_reason=public_reason) if sent else None
    milestone_actions.add_milestone(entry_id=pk, file=file, by=request.user, **about)
    messages.success(request, "进度节点已登记。")
    return redirect("registers:detail", pk)


@require(Perm.REGISTER_KEEP)
@require_POST
@once
def withdraw_milestone(request: Request, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")
    row = milestone_actions.withdraw_milestone(milestone_id=pk, reason=reason, by=request.user)
    messages.success(request, f"已撤下“{row}”。")
    return redirect("registers:detail", row.entry_id)


@require(Perm.REGISTER_VIEW)
@require_GET
def file(request: Request, pk: int) -> HttpResponse:
    return store.attachment(actions.hand_out(file_id=pk, by=request.user).document)


@require(Perm.REGISTER_KEEP)
@require_POST
@once
def withdraw_file(request: Request, pk: int) -> HttpResponse:
    done = actions.withdraw_file(file_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, f"已撤下“{done.document.name}”。")
    return redirect("registers:detail", done.entry_id)
