"""The frozen tree of a dossier: volumes (卷), sections, pieces (件). Plain values that live as JSON."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

FORMAT = 1
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """One 件 with its line in the catalogue (DA/T 22-2015 §5.5).

    Exactly one of three says where its bytes come from: `stored` (sha256 in the
    file store), `made` (what the packing writes), `see` (code of the piece that holds them).
    `date` has 8 digits; `path` lies below the package's data folder and is empty for `see`.
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
        """Whether its bytes are left out of the package for experts."""
        return bool(self.secrecy)


@dataclass(frozen=True, slots=True)
class Section:
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
    sections: tuple[Section, ...] = ()

    @property
    def count(self) -> int:
        """How many pieces the volume lists, those kept elsewhere included."""
        return sum(len(section.pieces) for section in self.sections)


@dataclass(frozen=True)
class Catalogue:
    """Everything a package is made from: heading, tree, and the facts that may change after the freeze."""

    heading: Mapping[str, str]
    volumes: tuple[Volume, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sections(self) -> Iterator[tuple[Volume, Section]]:
        """Yield every section with its volume, in order."""
        for volume in self.volumes:
            for section in volume.sections:
                yield volume, section

    def pieces(self) -> Iterator[Piece]:
        """Yield every piece in order."""
        for _, section in self.sections():
            yield from section.pieces

    def kept(self) -> list[Piece]:
        """Return the pieces that hold bytes of their own."""
        return [piece for piece in self.pieces() if not piece.see]

    def is_restricted(self) -> bool:
        """Whether it holds pieces with personal data, so that there is a package without them."""
        return any(piece.is_restricted for piece in self.kept())

    def section(self, code: str) -> tuple[Volume, Section] | None:
        """Return a section by its code, with its volume."""
        return next(((volume, section) for volume, section in self.sections() if section.code == code), None)

    def changed(self, change: Callable[[Piece], Piece]) -> "Catalogue":
        """Return the catalogue with every piece replaced by what `change` makes of it."""
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
        """Return the catalogue as kept in the database and in the package."""
        return {
            "format": FORMAT,
            "heading": dict(self.heading),
            "volumes": [asdict(volume) for volume in self.volumes],
            "facts": dict(self.facts),
        }


def from_json(data: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue of its JSON form; the inverse of `Catalogue.as_json`."""
    volumes = tuple(
        replace(
            Volume(**(volume | {"sections": ()})),
            sections=tuple(
                Section(**(section | {"pieces": tuple(Piece(**piece) for piece in section["pieces"])}))
                for section in volume["sections"]
            ),
        )
        for volume in data["volumes"]
    )
    return Catalogue(data["heading"], volumes, data["facts"])
