"""Reads of a district's programme."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from django.db.models import QuerySet

from inspections.programmes import files
from inspections.programmes.models import Phase, Programme
from inspections.programmes.programme import Plan, Shown
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access import scope
from schools.access.permissions import Perm
from schools.directory.models import District


def phases(user: User, perm: Perm = Perm.REPORT_VIEW) -> QuerySet[Phase]:
    """Return the phases of the programmes within the person's reach, in order."""
    return scope.visible(user, Phase.objects.select_related("programme__district"), perm)


def previous(phase: Phase) -> Phase | None:
    """Return the phase before this one in the same programme."""
    return Phase.objects.filter(programme=phase.programme_id, number__lt=phase.number).order_by("-number").first()


def phase_on(district_id: int, day: date) -> Phase | None:
    """Return the phase of a district's programme that a day falls into."""
    return Phase.objects.filter(programme__district=district_id, starts_on__lte=day, ends_on__gte=day).first()


def adopted(user: User) -> QuerySet[Programme]:
    """Return the programmes of the districts the person may follow, with their phases."""
    rows = Programme.objects.select_related("district", "updated_by").prefetch_related("phases")
    return scope.visible(user, rows, Perm.ROUND_VIEW).order_by("district__code", "document_no")


def shipped(user: User, code: str) -> tuple[District, dict[str, Any]]:
    """Return a district within reach and the plan that came with the portal for it. Raises NotFound without one."""
    district = scope.visible(user, District.objects.all(), Perm.ROUND_VIEW).filter(code=code).first()
    content = next((content for content in _files() if content["district_code"] == code), None)
    if district is None or content is None:
        raise NotFound("系统没有随附这个区县的实施方案，或它不在您可以查看的范围内。")
    return district, content


def shown(user: User, rows: Sequence[Programme], today: date) -> list[Shown]:
    """Return the adopted programmes for the page; the button comes back where the shipped plan says something else."""
    plans = {(content["district_code"], content["document_no"]): Plan.of_file(content) for content in _files()}
    managed = set(_managed(user, [code for code, _ in plans]).values_list("code", flat=True))
    found = []
    for row in rows:
        plan, code = Plan.of_row(row), row.district.code
        other = plans.get((code, row.document_no), plan) != plan
        found.append(Shown(row.district, plan, plan.phases(today), row, offered=other and code in managed))
    return found


def waiting(user: User, today: date) -> list[Shown]:
    """Return the shipped plans the person could adopt and has not yet."""
    contents = {content["district_code"]: content for content in _files()}
    held = set(Programme.objects.filter(district__code__in=contents).values_list("district__code", "document_no"))
    found = []
    for district in _managed(user, list(contents)):
        plan = Plan.of_file(contents[district.code])
        if (district.code, plan.document_no) not in held:
            found.append(Shown(district, plan, plan.phases(today), offered=True))
    return found


def _managed(user: User, codes: list[str]) -> QuerySet[District]:
    return scope.visible(user, District.objects.filter(code__in=codes), Perm.ROUND_MANAGE).order_by("code")


@cache
def _files() -> tuple[dict[str, Any], ...]:
    return tuple(files.read_file(path) for path in files.SHIPPED)
