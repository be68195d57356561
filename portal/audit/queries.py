"""Reading and verifying the audit trail."""

from dataclasses import dataclass

from portal.audit import chain
from portal.audit.models import AuditEvent, AuditHead


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold."""

    seq: int
    what: str


def verify() -> tuple[int, list[Break]]:
    """Walk the whole chain; return the number of events and every break found.

    Finds changed, deleted (in the middle and at the end), inserted and
    reordered events. Memory use does not grow with the trail.
    """
    count, expected, previous = 0, 1, "0" * 64
    breaks: list[Break] = []
    for event in AuditEvent.objects.order_by("seq").iterator(chunk_size=2000):
        count += 1
        if event.seq != expected:
            breaks.append(Break(expected, f"第 {expected} 至 {event.seq - 1} 条缺失"))
        elif event.previous_hash != previous:
            breaks.append(Break(event.seq, f"第 {event.seq} 条与前一条不衔接"))
        if chain.digest(event) != event.hash:
            breaks.append(Break(event.seq, f"第 {event.seq} 条内容被改动"))
        expected, previous = event.seq + 1, event.hash
    head = AuditHead.objects.filter(pk=1).first()
    last = head.seq if head else 0
    if last >= expected:
        breaks.append(Break(expected, f"末尾第 {expected} 至 {last} 条缺失"))
    elif head and (last, head.hash) != (expected - 1, previous):
        breaks.append(Break(last, "链尾记录与最后一条不一致"))
    return count, breaks
