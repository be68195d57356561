"""PDF: the document tree as a tagged PDF/A-2b in the layout of GB/T 9704-2012, set by Typst; the fonts it is set in."""

import functools
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont, TTLibError

from portal.core.errors import Refused
from portal.core.lib import dates
from portal.core.papers import layout, tree, typesetting

# Names a font file may give itself, English and Chinese; the last ones are the open fall-backs.
FAMILIES = {
    "body": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "Noto Serif SC"),
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "Noto Serif SC"),
    "hei": ("SimHei", "黑体", "Noto Sans SC"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "AR PL UKai", "Noto Serif SC"),
    "song": ("SimSun", "宋体", "NSimSun", "Noto Serif SC"),
}
OPEN_FONTS = (
    "@expo-google-fonts/noto-serif-sc/400Regular",
    "@expo-google-fonts/noto-serif-sc/600SemiBold",
    "@expo-google-fonts/noto-sans-sc/400Regular",
)
# An open 楷体, where the machine has Debian's fonts-arphic-ukai (Arphic Public License); npm has none as TrueType.
OPEN_KAI = Path("/usr/share/fonts/truetype/arphic")
_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
# A row this much of a page high may be split, or its end would fall off the page.
_SPLIT_SHARE = 0.4


@dataclass(frozen=True)
class FontSet:
    """Folders with font files, searched once per process."""

    folders: tuple[Path, ...]

    @property
    def names(self) -> list[str]:
        return [str(folder) for folder in self.folders if folder.is_dir()]

    @functools.cached_property
    def book(self) -> typst.Fonts:
        """Raises Refused when no face at all can set Chinese."""
        book = typesetting.fonts(self.names)
        if not any(set(names) & set(book.families()) for names in FAMILIES.values()):
            raise Refused(
                "服务器上没有找到中文字体，无法生成 PDF；请运行 make setup 安装字体，或用 FONT_DIRS 指定字体目录"
            )
        return book

    @functools.cached_property
    def families(self) -> dict[str, list[str]]:
        there = self.book.families()
        found = {face: [name for name in names if name in there] for face, names in FAMILIES.items()}
        spare = next(names for names in found.values() if names)
        return {face: names or spare for face, names in found.items()}

    def missing_glyphs(self, text: str) -> str:
        """Characters no font here can draw, each once, in order of appearance."""
        wanted = dict.fromkeys(char for char in tree.clean(text) if char not in self._drawn)
        undrawn = {ord(char) for char in wanted}
        # The open fonts, last in the set, know nearly everything: asking them first opens fewest files.
        for path in reversed(self.files):
            if not undrawn:
                break
            undrawn -= _code_points(path)
        self._drawn.update(char for char in wanted if ord(char) not in undrawn)
        return "".join(char for char in wanted if ord(char) in undrawn)

    def legible(self, text: str) -> str:
        """Undrawable characters as 〔缺字U+…〕: nothing may vanish from a record."""
        text = tree.clean(text)
        for char in self.missing_glyphs(text):
            text = text.replace(char, f"〔缺字U+{ord(char):04X}〕")
        return text

    @functools.cached_property
    def _drawn(self) -> set[str]:
        """Known to be in a font."""
        return {"\n", "\t"}

    @functools.cached_property
    def files(self) -> tuple[Path, ...]:
        there = (path for folder in self.folders if folder.is_dir() for path in sorted(folder.rglob("*")))
        return tuple(path for path in there if path.suffix.lower() in _SUFFIXES)


@functools.cache
def default_fonts() -> FontSet:
    npm = (Path(settings.NODE_MODULES) / name for name in OPEN_FONTS)
    return FontSet((*map(Path, settings.FONT_DIRS), OPEN_KAI, *npm))


def missing_glyphs(texts: Iterable[str]) -> str:
    return default_fonts().missing_glyphs("".join(texts))


