"""What every paper that is issued goes through: its number, signature, files and withdrawal, in the action's transaction."""

from django.utils import timezone

from inspections.papers.models import IssuedPaper, NumberSeries, number_of
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.files.views import PAPERS
from portal.core.lib import written


def locked_series(district_id: int, word: str, year: int) -> NumberSeries:
    series, _ = NumberSeries.objects.get_or_create(district_id=district_id, word=word, year=year)
    return NumberSeries.objects.select_for_update().get(pk=series.pk)


def take_serial(district_id: int, word: str, year: int) -> int:
    """Under the lock of the series: a rollback takes none."""
    series = locked_series(district_id, word, year)
    series.last += 1
    series.save()
    return series.last


def take_number(district_id: int, word: str, year: int) -> str:
    """督意〔2026〕3号."""
    return number_of(word, year, take_serial(district_id, word, year))


def sign(paper: IssuedPaper, by: User) -> None:
    paper.issued_at, paper.issued_by = timezone.now(), by


def store_files(paper: IssuedPaper, name: str, docx: bytes, pdf: bytes, by: User) -> None:
    """`name` without extension."""
    paper.docx = store.save([docx], name=f"{name}.docx", media_type=PAPERS["docx"], by=by)
    paper.pdf = store.save([pdf], name=f"{name}.pdf", media_type=PAPERS["pdf"], by=by)


def withdraw(paper: IssuedPaper, what: str, reason: str, by: User) -> None:
    """Raises Invalid for `what` (撤回文书) without a reason."""
    paper.withdraw_reason = written.reason(reason, what)
    paper.withdrawn_at, paper.withdrawn_by = timezone.now(), by


def file_of(paper: IssuedPaper, kind: str, missing: str) -> Document:
    """docx or pdf. Raises NotFound with the words `missing`."""
    found: Document | None = {"docx": paper.docx, "pdf": paper.pdf}.get(kind)
    if found is None:
        raise NotFound(missing)
    return found
