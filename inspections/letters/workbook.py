"""The register of numbers (发文登记簿) as .xlsx: every number given, also of papers withdrawn."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from inspections.letters.models import Letter
from portal.core.spreadsheets import write

_COLUMNS = {
    "发文字": 10,
    "年度": 8,
    "序号": 8,
    "文号": 18,
    "文书": 16,
    "标题": 40,
    "发给": 22,
    "成文日期": 12,
    "签发人": 12,
    "状态": 16,
    "送达日期": 12,
    "收件人": 12,
    "送达方式": 12,
    "答复期限": 12,
    "撤回原因": 30,
    "内容校验值": 20,
}


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A number with what carries it."""

    district: int
    word: str
    year: int
    serial: int
    number: str
    kind: str
    title: str
    to: str
    issued_on: dt.date | None
    signer: str
    state: str
    delivered_on: dt.date | None = None
    receiver: str = ""
    delivery: str = ""
    reply_due_on: dt.date | None = None
    withdraw_reason: str = ""
    sha256: str = ""

    @property
    def cells(self) -> tuple[write.Value | write.SheetCell, ...]:
        state = write.SheetCell(self.state, "bad" if self.withdraw_reason else "")
        head = (self.word, self.year, self.serial, self.number, self.kind, self.title, self.to, self.issued_on)
        service = (self.signer, state, self.delivered_on, self.receiver, self.delivery, self.reply_due_on)
        return (*head, *service, self.withdraw_reason, self.sha256)


def line(row: Letter) -> RegisterLine:
    """For a paper with a number."""
    return RegisterLine(
        row.district_id,
        row.word,
        row.year or 0,
        row.serial or 0,
        number=row.number,
        kind=row.spec.name,
        title=row.title,
        to=str(row.addressee),
        issued_on=row.issued_on,
        signer=row.signer,
        state=row.get_state_display(),
        delivered_on=row.delivered_on,
        receiver=row.receiver,
        delivery=row.get_delivery_display(),
        reply_due_on=row.reply_due_on,
        withdraw_reason=row.withdraw_reason,
        sha256=row.sha256[:16],
    )


def register(lines: Iterable[RegisterLine]) -> bytes:
    rows = [one.cells for one in sorted(lines, key=lambda one: (one.district, one.word, one.year, one.serial))]
    note = f"数据截至 {timezone.localtime():%Y-%m-%d %H:%M}"
    columns = [write.SheetColumn(width) for width in _COLUMNS.values()]
    sheet = write.Sheet(
        "发文登记簿", columns, [list(_COLUMNS)], rows, "发文登记簿", [note], frozen_columns=4, count=True, filter=True
    )
    return write.render(write.Workbook("发文登记簿", "优衡", timezone.localdate(), [sheet]))
