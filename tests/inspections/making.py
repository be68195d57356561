"""Small makers for the tests of visits and rectification."""

import datetime as dt
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from indicators.collection.submissions.models import FORMAT, Decision, Revision, Round, Submission
from indicators.standard.standards import queries as standards
from inspections.rectification import actions
from inspections.rectification.models import Entry, Finding
from inspections.rectification.workflow import FindingContent
from inspections.visits import actions as visit_actions
from inspections.visits.models import Visit
from schools.directory.models import District, School


def today(days: int = 0) -> dt.date:
    """Today, or so many days later."""
    return timezone.localdate() + dt.timedelta(days=days)


def this_year() -> int:
    return timezone.localdate().year


def content(**changes: Any) -> FindingContent:
    """What a finding says; a multimedia room that cannot go online unless said otherwise."""
    said: dict[str, Any] = {
        "indicator": "A7",
        "problem": "填报 24 间，现场只有 22 间能够联网",
        "requirement": "补齐并更正填报数据",
        "category": "with_deadline",
        "due_on": today(30),
        "current_value": "22",
        "standard_value": "24",
    }
    return FindingContent(**(said | changes))


def photo(name: str = "教室.jpg", exif: bool = True) -> SimpleUploadedFile:
    """A small photo that says where it was taken."""
    image, stored, tags = Image.new("RGB", (64, 48), "teal"), io.BytesIO(), Image.Exif()
    if exif:
        tags[0x010F] = "SomePhone"
        tags.get_ifd(0x8825)[1] = "N"
    image.save(stored, "JPEG", exif=tags)
    return SimpleUploadedFile(name, stored.getvalue(), content_type="image/jpeg")


def planned(cast: Any, **changes: Any) -> Visit:
    """A regular visit of 甲小学 by its inspector, planned for today."""
    fields: dict[str, Any] = {
        "school_id": cast.school_a.pk,
        "kind": Visit.Kind.REGULAR,
        "subject": "多媒体教室使用情况",
        "planned_on": today(),
        "leader": cast.inspector_a,
        "by": cast.inspector_a,
    }
    return visit_actions.plan(**(fields | changes))


def underway(cast: Any) -> Visit:
    """A visit of 甲小学 that has started."""
    return visit_actions.start(visit_id=planned(cast).pk, by=cast.inspector_a)


def dispatched(cast: Any, school: School | None = None, **changes: Any) -> Finding:
    """A finding the school has received, though it may have others like it."""
    school = school or cast.school_a
    said = content(**changes)
    return actions.register(school_id=school.pk, source="XF", content=said, despite="另一件事", by=cast.admin)


DONE = "更换了两间教室的交换机和面板，24 间多媒体教室现在都能联网上课"
OPINION = "逐间查看并联网测试，24 间教室都能上课"


def to_verify(cast: Any) -> Finding:
    """A finding whose closing the school has asked for."""
    finding = dispatched(cast)
    ask_for_closing(finding, cast.reporter_a)
    return finding


def ask_for_closing(finding: Finding, by: Any) -> None:
    """A measure, then the request with a photo."""
    finding.refresh_from_db()
    actions.measure(finding_id=finding.pk, version=finding.version, text="更换设备", by=by)
    finding.refresh_from_db()
    actions.request_close(finding_id=finding.pk, version=finding.version, text=DONE, uploads=[photo()], by=by)
    finding.refresh_from_db()


def close(finding: Finding, by: Any, **more: Any) -> Entry:
    """Closed by its documents, with a sound opinion unless said otherwise."""
    finding.refresh_from_db()
    said = {"text": OPINION, "method": Entry.Method.DOCUMENTS} | more
    return actions.close(finding_id=finding.pk, version=finding.version, by=by, **said)


def make_round(district: District, by: Any) -> Round:
    """An assessment year of a district."""
    now = timezone.now()
    return Round.objects.create(
        code="2026",
        name="2026 年度",
        district=district,
        standard=standards.current(),
        opened_at=now,
        due_at=now + dt.timedelta(days=30),
        school_year_start=dt.date(2025, 9, 1),
        fiscal_year=2025,
        school_year="2025-2026",
        created_by=by,
        updated_by=by,
    )


def approved_revision(
    round_: Round, school: School, answers: dict[str, Any], by: Any, receipt: str = "R-1"
) -> Revision:
    """An approved submission of a school with these answers."""
    submission = Submission.objects.create(
        round=round_, school=school, state=Submission.State.APPROVED, created_by=by, updated_by=by
    )
    revision = Revision.objects.create(
        submission=submission,
        number=1,
        content={"format": FORMAT, "school": {"code": school.code}, "answers": answers, "evidence": [], "waivers": []},
        sha256="0" * 64,
        receipt=receipt,
        submitted_at=timezone.now(),
        submitted_by=by,
    )
    Decision.objects.create(revision=revision, verdict=Decision.Verdict.APPROVED, decided_by=by)
    return revision
