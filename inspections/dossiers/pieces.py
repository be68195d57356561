"""The frozen tree of a dossier: volumes (卷), sections, pieces (件) with their names, 档号 and places. Plain values that live as JSON."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.conf import settings

from portal.core.errors import Invalid, Problem
from portal.core.lib import digests

# 200 bytes of UTF-8 are the least that common file systems and unpackers all take for one component.
MAX_BYTES = 200
# Four folders deep below a user's own folder, a full path must stay under Windows' 260 characters.
MAX_CHARACTERS = 60
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_") | {"%": "％"})
_RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"
}
PERIODS = ("Y", "D30", "D10")
# What shows that the whole way was gone is stored for ever, everything else for thirty years, unless set otherwise.
_DEFAULTS = {"Z": "Y", "G": "Y"}
_OTHERWISE = "D30"
# A new shape of the tree or its facts is a new FORMAT, with its step from the one before and a sample in
# tests/inspections/dossiers/catalogues. Labels are stored as they are printed: other words need none.
FORMAT = 2
# What is known of a piece that the package does not hold.
NOT_PACKED: Mapping[str, Any] = {"pages": None, "size": None, "sha256": ""}
Json = dict[str, Any]


def component(stem: str, extension: str = "") -> str:
    """A folder or file name: NFC, no forbidden or invisible characters, no reserved word; the extension stays.

    A percent sign becomes full-width: RFC 8493 §2.1.3 gives it a meaning in manifests.
    """
    end = f".{_clean(extension).lower()}" if extension else ""
    name = _clean(stem) or "文件"
    if name.split(".")[0].strip().lower() in _RESERVED:
        name = f"_{name}"
    name = name[:MAX_CHARACTERS]
    while len((name + end).encode()) > MAX_BYTES:
        name = name[:-1]
    return name.rstrip(" .") + end


def split(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot and 0 < len(extension) <= 5 else (name, "")


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    visible = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    # Cf holds the marks that reverse reading direction; Cs and Co mean nothing on another machine.
    visible = "".join(c for c in visible if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    return re.sub(r"\s+", " ", visible.translate(_FORBIDDEN)).strip(" .")


def fonds(district_code: str) -> str:
    """全宗号; "" when the archive has not given one."""
    return settings.DOSSIER_FONDS.get(district_code, "")


def period(volume: str) -> str:
    """保管期限 of a volume (Z, A … X). Raises Invalid for a wrong setting."""
    value = settings.DOSSIER_RETENTION.get(volume, _DEFAULTS.get(volume, _OTHERWISE))
    if value not in PERIODS:
        problem = Problem(
            f"“{value}”不是保管期限", f"DOSSIER_RETENTION 中的 {volume}", f"请改为 {'、'.join(PERIODS)} 之一"
        )
        raise Invalid("验收档案的保管期限设置有误", [problem])
    return value


@dataclass
class Numbers:
    """Gives out 件号 within year, period and section; a missing 全宗号 is replaced by the district's code."""

    district_code: str
    year: str
    _given: Counter[str] = field(default_factory=Counter)

    def next(self, volume: str, section: str) -> str:
        head = fonds(self.district_code) or self.district_code
        series = f"{head}-{settings.DOSSIER_CATEGORY}·{self.year}-{period(volume)}-{section}"
        self._given[series] += 1
        return f"{series}-{self._given[series]:04d}"


@dataclass(frozen=True, slots=True)
class Piece:
    """One 件 with its line in the catalogue (DA/T 22-2015 §5.5).

    Exactly one of three says where its bytes come from: `stored` (sha256 in the
    file store), `made` (what the packing writes), `see` (code of the piece that holds them).
    `date` has 8 digits; `path` is below the package's data folder and is empty for `see`.
    """

    code: str
    title: str
    author: str
    date: str
    archive_no: str = ""
    document_no: str = ""
    secrecy: str = ""
    remark: str = ""
    path: str = ""
    folder: str = ""
    school: str = ""
    name: str = ""
    stored: str = ""
    size: int = 0
    made: str = ""
    see: str = ""

    @property
    def is_restricted(self) -> bool:
        return bool(self.secrecy)


@dataclass(frozen=True, slots=True)
class PieceGroup:
    """The pieces of one indicator, veto, school, or of a volume without parts."""

    code: str
    title: str
    folder: str
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Volume:
    """One of the volumes in the order of the acceptance dossier."""

    code: str
    title: str
    folder: str
    sections: tuple[PieceGroup, ...] = ()

    @property
    def count(self) -> int:
        return sum(len(section.pieces) for section in self.sections)


