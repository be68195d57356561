"""The daily digest leaves over real connections to local servers, once a day whatever goes wrong there."""

import base64
import email
import hashlib
import hmac
import time
from datetime import timedelta
from email import policy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions.models import Submission
from portal.core.addresses import actions as addresses
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.jobs import work as job_work
from portal.core.jobs.models import Job
from portal.core.notices import actions, channels
from portal.core.notices.models import Notice, Sending
from portal.home import work
from portal.home.school_task_queries import Task
from tests.portal.home.conftest import in_days, make_finding, make_round, stamped

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
S = Sending.State


@pytest.fixture
def reader(cast, settings) -> Any:
    """甲校填报员 has an unread notice and an overdue finding, and wants an e-mail."""
    settings.PORTAL_URL = "https://youheng.example.gov.cn"
    with transaction.atomic():
        actions.notify([cast.reporter_a], text="张三的事", url="/help/", key="one", by=None)
    make_finding(cast, 1, due=-3, problem="王小明的名字")
    cast.reporter_a.digest, cast.reporter_a.email = "email", "reader@example.gov.cn"
    cast.reporter_a.email_confirmed_at = timezone.now()
    cast.reporter_a.save()
    return cast.reporter_a


class Context:
    """A job's, without its row."""

    def progress(self, *args: Any) -> None:
        return

    def fenced(self) -> Any:
        return transaction.atomic()


def run() -> dict[str, Any]:
    return work.digest(Context())


def test_one_mail_a_day_with_what_is_to_be_done_and_where(smtp, reader) -> None:
    assert run() == {S.SENT: 1}
    assert run() == {}
    (mail,) = smtp.got
    message = email.message_from_bytes(mail, policy=policy.default)
    assert message["To"] == "reader@example.gov.cn"
    assert message["Subject"].strip() == "优衡：您有 1 条未读消息，1 件事已逾期或快到期"
    body = message.get_content()
    finding = reverse("rectification:detail", args=[1]).partition("1")[0]
    assert "落实整改（已逾期 3 天）：https://youheng.example.gov.cn" + finding in body
    assert "https://youheng.example.gov.cn/notices/?show=unread" in body
    assert "王小明" not in body
    assert "张三" not in body
    row = Sending.objects.get()
    assert (row.user, row.state, row.tries, row.error) == (reader, S.SENT, 1, "")
    assert AuditEvent.objects.filter(action="notice.digest").count() == 1


def test_things_that_read_alike_are_one_line(reader, monkeypatch) -> None:
    today = timezone.localdate()
    late = [Task("报送进展", f"任务 {days}", "/tasks/1/", today - timedelta(days=days)) for days in (9, 2)]
    other = Task("报送进展", "任务", "/tasks/2/", today)
    monkeypatch.setattr(work.tasks, "for_user", lambda user: [*late, other])
    lines = work.for_person(reader).splitlines()
    assert lines[0].endswith("3 件事已逾期或快到期")
    assert [line for line in lines if line.startswith("报送进展")] == [
        "报送进展（已逾期 9 天，共 2 件）：https://youheng.example.gov.cn/tasks/1/",
        "报送进展（今天截止）：https://youheng.example.gov.cn/tasks/2/",
    ]


@pytest.mark.parametrize(
    ("fault", "state", "words", "again"),
    [
        ("busy", S.FAILED, "连接不上邮件服务器", S.SENT),
        ("unknown", S.FAILED, "不接收这个邮箱地址", S.SENT),
        ("silent", S.UNSURE, "不能确定", S.UNSURE),
    ],
)
def test_what_failed_goes_out_with_the_next_run_and_what_may_have_arrived_does_not(
    smtp, reader, settings, fault: str, state: str, words: str, again: str
) -> None:
    smtp.fault = fault
    if fault == "silent":
        settings.EMAIL_TIMEOUT = 1
    assert run() == {state: 1}
    assert words in Sending.objects.get().error
    smtp.fault = None
    run()
    row = Sending.objects.get()
    assert (row.state, len(smtp.got)) == (again, 1 if again == S.SENT else 0)


