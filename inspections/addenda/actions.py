"""Actions on addenda: add one to a finished visit."""

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.text import Truncator

from inspections.addenda.models import Addendum, AddendumFile
from inspections.rectification.workflow import MAX_FILES, save_file
from inspections.visits import workflow
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from portal.core.lib import written

LONGEST = 5000


@transaction.atomic
def add(
    *, visit_id: int, text: str, uploads: Sequence[UploadedFile] = (), public_reason: str = "", by: User
) -> Addendum:
    """The record of the visit itself stays as it is. The school is notified.

    The same text with the same files by the same person is the same addendum. Raises Invalid without a text or for too
    many files.
    """
    visit = workflow.begin("supplement", visit_id, by)
    text = written.prose(text).strip()
    if not 0 < len(text) <= LONGEST:
        raise Invalid(f"没有补记：请写明补记内容，{LONGEST} 字以内。")
    if refusal := written.refusal(text):
        raise Invalid(f"没有补记：{refusal}。")
    if len(uploads) > MAX_FILES:
        raise Invalid(f"没有补记：一次最多上传 {MAX_FILES} 个文件，现有 {len(uploads)} 个。请分几次补记。")
    documents = [save_file(upload, by=by, public_reason=public_reason) for upload in uploads]
    sent = sorted(document.sha256 for document in documents)
    for known in visit.addenda.filter(text=text, created_by=by).prefetch_related("files__document"):
        if sorted(file.document.sha256 for file in known.files.all()) == sent:
            return known
    made = Addendum.objects.create(visit=visit, text=text, created_by=by)
    AddendumFile.objects.bulk_create(AddendumFile(addendum=made, document=document) for document in documents)
    said = f"{visit.get_kind_display()}记录有补记：{Truncator(text).chars(60)}"
    workflow.notify_school(visit, f"addendum-{made.pk}", said, by)
    audit.record("visit.supplement", by=by, obj=visit, after={"text": text, "files": sent})
    return made
