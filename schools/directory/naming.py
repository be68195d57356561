"""Compares the school names of a workbook's rows with the register: a shifted row is not taken for a spelling."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portal.core.errors import Problem
from portal.core.lib import written
from schools.directory import queries

_IGNORED = re.compile(r"[\s()·・,，.。-]")
# 开封市龙亭区甲小学 is 甲小学 with its district; 第二实验小学 is not 实验小学.
_PLACE = re.compile(r".*[省市区县旗盟州镇乡]|")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Row:
    """What a row calls the school of a code, and where it stands."""

    code: str
    name: str
    where: str


@dataclass(slots=True)
class Remarks:
    """What rows call otherwise: faults that stop an import, notes that do not."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plain(name: str) -> str:
    """Return a name as names are compared: without blanks, brackets and dots, full-width like half-width."""
    return _IGNORED.sub("", written.folded(name))


def compare(rows: Iterable[Row], names: Mapping[str, str], know_former: bool = True) -> Remarks:
    """Compare what rows call schools with the register (`names` by 学校标识码); rows of other codes are passed over.

    A code and the name of two schools mean that rows or columns were shifted, and nobody can tell
    which of both is right: a fault. A former name (where the register is stored, `know_former`) and a name that is nobody's are remarked on.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for code, name in names.items():
        owners[plain(name)].add(code)
    found = Remarks()
    odd = [row for row in rows if row.code in names and row.name and row.code not in _meant(row, names, owners)]
    former = queries.former_names([row.code for row in odd]) if odd and know_former else {}
    for row in odd:
        own, others = names[row.code], sorted(_meant(row, names, owners))
        if any(_ends_with(plain(row.name), plain(name)) for name in former.get(row.code, ())):
            found.notes.append(
                f"{row.where}：学校名称“{row.name}”是“{own}”的曾用名，已按学校标识码 {row.code} 对应，请核对。"
            )
        elif others:
            what = f"学校标识码 {row.code} 是“{own}”，这一行的学校名称却是“{names[others[0]]}”"
            found.problems.append(Problem(what, row.where, "请核对有没有错行，改正标识码或学校名称"))
        else:
            found.notes.append(
                f"{row.where}：学校名称“{row.name}”与名录中的“{own}”不同，已按学校标识码 {row.code} 对应，请核对有没有错行。"
            )
    return found


def _meant(row: Row, names: Mapping[str, str], owners: Mapping[str, set[str]]) -> set[str]:
    """The codes of the schools a row's name is that of: exactly, else without the places before it, else shortened."""
    written = plain(row.name)
    for start in range(len(written) - _SHORTEST + 1):
        if written[start:] in owners and _PLACE.fullmatch(written[:start]):
            return owners[written[start:]]
    return {row.code} if len(written) >= _SHORTEST and _ends_with(plain(names[row.code]), written) else set()


def _ends_with(long: str, short: str) -> bool:
    return long.endswith(short) and _PLACE.fullmatch(long[: len(long) - len(short)]) is not None
