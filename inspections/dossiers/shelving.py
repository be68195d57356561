"""Puts pieces on the shelf: codes, 档号, paths, and every file's bytes in one place only."""

from dataclasses import dataclass, field, replace

from inspections.dossiers import naming
from inspections.dossiers.numbering import Numbers
from inspections.dossiers.pieces import Piece, Section, Volume


@dataclass
class Shelf:
    """All volumes being filled; knows which piece holds which bytes."""

    numbers: Numbers
    holders: dict[str, Piece] = field(default_factory=dict)

    def open(self, volume: Volume, code: str, title: str, *, school: str = "") -> "OpenSection":
        """Begin a section; its folder is its code and title, none where it is the whole volume."""
        folder = "" if code == volume.code else naming.component(f"{school or code} {title}")
        return OpenSection(self, volume, Section(code, title, folder), school)


@dataclass
class OpenSection:
    """A section being filled."""

    shelf: Shelf
    volume: Volume
    section: Section
    school: str
    pieces: list[Piece] = field(default_factory=list)

    def make(self, made: str, extension: str, piece: Piece, *, folder: str = "") -> Piece:
        """Add a piece the packing writes itself."""
        return self._keep(
            replace(piece, made=made), naming.component(f"{self._next()} {piece.title}", extension), folder
        )

    def file(self, sha256: str, size: int, name: str, piece: Piece, *, folder: str = "") -> Piece:
        """Add a stored file; bytes that already lie somewhere are referred to, not stored again."""
        holder = self.shelf.holders.get(sha256)
        if holder is not None:
            return self.refer(holder, piece)
        stem, extension = naming.split(name)
        piece = replace(piece, stored=sha256, size=size, name=name)
        kept = self._keep(piece, naming.component(f"{self._next()} {stem}", extension), folder)
        self.shelf.holders[sha256] = kept
        return kept

    def refer(self, holder: Piece, piece: Piece) -> Piece:
        """List a piece whose bytes lie elsewhere, with the holder's 档号 (互见)."""
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

    def closed(self) -> Section:
        """The section with its pieces."""
        return replace(self.section, pieces=tuple(self.pieces))

    def _next(self) -> str:
        return f"{self.section.code}-{len(self.pieces) + 1:02d}"

    def _keep(self, piece: Piece, file_name: str, folder: str) -> Piece:
        folders = [self.volume.folder, self.section.folder, folder]
        kept = replace(
            piece,
            code=self._next(),
            archive_no=self.shelf.numbers.next(self.volume.code, self.section.code),
            path="/".join([*filter(None, folders), file_name]),
            folder=folder,
            school=self.school,
        )
        self.pieces.append(kept)
        return kept
