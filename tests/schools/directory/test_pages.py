"""Pages of the register: scope, filters, stale edits, the import from upload to confirmation."""

import re
from datetime import date
from io import BytesIO
from urllib.parse import urlencode

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.lib import digests
from portal.core.spreadsheets import read
from schools.directory.models import Group, School
from schools.workbooks import workbook
from tests.cast import make_school
from tests.portal.core.spreadsheets.books import workbook as workbook_of
from tests.schools.register import end, register

FORM = {
    "name": "甲实验小学",
    "district": "410202",
    "kind": "小学",
    "area": "城区",
    "sponsor": "7",
    "boarding": "否",
    "status": "在办",
    "built_year": "1998",
    "group": "",
    "latitude": "",
    "longitude": "",
    "successor": "",
    "valid_from": "2026-09-01",
    "version": "1",
}


def _text(answer) -> str:
    return answer.content.decode()


def _upload(client, content: bytes, name: str = "名录.xlsx", **kwargs):
    return client.post("/schools/import/", {"file": SimpleUploadedFile(name, content)}, **kwargs)


def test_the_list_holds_only_schools_in_reach(cast, sign_in) -> None:
    page = _text(sign_in(cast.admin).get("/schools/"))
    assert "甲小学" in page
    assert "丙小学" not in page
    page = _text(sign_in(cast.reporter_a).get("/schools/"))
    assert "甲小学" in page
    assert "乙初级中学" not in page


def test_the_list_is_filtered_by_the_address(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    for query in ("q=乙", "q=⼄\u200b", "q=４１０２０２０００２", "q=4102020002", "kind=初级中学", "area=镇区"):
        page = _text(client.get(f"/schools/?{query}"))
        assert "乙初级中学" in page
        assert "甲小学" not in page
    assert "没有符合条件的学校" in _text(client.get("/schools/?status=停办"))


def test_a_condition_is_dropped_by_its_own_link(cast, sign_in) -> None:
    page = sign_in(cast.admin).get("/schools/?q=甲&kind=小学&page=2").content.decode()
    assert f'href="/schools/?{urlencode({"kind": "小学"})}"' in page
    assert f'href="/schools/?{urlencode({"q": "甲"})}"' in page


def test_the_filter_offers_only_groups_in_reach(cast, sign_in) -> None:
    for school, name in ((cast.school_a, "育才教育集团"), (cast.school_c, "外区教育集团")):
        school.group = Group.objects.create(district=school.district, name=name)
        school.save()
    page = _text(sign_in(cast.admin).get("/schools/"))
    assert "育才教育集团" in page
    assert "外区教育集团" not in page


def test_paging_keeps_the_filter(cast, sign_in) -> None:
    for n in range(60):
        make_school(f"41020219{n:02d}", f"第{n}小学", cast.district, area="乡村")
    page = _text(sign_in(cast.admin).get("/schools/?area=乡村"))
    assert "共 60 条，第 1 / 2 页" in page
    assert "page=2" in page
    assert "area=%E4%B9%A1%E6%9D%91" in page


def test_the_list_needs_as_many_queries_for_50_schools_as_for_5(cast, sign_in, django_assert_max_num_queries) -> None:
    group = Group.objects.create(district=cast.district, name="育才教育集团")
    for n in range(50):
        make_school(f"41020219{n:02d}", f"第{n}小学", cast.district, group=group)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(13):
        client.get("/schools/")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("reporter_a", 200),
        ("leader", 200),
        ("reporter_b", 404),
        ("foreign_admin", 404),
        ("inspector_b", 404),
        ("liaison", 404),
        ("auditor", 403),
    ],
)
def test_who_may_open_a_school(cast, sign_in, who: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).get("/schools/4102020001/").status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("leader", 403), ("principal_a", 403), ("foreign_admin", 404)]
)
def test_who_may_edit_a_school(cast, sign_in, who: str, status: int) -> None:
    client = sign_in(getattr(cast, who))
    assert client.get("/schools/4102020001/edit/").status_code == status
    assert client.post("/schools/4102020001/edit/", FORM).status_code == (302 if status == 200 else status)
    assert (School.objects.get(code="4102020001").name == "甲实验小学") == (status == 200)


def test_an_unknown_school_is_not_found_in_chinese(cast, sign_in) -> None:
    answer = sign_in(cast.admin).get("/schools/9999999999/")
    assert answer.status_code == 404
    assert "没有这所学校" in _text(answer)


