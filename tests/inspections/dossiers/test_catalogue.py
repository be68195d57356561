"""The frozen tree: volume order, evidence under its indicators and stored once, 档号, what is missing."""

import datetime as dt
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
import python_calamine

from indicators.results.official_forms import queries as official_forms
from indicators.standard.standards import queries as standards
from inspections.dossiers import actions, catalogue_facts, pieces, queries, work
from inspections.dossiers.models import Dossier
from inspections.dossiers.pieces import DossierCatalogue
from inspections.letters import actions as letters
from inspections.rectification.models import Entry, EntryFile, Finding
from inspections.visits.models import Visit
from portal.core.errors import Invalid
from portal.core.files import store
from schools.directory import actions as directory
from schools.directory.facts import SchoolFacts
from schools.directory.models import School, Status
from tests.cast import grant, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.inspections.dossiers.conftest import Place, attach, judge, keep, run
from tests.inspections.letters import papers
from tests.printed import pages_of

LATER = dt.date(2026, 10, 8)


@pytest.fixture
def tree(place: Place) -> DossierCatalogue:
    return catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue


def listed(tree: DossierCatalogue, code: str) -> list[tuple[str, str, str]]:
    found = tree.section(code)
    return [(p.code, p.title, p.see) for p in found[1].pieces]


def file_of(dossier: Dossier, ending: str) -> bytes:
    with zipfile.ZipFile(store.path_of(dossier.package.sha256)) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(ending)]
        return archive.read(name)


def sheet_of(dossier: Dossier, ending: str, name: str) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file_of(dossier, ending)))
    return book.get_sheet_by_name(name).to_python()


def text_of(dossier: Dossier, ending: str) -> str:
    return words_of(file_of(dossier, ending))


def test_the_volumes_stand_in_the_order_of_the_acceptance_dossier(tree: DossierCatalogue, place: Place) -> None:
    assert [v.code for v in tree.volumes] == ["Z", "A", "B", "C", "D", "E", "G", "X"]
    spec = standards.load_spec(place.evaluation.standard)
    assert [s.code for v in tree.volumes[1:6] for s in v.sections] == [r.code for r in (*spec.indicators, *spec.vetoes)]
    assert [len(tree.volumes[at].sections) for at in (0, 6, 7)] == [1, 1, 2]


def test_a_school_stands_under_its_name_of_then_with_todays_next_to_wherever_it_went(place: Place) -> None:
    before = catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue
    grant(place.cast.admin, "admin", district=place.cast.other_district)
    directory.edit_school(
        school_id=place.cast.school_a.pk,
        version=1,
        valid_from=LATER,
        by=place.cast.admin,
        facts=replace(SchoolFacts.of(place.cast.school_a), name="青禾小学", district="410203"),
    )
    tree = catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue
    _, own = tree.section("X4102020001")
    assert own.title == "甲小学（现名青禾小学）"
    assert [piece.title for piece in own.pieces] == [p.title for p in before.section("X4102020001")[1].pieces]
    assert {finding["school_name"] for finding in tree.facts["findings"]} == {"甲小学（现名青禾小学）"}
    maker = work.maker(tree, place.evaluation)
    pieces_by_kind = {piece.made: piece for piece in tree.pieces()}
    for made in (
        "register",
        "results",
        "declaration",
        "indicator:A1",
        "veto:E1",
        "result:4102020001",
        "return:4102020001",
        "receipt:4102020001",
        "self_rating:4102020001",
    ):
        text = words_of(maker.make(pieces_by_kind[made]))
        assert "甲小学" in text, made
        assert "现名青禾小学" in text, made


def words_of(made: bytes) -> str:
    """The texts of a PDF or a workbook."""
    if made.startswith(b"PK"):
        return zipfile.ZipFile(io.BytesIO(made)).read("xl/sharedStrings.xml").decode()
    return "".join(pages_of(made)).replace("\n", "")


