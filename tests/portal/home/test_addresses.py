"""No digest goes to an address before its link was opened by its person."""

import email
import re
from datetime import timedelta
from email import policy
from typing import Any

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.addresses import actions, queries
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.home import task_queries as tasks, work
from tests.portal.home.conftest import make_finding
from tests.portal.home.test_digest import run

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
ADDRESS = "zhang@example.gov.cn"


@pytest.fixture
def chosen(smtp, cast, sign_in) -> Any:
    """甲校填报员 has entered an address, and the mail about it has gone."""
    make_finding(cast, 1, due=-3)
    actions.choose_digest(channel="email", email=ADDRESS, by=cast.reporter_a)
    runner.run_one(Job.objects.get().pk)
    return User.objects.get(pk=cast.reporter_a.pk)


def link(smtp: Any) -> str:
    """The path of the link in the last mail."""
    message = email.message_from_bytes(smtp.got[-1], policy=policy.default)
    assert message["To"] == ADDRESS
    return re.search(r"http://\S+?(/notices/\S+)", message.get_content())[1]


def test_digests_begin_once_the_link_was_opened_and_confirmed(smtp, chosen, cast, sign_in) -> None:
    client, address = sign_in(cast.reporter_a), link(smtp)
    assert run() == {}
    assert "确认邮箱" in [task.action for task in tasks.for_user(chosen)]
    assert "还没有确认" in client.get(reverse("notices:digest")).content.decode()
    page = client.get(address).content.decode()
    assert ADDRESS in page
    chosen.refresh_from_db()
    assert chosen.email_confirmed_at is None, "opening alone confirms nothing"
    assert "已确认" in client.post(address, follow=True).content.decode()
    client.post(address)
    chosen.refresh_from_db()
    assert "确认邮箱" not in [task.action for task in tasks.for_user(chosen)]
    assert AuditEvent.objects.filter(action="account.confirm_email").count() == 1, "twice is once"
    assert "还没有确认" not in client.get(reverse("notices:digest")).content.decode()
    assert run() == {"sent": 1}


def test_another_address_is_asked_about_again_and_the_old_link_is_void(smtp, chosen, cast, sign_in) -> None:
    client, address = sign_in(cast.reporter_a), link(smtp)
    client.post(address)
    actions.choose_digest(channel="email", email="other@example.gov.cn", by=chosen)
    chosen.refresh_from_db()
    assert chosen.email_confirmed_at is None
    assert run() == {}
    assert client.post(address).status_code == 404
    assert Job.objects.filter(kind=actions.KIND).count() == 2
    actions.choose_digest(channel="", email="other@example.gov.cn", by=chosen)
    assert Job.objects.filter(kind=actions.KIND).count() == 2, "the same address is not asked about again"


def test_a_link_ends_and_is_for_its_person_alone(smtp, chosen, cast, sign_in, monkeypatch) -> None:
    address = link(smtp)
    assert sign_in(cast.principal_a).get(address).status_code == 404
    assert sign_in(cast.reporter_a).get(address.replace("confirm/", "confirm/9")).status_code == 404
    later = signing.time.time() + (queries.VALID_FOR + timedelta(minutes=1)).total_seconds()
    monkeypatch.setattr(signing.time, "time", lambda: later)
    with pytest.raises(NotFound, match="超过 3 天"):
        actions.confirm_email(token=address.rstrip("/").rpartition("/")[2], by=chosen)


def test_the_mail_can_be_asked_for_again_not_twice_a_minute(smtp, chosen, cast, sign_in) -> None:
    client, address = sign_in(cast.reporter_a), reverse("notices:ask_again")
    assert "刚刚发过" in client.post(address, follow=True).content.decode()
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=2))
    assert "确认邮件已发到" in client.post(address, follow=True).content.decode()
    with pytest.raises(Conflict):
        actions.ask_again(by=chosen)
    actions.confirm_email(token=queries.token_of(chosen), by=chosen)
    with pytest.raises(Invalid, match="已经确认"):
        actions.ask_again(by=chosen)


def test_a_mail_that_did_not_go_out_is_said_by_its_job_and_a_confirmed_address_gets_none(smtp, chosen, cast) -> None:
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=2))
    smtp.fault = "unknown"
    job = actions.ask_again(by=chosen)
    runner.run_one(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "不接收这个邮箱地址" in job.error
    smtp.fault = None
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=2))
    late = actions.ask_again(by=chosen)
    actions.confirm_email(token=queries.token_of(chosen), by=chosen)
    before = len(smtp.got)
    runner.run_one(late.pk)
    assert len(smtp.got) == before


def test_the_bureau_sees_whose_address_is_not_confirmed(smtp, chosen, cast, sign_in) -> None:
    client, page = sign_in(cast.admin), reverse("notices:sendings")
    text = client.get(page).content.decode()
    assert "还没有确认邮箱的 1 人" in text
    assert chosen.name in text
    assert "还没有确认邮箱" not in sign_in(cast.foreign_admin).get(page).content.decode()
    actions.confirm_email(token=queries.token_of(chosen), by=chosen)
    assert "还没有确认邮箱" not in client.get(page).content.decode()
    assert work.for_person(chosen)