def test_the_detail_page_shows_the_history(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    client.post("/schools/4102020001/edit/", FORM)
    assert "学校名称：甲小学 → 甲实验小学" in _text(client.get("/schools/4102020001/"))


def test_a_stale_form_comes_back_with_both_values_and_what_was_typed(cast, sign_in) -> None:
    first, second = sign_in(cast.admin), sign_in(cast.admin)
    first.post("/schools/4102020001/edit/", FORM)
    answer = second.post("/schools/4102020001/edit/", FORM | {"name": "甲中心小学"})
    assert answer.status_code == 409
    assert "现为“甲实验小学”，您填写的是“甲中心小学”" in _text(answer)
    assert 'value="甲中心小学"' in _text(answer)
    assert School.objects.get(code="4102020001").name == "甲实验小学"
    again = second.post("/schools/4102020001/edit/", FORM | {"name": "甲中心小学", "version": "2"})
    assert again.status_code == 302
    assert School.objects.get(code="4102020001").name == "甲中心小学"


def test_a_wrong_form_comes_back_with_what_was_typed(cast, sign_in) -> None:
    answer = sign_in(cast.admin).post("/schools/4102020001/edit/", FORM | {"built_year": "1700", "latitude": "34.8"})
    assert answer.status_code == 400
    assert "1800" in _text(answer)
    assert "只填了一个" in _text(answer)
    assert 'value="1700"' in _text(answer)


def test_a_district_out_of_reach_cannot_be_chosen(cast, sign_in) -> None:
    answer = sign_in(cast.admin).post("/schools/4102020001/edit/", FORM | {"district": "410203"})
    assert answer.status_code == 400
    assert School.objects.get(code="4102020001").district == cast.district


def test_one_school_is_registered_by_hand(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    assert client.get("/schools/new/").status_code == 200
    done = client.post("/schools/new/", FORM | {"code": "4102020009"})
    assert done.status_code == 302
    assert "新登记的学校还要做两件事" in _text(client.get(done["Location"]))
    assert School.objects.get(code="4102020009").name == "甲实验小学"
    twice = client.post("/schools/new/", FORM | {"code": "4102020009"})
    assert twice.status_code == 400
    assert "已经登记" in _text(twice)
    assert client.post("/schools/new/", FORM | {"code": "41020200O9"}).status_code == 400


def test_the_template_can_be_imported_once_filled_and_is_refused_empty(cast, sign_in) -> None:
    answer = sign_in(cast.admin).get("/schools/import/template.xlsx")
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    lines, problems = workbook.read(answer.content)
    assert lines == []
    assert [str(problem) for problem in problems] == ["工作表“学校名录”：没有任何学校；请从第 3 行起每行填写一所学校。"]


def test_the_export_is_scoped_audited_and_imports_without_change(cast, sign_in) -> None:
    cast.school_a.latitude, cast.school_a.longitude = "34.797000", "114.348000"
    cast.school_a.group = Group.objects.create(district=cast.district, name="=SUM（A1）集团")
    cast.school_a.save()
    client = sign_in(cast.admin)
    content = client.get("/schools/export.xlsx").content
    rows = read.workbook(BytesIO(content), [workbook.WANTED])["学校名录"].rows
    assert [row.value("school_code") for row in rows] == ["4102020001", "4102020002"]
    assert AuditEvent.objects.get(action="school.export").after == {"count": 2} | digests.of(content)
    preview = client.get(_upload(client, content)["Location"])
    assert "新增 0 所，变更 0 所，无变化 2 所" in _text(preview)


def test_upload_preview_and_confirmation(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    address = _upload(client, register({}, {"school_code": "4102020001", "boarding": None}))["Location"]
    page = client.get(address)
    assert "新增 1 所，变更 1 所，无变化 0 所" in _text(page)
    assert not School.objects.filter(code="4102020009").exists()
    seen = page.context["plan"]["digest"]
    done = client.post(f"{address}confirm/", {"seen": seen})
    assert done.status_code == 302
    assert "新登记的学校还要做两件事" in _text(client.get(done["Location"]))
    assert School.objects.filter(code="4102020009").exists()
    assert "没有重复导入" in _text(client.post(f"{address}confirm/", {"seen": seen}, follow=True))
    assert AuditEvent.objects.filter(action="school.import").count() == 1, "a double click imports once"


def test_errors_are_shown_and_nothing_is_stored(cast, sign_in) -> None:
    answer = _upload(sign_in(cast.admin), register({"kind": "幼儿园"}, {"area": "郊区", "school_code": "4102020010"}))
    assert answer.status_code == 400
    assert "第 3 行 D 列（学校类型）" in _text(answer)
    assert "第 4 行 E 列（城乡类型）" in _text(answer)
    assert not Document.objects.exists()


def test_errors_are_listed_to_scripts_as_json(cast, sign_in) -> None:
    answer = _upload(sign_in(cast.admin), register({"kind": "幼儿园"}), headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert "第 3 行 D 列" in answer.json()["problems"][0]


def test_a_page_lists_the_first_errors_and_counts_the_rest(cast, sign_in) -> None:
    rows = [{"school_code": f"41020210{n:02d}", "kind": "x", "area": "y", "sponsor": 0} for n in range(80)]
    answer = _upload(sign_in(cast.admin), register(*rows), headers={"accept": "application/json"})
    assert "有 240 处错误" in answer.json()["message"]
    assert len(answer.json()["problems"]) == 201
    assert "另有 40 处错误没有列出" in answer.json()["problems"][-1]


def test_the_marked_register_corrected_and_sent_again_is_taken(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    answer = _upload(client, register({"kind": "完小"}, {"school_code": "4102020010", "school_name": "己小学"}))
    url = re.search(r'href="(/schools/import/marked/[^"]+)"', _text(answer))
    assert url is not None
    marked = client.get(url[1])
    rows = python_calamine.load_workbook(BytesIO(marked.content)).get_sheet_by_name("学校名录").to_python()
    assert rows[0][-1] == "错误说明"
    assert "完小" in rows[2][-1]
    assert rows[3][-1] == ""
    corrected = [["小学" if value == "完小" else value for value in row] for row in rows]
    assert _upload(client, workbook_of({"学校名录": corrected})).status_code == 302
    assert client.get(url[1]).status_code == 404
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {
        "school.mark_register",
        "school.download_marked",
        "school.upload_register",
    }


def test_the_marked_register_is_for_the_uploader_only(cast, sign_in) -> None:
    url = re.search(
        r'href="(/schools/import/marked/[^"]+)"', _text(_upload(sign_in(cast.admin), register({"kind": "完小"})))
    )
    assert url is not None
    assert sign_in(cast.foreign_admin).get(url[1]).status_code == 404
    assert sign_in(cast.leader).get(url[1]).status_code == 403
    assert sign_in(cast.admin).get(url[1]).status_code == 200


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "空的"), (b"MZ" + b"\0" * 99, "可执行程序"), (b"PK\x03\x04" + b"\0" * 99, "已损坏")]
)
def test_what_is_no_workbook_is_answered_in_chinese(cast, sign_in, content: bytes, words: str) -> None:
    answer = _upload(sign_in(cast.admin), content)
    assert answer.status_code == 400
    assert "下载标注了错误的工作簿" not in _text(answer)
    assert words in _text(answer) or "没有选择文件" in _text(answer)


def test_a_file_over_the_limit_is_refused(cast, sign_in, settings) -> None:
    settings.WORKBOOK_MAX_BYTES = 1024 * 1024
    answer = _upload(sign_in(cast.admin), b"PK\x03\x04" + b"\0" * 1024 * 1024)
    assert answer.status_code == 400
    assert "超过 1 MB" in _text(answer)


def test_no_file_chosen_says_so(cast, sign_in) -> None:
    answer = sign_in(cast.admin).post("/schools/import/", {})
    assert answer.status_code == 400
    assert "没有选择文件" in _text(answer)


def test_an_upload_belongs_to_its_uploader(cast, sign_in) -> None:
    address = _upload(sign_in(cast.admin), register({}))["Location"]
    other = sign_in(cast.foreign_admin)
    assert other.get(address).status_code == 404
    assert other.post(f"{address}confirm/").status_code == 404
    assert not School.objects.filter(code="4102020009").exists()


@pytest.mark.parametrize("who", ["reviewer", "principal_a", "liaison"])
def test_only_keepers_of_the_register_reach_the_import(cast, sign_in, who: str) -> None:
    client = sign_in(getattr(cast, who))
    for address in ("/schools/import/", "/schools/import/template.xlsx", "/schools/export.xlsx", "/schools/new/"):
        assert client.get(address).status_code == 403
    assert _upload(client, register({})).status_code == 403


def test_the_names_of_uploaded_files_are_made_safe(cast, sign_in) -> None:
    _upload(sign_in(cast.admin), register({}), name="../../etc/<img>名录.xlsx")
    name = Document.objects.get().name
    assert "/" not in name
    assert "<" not in name


def test_a_renamed_school_is_shown_by_its_new_name_and_a_namesake_is_pointed_out(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    page = _text(client.post(f"/schools/{cast.school_a.code}/edit/", FORM | {"name": "甲新小学"}, follow=True))
    assert "甲新小学的信息已保存。" in page
    assert "也叫" not in page
    other = make_school("4102020077", "丁小学", cast.district)
    typed = FORM | {"name": "丁小学", "version": str(School.objects.get(pk=cast.school_a.pk).version)}
    page = _text(client.post(f"/schools/{cast.school_a.code}/edit/", typed, follow=True))
    assert f"另有一所在办学校也叫“丁小学”（{other.code}）" in page


def test_a_merger_is_reported_by_name_on_both_schools(cast, sign_in) -> None:
    client, other = sign_in(cast.admin), make_school("4102020077", "丁小学", cast.district)
    end(cast.school_a, date(2026, 9, 1), cast.admin, other)
    closed = _text(client.get(f"/schools/{cast.school_a.code}/"))
    assert "并入学校：（空） → 丁小学" in closed
    assert "自2026年9月1日起变更" in closed
    assert "原因：龙政〔2026〕12号" in closed
    receiving = _text(client.get(f"/schools/{other.code}/"))
    assert "并入本校" in receiving
    assert "甲小学" in receiving


def test_what_is_wrong_with_the_whole_form_is_an_alert_and_years_have_no_decimals(cast, sign_in) -> None:
    client, url = sign_in(cast.admin), f"/schools/{cast.school_a.code}/edit/"
    page = _text(client.post(url, FORM | {"built_year": "99999", "latitude": "34.8"}))
    assert "实为 99999。" in page
    assert re.search(r'role="alert">纬度和经度只填了一个', page)