@functools.cache
def _code_points(path: Path) -> frozenset[int]:
    """Empty when the file is no font: Typst passes over it too."""
    try:
        # Opened here, for fontTools leaves a file open that turns out to be no font.
        with path.open("rb") as file:
            if path.suffix.lower() in {".ttc", ".otc"}:
                faces = TTCollection(file, lazy=True).fonts
            else:
                faces = [TTFont(file, lazy=True)]
            points = frozenset[int]().union(*(face.getBestCmap() or {} for face in faces))
            # A private-use character is another sign in each font: none draws the one that was meant.
            return frozenset(point for point in points if unicodedata.category(chr(point)) != "Co")
    except (TTLibError, OSError):
        return frozenset()


def render(document: tree.Paper, font_set: FontSet | None = None) -> bytes:
    """PDF/A-2b; equal trees give equal bytes. Raises Refused when no Chinese font is installed."""
    font_set = font_set or default_fonts()
    data = json.dumps(_Encoder(font_set).document(document), ensure_ascii=False, default=float)
    if len(data) >= typesetting.LARGE:
        return typesetting.in_child(data, document.date, font_set.names)
    return typesetting.as_pdf("document", data, document.date, font_set.book)


class _Encoder:
    """Turns the tree into the JSON the templates read: strings and numbers only."""

    def __init__(self, font_set: FontSet) -> None:
        self.fonts = font_set

    def document(self, document: tree.Paper) -> dict[str, Any]:
        title_face = self.fonts.families["title"]
        return {
            "faces": self.fonts.families,
            # 小标宋 is heavier than a text face; of the open serif the semi-bold comes nearest.
            "title_weight": 600 if title_face[0].startswith("Noto") else 400,
            "layout": _LAYOUT,
            "page_number": layout.PAGE_NUMBER,
            "title": self.line(document.title),
            "title_words": self.text(document.title),
            "issuer": self.line(document.issuer),
            "number": self.line(document.number),
            "keywords": [self.line(word) for word in document.keywords],
            "date": {"year": document.date.year, "month": document.date.month, "day": document.date.day},
            "subtitle": self.text(document.subtitle),
            "contents": tree.CONTENTS_DEPTH if document.contents else 0,
            "addressed_to": self.text(document.addressed_to),
            "red_head": self.red_head(document),
            "blocks": self.blocks(document.blocks),
            "annex_list": [{"head": head, "title": self.text(title)} for head, title in tree.annex_list(document)],
            "annexes": [
                {
                    "label": tree.annex_label(document, index),
                    "heading": self.line(tree.annex_heading(document, index)),
                    "title": self.text(annex.title),
                    "landscape": annex.is_landscape,
                    "blocks": self.blocks(
                        [inner for block in annex.blocks if isinstance(block, tree.Landscape) for inner in block.blocks]
                        if annex.is_landscape
                        else annex.blocks
                    ),
                }
                for index, annex in enumerate(document.annexes)
            ],
            "signature": self.signature(document),
            "colophon": self.colophon(document.colophon),
        }

    def red_head(self, document: tree.Paper) -> dict[str, Any] | None:
        mark = f"{self.line(document.issuer)}文件"
        return {"mark": mark, "size": layout.red_head_size(mark)} if document.red_head else None

    def signature(self, document: tree.Paper) -> dict[str, Any] | None:
        if not document.signed:
            return None
        date = dates.day(document.date)
        return {
            "issuer": self.line(document.issuer),
            "date": date,
            "issuer_indent": layout.issuer_indent(document.issuer, date),
            "date_indent": layout.DATE_INDENT_CHARACTERS * layout.CHARACTER_PITCH_PT,
        }

    def colophon(self, colophon: tree.Colophon | None) -> dict[str, str] | None:
        if colophon is None:
            return None
        return {
            "copy_to": self.line("，".join(colophon.copy_to) + "。") if colophon.copy_to else "",
            "printed_by": self.line(colophon.printed_by),
            "printed_on": f"{dates.day(colophon.printed_on)}印发",
        }

    def blocks(self, blocks: Sequence[tree.Block], numbering: tree.Numbering | None = None) -> list[dict[str, Any]]:
        numbering = numbering or tree.Numbering()
        return [self.block(block, numbering) for block in blocks]

    def block(self, block: tree.Block, numbering: tree.Numbering) -> dict[str, Any]:
        match block:
            case tree.Heading():
                return {"kind": "heading", "level": block.level, "text": self.text(numbering.label(block))}
            case tree.Paragraph():
                return {
                    "kind": "paragraph",
                    "text": self.text(block.text),
                    "align": block.align,
                    "indent": block.indent,
                }
            case tree.BulletList():
                items = zip(block.marks(), block.items, strict=True)
                return {"kind": "list", "items": [{"mark": mark, "text": self.text(item)} for mark, item in items]}
            case tree.Table():
                return self.table(block)
            case tree.KeyValues():
                return self.table(block.as_table())
            case tree.Figure():
                return {
                    "kind": "figure",
                    "svg": self.fonts.legible(block.svg.decode()),
                    "alt": self.line(block.alt),
                    "caption": self.text(block.caption),
                    "width": block.width,
                }
            case tree.PageBreak():
                return {"kind": "break"}
            case tree.Landscape():
                return {"kind": "landscape", "blocks": self.blocks(block.blocks, numbering)}

    def table(self, table: tree.Table) -> dict[str, Any]:
        return {
            "kind": "table",
            "columns": [column.width for column in table.columns],
            "size": table.size,
            "caption": self.text(table.caption),
            "note": self.text(table.note),
            "repeat": table.repeat_header,
            "continues": False,
            "goes-on": False,
            "header": [self.row(table, row, header=True) for row in table.placed_header()],
            "rows": [self.row(table, row) for row in table.placed_rows()],
        }

    def row(
        self, table: tree.Table, row: Sequence[tree.Placed[tree.TableCell]], header: bool = False
    ) -> dict[str, Any]:
        cells = [
            {
                "text": self.text(placed.cell.text, bold=header),
                "colspan": placed.cell.colspan,
                "rowspan": placed.cell.rowspan,
                "align": "center" if header else table.align(placed),
            }
            for placed in row
        ]
        return {"cells": cells, "breakable": not header and any(_tall(table, placed) for placed in row)}

    def line(self, text: str) -> str:
        return self.fonts.legible(text).replace("\n", " ")

    def text(self, text: tree.Text, bold: bool = False) -> list[str | dict[str, str]]:
        """Emphasis as {"bold": …}."""
        parts: list[str | dict[str, str]] = []
        for run in tree.runs(text):
            for number, line in enumerate(self.fonts.legible(run.text).split("\n")):
                parts += ["\n"] if number else []
                parts += [{"bold": line} if bold or run.bold else line] if line else []
        return parts


