"""A paper as a document tree: its wording with the blanks filled from data and from what people wrote."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspections.letters.kinds import BLANK, OFFICE, ONLY_IF, LetterField, LetterKind, LetterSection, section
from portal.core.lib import dates
from portal.core.papers import tree

_TABLE_PT = 11
_TITLE_CHARACTERS = 20
FILES = "佐证材料"
_SIGN = "签字：　　　　　　　年　　月　　日"


@dataclass(frozen=True, slots=True)
class LetterText:
    """Everything a paper prints; equal texts give equal files."""

    kind: LetterKind
    title: str
    sections: tuple[LetterSection, ...]
    facts: Mapping[str, Any]
    typed: Mapping[str, Any]
    issuer: str
    date: dt.date
    number: str = ""
    signer: str = ""
    red_head: bool = False
    files: tuple[str, ...] = ()
    is_draft: bool = True

    def value(self, code: str) -> str:
        field = self.kind.by_code.get(code)
        if field is None:
            return str(self.facts.get(code, "")) if not isinstance(self.facts.get(code), list) else ""
        if field.type == "s":
            return _SIGN
        given = str(self.typed.get(code, "")).strip()
        if given and field.type == "d":
            return dates.day(dt.date.fromisoformat(given))
        return given

    def rows(self, field: LetterField) -> list[dict[str, str]]:
        """Those of the data with what people added, else those people wrote.

        What was written for a row that is gone (a void finding) is not printed.
        """
        typed: Mapping[str, Mapping[str, str]] = self.typed.get(field.code, {})
        given: Sequence[Mapping[str, str]] = self.facts.get(field.rows, ()) if field.rows else ()
        found = [{**row, **typed.get(row["key"], {})} for row in given]
        if not field.rows:
            found = [dict(row) for row in typed.values() if any(row.values())]
        return [{"order": str(order), **row} for order, row in enumerate(found, 1)]

    def wrong_cells(self) -> list[tuple[LetterField, str, str]]:
        """Empty cells that must be filled in, or with none of their choices: field, row, what to do."""
        found = []
        for one in self.kind.fields:
            for row in self.rows(one) if one.type == "T" else ():
                asked = one.required or any(row.get(column.code) for column in one.columns if column.by == OFFICE)
                for column in one.columns:
                    given, choices = row.get(column.code, ""), "、".join(column.choices)
                    name = row.get("number") or f"第 {row['order']} 行"
                    if column.required and asked and not given:
                        found.append((one, name, f"请填写“{column.label}”" + (f"：{choices}" if choices else "")))
                    elif given and column.choices and given not in column.choices:
                        found.append((one, name, f"“{column.label}”请从这些里选：{choices}"))
        return found

    def missing(self) -> list[LetterField]:
        return [
            one
            for one in self.kind.fields
            if one.required and one.type != "s" and not (self.rows(one) if one.type == "T" else self.value(one.code))
        ]


def fill(text: str, values: LetterText) -> str:
    return BLANK.sub(lambda match: values.value(match[1]), text)


def of(text: LetterText) -> tree.Paper:
    main = [one for one in text.sections if not one.annex]
    annexes = [tree.Annex(one.annex, list(_section(one, text))) for one in text.sections if one.annex]
    blocks = [block for one in main for block in _section(one, text)]
    if text.files:
        blocks += [tree.Heading(FILES, numbered=False), tree.BulletList(text.files, ordered=True)]
    if text.kind.signatures:
        columns = [
            tree.TableColumn(1.4, "center"),
            tree.TableColumn(2.4),
            tree.TableColumn(1, "center"),
            tree.TableColumn(2),
        ]
        blocks.append(
            tree.Table(columns, (), [(f"{person}\n（签字）", "\n", "日期", "") for person in text.kind.signatures])
        )
    if text.kind.receipt:
        annexes.append(tree.Annex("送达回执", [tree.KeyValues([(label, "") for label in text.kind.receipt])]))
    # A long title breaks after the school's name (GB/T 9704-2012 §7.3.1: 词意完整).
    school = text.value("school")
    head, found, tail = text.title.partition(school) if school else (text.title, "", "")
    return tree.Paper(
        title=f"{head}{found}\n{tail}" if found and tail and len(text.title) > _TITLE_CHARACTERS else text.title,
        issuer=text.issuer,
        date=text.date,
        blocks=blocks,
        number=text.number,
        subtitle="（草稿，没有签发）" if text.is_draft else "",
        addressed_to=fill(text.kind.addressed, text),
        annexes=[annex for annex in annexes if annex.blocks],
        red_head=text.red_head and text.kind.takes_red_head,
        signed=text.kind.signed,
        keywords=[text.kind.name],
    )


def _section(one: LetterSection, text: LetterText) -> Iterator[tree.Block]:
    blocks = list(_lines(one, text))
    if not blocks:
        return
    if one.heading:
        yield tree.Heading(one.heading, numbered=text.kind.look == "official" or len(text.sections) > 2)
    yield from blocks


def _lines(one: LetterSection, text: LetterText) -> Iterator[tree.Block]:
    if one.grid:
        pairs = [(label, _filled(words, text)) for label, words in one.grid]
        yield tree.KeyValues(pairs, pairs=2 if all(len(value) < 16 for _, value in pairs) else 1)
    for line in one.text.split("\n"):
        if condition := ONLY_IF.match(line):
            if not text.value(condition[1]):
                continue
            line = line[condition.end() :]
        codes = BLANK.findall(line)
        alone = text.kind.by_code.get(codes[0]) if codes and line == f"{{{codes[0]}}}" else None
        if alone and alone.type == "T":
            rows, fields = text.rows(alone), alone.columns
            # Without rows there are two empty ones, where the office fills in a column.
            if rows or any(field.by == OFFICE for field in fields):
                cells = [[row.get(field.code, "") or "—" for field in fields] for row in rows]
                columns, head = [tree.TableColumn(field.width) for field in fields], [[field.label for field in fields]]
                table = tree.Table(columns, head, cells or [[""] * len(fields)] * 2, size=_TABLE_PT)
                yield tree.Landscape([table]) if one.landscape else table
        elif line and (not codes or any(_shown(code, text) for code in codes)):
            yield from (tree.Paragraph(part) for part in _filled(line, text).split("\n") if part.strip())


def _filled(words: str, text: LetterText) -> str:
    return BLANK.sub(lambda match: _shown(match[1], text), words)


def _shown(code: str, text: LetterText) -> str:
    """In a draft, required blanks are marked."""
    value, field = text.value(code), text.kind.by_code.get(code)
    return value or (f"【{field.label}：待填】" if field and field.required and text.is_draft else "")


def restored(kind: LetterKind, content: Mapping[str, Any], *, date: dt.date, is_draft: bool) -> LetterText:
    return LetterText(
        kind=kind,
        title=content["title"],
        sections=tuple(section(entry) for entry in content["sections"]),
        facts=content["facts"],
        typed=content["typed"],
        number=content["number"],
        signer=content["signer"],
        red_head=content["red_head"],
        issuer=content["issuer"],
        files=tuple(content["files"]),
        date=date,
        is_draft=is_draft,
    )


def where_missing(paper: tree.Paper, lacking: str) -> list[str]:
    """The words around characters that no font has."""
    found = ((char, text, text.index(char)) for char in lacking for text in tree.texts(paper) if char in text)
    return [
        f"“{char}”（U+{ord(char):04X}）在“{text[max(at - 8, 0) : at + 9].replace(chr(10), ' ')}”"
        for char, text, at in found
    ]
