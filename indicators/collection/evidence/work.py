"""What a worker does with pictures stored before it was known how they look."""

from typing import Any

from django.db.models import Exists, OuterRef

from indicators.collection.evidence import looks
from indicators.collection.evidence.models import PictureLook
from indicators.collection.submissions.models import Evidence
from portal.core.errors import Refused
from portal.core.files import store
from portal.core.files.inspection import sandbox
from portal.core.jobs.runner import JobContext


def look_at_pictures(context: JobContext) -> dict[str, Any]:
    """Each once, in the sandbox; unreadable ones are remembered as nothing to compare."""
    known = PictureLook.objects.filter(
        district=OuterRef("submission__round__district"), sha256=OuterRef("document__sha256")
    )
    rows = Evidence.objects.filter(~Exists(known), document__media_type__startswith="image/")
    rows = rows.select_related("document", "submission__round").order_by("submission__round__school_year_start", "pk")
    waiting = {(row.submission.round.district_id, row.document.sha256): row.document for row in rows}
    for done, ((district_id, sha256), document) in enumerate(waiting.items()):
        context.progress(done, len(waiting))
        try:
            with store.open_file(document) as file:
                bits = sandbox.inspect(file, "look", document.name).facts["look"]
        except Refused:
            bits = ""
        with context.fenced():
            looks.remember(district_id, sha256, bits)
    return {"pictures": len(waiting)}
