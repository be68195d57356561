"""The pages shown when something cannot be done: always Chinese, always with a next step."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

from portal.errors import Refused


def _answer(request: HttpRequest, status: int, title: str, message: str, problems: tuple = ()) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse(
            {"title": title, "message": message, "problems": [str(problem) for problem in problems]},
            status=status,
            json_dumps_params={"ensure_ascii": False},
        )
    context = {"title": title, "message": message, "problems": problems, "status": status}
    return render(request, "errors/error.html", context, status=status)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """Answer a refusal raised by a deed or a query with its own status."""
    return _answer(request, error.status, error.title, error.message, error.problems)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer 503 with Retry-After while the database cannot be reached."""
    # The page must not touch the database again, so it is rendered without the request's context.
    body = (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>系统繁忙 · 优衡</title>"
        "<h1>系统暂时无法访问数据库</h1><p>您刚才的操作没有保存,请约 30 秒后重试。已保存的内容不会丢失。</p></html>"
    )
    return HttpResponse(body, status=503, headers={"Retry-After": "30"})


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a malformed request."""
    return _answer(request, 400, "请求有误", "浏览器发来的内容不完整或不合规,请返回上一页重试。")


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request the person has no right to."""
    return _answer(request, 403, "没有权限", "您的角色不能进行这项操作。如确需办理,请联系局管理员。")


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address or something outside the person's scope."""
    return _answer(request, 404, "没有找到", "页面不存在,或不在您可以查看的范围内。")


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unexpected fault; nothing of it is shown to the user."""
    body = (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>系统出错 · 优衡</title>"
        "<h1>系统出错了</h1><p>刚才的操作没有完成,已记录原因。请返回重试;如再次出现,请联系局管理员并告知时间。</p></html>"
    )
    return HttpResponse(body, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection token has expired."""
    return _answer(
        request, 403, "页面已过期", "您在此页停留过久或重新登录过。请返回上一页,刷新后再提交;已自动保存的内容不会丢失。"
    )
