"""How a paper prints: lines without content fall away, conditions, rows of the data with what people wrote."""

import datetime as dt

from inspections.letters import document, kinds
from inspections.letters.document import LetterText
from inspections.letters.kinds import LetterColumn, LetterField, LetterKind, LetterSection
from portal.core.papers import tree


def text(
    *sections: LetterSection, fields: tuple[LetterField, ...] = (), facts: dict | None = None, **more
) -> LetterText:
    base = kinds.load()["rectification"]
    kind = LetterKind(
        code="x",
        number="A0",
        name="样式",
        title="样式",
        look="official",
        author="bureau",
        about="school",
        signers="bureau",
        basis=base.basis,
        sections=sections,
        fields=fields,
        by_code={one.code: one for one in fields},
    )
    given = {"typed": {}, **more}
    return LetterText(
        kind=kind, title="样式", sections=sections, facts=facts or {}, issuer="局", date=dt.date(2026, 3, 1), **given
    )


def words(one: LetterText) -> list[str]:
    return [tree.plain(block.text) for block in document.of(one).blocks if isinstance(block, tree.Paragraph)]


def test_a_line_whose_blanks_are_all_empty_falls_away_with_its_part() -> None:
    part = LetterSection(heading="空", text="只有{nothing}")
    whole = text(part, LetterSection(text="有{name}和{nothing}\n[name]条件\n[nothing]不印"), facts={"name": "甲"})
    assert words(whole) == ["有甲和", "条件"]
    assert not [block for block in document.of(whole).blocks if isinstance(block, tree.Heading)]


def test_an_empty_blank_says_so_in_a_draft_only() -> None:
    field = LetterField("who", "谁", required=True)
    section = LetterSection(text="由{who}办理")
    assert words(text(section, fields=(field,))) == ["由【谁：待填】办理"]
    assert words(text(section, fields=(field,), is_draft=False)) == []


def test_a_table_of_the_data_has_its_rows_alone_with_what_people_wrote_next_to_them() -> None:
    columns = (
        LetterColumn("number", "编号"),
        LetterColumn("why", "理由", by="office", required=True, choices=("是", "否")),
    )
    field = LetterField("rows", "表", type="T", required=True, rows="problems", columns=columns)
    facts = {"problems": [{"key": "7", "number": "一"}, {"key": "8", "number": "二"}]}
    typed = {"rows": {"7": {"why": "也许"}, "9": {"why": "是"}}}
    one = text(LetterSection(text="{rows}"), fields=(field,), facts=facts, typed=typed)
    [table] = [block for block in document.of(one).blocks if isinstance(block, tree.Table)]
    assert [list(row) for row in table.rows] == [["一", "也许"], ["二", "—"]]
    assert [(row, field.code) for field, row, _ in one.wrong_cells()] == [("一", "rows"), ("二", "rows")]