def test_nobody_at_home_is_said(reader, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_SSL = "127.0.0.1", 1, False
    assert run() == {S.FAILED: 1}
    assert Sending.objects.get().error == "连接不上邮件服务器：对方拒绝连接。"


def test_a_run_that_died_while_sending_is_not_repeated_today_and_loses_nothing(smtp, reader) -> None:
    died = Sending.objects.create(
        day=timezone.localdate(), user=reader, channel="email", state=S.SENDING, tries=1, composed_at=timezone.now()
    )
    assert run() == {}
    died.refresh_from_db()
    assert died.state == S.UNSURE
    Sending.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert run() == {S.SENT: 1}
    assert "1 条未读消息" in email.message_from_bytes(smtp.got[0], policy=policy.default)["Subject"]


def test_what_was_in_the_last_digest_is_not_new_and_nothing_is_no_mail(smtp, reader, cast) -> None:
    assert run() == {S.SENT: 1}
    Sending.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert "未读" not in work.for_person(reader)
    Notice.objects.all().delete()
    assert work.for_person(cast.auditor) == ""


def test_a_text_message_holds_counts_alone_in_the_shape_the_gateway_wants(gateway, reader, settings) -> None:
    settings.SMS_URL, settings.SMS_AUTHORIZATION = gateway.address, "Bearer x"
    settings.SMS_TEMPLATE = {"to": ["{phone}"], "vars": {"t": "{text}"}}
    reader.digest, reader.phone = "sms", "13800138000"
    reader.save()
    assert run() == {S.SENT: 1}
    headers, body = gateway.got[0]
    assert headers["Authorization"] == "Bearer x"
    assert body["to"] == ["13800138000"]
    assert body["vars"]["t"].startswith("优衡：您有 1 条未读消息，1 件事已逾期或快到期。登录查看：https://")


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        (None, S.SENT, ""),
        (500, S.FAILED, "HTTP 500"),
        (302, S.FAILED, "HTTP 302"),
        (b'{"errcode": 93000}', S.FAILED, "代码 93000"),
        (b"<html>", S.UNSURE, "不能确定"),
        ("silent", S.UNSURE, "不能确定"),
    ],
)
def test_a_bureaus_group_gets_units_and_links_once(
    gateway, cast, settings, caplog, fault: Any, state: str, words: str
) -> None:
    make_finding(cast, 1, due=-3, problem="王小明的名字")
    settings.GROUP_WEBHOOKS = {cast.district.code: ("wecom", gateway.address)}
    gateway.fault = fault
    if fault == "silent":
        settings.EMAIL_TIMEOUT = 1
    assert run() == {state: 1}
    ((_, body),) = gateway.got
    text = body["text"]["content"]
    assert "1 项逾期，1 项没有销号" in text
    assert f"整改逾期的单位 1 个：{cast.school_a.name} 1 项" in text
    assert "王小明" not in text
    row = Sending.objects.get()
    assert (row.user, row.district_code, row.state) == (None, cast.district.code, state)
    assert words in row.error
    assert "secret" not in row.error + caplog.text
    if state != S.FAILED:
        assert run() == {}


def test_a_group_reads_which_units_have_not_handed_in(cast, settings) -> None:
    settings.PORTAL_URL = "https://youheng.example.gov.cn"
    settings.GROUP_WEBHOOKS = {cast.district.code: ("wecom", "")}
    round_ = make_round(cast, due=-1)
    stamp = {"round": round_, **stamped(cast.admin)}
    Submission.objects.create(school=cast.school_a, **stamp)
    Submission.objects.create(state="approved", school=cast.school_b, **stamp)
    head, said, late, address = work.for_group(cast.district).split("\n")
    assert (head, said) == (f"优衡 · {cast.district.name}", f"{round_.name}还有 1 个单位没有提交。")
    assert late == f"已过截止时间 1 个：{cast.school_a.name}"
    assert address.endswith(reverse("submissions:mine")), "where the one it names may go"


def test_a_group_that_takes_less_gets_fewer_names_and_how_many_they_are(cast, settings, monkeypatch) -> None:
    make_finding(cast, 1, due=-3)
    make_finding(cast, 2, due=-3, school=cast.school_b)
    make_finding(cast, 3, due=-3, school=cast.school_b, waiting_since=in_days(-4), state="close_requested")
    settings.GROUP_WEBHOOKS = {cast.district.code: ("wecom", "")}
    assert f"单位 2 个：{cast.school_a.name} 1 项、{cast.school_b.name} 1 项\n" in work.for_group(cast.district)
    longest = len(work.for_group(cast.district).encode()) - 1
    monkeypatch.setattr(channels, "longest", lambda code: longest)
    text = work.for_group(cast.district)
    assert f"单位 2 个：{cast.school_a.name} 1 项等 2 个\n" in text
    assert len(text.encode()) <= longest


def test_a_group_of_many_units_is_composed_in_few_tries(cast, settings, monkeypatch) -> None:
    settings.GROUP_WEBHOOKS, asked = {cast.district.code: ("wecom", "")}, []
    units = [f"第 {number} 小学" for number in range(1000)]
    monkeypatch.setattr(work.rounds, "not_handed_in", lambda round_: units)
    monkeypatch.setattr(channels, "longest", lambda code: 200)

    def named(round_, rows, address, most):
        asked.append(most)
        return "、".join(rows[:most])

    monkeypatch.setattr(work.pages, "for_group", named)
    make_round(cast, due=-1)
    text = work.for_group(cast.district)
    first = len(text.split("、"))
    assert len(text.encode()) <= 200 < len(f"{text}、{units[first]}".encode())
    assert len(asked) < 20


