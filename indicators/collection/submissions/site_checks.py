"""What inspectors found otherwise on site than a submission claims; the slice in settings.SITE_CHECKS knows it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from indicators.collection.submissions.models import Revision
from portal.core.accounts.models import User


@dataclass(frozen=True, slots=True)
class SiteDifference:
    """A figure of a school that was found otherwise; `items` are its fields, `stage` "" where it is the whole school's.

    `is_changed`: the revision claims it otherwise than it did at the visit. `asks_correction`: the school wants to correct it.
    """

    school_code: str
    indicator: str
    stage: str
    items: tuple[str, ...]
    words: str
    answer: str
    url: str
    is_changed: bool
    asks_correction: bool


def differences(user: User, revisions: QuerySet[Revision]) -> list[SiteDifference]:
    """Those the person may see, of visits to the schools of these revisions; a fixed number of queries."""
    read: Callable[[User, QuerySet[Revision]], list[SiteDifference]] = import_string(settings.SITE_CHECKS)
    return read(user, revisions)