@dataclass(frozen=True)
class DossierCatalogue:
    """Everything a package is made from: heading, tree, and the facts that may change after the freeze."""

    heading: Mapping[str, str]
    volumes: tuple[Volume, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sections(self) -> Iterator[tuple[Volume, PieceGroup]]:
        for volume in self.volumes:
            for section in volume.sections:
                yield volume, section

    def pieces(self) -> Iterator[Piece]:
        for _, section in self.sections():
            yield from section.pieces

    def with_bytes(self) -> list[Piece]:
        return [piece for piece in self.pieces() if not piece.see]

    def left_out(self, paths: Collection[str]) -> str:
        """How many files a package with these paths does not hold; "" for none."""
        count = sum(piece.path not in paths for piece in self.with_bytes())
        return f"本包未装入 {count} 个含个人信息的材料，需要时请向编制单位查阅" if count else ""

    def is_restricted(self) -> bool:
        return any(piece.is_restricted for piece in self.with_bytes())

    def section(self, code: str) -> tuple[Volume, PieceGroup] | None:
        return next(((volume, section) for volume, section in self.sections() if section.code == code), None)

    def changed(self, change: Callable[[Piece], Piece]) -> "DossierCatalogue":
        """With `change` applied to every piece."""
        volumes = tuple(
            replace(
                volume,
                sections=tuple(
                    replace(section, pieces=tuple(change(piece) for piece in section.pieces))
                    for section in volume.sections
                ),
            )
            for volume in self.volumes
        )
        return replace(self, volumes=volumes)

    def as_json(self) -> Json:
        return {
            "format": FORMAT,
            "heading": dict(self.heading),
            "volumes": [asdict(volume) for volume in self.volumes],
            "facts": dict(self.facts),
        }


def _from_1(data: Mapping[str, Any]) -> Json:
    """Format 1 grew: what a release did not know yet, and later what there was none of, it left out."""
    facts: Json = {"letters": [], "since": {}, "self_reports": []} | dict(data["facts"])
    facts["visits"] = [{"witness": "", "addenda": []} | visit for visit in facts["visits"]]
    return {"audit_checkpoint": ""} | dict(data) | {"format": 2, "facts": facts}


_UPGRADES: digests.Upgrades = {1: _from_1}


def upgraded(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored catalogue in today's format. Raises ValueError for one this version does not know."""
    return digests.upgraded(data, FORMAT, _UPGRADES)


def from_json(data: Mapping[str, Any]) -> DossierCatalogue:
    """Raises ValueError for one this version does not know."""
    data = upgraded(data)
    volumes = tuple(
        replace(
            Volume(**(volume | {"sections": ()})),
            sections=tuple(
                PieceGroup(**(section | {"pieces": tuple(Piece(**piece) for piece in section["pieces"])}))
                for section in volume["sections"]
            ),
        )
        for volume in data["volumes"]
    )
    return DossierCatalogue(data["heading"], volumes, data["facts"])


@dataclass
class Shelf:
    """All volumes being filled; knows which piece holds which bytes."""

    numbers: Numbers
    holders: dict[str, Piece] = field(default_factory=dict)

    def open(self, volume: Volume, code: str, title: str, *, school: str = "") -> "OpenSection":
        folder = "" if code == volume.code else component(f"{school or code} {title}")
        return OpenSection(self, volume, PieceGroup(code, title, folder), school)


@dataclass
class OpenSection:
    """A section being filled."""

    shelf: Shelf
    volume: Volume
    section: PieceGroup
    school: str
    pieces: list[Piece] = field(default_factory=list)

    def make(self, made: str, extension: str, piece: Piece, *, folder: str = "") -> Piece:
        return self._add(replace(piece, made=made), component(f"{self._next()} {piece.title}", extension), folder)

    def file(self, sha256: str, size: int, name: str, piece: Piece, *, folder: str = "") -> Piece:
        holder = self.shelf.holders.get(sha256)
        if holder is not None:
            return self.refer(holder, piece)
        stem, extension = split(name)
        piece = replace(piece, stored=sha256, size=size, name=name)
        added = self._add(piece, component(f"{self._next()} {stem}", extension), folder)
        self.shelf.holders[sha256] = added
        return added

    def refer(self, holder: Piece, piece: Piece) -> Piece:
        """List a piece whose bytes are elsewhere, with the holder's 档号 (互见)."""
        remark = "；".join(filter(None, [piece.remark, f"互见 {holder.code}"]))
        listed = replace(
            piece,
            code=self._next(),
            archive_no=holder.archive_no,
            see=holder.code,
            remark=remark,
            name=holder.name,
            size=holder.size,
        )
        self.pieces.append(listed)
        return listed

    def closed(self) -> PieceGroup:
        return replace(self.section, pieces=tuple(self.pieces))

    def _next(self) -> str:
        return f"{self.section.code}-{len(self.pieces) + 1:02d}"

    def _add(self, piece: Piece, file_name: str, folder: str) -> Piece:
        folders = [self.volume.folder, self.section.folder, folder]
        added = replace(
            piece,
            code=self._next(),
            archive_no=self.shelf.numbers.next(self.volume.code, self.section.code),
            path="/".join([*filter(None, folders), file_name]),
            folder=folder,
            school=self.school,
        )
        self.pieces.append(added)
        return added
