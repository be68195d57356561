"""Sheets of codes to hand out: per school and group, each code as a QR code with its letters, to be cut apart."""

from collections.abc import Callable, Sequence

import segno

from inspections.surveys import queries
from inspections.surveys.models import Survey, SurveyPortion
from portal.core.lib import dates
from portal.core.papers import tree

# Three rows fit below the heading of a page, and below the title of the first.
_ACROSS, _DOWN = 4, 3
# Units of the drawing: a field holds the code, its letters below, and the lines to cut along.
_FIELD, _EDGE, _LETTERS = 120, 92, 10


def build(survey: Survey, portions: Sequence[SurveyPortion], address: Callable[[str], str]) -> tree.Paper:
    """`address` gives the page of a code; each school and group begins a page."""
    blocks: list[tree.Block] = []
    for portion in portions:
        group = survey.questionnaire.groups[portion.group]
        place = str(portion.school or survey.district)
        heading = f"{place} {group.label}（{portion.sent} 张{f'，{group.note}' if group.note else ''}）"
        codes, size = list(queries.codes(survey, portion)), _ACROSS * _DOWN
        for page in (codes[start : start + size] for start in range(0, len(codes), size)):
            if blocks:
                blocks.append(tree.PageBreak())
            blocks += [
                tree.Heading(heading, level=2, numbered=False),
                tree.Paragraph(
                    f"沿线剪开，每人随机取一张，用手机扫码答题，{dates.day(survey.closes_on)}截止。不用登录，不记姓名、"
                    "手机号和网络地址；一张只能答一次；系统不记哪一张是谁答的。"
                ),
                tree.Figure(_draw(page, address), f"{place}{group.label}的答题码，{len(page)} 个", width=1),
            ]
    places = list(dict.fromkeys(str(portion.school or survey.district) for portion in portions))
    subtitle = places[0] if len(places) == 1 else f"{survey.district}各校"
    return tree.Paper(f"{survey.title}答题码", survey.district.signature, survey.opens_on, blocks, subtitle=subtitle)


def _draw(codes: list[str], address: Callable[[str], str]) -> bytes:
    rows = -(-len(codes) // _ACROSS)
    width, height = _ACROSS * _FIELD, rows * _FIELD
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">']
    for number, code in enumerate(codes):
        x, y = number % _ACROSS * _FIELD, number // _ACROSS * _FIELD
        # To choose the best of the eight masks takes five times as long; printed this large, any of them is read.
        picture = segno.make(address(code), error="m", mask=0)
        # Two modules of quiet zone: paper around it is white anyway.
        modules = picture.symbol_size(border=2)[0]
        path = "".join(
            f"M{column + 2} {row + 2}h1v1h-1z"
            for row, line in enumerate(picture.matrix)
            for column, dark in enumerate(line)
            if dark
        )
        left = x + (_FIELD - _EDGE) / 2
        parts.append(
            f'<rect x="{x}" y="{y}" width="{_FIELD}" height="{_FIELD}" fill="none" stroke="black" '
            f'stroke-width="0.3" stroke-dasharray="3 3"/>'
            f'<path transform="translate({left} {y + 5}) scale({_EDGE / modules:.5f})" d="{path}"/>'
            f'<text x="{x + _FIELD / 2}" y="{y + _EDGE + 16}" font-size="{_LETTERS}" text-anchor="middle">'
            f"{' '.join(code[at : at + 4] for at in range(0, len(code), 4))}</text>"
        )
    return ("".join(parts) + "</svg>").encode()
