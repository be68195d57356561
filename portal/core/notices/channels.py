"""The ways out of the portal: e-mail, SMS gateway, the group of a bureau in 企业微信, 钉钉 or 飞书.

Each sends one text once and returns how that ended. What goes wrong is said without addresses: those of groups hold keys.
"""

import base64
import hmac
import http.client
import json
import smtplib
import time
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core import mail

from portal.core.accounts.models import User
from portal.core.notices.models import Sending

Channel = Sending.Channel
_NO_ANSWER = "已交给对方，但没有收到答复，不能确定是否送到。今天不再发，以免重复；明天的汇总照常。"

# 企业微信 says of the text, 钉钉 and 飞书 of the whole message (20 000) what they take.
_LONGEST = {"wecom": 2048, "dingtalk": 18_000, "feishu": 18_000}


class Undelivered(Exception):
    """Nobody got it; says why."""


class Unsure(Exception):
    """It may have arrived."""


def installed() -> list[Channel]:
    return [*for_people(), *([Channel.GROUP] if settings.GROUP_WEBHOOKS else [])]


def for_people() -> list[Channel]:
    return [one for one, host in ((Channel.EMAIL, settings.EMAIL_HOST), (Channel.SMS, settings.SMS_URL)) if host]


def send_email(user: User, text: str) -> None:
    """Raises Undelivered or Unsure."""
    connection = mail.get_connection()
    subject = text.partition("\n")[0]
    message = mail.EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email], connection=connection)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise Undelivered(f"连接不上邮件服务器：{_words(error)}") from error
    try:
        message.send()
    except smtplib.SMTPServerDisconnected as error:
        raise Unsure(_NO_ANSWER) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise Undelivered("邮件服务器不接收这个邮箱地址，请核对。") from error
    except smtplib.SMTPException as error:
        raise Undelivered(f"邮件服务器没有接收：{_words(error)}") from error
    except OSError as error:
        raise Unsure(_NO_ANSWER) from error
    finally:
        # What was sent was answered before.
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


def send_sms(user: User, text: str) -> None:
    """Raises Undelivered or Unsure."""
    if not user.phone:
        raise Undelivered("账号没有联系电话，请局管理员在“账号”里登记。")
    filled = _filled(settings.SMS_TEMPLATE, {"{phone}": user.phone, "{text}": text})
    _post(settings.SMS_URL, filled, {"Authorization": settings.SMS_AUTHORIZATION} if settings.SMS_AUTHORIZATION else {})


def _filled(template: Any, words: dict[str, str]) -> Any:
    if isinstance(template, dict):
        return {key: _filled(value, words) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, words) for value in template]
    if isinstance(template, str):
        for blank, word in words.items():
            template = template.replace(blank, word)
    return template


def longest(district_code: str) -> int:
    """Bytes of a text the robot of a group takes."""
    kind, _ = settings.GROUP_WEBHOOKS[district_code]
    return _LONGEST[kind]


def send_group(district_code: str, text: str) -> None:
    """Raises Undelivered or Unsure."""
    kind, url = settings.GROUP_WEBHOOKS[district_code]
    secret = settings.GROUP_SECRETS.get(district_code, "")
    body: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    if kind == "feishu":
        body = {"msg_type": "text", "content": {"text": text}}
        if secret:
            # The words to be signed are the key here, and what is signed is nothing.
            at = str(int(time.time()))
            body |= {"timestamp": at, "sign": _signature(f"{at}\n{secret}", "")}
    elif secret:
        at = str(int(time.time() * 1000))
        signed = urlencode({"timestamp": at, "sign": _signature(secret, f"{at}\n{secret}")})
        url = f"{url}{'&' if '?' in url else '?'}{signed}"
    said = _post(url, body, {})
    try:
        answer = json.loads(said)
        code = answer.get("errcode", answer.get("code", answer.get("StatusCode", 0)))
    except (ValueError, AttributeError):
        raise Unsure(_NO_ANSWER) from None
    if code != 0:
        raise Undelivered(f"工作群机器人没有接收（代码 {code}）。请核对机器人的地址、关键词、加签密钥和是否被移出群。")


def _signature(key: str, words: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), words.encode(), "sha256")).decode()


class _NoRedirect(HTTPRedirectHandler):
    """A text meant for one address goes to no other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


def _post(url: str, body: Any, headers: dict[str, str]) -> bytes:
    """Certificates are checked. Raises Undelivered or Unsure."""
    data = json.dumps(body, ensure_ascii=False).encode()
    request = Request(url, data, {"Content-Type": "application/json; charset=utf-8", **headers})  # noqa: S310 of the settings
    try:
        with _opener.open(request, timeout=settings.EMAIL_TIMEOUT) as answer:
            return answer.read(100_000)
    except HTTPError as error:
        with error:
            raise Undelivered(f"对方没有接收（HTTP {error.code}）。") from error
    except URLError as error:
        raise Undelivered(f"连接不上对方：{_words(error.reason)}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unsure(_NO_ANSWER) from error


def _words(error: object) -> str:
    known = {ConnectionRefusedError: "对方拒绝连接。", TimeoutError: "对方没有应答。"}
    return next((words for kind, words in known.items() if isinstance(error, kind)), f"{type(error).__name__}。")
