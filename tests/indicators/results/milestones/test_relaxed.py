"""Relaxations in milestones and comparisons: the strict verdict first, the relaxed one under its own name."""

from indicators.results.milestones import actions, queries as milestones, school_pages as schools, workbook
from indicators.results.milestones.pages import Side
from indicators.results.milestones.queries import Comparison
from tests.cast import Cast
from tests.indicators.collection.relaxations.district import before_and_after
from tests.shared import shared


@shared
def pair(cast: Cast) -> tuple[Side, Side]:
    before, after = before_and_after(cast)
    return Side("e1", "前", before), Side("e2", "后", after)


def test_the_verdict_is_reported_both_ways_as_soon_as_one_side_has_relaxations(pair) -> None:
    lines = {line.label: (line.then, line.now) for line in milestones.overview(*pair).headings}
    assert lines["全区结论"] == ("未达标", "未达标")
    assert lines["全区结论（放宽口径）"] == ("未达标", "未达标")
    nobody = milestones.overview(pair[0], pair[0])
    assert not [line for line in nobody.headings if "放宽口径" in line.label]
    assert len(nobody.coefficients) == 14


def test_coefficients_and_indicators_with_relaxations_have_lines_of_their_own(pair) -> None:
    view = milestones.overview(*pair)
    added = [one for one in view.coefficients if "放宽口径" in one.name]
    assert [(one.stage, one.code) for one in added] == [(s, c) for s in ("primary", "junior") for c in ("A3", "A5")]
    assert (added[1].cv.then, added[1].cv.now) == ("0.367", "0.105")
    strict = next(one for one in view.coefficients if one.code == "A5" and one.stage == "primary")
    assert (strict.cv.then, strict.cv.now) == ("0.367", "0.367")
    (size,) = [line for line in view.conditions if "放宽口径" in line.label]
    assert size.label.startswith("B4 ")
    assert size.turn.words == "未达标→达标"


def test_schools_are_reported_both_ways_where_they_have_relaxations(pair) -> None:
    rows = {row.school: row for row in schools.part_rows(*pair)}
    assert rows["甲小学"].turn.words == "未达标"
    assert rows["甲小学"].notes == ("放宽口径：未达标→达标",)
    notes = {cell.code: cell.note for cell in rows["甲小学"].cells}
    assert notes["A5"] == "放宽口径 5.56→9.72"
    assert notes["A4"] == ""
    assert rows["丁小学"].notes == ()
    assert {cell.note for cell in rows["丁小学"].cells} == {""}


def test_the_workbook_has_them_too(pair) -> None:
    then, now = pair
    comparison = Comparison(
        then, now, milestones.overview(then, now), schools.part_rows(then, now), schools.submission_rows(then, now)
    )
    printed = {sheet.name: str(sheet.rows) for sheet in workbook.build(comparison).sheets}
    assert "全区结论（放宽口径）" in printed["全区"]
    assert "体育场馆（放宽口径）" in printed["差异系数"]
    assert "放宽口径：未达标→达标" in printed["学校结论"]
    assert "放宽口径 5.56→9.72" in printed["逐校逐项"]


def test_lists_of_milestones_and_of_what_may_be_frozen_show_both(cast: Cast, sign_in) -> None:
    _, after = before_and_after(cast)
    client = sign_in(cast.admin)
    offered = client.get(f"/milestones/rounds/{after.round_id}/freeze/").content.decode()
    assert offered.count("（放宽口径：") == 1, "one of the two evaluations rests on relaxations"
    row = actions.freeze(
        round_id=after.round_id, kind="self", evaluation_id=after.pk, note="按严格口径自评", by=cast.admin
    )
    for address in ("/milestones/", f"/milestones/{row.pk}/"):
        text = "".join(client.get(address).content.decode().split())
        assert "放宽口径：" in text


def test_a_milestone_is_verified_with_its_relaxations(cast: Cast) -> None:
    _, after = before_and_after(cast)
    row = actions.freeze(
        round_id=after.round_id, kind="self", evaluation_id=after.pk, note="按严格口径自评", by=cast.admin
    )
    assert milestones.verify(row).differences == ()
