"""Files with personal data (含个人信息): one rule for every way they can leave, as download, piece, package or preview.

It goes by bytes: once marked anywhere, the same bytes are held back everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.http import HttpResponse

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.lib import written
from schools.access.permissions import Perm
from schools.access.scope import M, holds, visible


def among(digests: Iterable[str]) -> frozenset[str]:
    marked = Document.objects.filter(restricted=True, sha256__in=set(digests))
    return frozenset(marked.values_list("sha256", flat=True))


def openable(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    return visible(user, rows, Perm.RESTRICTED_VIEW)


def may_open(user: User, behind: Model) -> bool:
    return openable(user, type(behind)._default_manager.filter(pk=behind.pk)).exists()


def ensure(user: User, behind: Model, sha256: str) -> None:
    """Raises NotAllowed for a restricted file the person may not open."""
    if among([sha256]):
        refuse(user, behind)


def refuse(user: User, behind: Model) -> None:
    if not may_open(user, behind):
        raise NotAllowed("这份材料含个人信息，只有填报单位和审核人员可以下载。如确需查阅，请联系局管理员。")


@dataclass(frozen=True, slots=True)
class Persons:
    """How an export writes persons: 张* and 138****8000, or in full for a purpose (导出用途)."""

    purpose: str = ""

    def name(self, name: str) -> str:
        return name if self.purpose else written.initial(name)

    def text(self, text: str) -> str:
        return text if self.purpose else written.masked(text)

    def for_audit(self) -> dict[str, str]:
        return {"persons": "完整", "purpose": self.purpose} if self.purpose else {"persons": "已遮盖"}


def may_name(user: User, rows: QuerySet[M]) -> bool:
    return holds(user, Perm.RESTRICTED_VIEW) and not rows.exclude(pk__in=openable(user, rows).values("pk")).exists()


def persons(user: User, rows: QuerySet[M], purpose: str | None) -> Persons:
    """Masked without a purpose (None).

    Raises Invalid for a blank one, NotAllowed unless all of `rows` may be opened.
    """
    if purpose is None:
        return Persons()
    if not may_name(user, rows):
        raise NotAllowed("您只能导出遮盖了姓名的。含完整姓名的由填报单位、审核人员或局管理员导出。")
    return Persons(written.reason(purpose, "导出完整姓名"))


def attachment(document: Document, *, behind: Model, by: User) -> HttpResponse:
    """Raises NotAllowed for a restricted file, BytesMissing."""
    ensure(by, behind, document.sha256)
    return store.attachment(document)
