"""Reads of what is public: a district's page and a complaint as everybody sees them, its notices and complaints as the bureau does."""

from base64 import b32encode
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.crypto import salted_hmac

from indicators.results.evaluations.models import PartResult
from indicators.results.milestones.models import Milestone
from inspections.letters.models import Letter
from inspections.publicity import workflow
from inspections.publicity.models import Complaint, PublicNotice, PublicPage
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.lib.verdicts import VERDICTS
from schools.access.scope import Perm, visible
from schools.directory.models import District, School, Status

_OUT = (Letter.State.ISSUED, Letter.State.DELIVERED)
_RESULTS = "published"
_BYTES = 10


@dataclass(frozen=True, slots=True)
class PublicStanding:
    """A frozen conclusion in plain words."""

    milestone: Milestone
    verdict: str
    parts: int
    passing: int


def page(code: str) -> PublicPage:
    """Raises NotFound unless it is open, whether the district exists or not."""
    found = PublicPage.objects.select_related("district", "milestone__round", "milestone__evaluation")
    row = found.defer("milestone__evaluation__result", "milestone__evaluation__inputs").filter(
        district__code=code, is_open=True
    )
    if (open_page := row.first()) is None:
        raise NotFound("没有这个公开页，或还没有对外公开。请核对网址。")
    return open_page


def standing(shown: PublicPage) -> PublicStanding | None:
    if shown.milestone is None:
        return None
    evaluation = shown.milestone.evaluation
    counts = PartResult.objects.filter(evaluation=evaluation).aggregate(
        parts=Count("pk"), passing=Count("pk", filter=Q(passes=True))
    )
    return PublicStanding(shown.milestone, VERDICTS[evaluation.verdict].words, **counts)


def notices(shown: PublicPage) -> QuerySet[PublicNotice]:
    return PublicNotice.objects.filter(district=shown.district_id, withdrawn_at=None)


def results(shown: PublicPage) -> QuerySet[Letter]:
    """督导结果公开稿 that are issued and not restricted; none unless the bureau shows them."""
    if not shown.shows_results:
        return Letter.objects.none()
    rows = Letter.objects.filter(kind=_RESULTS, district=shown.district_id, state__in=_OUT, pdf__restricted=False)
    return rows.select_related("school", "pdf").order_by("-issued_on", "-pk")


def schools(shown: PublicPage) -> QuerySet[School]:
    return School.objects.filter(district=shown.district_id, status=Status.OPEN).order_by("code")


def receipt(key: UUID) -> str:
    """80 bits nobody can guess without the portal's key."""
    drawn = salted_hmac("publicity.receipt", key.hex, algorithm="sha256").digest()
    return b32encode(drawn[:_BYTES]).decode().lower()


def digest(receipt: str) -> str:
    plain = receipt.strip().lower().replace(" ", "")
    return salted_hmac("publicity.digest", plain, algorithm="sha256").hexdigest()


def by_receipt(page: PublicPage, receipt: str) -> Complaint | None:
    rows = Complaint.objects.select_related("school").filter(district=page.district_id)
    return rows.filter(digest=digest(receipt)).first()


def own_page(user: User, code: str) -> PublicPage:
    """Saved or not. Raises NotFound out of scope."""
    district = visible(user, District.objects.all(), Perm.DISTRICT_EDIT).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    found = PublicPage.objects.select_related("district", "updated_by").filter(district=district).first()
    return found or PublicPage(district=district)


def milestones(user: User, district: District) -> QuerySet[Milestone]:
    rows = Milestone.objects.filter(round__district=district).select_related("round")
    return visible(user, rows, Perm.MILESTONE_VIEW)


def own_notice(user: User, notice_id: int) -> PublicNotice:
    rows = PublicNotice.objects.select_related("district")
    return get_object_or_404(visible(user, rows, Perm.DISTRICT_EDIT), pk=notice_id)


def unanswered(user: User) -> QuerySet[Complaint]:
    return complaints(user).filter(state__in=workflow.TABLE.waiting_for(workflow.HANDLE))


def complaints(user: User) -> QuerySet[Complaint]:
    rows = Complaint.objects.select_related("district", "school", "finding", "answered_by")
    return visible(user, rows, Perm.FINDING_DISPATCH).order_by("-pk")
