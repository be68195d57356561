"""Reading and verifying the audit trail."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from portal.core.audit import chain
from portal.core.audit.models import AuditEvent, AuditHead

RESTORED = "backup.restore"
_NOTHING = "0" * 64


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain is broken."""

    seq: int
    what: str


def end() -> tuple[int, str]:
    """Number and hash of the last event; 0 and zeros without any."""
    head = AuditHead.objects.filter(pk=1).first()
    return (head.seq, head.hash) if head else (0, _NOTHING)


def newest_hash(besides: Collection[str]) -> str:
    """Of the newest event of another action than `besides`; zeros without any.

    The chain makes it stand for all before.
    """
    events = AuditEvent.objects.exclude(action__in=besides).order_by("-seq")
    return events.values_list("hash", flat=True).first() or _NOTHING


def verify(marks: Iterable[chain.Checkpoint] | None = None) -> tuple[int, list[Break]]:
    """Return the number of events and every break: changed, deleted, inserted, reordered.

    The checkpoints (`marks`, else this installation's own) also show a cut end, an emptied table and an old database
    put back. Memory use does not grow with the trail.
    """
    against = _Marks(chain.stored_checkpoints() if marks is None else marks)
    breaks = against.forged()
    count, expected, previous = 0, 1, _NOTHING
    for event in AuditEvent.objects.order_by("seq").iterator(chunk_size=2000):
        count += 1
        if event.seq != expected:
            breaks.append(Break(expected, f"第 {expected} 至 {event.seq - 1} 条缺失"))
        elif event.previous_hash != previous:
            breaks.append(Break(event.seq, f"第 {event.seq} 条与前一条不衔接"))
        if chain.digest(event) != event.hash:
            breaks.append(Break(event.seq, f"第 {event.seq} 条内容被改动"))
        breaks += against.differing(event)
        expected, previous = event.seq + 1, event.hash
    last, hash = end()
    if last >= expected:
        breaks.append(Break(expected, f"末尾第 {expected} 至 {last} 条缺失"))
    elif (last, hash) != (expected - 1, previous):
        breaks.append(Break(last, "链尾记录与最后一条不一致"))
    return count, breaks + against.beyond(expected)


class _Marks:
    """The checkpoints by number; those a recorded restore has left behind count no more from there on."""

    def __init__(self, marks: Iterable[chain.Checkpoint]) -> None:
        self.all = list(marks)
        self.good: dict[int, list[chain.Checkpoint]] = {}
        for mark in self.all:
            if mark.holds:
                self.good.setdefault(mark.seq, []).append(mark)

    def forged(self) -> list[Break]:
        bad = [mark for mark in self.all if not mark.holds]
        return [Break(mark.seq, f"检查点（第 {mark.seq} 条）的签名不符：文件被改动，或密钥不是原来的") for mark in bad]

    def differing(self, event: AuditEvent) -> Iterator[Break]:
        if event.action == RESTORED:
            left = {seq for seq in self.good if event.seq <= seq <= event.after["lost_until"]}
            for seq in left:
                self.good[seq] = [mark for mark in self.good[seq] if mark.at > event.at.isoformat()]
        for mark in self.good.pop(event.seq, []):
            if mark.hash != event.hash:
                yield Break(
                    event.seq,
                    f"第 {event.seq} 条与检查点不符：{mark.day} 记下的是另一条，数据库被换成旧备份后又继续使用，或整段被重写",
                )

    def beyond(self, expected: int) -> list[Break]:
        there = [mark for marks in self.good.values() for mark in marks if mark.seq >= expected]
        if not there:
            return []
        mark = max(there, key=lambda mark: mark.seq)
        what = "审计记录被清空" if expected == 1 else f"末尾第 {expected} 至 {mark.seq} 条缺失"
        return [
            Break(expected, f"{what}：检查点在 {mark.day} 已记到第 {mark.seq} 条，末尾被删除，或数据库被换成了旧备份")
        ]
