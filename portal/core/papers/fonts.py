"""The fonts a PDF is set in: the official ones where a bureau has them, else the open ones from npm."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import typst
from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont, TTLibError

from portal.core.errors import Refused
from portal.core.papers.tree import clean

# Names a font file may give itself, English and Chinese; the last ones are the open fall-backs.
FAMILIES = {
    "body": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "Noto Serif SC"),
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "Noto Serif SC"),
    "hei": ("SimHei", "黑体", "Noto Sans SC"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "Noto Serif SC"),
    "song": ("SimSun", "宋体", "NSimSun", "Noto Serif SC"),
}
OPEN_FONTS = (
    "@expo-google-fonts/noto-serif-sc/400Regular",
    "@expo-google-fonts/noto-serif-sc/600SemiBold",
    "@expo-google-fonts/noto-sans-sc/400Regular",
)
_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}


@dataclass(frozen=True)
class FontSet:
    """Folders with font files, searched once per process; the machine's own fonts are left out so that the
    same document gives the same bytes everywhere."""

    folders: tuple[Path, ...]

    @functools.cached_property
    def book(self) -> typst.Fonts:
        """Raises Refused when no face at all can set Chinese."""
        folders = [str(folder) for folder in self.folders if folder.is_dir()]
        book = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        if not any(set(names) & set(book.families()) for names in FAMILIES.values()):
            raise Refused(
                "服务器上没有找到中文字体，无法生成 PDF；请运行 make setup 安装字体，或用 FONT_DIRS 指定字体目录"
            )
        return book

    @functools.cached_property
    def families(self) -> dict[str, list[str]]:
        """For each face the families that exist, best first."""
        there = self.book.families()
        found = {face: [name for name in names if name in there] for face, names in FAMILIES.items()}
        spare = next(names for names in found.values() if names)
        return {face: names or spare for face, names in found.items()}

    def missing_glyphs(self, text: str) -> str:
        """The characters no font here can draw, each once, in order of appearance."""
        wanted = dict.fromkeys(char for char in clean(text) if char not in "\n\t")
        undrawn = {ord(char) for char in wanted}
        # The open fonts, last in the set, know nearly everything: asking them first opens fewest files.
        for path in reversed(self.files):
            if not undrawn:
                break
            undrawn -= _code_points(path)
        return "".join(char for char in wanted if ord(char) in undrawn)

    def legible(self, text: str) -> str:
        """Undrawable characters are named by their code: nothing may vanish from a record."""
        text = clean(text)
        for char in self.missing_glyphs(text):
            text = text.replace(char, f"〔缺字U+{ord(char):04X}〕")
        return text

    @functools.cached_property
    def files(self) -> tuple[Path, ...]:
        there = (path for folder in self.folders if folder.is_dir() for path in sorted(folder.rglob("*")))
        return tuple(path for path in there if path.suffix.lower() in _SUFFIXES)


@functools.cache
def default() -> FontSet:
    """The bureau's FONT_DIRS first, then the npm packages."""
    return FontSet((*map(Path, settings.FONT_DIRS), *(Path(settings.NODE_MODULES) / name for name in OPEN_FONTS)))


def missing_glyphs(texts: Iterable[str]) -> str:
    """The characters no font here can draw, each once, in order of appearance."""
    return default().missing_glyphs("".join(texts))


@functools.cache
def _code_points(path: Path) -> frozenset[int]:
    """None when the file is no font: Typst passes over it too."""
    try:
        # Opened here, for fontTools leaves a file open that turns out to be no font.
        with path.open("rb") as file:
            if path.suffix.lower() in {".ttc", ".otc"}:
                faces = TTCollection(file, lazy=True).fonts
            else:
                faces = [TTFont(file, lazy=True)]
            return frozenset().union(*(face.getBestCmap() or {} for face in faces))
    except (TTLibError, OSError):
        return frozenset()
