"""The register of departments: by page and by workbook, within one's districts, every change on the trail."""

from io import BytesIO

import pytest
import xlsxwriter
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotFound
from schools.departments import actions, workbook
from schools.directory.models import Department
from tests.attacks import corpus

FACTS = {"code": "RS", "name": "龙亭区人力资源和社会保障局", "kind": "委办局", "status": "在用"}


def book(*rows: tuple[str, ...], columns: tuple[str, ...] = tuple(workbook.COLUMNS), hidden: int = 0) -> bytes:
    """A workbook as somebody at the bureau would fill it in; one row of it may be hidden."""
    target = BytesIO()
    with xlsxwriter.Workbook(target) as made:
        sheet = made.add_worksheet("部门名录")
        for number, row in enumerate(([workbook.COLUMNS[code] for code in columns], columns, *rows)):
            sheet.write_row(number, 0, row)
        if hidden:
            sheet.set_row(hidden - 1, options={"hidden": True})
            sheet.set_column("C:C", options={"hidden": True})
    return target.getvalue()


def test_the_admin_registers_a_department_on_the_page(cast, sign_in):
    client = sign_in(cast.admin)
    page = client.get(reverse("departments:create"))
    assertContains(page, "区县")
    response = client.post(reverse("departments:create"), {**FACTS, "district": cast.district.pk})
    assertRedirects(response, reverse("departments:list"))
    department = Department.objects.get(code="RS")
    assert (department.district, department.kind, department.created_by) == (cast.district, "委办局", cast.admin)
    assert AuditEvent.objects.get(action="department.create").after == FACTS
    assertContains(client.get(reverse("departments:list")), FACTS["name"])


def test_a_code_in_use_is_refused_at_its_field_with_what_was_typed(cast, sign_in):
    data = {**FACTS, "code": "CZ", "district": cast.district.pk}
    response = sign_in(cast.admin).post(reverse("departments:create"), data)
    assertContains(response, "编号 CZ 在龙亭区已经登记", status_code=400)
    assertContains(response, FACTS["name"], status_code=400)
    assert Department.objects.count() == 1


def test_changing_it_leaves_a_trail_and_the_same_again_leaves_none(cast, sign_in):
    client, address = sign_in(cast.admin), reverse("departments:edit", args=[cast.department.pk])
    for _ in range(2):
        client.post(address, {"code": "CZ", "name": "龙亭区财政局", "kind": "委办局", "status": "在用"})
    event = AuditEvent.objects.get(action="department.edit")
    assert (event.before, event.after) == ({"name": "区财政局"}, {"name": "龙亭区财政局"})


def test_another_districts_department_is_out_of_reach(cast):
    with pytest.raises(NotFound):
        actions.create_department(district_id=cast.other_district.pk, facts=FACTS, by=cast.admin)
    with pytest.raises(NotFound):
        actions.edit_department(department_id=cast.department.pk, facts=FACTS, by=cast.foreign_admin)


def test_a_workbook_is_previewed_and_then_taken(cast, sign_in):
    client = sign_in(cast.admin)
    content = book(("410202", "CZ", "龙亭区财政局", "委办局", ""), ("410202", "BJ", "北郊乡人民政府", "乡镇", "在用"))
    file = corpus.upload("部门.xlsx", content)
    preview = client.post(reverse("departments:upload"), {"file": file}, follow=True)
    assertContains(preview, "新增 1 个，变更 1 个，无变化 0 个")
    assertContains(preview, "<del>区财政局</del>")
    assert Department.objects.get().name == "区财政局", "nothing before it is confirmed"
    plan = preview.context["plan"]
    confirm = reverse("departments:confirm", args=[preview.context["document"].public_id])
    client.post(confirm, {"seen": plan["digest"]})
    assert dict(Department.objects.values_list("code", "name")) == {"BJ": "北郊乡人民政府", "CZ": "龙亭区财政局"}
    assert Department.objects.get(code="BJ").kind == "乡镇"
    again = client.post(confirm, {"seen": plan["digest"]}, follow=True)
    assertContains(again, "没有重复导入")
    assert AuditEvent.objects.filter(action="department.import").count() == 1, "sent twice is done once"


