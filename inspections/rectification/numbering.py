"""Numbers of the ledger: 年度-来源-序号, counted per district, without gaps or doubles."""

from django.db import transaction

from inspections.rectification.models import LedgerCount


def take(*, ledger: str, year: int, source: str, count: int = 1) -> list[str]:
    """Return the next `count` numbers, in the caller's transaction.

    The counter's row stays locked until the caller commits, so a rollback gives
    its numbers back and nobody can take one in between.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("numbering.take needs the transaction of the action that uses the numbers")
    LedgerCount.objects.get_or_create(ledger=ledger, year=year, source=source)
    counter = LedgerCount.objects.select_for_update(no_key=True).get(ledger=ledger, year=year, source=source)
    first = counter.last + 1
    counter.last += count
    counter.save(update_fields=["last"])
    return [f"{year}-{source}-{number:03d}" for number in range(first, first + count)]
