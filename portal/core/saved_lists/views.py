"""Saving a list from its own page; opening is a link."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.core.accounts.authentication import Request, signed_in
from portal.core.saved_lists import actions


@signed_in
@require_POST
def save(request: Request) -> HttpResponse:
    asked = request.POST.get("address", "")
    saved = actions.save(name=request.POST.get("name", ""), address=asked, by=request.user)
    messages.success(request, f"已存为常用筛选“{saved.name}”，在工作台可以直接打开。")
    return redirect(saved.address)


@signed_in
@require_POST
def remove(request: Request, saved_id: int) -> HttpResponse:
    actions.remove(saved_id=saved_id, by=request.user)
    messages.success(request, "已删去这个常用筛选。")
    return redirect("home")
