"""One rule for every road on which a file with personal data (含个人信息) can leave: download, piece, package, preview.

It goes by bytes: once marked anywhere, the same bytes are held back everywhere.
"""

from collections.abc import Iterable

from django.db.models import Model, QuerySet
from django.http import HttpResponse

from portal.accounts.models import User
from portal.documents import attachments
from portal.documents.models import Document
from portal.errors import NotAllowed
from schools.access.permissions import Perm
from schools.access.scope import M, visible


def among(digests: Iterable[str]) -> frozenset[str]:
    """Return those of the sha256 digests whose bytes are marked; one query."""
    marked = Document.objects.filter(restricted=True, sha256__in=set(digests))
    return frozenset(marked.values_list("sha256", flat=True))


def openable(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Narrow rows to those behind which the person may open what is marked: respondents' own staff, reviewers."""
    return visible(user, rows, Perm.RESTRICTED_VIEW)


def may_open(user: User, behind: Model) -> bool:
    """Whether the person may open what is marked behind a row."""
    return openable(user, type(behind)._default_manager.filter(pk=behind.pk)).exists()


def ensure(user: User, behind: Model, sha256: str) -> None:
    """Refuse with NotAllowed unless these bytes are unmarked or the person may open them."""
    if among([sha256]):
        refuse(user, behind)


def refuse(user: User, behind: Model) -> None:
    """Refuse with NotAllowed unless the person may open what is marked behind a row."""
    if not may_open(user, behind):
        raise NotAllowed("这份材料含个人信息，只有填报单位和审核人员可以下载。如确需查阅，请联系局管理员。")


def attachment(document: Document, *, behind: Model, by: User) -> HttpResponse:
    """Return a file as a download. Raises NotAllowed for one held back, BytesMissing if its bytes vanished."""
    ensure(by, behind, document.sha256)
    return attachments.attachment(document)
