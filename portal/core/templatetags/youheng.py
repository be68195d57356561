"""Template tags and filters every page may use (loaded as builtins)."""

import datetime as dt
import re
from collections.abc import Hashable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django import template
from django.conf import settings
from django.forms.utils import flatatt
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.core.lib import dates, numbers, verdicts

register = template.Library()
_BLANK = "—"
_ICONS = "@tabler/icons/icons/outline"


@register.simple_tag
@lru_cache(maxsize=1024, typed=True)
def icon(name: str, label: str = "") -> SafeString:
    """Hidden from screen readers without `label`. Each is drawn once; `typed`: a safe string is no label to escape."""
    path, drawing = settings.NODE_MODULES / _ICONS / f"{name}.svg", ""
    if re.fullmatch(r"[a-z0-9-]+", name) and path.is_file():
        source = path.read_text(encoding="utf-8")
        drawing = " ".join(re.findall(r"<(?:path|circle|rect|line)[^>]*>", source)).replace("\n", " ")
    role = flatatt({"role": "img", "aria-label": label} if label else {"aria-hidden": "true"})
    return format_html(
        '<svg class="icon" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" focusable="false"{}>{}</svg>',
        role,
        mark_safe(drawing),  # noqa: S308 files of a pinned package
    )


@register.simple_tag
@lru_cache(maxsize=4096)
def drawn(template_name: str, value: Hashable) -> SafeString:
    """A template that shows `value` and nothing else of the page or the person, rendered once for equal values."""
    return SafeString(render_to_string(template_name, {"value": value}))


def _number(value: Any) -> Decimal | Fraction | int | None:
    if value is None or value == "":
        return None
    if isinstance(value, (Decimal, Fraction, int)):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


@register.filter
def num(value: Any, digits: int = 2) -> str:
    """Rounded half-up."""
    return numbers.text(_number(value), int(digits), blank=_BLANK)


@register.filter
def plain(value: Any) -> str:
    """Without trailing zeros."""
    number = _number(value)
    return numbers.plain(number, blank=_BLANK) if isinstance(number, Decimal | None) else str(number)


@register.filter
def percent(value: Any, digits: int = 1) -> str:
    """0.853 as 85.3%."""
    number = _number(value)
    return _BLANK if number is None else f"{numbers.half_up(number * 100, int(digits)):f}%"


register.filter(numbers.at_most)
register.filter(numbers.at_least)


@register.filter
def megabytes(value: int) -> str:
    return numbers.megabytes(value)


@register.filter
def zhdate(value: dt.date | dt.datetime | None) -> str:
    """2026年3月31日."""
    return dates.day(value) if value else _BLANK


@register.filter
def resting(value: dt.date | None) -> str:
    """（周末）, （国庆节）."""
    return dates.resting(value) if value else ""


@register.filter
def zhtime(value: dt.datetime | None) -> str:
    """2026年3月31日 18:02."""
    return dates.moment(value) if value else _BLANK


@register.filter
def zhbrief(value: dt.date | dt.datetime | None) -> str:
    """3月31日 18:02, 3月31日; of another year with it."""
    return dates.brief(value) if value else _BLANK


@register.filter
def days_left(value: dt.date | dt.datetime | None) -> str:
    """还剩 3 天, 今天截止, 已逾期 2 天."""
    if not value:
        return ""
    if isinstance(value, dt.datetime):
        value = (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    days = (value - timezone.localdate()).days
    if days == 0:
        return "今天截止"
    return f"还剩 {days} 天" if days > 0 else f"已逾期 {-days} 天"


@register.filter
def verdict(passes: bool | str | None, kind: str = "") -> verdicts.Verdict:
    """Words and tone."""
    return verdicts.KINDS[kind][passes]


@register.filter
def tone(level: str) -> str:
    return {"success": "ok", "warning": "warn", "error": "bad"}.get(level, "info")


class _FormTokenNode(CsrfTokenNode):
    """The hidden fields of a form that writes."""

    def render(self, context: template.Context) -> str:
        user = context.get("user")
        person = ""
        if user is not None and user.is_authenticated:
            person = format_html('<input type="hidden" name="page_person" value="{}">', user.pk)
        key = format_html('<input type="hidden" name="form_key" value="{}">', uuid4()) if person else ""
        return super().render(context) + person + key


@register.tag
def csrf_token(parser: Parser, token: Token) -> _FormTokenNode:
    """With the person the page was made for and the form's key (`once`)."""
    return _FormTokenNode()


@register.simple_block_tag
def capture(content: SafeString) -> SafeString:
    """`{% capture as name %}…{% endcapture %}`: render once, print in several places."""
    return SafeString(content.strip())
