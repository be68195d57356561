"""The numbers of GB/T 9704-2012 (党政机关公文格式), shared by the Word and the PDF renderer."""

from decimal import Decimal

from portal.core.lib.static_files import colour

PT_PER_MM = Decimal(72) / Decimal("25.4")

# §5.1-5.2 用纸和版面: A4, 天头 37, 订口 28, 版心 156 × 225 mm.
PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210, 297
MARGIN_TOP_MM, MARGIN_BOTTOM_MM, MARGIN_LEFT_MM, MARGIN_RIGHT_MM = 37, 35, 28, 26
TEXT_WIDTH_MM, TEXT_HEIGHT_MM = 156, 225

# §5.2.3 每面排 22 行, 每行排 28 个字, 撑满版心. Plain 16 pt would give only 27 characters.
LINES_PER_PAGE, CHARACTERS_PER_LINE = 22, 28
LINE_PITCH_PT = Decimal("28.95")
CHARACTER_PITCH_PT = Decimal("15.79")
CHARACTER_SPACING_PT = Decimal("-0.25")

# 字号
SIZE_2_PT = 22  # 2号: titles
SIZE_3_PT = 16  # 3号: body
SIZE_4_PT = 14  # 4号: page number, 版记
SIZE_SMALL_4_PT = 12  # 小四: tables and captions
SIZE_5_PT = Decimal("10.5")  # 五号: notes under tables

# §7.5 页码: the dash lies 7 mm under the 版心; that puts a 14 pt line 4.5 mm under it.
FOOTER_GAP_MM = Decimal("4.5")
PAGE_NUMBER = "— {} —"

# §7.2.1 发文机关标志 starts 35 mm under the top of the 版心; the red rule lies 4 mm under the 文号.
RED_HEAD_GAP_MM = 35
RED_RULE_GAP_MM = 4
RED = colour("paper-red").removeprefix("#").upper()
RED_HEAD_MAX_PT = 48

# §7.3.5 成文日期右空四字.
DATE_INDENT_CHARACTERS = 4

# The typeface of each part, under the names the standard and Word know.
FACES = {
    "body": "仿宋_GB2312",
    "title": "方正小标宋简体",
    "hei": "黑体",
    "kai": "楷体_GB2312",
    "song": "宋体",
}
HEADING_FACES = {1: "hei", 2: "kai", 3: "body", 4: "body"}


def red_head_size(mark: str) -> Decimal:
    """In pt, so that the red 发文机关标志 fits one line of the 版心."""
    width = TEXT_WIDTH_MM * PT_PER_MM
    return min(Decimal(RED_HEAD_MAX_PT), (width / max(len(mark), 1)).quantize(Decimal("0.5")) - 1)


def issuer_indent(issuer: str, date: str) -> Decimal:
    """In pt from the right, centring the 发文机关署名 over the 成文日期 (§7.3.5.1) within the 版心."""
    indent = DATE_INDENT_CHARACTERS * CHARACTER_PITCH_PT + (_width(date) - _width(issuer)) / 2
    return max(indent, Decimal(0))


def _width(text: str) -> Decimal:
    """In pt at body size: Chinese characters full, ASCII half."""
    return sum((CHARACTER_PITCH_PT / (2 if char.isascii() else 1) for char in text), Decimal(0))