def test_another_kind_of_group_is_spoken_to_in_its_way(gateway, cast, settings) -> None:
    make_finding(cast, 1, due=-3)
    settings.GROUP_WEBHOOKS = {cast.district.code: ("feishu", gateway.address)}
    gateway.fault = b'{"code": 0}'
    assert run() == {S.SENT: 1}
    assert gateway.got[0][1]["content"]["text"].startswith("优衡 · 龙亭区")


def test_robots_that_ask_for_it_get_signed_messages(gateway, cast, settings) -> None:
    """钉钉 signs the milliseconds and its key, 飞书 nothing with seconds and key as the key."""
    make_finding(cast, 1, due=-3)
    settings.GROUP_SECRETS = {cast.district.code: "SECx+/="}
    settings.GROUP_WEBHOOKS = {cast.district.code: ("dingtalk", gateway.address)}
    assert run() == {S.SENT: 1}
    asked = parse_qs(urlsplit(gateway.asked[0]).query)
    at = asked["timestamp"][0]
    assert abs(int(at) / 1000 - time.time()) < 60
    assert asked["key"] == ["secret"], "the robot's own address stays whole"
    signed = hmac.new(b"SECx+/=", f"{at}\nSECx+/=".encode(), hashlib.sha256).digest()
    assert asked["sign"] == [base64.b64encode(signed).decode()]
    Sending.objects.all().delete()
    settings.GROUP_WEBHOOKS = {cast.district.code: ("feishu", gateway.address)}
    assert run() == {S.SENT: 1}
    body = gateway.got[1][1]
    signed = hmac.new(f"{body['timestamp']}\nSECx+/=".encode(), b"", hashlib.sha256).digest()
    assert body["sign"] == base64.b64encode(signed).decode()
    assert abs(int(body["timestamp"]) - time.time()) < 60


@pytest.mark.parametrize(("hour", "keys"), [(3, []), (9, ["8"]), (13, ["12"]), (23, ["16"])])
def test_the_digest_is_asked_for_at_its_hours(cast, monkeypatch, hour: int, keys: list[str]) -> None:
    at = timezone.localtime().replace(hour=hour)
    monkeypatch.setattr(timezone, "localtime", lambda: at)
    job_work.leave_nightly()
    job_work.leave_nightly()
    left = Job.objects.filter(kind="digest").values_list("key", flat=True)
    assert list(left) == [f"nightly:digest:{at.date()}:{hour}" for hour in keys]


def test_a_person_chooses_what_there_is(cast, sign_in, settings) -> None:
    client, page = sign_in(cast.reporter_a), reverse("notices:digest")
    assert "还没有开通邮件和短信" in client.get(page).content.decode()
    settings.EMAIL_HOST, settings.SMS_URL = "mail.example.gov.cn", "https://sms.example.gov.cn"
    assert client.post(page, {"channel": "email", "email": ""}).status_code == 400
    assert client.post(page, {"channel": "email", "email": "a@example.gov.cn"}).status_code == 302
    cast.reporter_a.refresh_from_db()
    assert (cast.reporter_a.digest, cast.reporter_a.email) == ("email", "a@example.gov.cn")
    with pytest.raises(Invalid, match="没有联系电话"):
        addresses.choose_digest(channel="sms", email="", by=cast.reporter_a)
    with pytest.raises(Invalid, match="没有开通"):
        addresses.choose_digest(channel=channels.Channel.GROUP, email="", by=cast.reporter_a)


def test_the_bureau_sees_what_did_not_reach_its_people(cast, sign_in, django_assert_max_num_queries) -> None:
    today = timezone.localdate()
    for user, state in ((cast.reporter_a, S.FAILED), (cast.reporter_b, S.SENT), (cast.foreign_admin, S.FAILED)):
        Sending.objects.create(day=today, user=user, channel="email", state=state, error="连接不上邮件服务器：…")
    Sending.objects.create(day=today, district_code="410202", channel="group", state=S.UNSURE)
    client = sign_in(cast.admin)
    client.get(reverse("notices:sendings"))
    with django_assert_max_num_queries(12):
        page = client.get(reverse("notices:sendings")).content.decode()
    assert "外区管理员" not in page
    assert "乙校填报员" in page
    failed = client.get(reverse("notices:sendings") + "?show=failed").content.decode()
    assert "乙校填报员" not in failed
    assert "甲校填报员" in failed
    assert "龙亭区" in failed
