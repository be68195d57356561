"""Small helpers of the review pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from indicators.collection.submissions import workflow

register = template.Library()


@register.filter
def lookup(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """A mapping's value for a key, None where it has none."""
    return (mapping or {}).get(key)


@register.filter
def days_since(moment: datetime | None) -> int:
    """How many calendar days ago a moment was, in local time."""
    return (timezone.localdate() - timezone.localdate(moment)).days if moment else 0


@register.filter
def tone_of(state: str) -> str:
    """The tone of a submission's state as a badge."""
    return workflow.TABLE.states[state].tone
