"""What a worker does for an address: send the mail that asks whether it is right."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from portal.core.accounts.models import User
from portal.core.addresses import queries
from portal.core.errors import Conflict
from portal.core.jobs.runner import JobContext
from portal.core.notices import channels


def confirm_email(context: JobContext) -> dict[str, Any]:
    """Raises Conflict when the mail did not go out."""
    person = User.objects.get(pk=context.by.pk)
    if person.email != context.args["email"] or person.email_confirmed_at:
        return {"sent": 0}
    link = f"{settings.PORTAL_URL}{reverse('notices:confirm_email', args=[queries.token_of(person)])}"
    days = queries.VALID_FOR.days
    text = "\n".join(
        [
            "优衡：请确认邮箱地址",
            "",
            f"您在优衡填写了这个邮箱，用来接收每日汇总。打开网址登录后点“确认”，{days} 天内有效：",
            link,
            "",
            "不是您填写的，不用理会，不会再发。",
        ]
    )
    try:
        channels.send_email(person, text)
    except (channels.Undelivered, channels.Unsure) as problem:
        raise Conflict(f"确认邮件没有送到：{problem}") from problem
    return {"sent": 1}
