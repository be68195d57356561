"""Pages of accounts and roles."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.core.accounts import authentication
from portal.core.errors import Invalid
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access import rights
from schools.access.scope import Perm, Request, holds, may, passes, require, visible
from schools.accounts import actions, queries
from schools.accounts.forms import AccountFilter, NewAccountForm, PersonForm, RoleForm
from schools.directory import queries as directory_queries
from schools.directory.models import School

PAGE = 50


@require(Perm.ACCOUNT_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    found = AccountFilter(request.GET, request=request, queryset=queries.accounts(request.user))
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": found,
        "page": page,
        "may_edit": holds(request.user, Perm.ACCOUNT_EDIT),
        "counts": queries.counts(request.user),
        "days": queries.UNUSED_DAYS,
    }
    return render(request, "schools/accounts/list.html", context)


@require(Perm.ACCOUNT_VIEW)
@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    person = queries.get_account(request.user, pk)
    may_edit = passes(queries.ensure_reach, request.user, Perm.ACCOUNT_EDIT, person)
    reset_by = person.password_reset_by if person.is_reset_today else None
    context = {
        "person": person,
        "may_edit": may_edit,
        "may_take_over": may_edit and passes(queries.ensure_reach_of_all, request.user, person),
        "own": person.pk == request.user.pk,
        "two_step": authentication.has_two_step(person),
        "askable": set(
            visible(request.user, School.objects.all(), Perm.PERMISSION_VIEW).filter(membership__user=person)
        ),
        "endable": rights.endable(request.user, person.roles),  # type: ignore[attr-defined]
        "may_confirm_reset": reset_by and passes(rights.ensure_second, request.user, reset_by, person),
    }
    return render(request, "schools/accounts/detail.html", context)


@require(Perm.ACCOUNT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request) -> HttpResponse:
    form = NewAccountForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = actions.create_account(**form.cleaned_data, by=request.user)
        except Invalid as error:
            form.add_error(None, error.lines)
        else:
            shown = _password(request, person, password, "账号已建立")
            # Sent twice, the password was on the answer nobody saw: the account's page offers another one.
            shown.led_to = reverse("accounts:detail", args=[person.pk])  # type: ignore[attr-defined]
            return shown
    return render(request, "schools/accounts/create.html", {"form": form}, status=400 if form.errors else 200)


def _password(request: Request, person: object, password: str, title: str) -> HttpResponse:
    # Answered directly, not after a redirect: the password must pass through no session and no message.
    return render(request, "schools/accounts/password.html", {"person": person, "password": password, "title": title})


@require(Perm.ACCOUNT_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    person = queries.get_account_for_edit(request.user, pk)
    first = {"name": person.name, "phone": person.phone, "office": person.office}
    form = PersonForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        actions.edit_account(user_id=pk, **form.cleaned_data, by=request.user)
        messages.success(request, "账号资料已保存。")
        return redirect("accounts:detail", pk)
    context = {"form": form, "person": person}
    return render(request, "schools/accounts/edit.html", context, status=400 if form.errors else 200)


@require(Perm.ACCOUNT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def grant(request: Request, pk: int) -> HttpResponse:
    person = queries.get_account_for_edit(request.user, pk)
    form = RoleForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.grant(user_id=pk, **form.cleaned_data, by=request.user)
        except Invalid as error:
            form.add_error(None, error.lines)
        else:
            done = "已申请，须由另一位局管理员确认后生效" if row.is_pending else "已授权"
            messages.success(request, f"{done}：{row}。")
            if row.is_unreviewed:
                messages.warning(request, "还没有可以确认的另一位局管理员，这项授权先行生效，在账号页标为“待复核”。")
            return redirect("accounts:detail", pk)
    context = {"form": form, "person": person}
    return render(request, "schools/accounts/grant.html", context, status=400 if form.errors else 200)


@require(Perm.ACCOUNT_EDIT)
@require_POST
@once
def end(request: Request, pk: int) -> HttpResponse:
    row = actions.end_membership(membership_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, f"已结束授权：{row}。")
    return redirect("accounts:detail", row.user_id)


@require(Perm.ACCOUNT_VIEW)
@require_GET
def pending(request: Request) -> HttpResponse:
    rows = list(queries.to_confirm(request.user))
    context = {
        "rows": rows,
        "confirmable": rights.confirmable(request.user, rows),
        "endable": rights.endable(request.user, rows),
    }
    return render(request, "schools/accounts/pending.html", context)


@require(Perm.ACCOUNT_VIEW)
@require_POST
def confirm(request: Request) -> HttpResponse:
    chosen = {pk for text in request.POST.getlist("membership") if (pk := numbers.whole(text)) is not None}
    if not chosen:
        raise Invalid("没有选择授权。请勾选要确认的授权后再点“确认所选”。")
    rows = actions.confirm_memberships(membership_ids=sorted(chosen), by=request.user)
    shown = f"{rows[0]}" if len(rows) == 1 else f"{len(rows)} 项授权"
    messages.success(request, f"已确认：{shown}。")
    return redirect("accounts:pending")


@require(Perm.ACCOUNT_EDIT)
@require_POST
def confirm_reset(request: Request, pk: int) -> HttpResponse:
    person = actions.confirm_reset(user_id=pk, by=request.user)
    messages.success(request, f"已确认{person.name}今天的密码重置，此人今天可以签发。")
    return redirect("accounts:detail", pk)


@require(Perm.ACCOUNT_EDIT)
@require_POST
def disable(request: Request, pk: int) -> HttpResponse:
    person = actions.disable_account(user_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, f"{person.name}的账号已停用，即刻不能再使用。")
    return redirect("accounts:detail", pk)


@require(Perm.ACCOUNT_EDIT)
@require_POST
def enable(request: Request, pk: int) -> HttpResponse:
    person = actions.enable_account(user_id=pk, by=request.user)
    messages.success(request, f"{person.name}的账号已启用。")
    return redirect("accounts:detail", pk)


@require(Perm.ACCOUNT_EDIT)
@require_POST
def reset(request: Request, pk: int) -> HttpResponse:
    person, password = actions.reset_password(user_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    return _password(request, person, password, "密码已重置")


@require(Perm.ACCOUNT_EDIT)
@require_POST
def drop_two_step(request: Request, pk: int) -> HttpResponse:
    person = actions.drop_two_step(user_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, f"{person.name}的两步验证已解除，下次只用密码登录。")
    return redirect("accounts:detail", pk)


@require(Perm.PERMISSION_VIEW)
@require_GET
def who(request: Request, code: str) -> HttpResponse:
    school = directory_queries.get_school(request.user, code, Perm.PERMISSION_VIEW)
    context = {
        "school": school,
        "witnesses": queries.who_sees(school),
        "may_open_school": may(request.user, Perm.SCHOOL_VIEW, school),
    }
    return render(request, "schools/accounts/who.html", context)