def test_evidence_is_listed_under_the_indicators_its_item_serves(tree: DossierCatalogue) -> None:
    assert listed(tree, "A1")[1:] == [
        ("A1-02", "教师学历名册.pdf", "X4102020001-06"),
        ("A1-03", "房产测绘图.pdf", "X4102020001-07"),
    ]
    assert [title for _, title, _ in listed(tree, "A4")] == [
        "教学用房分校情况和佐证索引",
        "房产测绘图.pdf",
        "房产测绘图.pdf",
    ]
    assert [title for _, title, _ in listed(tree, "B1")][1:] == ["布局规划.docx"]


def test_a_file_of_two_schools_and_three_items_is_stored_once_and_referred_to(
    place: Place, tree: DossierCatalogue
) -> None:
    held = [piece for piece in tree.with_bytes() if piece.stored == place.plan.sha256]
    seen = [piece for piece in tree.pieces() if piece.see == held[0].code]
    assert len(held) == 1
    assert {piece.author for piece in seen} == {"甲小学", "乙初级中学"}
    assert all(piece.archive_no == held[0].archive_no for piece in seen)
    assert all(f"互见 {held[0].code}" in piece.remark for piece in seen)


def test_the_school_volumes_have_one_skeleton(tree: DossierCatalogue) -> None:
    folders = [
        list(dict.fromkeys(p.folder.split("/")[0] for p in s.pieces if p.folder)) for s in tree.volumes[-1].sections
    ]
    assert folders[0] == ["1 填报表", "2 提交回执", "3 评估结果", "4 佐证", "5 督导与整改"]
    assert folders[1] == folders[0][:3]


def test_paths_are_unique_whatever_the_case_and_short_enough_for_windows(tree: DossierCatalogue) -> None:
    paths = [piece.path for piece in tree.with_bytes()]
    assert len({path.casefold() for path in paths}) == len(paths)
    assert max(map(len, paths)) < 200
    assert all(piece.path.split("/")[-1].startswith(piece.code) for piece in tree.with_bytes())


def test_the_archive_number_follows_dat_22(tree: DossierCatalogue, place: Place, settings: object) -> None:
    first = tree.section("A1")[1].pieces[0]
    assert first.archive_no == "410202-WS·2026-D30-A1-0001"
    settings.DOSSIER_FONDS, settings.DOSSIER_RETENTION = {"410202": "X041"}, {"A": "Y"}
    again = catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue
    assert again.section("A1")[1].pieces[0].archive_no == "X041-WS·2026-Y-A1-0001"
    numbers = [piece.archive_no for piece in again.with_bytes()]
    assert len(set(numbers)) == len(numbers)


def test_a_retention_period_that_is_none_is_refused_naming_the_setting(place: Place, settings: object) -> None:
    settings.DOSSIER_RETENTION = {"X": "长期"}
    with pytest.raises(Invalid) as refused:
        catalogue_facts.freeze(queries.evaluation(place.evaluation.pk))
    assert "DOSSIER_RETENTION 中的 X" in str(refused.value.problems[0])


def test_files_with_personal_data_are_marked_internal(tree: DossierCatalogue) -> None:
    assert {p.title for p in tree.pieces() if p.secrecy == "内部"} == {"教师学历名册.pdf"}


def test_the_tree_survives_the_database(tree: DossierCatalogue) -> None:
    assert pieces.from_json(json.loads(json.dumps(tree.as_json()))) == tree


def test_equal_data_give_equal_fingerprints_and_any_change_another(place: Place) -> None:
    def fingerprint() -> str:
        return catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).sha256

    first = fingerprint()
    assert fingerprint() == first
    place.finding.problem = "三间"
    place.finding.save()
    assert fingerprint() != first


