"""Exports write 张* unless somebody who may see persons states a purpose, which the trail stores next to the digest."""

import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from indicators.collection.state_statistics.models import DifferenceReason, StatisticsFigure
from inspections.dossiers.models import Dossier
from inspections.rectification.models import Finding
from portal.core.audit.models import AuditEvent
from portal.core.lib import written
from tests.cast import grant
from tests.permissions.table import TABLE
from tests.permissions.world import World
from tests.shared import shared

PURPOSE = "送市教育局存档"


def _text(content: bytes) -> str:
    if content.startswith(b"{"):
        return json.dumps(json.loads(content), ensure_ascii=False)
    if "word/document.xml" in (package := zipfile.ZipFile(io.BytesIO(content))).namelist():
        return package.read("word/document.xml").decode()
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = map(book.get_sheet_by_name, book.sheet_names)
    return "\n".join(str(value) for sheet in sheets for row in sheet.to_python() for value in row)


@shared
def named(world: World) -> World:
    """A finding and a difference with a reason that name persons."""
    Finding.objects.filter(pk=world.finding.pk).update(
        responsible="张小明、李红（副校长）", problem="缺少设备，联系 13800138000"
    )
    figure = StatisticsFigure.objects.get()
    DifferenceReason.objects.create(
        submission=world.submission,
        item=figure.item,
        reported=360,
        statistics=figure.value,
        reason="转入一人",
        created_by=world.cast.reporter_a,
    )
    return world


ROADS = {
    "findings": (
        lambda w: reverse("rectification:export"),
        ["张*、李*（副校长）", "138****8000"],
        ["张小明、李红（副校长）", "13800138000"],
        "finding.export",
    ),
    "statistics": (
        lambda w: f"{reverse('state_statistics:export')}?round={w.round.pk}",
        ["甲*"],
        ["甲校填报员"],
        "statistics.export",
    ),
    "explanation": (
        lambda w: (
            reverse("explanations:part", args=[w.evaluation.pk, w.cast.school_a.code, "primary"]) + "?format=json"
        ),
        ['"submitted_by": "甲*"', '"approved_by": "业*"', '"entered_by": "甲*"'],
        ['"submitted_by": "甲校校长（principal_a）"', '"entered_by": "甲校填报员'],
        "explanation.export",
    ),
    "registers": (
        lambda w: reverse("registers:export", args=["exchange"]),
        ["张*"],
        ["张小明"],
        "register_entry.export",
    ),
}


@pytest.mark.parametrize("road", ROADS)
def test_persons_are_masked_unless_a_purpose_is_stated(named: World, sign_in, road: str) -> None:
    address, masked, full, action = ROADS[road]
    client, place = sign_in(named.cast.admin), address(named)
    text = _text(client.get(place).content)
    assert [part for part in masked if part not in text] == []
    assert [part for part in full if part in text] == []
    assert AuditEvent.objects.filter(action=action).latest("seq").after["persons"] == "已遮盖"
    answer = client.post(place, {"purpose": PURPOSE})
    assert [part for part in full if part not in _text(answer.content)] == []
    stored = AuditEvent.objects.filter(action=action).latest("seq").after
    digest = hashlib.sha256(answer.content).hexdigest()
    assert (stored["purpose"], stored["persons"], stored["sha256"]) == (PURPOSE, "完整", digest)
    assert "请写明导出完整姓名的原因" in client.post(place, {"purpose": " "}).content.decode()


@pytest.mark.parametrize("road", ROADS)
def test_who_may_not_open_what_is_personal_gets_no_full_names(named: World, sign_in, road: str) -> None:
    place = ROADS[road][0](named)
    for person in ("leader", "expert"):
        client = sign_in(getattr(named.cast, person))
        assert client.get(place).status_code == 200
        assert client.post(place, {"purpose": PURPOSE}).status_code == 403


def test_no_export_names_a_person_unasked(named: World, sign_in) -> None:
    """Every address that gives a workbook, a Word file or a record of data away; reports and dossiers name who signed."""
    rows = [row for row in TABLE if row.method == "get" and ("export" in row.name or row.name == "workbooks:template")]
    assert len(rows) > 7
    client, people = sign_in(named.cast.admin), ("甲校填报员", "甲校校长", "业务审核员", "张小明", "13800138000")
    for row in rows:
        answer = client.get(reverse(row.name, kwargs=row.args(named)))
        if answer.status_code == 200 and answer.content.startswith((b"PK", b"{")):
            assert [name for name in people if name in _text(answer.content)] == [], row.name


# The page that offers each download, by its road.
PAGES = {
    "findings": lambda w: reverse("rectification:list"),
    "statistics": lambda w: f"{reverse('state_statistics:compare')}?round={w.round.pk}",
    "explanation": lambda w: reverse("explanations:part", args=[w.evaluation.pk, w.cast.school_a.code, "primary"]),
    "registers": lambda w: reverse("registers:entries", args=["exchange"]),
}
# Second roles of a leader, who sees the district and may open nothing personal of it.
ALSO = {"nothing more": "", "reporter of the school": "school_a", "reporter of another school": "school_b"}


@pytest.mark.parametrize("also", ALSO)
@pytest.mark.parametrize("road", ROADS)
def test_the_page_offers_full_names_to_who_gets_them(named: World, sign_in, road: str, also: str) -> None:
    if ALSO[also]:
        grant(named.cast.leader, "reporter", school=getattr(named.cast, ALSO[also]))
    for person in ("admin", "leader"):
        client = sign_in(getattr(named.cast, person))
        offered = "含完整姓名的" in client.get(PAGES[road](named)).content.decode()
        given = client.post(ROADS[road][0](named), {"purpose": PURPOSE}).status_code == 200
        assert (person, offered) == (person, given)
        assert given or person == "leader"


def test_the_package_with_personal_data_is_asked_for_with_a_purpose(world: World, sign_in) -> None:
    """As made with a marked file in it: two packages, of which the smaller has other bytes."""
    whole, other = world.dossier.package, world.report.pdf
    Dossier.objects.filter(pk=world.dossier.pk).update(open_package=other)
    client, place = sign_in(world.cast.admin), reverse("dossiers:download", args=[world.dossier.pk])
    page = client.get(reverse("dossiers:detail", args=[world.dossier.pk])).content.decode()
    assert "下载全的档案包" in page
    b"".join(client.get(place))
    assert AuditEvent.objects.latest("seq").after == {"sha256": other.sha256, "size": other.size}
    b"".join(client.post(place, {"purpose": PURPOSE}))
    after = AuditEvent.objects.latest("seq").after
    assert after == {"sha256": whole.sha256, "size": whole.size, "purpose": PURPOSE}
    assert "请写明" in client.post(place, {"purpose": ""}).content.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三", "张*"),
        ("张三、欧阳修", "张*、欧*"),
        ("", ""),
        ("张三（zhang.san-1）", "张*"),
        ("张 三、李　四", "张*、李*"),
        ("张三 李四（校长）", "张* 李*（校长）"),
    ],
)
def test_names_keep_their_first_character(text: str, shown: str) -> None:
    assert written.initial(text) == shown


def test_numbers_keep_their_ends() -> None:
    assert written.masked("身份证11010519491231002X，13800138000") == "身份证110105********002X，138****8000"
    assert written.masked("138-0000-8000，+86 138 1234 5678") == "138****8000，86138****5678"
