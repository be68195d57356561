"""Actions on where the daily digest of a person goes: choose, ask again whether the address is right, confirm it."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.addresses import queries
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.notices import channels

KIND = "confirm_email"
_PAUSE = timedelta(minutes=1)


@transaction.atomic
def choose_digest(*, channel: str, email: str, by: User) -> User:
    """Where one's own daily digest goes in addition to the inbox; "" for nowhere. Raises Invalid.

    A new address gets no digest before its link was opened.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if channel and channel not in channels.for_people():
        raise Invalid("本系统没有开通这种发送方式。请另选一种，或联系局管理员。")
    email = email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid("邮箱地址不完整，例如 zhangsan@example.gov.cn。") from error
    if channel == channels.Channel.EMAIL and not email:
        raise Invalid("选了邮件，请填写邮箱地址。")
    if channel == channels.Channel.SMS and not person.phone:
        raise Invalid("您的账号没有联系电话。请局管理员在“账号”里登记手机号以后再选短信。")
    before, after = {"digest": person.digest, "email": person.email}, {"digest": channel, "email": email}
    if before != after:
        if person.email != email:
            person.email_confirmed_at = None
        person.digest, person.email = channel, email
        person.save(update_fields=["digest", "email", "email_confirmed_at"])
        if channel == channels.Channel.EMAIL and person.email_confirmed_at is None:
            _ask(person)
        audit.record("account.choose_digest", by=by, obj=person, before=before, after=after)
    return person


@transaction.atomic
def ask_again(*, by: User) -> Job:
    """Raises Invalid where nothing is to be confirmed, Conflict when a mail has just gone."""
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not person.email or person.email_confirmed_at or channels.Channel.EMAIL not in channels.for_people():
        raise Invalid("没有要确认的邮箱：还没有填写，或已经确认过。")
    if Job.objects.filter(kind=KIND, owner=person, queued_at__gt=timezone.now() - _PAUSE).exists():
        raise Conflict("确认邮件刚刚发过。请先看看收件箱和垃圾邮件，过一分钟再重新发送。")
    job = _ask(person)
    audit.record("account.ask_email", by=by, obj=person, after={"email": person.email})
    return job


def _ask(person: User) -> Job:
    key = f"{KIND}-{person.pk}-{timezone.now():%Y%m%d%H%M%S%f}"
    return jobs.enqueue(kind=KIND, title="发送邮箱确认邮件", args={"email": person.email}, key=key, by=person)


@transaction.atomic
def confirm_email(*, token: str, by: User) -> User:
    """Raises NotFound for a link that is too old, of another address or another person."""
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    queries.ensure_valid(person, token)
    if person.email_confirmed_at is None:
        person.email_confirmed_at = timezone.now()
        person.save(update_fields=["email_confirmed_at"])
        audit.record("account.confirm_email", by=by, obj=person, after={"email": person.email})
    return person