def test_a_school_closed_without_a_submission_is_asked_nothing_and_has_no_volume(place: Place) -> None:
    make_school("4102020009", "停办小学", place.cast.district, status=Status.CLOSED)
    School.objects.filter(pk=place.cast.school_b.pk).update(status=Status.CLOSED)
    frozen = catalogue_facts.freeze(queries.evaluation(judge(place.round).pk))
    assert [section.code for section in frozen.catalogue.volumes[-1].sections] == ["X4102020001", "X4102020002"]
    assert not any("停办小学" in issue.who for issue in frozen.issues), "it handed in a submission before it was closed"
    dossier = run(actions.build(evaluation_id=queries.evaluation(judge(place.round).pk).pk, by=place.cast.admin))
    for ending, name in (("参加评估学校名录.xlsx", "学校名录"), ("E1-01 各校承诺与核查.xlsx", "各校承诺")):
        text = str(sheet_of(dossier, ending, name))
        assert "停办小学" not in text
        assert "乙初级中学" in text


def test_what_inspectors_recorded_of_a_closed_school_stays_in_a_volume_of_its_own(place: Place) -> None:
    closed = make_school("4102020009", "停办小学", place.cast.district, status=Status.CLOSED)
    Visit.objects.filter(school=place.cast.school_a).update(school=closed)
    made = catalogue_facts.freeze(queries.evaluation(judge(place.round).pk)).catalogue
    assert [section.code for section in made.volumes[-1].sections][-1] == "X4102020009"
    assert "现场.jpg" in str(made.section("X4102020009"))


def test_a_school_that_is_asked_nothing_makes_no_statement(place: Place) -> None:
    make_school("4102020009", "职业学校", place.cast.district, kind="中等职业学校")
    dossier = run(actions.build(evaluation_id=judge(place.round).pk, by=place.cast.admin))
    rows = sheet_of(dossier, "E1-01 各校承诺与核查.xlsx", "各校承诺")
    assert next(row for row in rows if "职业学校" in row)[2] == "不要求承诺"


def test_what_is_missing_is_reported_in_words_with_the_schools(place: Place) -> None:
    make_school("4102020003", "丁小学", place.cast.district)
    issues = catalogue_facts.freeze(queries.evaluation(judge(place.round).pk)).issues
    shown = {(issue.level, issue.section): (issue.text, issue.who) for issue in issues}
    assert shown["阻断", "X"] == ("1 所学校没有通过审核的填报", ("丁小学",))
    lacking = "A1 高学历教师：1 个单位填了数据但没有佐证（教师学历名册、毕业证书复印件）"
    assert shown["阻断", "A1"] == (lacking, ("乙初级中学",))
    assert ("阻断", "A4") not in shown
    assert shown["阻断", "D1"] == ("D1 社会认可度：还没有任何单位填报", ())
    assert ("阻断", "B1") not in shown
    assert "全宗号" in shown["提示", "Z"][0]
    assert shown["提示", "G"] == ("还没有编制整改报告", ())


def test_a_denominator_file_alone_does_not_prove_an_indicator(place: Place) -> None:
    """The pupil export serves A1–A7 as what they are divided by; it proves no teacher."""
    back = hand_in(place.round, place.cast.school_b, figures("初级中学"))
    attach(back, ("pupils", keep(b"pupils", "学籍导出.xlsx", place.cast.reporter_b)))
    issues = catalogue_facts.freeze(queries.evaluation(judge(place.round).pk)).issues
    lacking = {issue.section for issue in issues if "乙初级中学" in issue.who}
    assert {"A1", "A2", "A3", "A5", "A6", "A7"} <= lacking


