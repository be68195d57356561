"""Small real files for evidence and photos."""

import datetime as dt
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from portal.core.papers import pdf, tree
from portal.demo.dice import Dice


def proof(title: str, school: str, year: int, lines: list[tuple[str, str]]) -> SimpleUploadedFile:
    """Return a one-page PDF that proves a figure."""
    made = tree.Document(
        title=title,
        issuer=school,
        date=dt.date(year, 9, 10),
        blocks=[
            tree.KeyValues([("单位", school), ("年度", f"{year} 年"), *lines]),
            tree.Paragraph("以上数据与登记资料核对一致。本件为演示材料，单位和数据均系虚构。"),
        ],
    )
    return SimpleUploadedFile(f"{title}.pdf", pdf.render(made), content_type="application/pdf")


def photo(name: str, *words: object) -> SimpleUploadedFile:
    """Return a picture of a room in plain shapes: no photograph of a real place."""
    dice, image = Dice("photo", name, *words), Image.new("RGB", (640, 420), "#dfe7ec")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 300, 640, 420), fill="#b9a58c")
    draw.rectangle((180, 70, 460, 210), fill=f"#{dice.whole(30, 80):02x}6b5a", outline="#5b4632", width=8)
    for row in range(2):
        for seat in range(4):
            left = 60 + seat * 140 + dice.whole(-6, 6)
            draw.rectangle((left, 260 + row * 80, left + 90, 290 + row * 80), fill="#8f6f4a")
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return SimpleUploadedFile(f"{name}.png", kept.getvalue(), content_type="image/png")
