"""The package's own catalogue (总目录): workbook, PDF and JSON, written when every file's pages are known."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from inspections.dossiers import sheets, tables
from inspections.dossiers.pieces import Catalogue, Piece, Volume
from portal.core.papers.tree import (
    Block,
    Column,
    Heading,
    KeyValues,
    Landscape,
    Paragraph,
    Table,
)
from portal.core.spreadsheets.write import Cell, Value

FOLDER = "00 总目录"
JSON_PATH = f"{FOLDER}/总目录.json"
_SMALL = 9
_LEFT_OUT = {"pages": None, "size": None, "sha256": ""}
Files = Mapping[str, Mapping[str, Any]]


def left_out(catalogue: Catalogue, built: Files) -> str:
    """Say how many files the package does not hold; "" where it holds all."""
    count = sum(piece.path not in built for piece in catalogue.kept())
    return f"本包未装入 {count} 个含个人信息的材料，需要时请向编制单位查阅" if count else ""


def files(catalogue: Catalogue, built: Files) -> dict[str, bytes]:
    """Return the three forms of the catalogue by path; `built` holds size, sha256 and pages of every path."""
    return {
        f"{FOLDER}/总目录.xlsx": workbook(catalogue, built),
        f"{FOLDER}/总目录.pdf": printed(catalogue, built),
        JSON_PATH: machine(catalogue, built),
    }


def machine(catalogue: Catalogue, built: Files) -> bytes:
    """Return the frozen catalogue with what was written for each path, as JSON."""
    content = catalogue.as_json() | {"files": dict(built)}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def workbook(catalogue: Catalogue, built: Files) -> bytes:
    """Return all pieces in one sheet and the volumes in another."""
    heading = catalogue.heading
    notes = [
        f"{heading['round_name']}，评估结论：{heading['verdict']}，数据截至 {heading['data_as_of']}",
        f"输入校验值 {heading['inputs_sha256']}",
        left_out(catalogue, built),
    ]
    volumes: list[list[Value | Cell]] = [[v.title, s.code, s.title, len(s.pieces)] for v, s in catalogue.sections()]
    heads = {"卷": 22, "编号": 14, "名称": 34, "件数": 8}
    sheet = tables.sheet("卷册", heads, volumes, heading["title"], list(filter(None, notes)))
    heads = {
        "序号": 7,
        "档号": 34,
        "文号": 18,
        "责任者": 26,
        "题名": 44,
        "日期": 10,
        "密级": 8,
        "页数": 7,
        "备注": 26,
        "编号": 16,
        "卷": 18,
        "存放位置": 90,
        "字节数": 12,
        "sha256": 66,
    }
    where = {piece.code: piece.path for piece in catalogue.kept()}
    listed = [(volume, section, piece) for volume, section in catalogue.sections() for piece in section.pieces]
    rows: list[list[Value | Cell]] = []
    for number, (volume, section, piece) in enumerate(listed, 1):
        path = where[piece.see or piece.code]
        told = built.get(path, _LEFT_OUT)
        line = tables.row_of(number, piece, told["pages"])
        place = path if path in built else "未装入本包"
        rows.append([*line, piece.code, f"{volume.title} {section.title}", place, told["size"], told["sha256"]])
    return tables.book(catalogue, "总目录", [sheet, tables.sheet("归档文件目录", heads, rows, "归档文件目录")])


def printed(catalogue: Catalogue, built: Files) -> bytes:
    """Return the catalogue for paper: a cover table, then every section's list of pieces."""
    heading = catalogue.heading
    cover = KeyValues(
        [
            ("评估年度", heading["round_name"]),
            ("评估结论", heading["verdict"]),
            ("评估标准", heading["standard"]),
            ("规则版本", heading["rule_version"]),
            ("数据截至", heading["data_as_of"]),
        ]
    )
    count = Table(
        [Column(1, "center"), Column(4), Column(1.5, "right")],
        [["编号", "卷", "件数"]],
        [[v.code, v.title, str(v.count)] for v in catalogue.volumes],
    )
    where = {piece.code: piece.path for piece in catalogue.kept()}
    said = (
        "。".join(
            filter(None, ["各卷件数如下，互见的材料只存放一份，在备注中注明所在编号", left_out(catalogue, built)])
        )
        + "。"
    )
    blocks: list[Block] = [cover, Paragraph(said), count]
    listed = [block for volume in catalogue.volumes for block in _volume(volume, where, built)]
    return sheets.render(catalogue, heading["title"], "总目录", [*blocks, Landscape(listed)])


def _volume(volume: Volume, where: Mapping[str, str], built: Files) -> list[Block]:
    """A volume's list; the school volumes one by one, for they are long and handed out one by one."""
    title = Heading(f"{volume.code} {volume.title}", numbered=False)
    if volume.code != "X":
        pieces = [piece for section in volume.sections for piece in section.pieces]
        return [title, _list(pieces, where, built)] if pieces else [title, Paragraph("本卷没有材料。")]
    blocks: list[Block] = [title]
    for section in volume.sections:
        blocks += [Heading(section.title, 2), _list(section.pieces, where, built)]
    return blocks


def _list(pieces: Sequence[Piece], where: Mapping[str, str], built: Files) -> Table:
    # A school's codes (X4102020001-05) must fit unbroken, in their own column and in the remark.
    widths = (2.5, 4, 1.6, 2.6, 4.4, 1.5, 0.9, 0.9, 3)
    columns = [Column(width, "center" if 5 <= index <= 7 else "left") for index, width in enumerate(widths)]
    head = [["编号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"]]
    rows = [
        [
            p.code,
            p.archive_no,
            p.document_no,
            p.author,
            p.title,
            p.date,
            p.secrecy,
            str(built.get(where[p.see or p.code], _LEFT_OUT)["pages"] or ""),
            p.remark,
        ]
        for p in pieces
    ]
    return Table(columns, head, rows, size=_SMALL)