def test_the_queries_do_not_grow_with_the_schools(cast: Any, django_assert_max_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number, year in ((3, "2025"), (20, "2026")):
        round = open_round(cast.other_district, year)
        fill(round, number, seed=number) if number == 3 else _more(round, number)
        evaluation = judge(round)
        with CaptureQueriesContext(connection) as seen:
            catalogue_facts.freeze(queries.evaluation(evaluation.pk))
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 20


def _more(round: Any, number: int) -> None:
    for index in range(number):
        school = make_school(f"4102037{index:03d}", f"新{index}小学", round.district)
        hand_in(round, school, figures())


def test_an_indicator_workbook_leads_from_value_to_source_and_evidence(ready: Dossier) -> None:
    ending = "A4-01 教学用房分校情况和佐证索引.xlsx"
    results = sheet_of(ready, ending, "分校结果")
    row = next(row for row in results if row[1] == "甲小学")
    assert (row[4], row[5]) == ("7.00", "4.5")
    sources = sheet_of(ready, ending, "填报数据")
    assert any(r[0] == "甲小学" and r[2].startswith("教学及辅助用房") and r[4] == "8000" and r[8] for r in sources)
    index = sheet_of(ready, ending, "佐证索引")
    place = next(r[6] for r in index if r[2] == "房产测绘图.pdf")
    assert place in ready.built["files"]


def test_the_catalogue_lists_every_piece_with_the_nine_columns_and_pages(ready: Dossier) -> None:
    rows = sheet_of(ready, "总目录/总目录.xlsx", "归档文件目录")
    head = next(index for index, row in enumerate(rows) if row[0] == "序号")
    assert rows[head][:9] == ["序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"]
    tree = pieces.from_json(ready.catalogue)
    body = [row for row in rows[head + 1 :] if row[9]]
    assert [row[9] for row in body] == [piece.code for piece in tree.pieces()]
    by_code = {row[9]: row for row in body}
    assert by_code["Z-01"][2] == "龙政办〔2021〕8号"
    assert str(by_code["Z-01"][7]).removesuffix(".0") == "1"
    machine = json.loads(file_of(ready, "总目录.json"))
    assert machine["files"] == ready.built["files"]
    assert "总目录" in text_of(ready, "总目录.pdf")


def test_a_schools_submission_is_readable_and_frozen_next_to_it(ready: Dossier) -> None:
    shown = text_of(ready, "X4102020001-01 填报表.pdf")
    assert "甲小学填报表" in shown
    assert "8000" in shown
    frozen = json.loads(file_of(ready, "X4102020001-02 填报数据.json"))
    assert frozen["answers"]["teaching_area"]["value"] == "8000"
    assert "410202-2026-" in text_of(ready, "X4102020001-03 提交回执.pdf")
    assert "资源配置指标" in text_of(ready, "X4102020001-04 评估结果.pdf")


def test_supervision_and_rectification_are_reported_to_the_end(ready: Dossier) -> None:
    record = next(p for p in ready.built["files"] if p.endswith("问题整改记录.pdf"))
    shown = text_of(ready, record)
    assert "2026-DD-001" in shown
    assert "已接入网络" in shown
    visit = text_of(ready, next(p for p in ready.built["files"] if p.endswith("督导记录.pdf")))
    assert "2026年3月2日 多媒体教室" in visit
    assert "多媒体教室能否联网" in visit
    assert any(path.endswith("验收单.pdf") for path in ready.built["files"])
    ledger = sheet_of(ready, "G-01 问题台账.xlsx", "问题台账")
    assert any("2026-DD-001" in row for row in ledger)


def test_problems_of_departments_and_the_bureau_stand_in_the_volume_of_rectification(place: Place) -> None:
    own = place.finding
    row = {"ledger": "410202", "source": "SF", "indicator": "B8", "due_on": LATER, "created_by": own.created_by}
    row |= {"updated_by": own.created_by, "state": "rectifying"}
    by_department = Finding.objects.create(
        number="2026-SF-001", department=place.cast.department, problem="欠拨", **row
    )
    Finding.objects.create(number="2026-SF-002", bureau=place.cast.district, problem="没有规划", **row)
    Finding.objects.create(number="2026-SF-003", bureau=place.cast.other_district, problem="外区", **row)
    entry = Entry.objects.create(finding=by_department, kind="progress", text="已拨付", by=place.cast.liaison)
    EntryFile.objects.create(entry=entry, document=keep(b"paid", "拨付凭证.pdf", place.cast.liaison))
    tree = catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue
    rows = {(row["number"], row["school"], row["school_name"]) for row in tree.facts["findings"]}
    assert rows == {
        ("2026-DD-001", "4102020001", "甲小学"),
        ("2026-SF-001", "", "区财政局"),
        ("2026-SF-002", "", "龙亭区教育局（本级）"),
    }
    titles = [title for _, title, _ in listed(tree, "G")]
    assert titles[1:] == [f"{catalogue_facts.UNITS}问题整改记录", "2026-SF-001 整改进展佐证"]
    piece = next(piece for piece in tree.pieces() if piece.made == "findings:")
    text = words_of(work.maker(tree, place.evaluation).make(piece))
    assert all(word in text for word in ("2026-SF-001", "区财政局", "拨付凭证.pdf", "2026-SF-002"))
    assert "2026-DD-001" not in text


def test_papers_stand_with_their_receipt_and_withdrawal(place: Place) -> None:
    cast = place.cast
    served, withdrawn = (papers.issued(cast) for _ in range(2))
    letters.receive(letter_id=served.pk, by=cast.principal_a)
    letters.withdraw(letter_id=withdrawn.pk, reason="写错了期限", by=cast.admin)
    letters.draft(kind="talk_notice", subject_id=cast.school_b.pk, by=cast.admin)
    circular = papers.issued(cast, "bulletin", cast.district.pk)
    tree = catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue
    held = {(p.document_no, p.name.rpartition(".")[2]): p for p in tree.pieces() if p.document_no and not p.made}
    assert {number for number, _ in held} == {served.number, withdrawn.number, circular.number}
    assert "甲校校长" in held[served.number, "pdf"].remark
    assert "写错了期限" in held[withdrawn.number, "docx"].remark
    assert held[served.number, "pdf"].code.startswith("X4102020001-")
    assert held[circular.number, "pdf"].code.startswith("G-")
    piece = next(piece for piece in tree.pieces() if piece.made == "letters")
    text = words_of(work.maker(tree, place.evaluation).make(piece))
    assert all(word in text for word in (served.number, "甲校校长", "写错了期限", circular.title))


def test_vetoes_list_every_schools_statement(ready: Dossier) -> None:
    rows = sheet_of(ready, "E1-01 各校承诺与核查.xlsx", "各校承诺")
    assert [row[2] for row in rows if row[1] in ("甲小学", "乙初级中学")] == ["承诺没有", "承诺没有"]


def test_the_forms_and_every_schools_self_rating_are_the_portals_own(place: Place, ready: Dossier) -> None:
    assert file_of(ready, "申报表（表Ⅰ至表Ⅵ）.xlsx") == official_forms.workbook(
        place.evaluation, place.evaluation.round.district.signature
    )
    assert file_of(ready, "X4102020001-05 学校自评表.pdf") == official_forms.self_rating_file(
        place.evaluation, place.cast.school_a, "pdf"
    )
    assert "建校于 1998 年" in text_of(ready, "X4102020001-05 学校自评表.pdf")


def test_a_school_founded_otherwise_meanwhile_keeps_what_the_catalogue_froze(place: Place) -> None:
    frozen = catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue
    place.cast.school_a.built_year = 1900
    place.cast.school_a.save()
    made = work.maker(frozen, queries.evaluation(place.evaluation.pk))
    piece = next(p for p in frozen.pieces() if p.made == "self_rating:4102020001")
    place.cast.school_a.built_year = 1998
    assert made.make(piece) == official_forms.self_rating_file(place.evaluation, place.cast.school_a, "pdf")


def test_the_dossier_names_the_body_the_district_has_set_in_every_file(place: Place) -> None:
    directory.edit_district(code=place.cast.district.code, issuer="开封市龙亭区教育体育局", by=place.cast.admin)
    frozen = catalogue_facts.freeze(queries.evaluation(place.evaluation.pk)).catalogue
    assert frozen.heading["author"] == "开封市龙亭区教育体育局"
    # Set back after the freeze: the files are made from what was frozen.
    directory.edit_district(code=place.cast.district.code, issuer="", by=place.cast.admin)
    maker = work.maker(frozen, queries.evaluation(place.evaluation.pk))
    for kind in ("declaration", "results", "ledger"):
        piece = pieces.Piece("", "", "", "", made=kind)
        with zipfile.ZipFile(io.BytesIO(maker.make(piece))) as package:
            assert "开封市龙亭区教育体育局" in package.read("docProps/core.xml").decode()