def test_what_nobody_sees_in_the_workbook_is_named_in_the_preview(cast, sign_in):
    rows = [("410202", "CZ", "龙亭区财政局", "委办局", ""), ("410202", "BJ", "北郊乡人民政府", "乡镇", "在用")]
    file = corpus.upload("部门.xlsx", book(*rows, hidden=4))
    preview = sign_in(cast.admin).post(reverse("departments:upload"), {"file": file}, follow=True)
    assertContains(preview, "工作表“部门名录”第 4 行是隐藏的（1 行），照样读取")
    assertContains(preview, "工作表“部门名录” C 列是隐藏的，照样读取")


def test_every_fault_of_a_workbook_is_named_and_nothing_is_taken(cast):
    content = book(
        ("410202", "RS", "人社局", "委办局", "在用"),
        ("410203", "X", "外区的局", "委办局", ""),
        ("410202", "Y", "", "公司", ""),
        ("410202", "RS", "又一个", "委办局", ""),
    )
    with pytest.raises(Invalid) as refused:
        actions.import_departments(source=content, name="部门.xlsx", by=cast.admin)
    words = "\n".join(str(problem) for problem in refused.value.problems)
    for part in ("410203 不在您管理的范围内", "第 5 行 C 列", "名称未填写", "类型“公司”", "编号 RS 重复", "第 6 行"):
        assert part in words
    assert Department.objects.count() == 1


def test_a_plan_that_is_no_longer_true_is_not_carried_out(cast):
    content = book(("410202", "CZ", "龙亭区财政局", "委办局", ""))
    seen = actions.import_departments(source=content, name="部门.xlsx", by=cast.admin, dry_run=True).digest
    actions.edit_department(department_id=cast.department.pk, facts={**FACTS, "code": "CZ"}, by=cast.admin)
    with pytest.raises(Conflict):
        actions.import_departments(source=content, name="部门.xlsx", by=cast.admin, seen=seen)


def test_the_export_comes_back_unchanged(cast):
    content = workbook.write([cast.department])
    plan = actions.import_departments(source=content, name="部门名录.xlsx", by=cast.admin, dry_run=True)
    assert (len(plan.new), len(plan.changed), plan.unchanged) == (0, 0, 1)


def test_a_department_is_abolished_for_a_reason_that_the_list_says(cast, sign_in):
    client, address = sign_in(cast.admin), reverse("departments:edit", args=[cast.department.pk])
    facts = {"code": "CZ", "name": "区财政局", "kind": "委办局", "status": "撤销"}
    assertContains(client.post(address, facts), "请写明撤销区财政局的原因", status_code=400)
    assert Department.objects.get().status == "在用"
    client.post(address, facts | {"reason": "龙编〔2026〕3号"})
    assert AuditEvent.objects.get(action="department.edit").after == {"status": "撤销", "reason": "龙编〔2026〕3号"}
    assertContains(client.get(reverse("departments:list")), "龙编〔2026〕3号")
    client.post(address, facts | {"status": "在用"})
    assert Department.objects.get().abolished_reason == ""


def test_a_workbook_that_abolishes_asks_why_in_its_preview(cast, sign_in):
    client = sign_in(cast.admin)
    file = corpus.upload("部门.xlsx", book(("410202", "CZ", "区财政局", "委办局", "撤销")))
    preview = client.post(reverse("departments:upload"), {"file": file}, follow=True)
    assertContains(preview, "撤销区财政局的原因")
    confirm = reverse("departments:confirm", args=[preview.context["document"].public_id])
    seen = {"seen": preview.context["plan"]["digest"]}
    assert client.post(confirm, seen).status_code == 400
    assert Department.objects.get().status == "在用"
    client.post(confirm, seen | {"reason": "龙编〔2026〕3号"})
    assert Department.objects.get().abolished_reason == "龙编〔2026〕3号"
