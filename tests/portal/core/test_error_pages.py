"""Whatever goes wrong, the answer is Chinese, has the right status and a next step."""

import pytest
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from portal.core.accounts.authentication import public
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound, Problem

pytestmark = pytest.mark.django_db

FAULTS = {
    "malformed": BadRequest("bad"),
    "invalid": Invalid("有 1 处错误。", [Problem("不是数字", "学校数据 第 5 行 D 列", "改为数字后重新上传")]),
    "not-allowed": NotAllowed("您的角色不能审核。"),
    "not-found": NotFound("没有这所学校。"),
    "conflict": Conflict("他人刚修改过。"),
    "no-database": OperationalError("server closed the connection"),
    "bug": ZeroDivisionError("division by zero"),
}


@public
def _fail(request: HttpRequest, name: str) -> HttpResponse:
    raise FAULTS[name]


@public
def _read_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.POST)))


urlpatterns = [path("fail/<str:name>/", _fail), path("form/", _read_form), path("", include("portal.urls"))]
handler400 = "portal.core.lib.views.bad_request"
handler403 = "portal.core.lib.views.permission_denied"
handler404 = "portal.core.lib.views.page_not_found"
handler500 = "portal.core.lib.views.server_error"


@pytest.fixture(autouse=True)
def _faulty_addresses(settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.DEBUG = False


@pytest.fixture(params=["nobody", "admin"])
def anybody(request, cast, sign_in) -> Client:
    client = Client() if request.param == "nobody" else sign_in(cast.admin)
    client.raise_request_exception = False
    return client


CASES = [
    ("malformed", 400, "请求有误"),
    ("invalid", 400, "改为数字后重新上传"),
    ("not-allowed", 403, "您的角色不能审核"),
    ("not-found", 404, "没有这所学校"),
    ("conflict", 409, "查看最新内容"),
    ("no-database", 503, "约 30 秒后重试"),
    ("bug", 500, "系统出错了"),
]


@pytest.mark.parametrize(("name", "status", "says"), CASES)
def test_every_fault_has_a_chinese_page(anybody, name: str, status: int, says: str) -> None:
    answer = anybody.get(f"/fail/{name}/")
    page = answer.content.decode()
    assert answer.status_code == status
    assert says in page
    assert 'lang="zh-CN"' in page
    assert "href=" in page
    for english in ("Traceback", "Error", "Exception", "division", "Not Found", "Forbidden"):
        assert english not in page


@pytest.mark.parametrize(("name", "status", "says"), CASES)
def test_scripts_get_the_same_as_json(anybody, name: str, status: int, says: str) -> None:
    answer = anybody.get(f"/fail/{name}/", headers={"accept": "application/json"})
    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_lost_database_says_when_to_come_back(anybody) -> None:
    assert anybody.get("/fail/no-database/").headers["Retry-After"] == "30"


def test_an_unknown_address_is_404(anybody) -> None:
    answer = anybody.get("/nowhere/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


def test_too_much_text_is_413_with_the_limit(anybody) -> None:
    answer = anybody.post("/form/", {"text": "字" * 2_000_000})
    assert answer.status_code == 413
    assert "超过 5 MB" in answer.content.decode()


def test_too_many_fields_are_413(anybody) -> None:
    answer = anybody.post("/form/", {f"field{number}": "1" for number in range(5001)})
    assert answer.status_code == 413


def test_a_action_opened_as_a_page_is_405(anybody) -> None:
    answer = anybody.get("/logout/")
    assert answer.status_code in (302, 405)
    if answer.status_code == 405:
        assert answer.headers["Allow"] == "POST"
        assert "回到原页面" in answer.content.decode()


def test_a_strange_host_is_answered_in_chinese(anybody) -> None:
    answer = anybody.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "请求有误" in answer.content.decode()