def _tall(table: tree.Table, placed: tree.Placed[tree.TableCell]) -> bool:
    span = table.columns[placed.column : placed.column + placed.cell.colspan]
    share = sum(column.width for column in span) / sum(column.width for column in table.columns)
    per_line = max(int(float(_TEXT_WIDTH_PT) * share / float(table.size)) - 1, 1)
    lines = sum(1 + len(line) // per_line for line in tree.plain(placed.cell.text).split("\n"))
    return lines * float(table.size) * _TABLE_LINE > float(_TEXT_HEIGHT_PT) * _SPLIT_SHARE


_TABLE_LINE = 1.4
_TEXT_WIDTH_PT = layout.TEXT_WIDTH_MM * layout.PT_PER_MM
_TEXT_HEIGHT_PT = layout.TEXT_HEIGHT_MM * layout.PT_PER_MM
_LAYOUT = {
    "top": layout.MARGIN_TOP_MM,
    "bottom": layout.MARGIN_BOTTOM_MM,
    "left": layout.MARGIN_LEFT_MM,
    "right": layout.MARGIN_RIGHT_MM,
    "pitch": layout.LINE_PITCH_PT,
    "char": layout.CHARACTER_PITCH_PT,
    "spacing": layout.CHARACTER_SPACING_PT,
    "footer_gap": layout.FOOTER_GAP_MM,
    "red_head_gap": layout.RED_HEAD_GAP_MM,
    "red_rule_gap": layout.RED_RULE_GAP_MM,
    "red": layout.RED,
}
