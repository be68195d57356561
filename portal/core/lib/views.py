"""What every view shares: pages for what cannot be done (Chinese, with a next step), the body and files of a request."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.shortcuts import render
from django.template.loader import render_to_string

from portal.core.errors import Offer, Refused
from portal.core.lib import numbers

log = logging.getLogger(__name__)


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _json(status: int, title: str, message: str, problems: tuple = (), offer: Offer | None = None) -> JsonResponse:
    body: dict[str, object] = {"title": title, "message": message, "problems": [str(problem) for problem in problems]}
    if offer:
        body["offer"] = {"label": offer.label, "url": offer.url}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _answer(
    request: HttpRequest, status: int, title: str, message: str, problems: tuple = (), offer: Offer | None = None
) -> HttpResponse:
    if wants_json(request):
        return _json(status, title, message, problems, offer)
    context = {"title": title, "message": message, "problems": problems, "offer": offer, "status": status}
    return render(request, "errors/error.html", context, status=status)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _answer(request, error.status, error.title, error.message, error.problems, error.offer)


def _without_database(request: HttpRequest, status: int, title: str, message: str) -> HttpResponse:
    if wants_json(request):
        return _json(status, title, message)
    try:
        body: str = render_to_string("errors/plain.html", {"title": title, "message": message, "status": status})
    except Exception:
        # Even a broken template or a missing static file must not show an English page.
        log.exception("error page cannot be rendered")
        body = (
            f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{title} · 优衡</title>"
            f"<h1>{title}</h1><p>{message}</p></html>"
        )
    return HttpResponse(body, status=status)


def unavailable(request: HttpRequest) -> HttpResponse:
    response = _without_database(
        request, 503, "系统暂时无法访问数据库", "您刚才的操作没有保存，请约 30 秒后重试。已保存的内容不会丢失。"
    )
    response.headers["Retry-After"] = "30"
    return response


def not_this_way(request: HttpRequest, allowed: str) -> HttpResponse:
    response = _answer(request, 405, "不能这样打开", "这个地址只用于提交表单，不能直接打开。请回到原页面再操作。")
    response.headers["Allow"] = allowed
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        limit = numbers.megabytes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return _answer(
            request, 413, "内容过大", f"提交的文字内容超过 {limit}，没有保存。请分几次提交，文件请用上传功能。"
        )
    if isinstance(exception, (TooManyFieldsSent, TooManyFilesSent)):
        return _answer(request, 413, "内容过多", "一次提交的项目或文件过多，没有保存。请分几次提交。")
    return _answer(request, 400, "请求有误", "浏览器发来的内容不完整或不合规，请返回上一页重试。")


def file_too_large(request: HttpRequest, name: str) -> HttpResponse:
    limit = numbers.megabytes(settings.UPLOAD_MAX_BYTES)
    return _answer(request, 413, "文件过大", f"“{name}”超过 {limit}，没有接收。请压缩或拆分后再上传。")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "没有权限", "您的角色不能进行这项操作。如确需办理，请联系局管理员。")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "没有找到", "页面不存在，或不在您可以查看的范围内。")


def server_error(request: HttpRequest) -> HttpResponse:
    return _without_database(
        request, 500, "系统出错了", "刚才的操作没有完成，已记录原因。请返回重试；如再次出现，请联系局管理员并告知时间。"
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(
        request,
        403,
        "页面已过期",
        "您在此页停留过久或重新登录过。请返回上一页，刷新后再提交；已自动保存的内容不会丢失。",
    )


def json_body(request: HttpRequest) -> bytes:
    """Empty for an ordinary form, whose body was read for its token."""
    try:
        return request.body
    except RawPostDataException:
        return b""


class LimitHandler(FileUploadHandler):
    """Lets a file through up to UPLOAD_MAX_BYTES; of a longer one the rest is read past, and its name noted."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            # Read past rather than cut off: a browser still sending would show no answer at all.
            self.request._too_large = self.file_name  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """None: the handlers that follow store it."""
        return None


def too_large(request: HttpRequest) -> str:
    name: Any = getattr(request, "_too_large", "")
    return str(name)
