"""Pages of the ledger through the real addresses."""

import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from inspections.rectification import actions
from inspections.rectification.models import Finding
from inspections.visits import actions as visits
from portal.core.audit.models import AuditEvent
from schools.directory.models import School
from tests.inspections.making import DONE, OPINION, close, content, dispatched, photo, to_verify, today, underway
from tests.schools.register import make_township

pytestmark = pytest.mark.django_db
STEPS = [
    "dispatch",
    "measure",
    "progress",
    "request_close",
    "ask_extension",
    "extend",
    "decline_extension",
    "begin_check",
    "close",
    "send_back",
    "reopen",
    "void",
]


def _url(name: str, finding: Finding) -> str:
    return reverse(f"rectification:{name}", args=[finding.pk])


def _offered(client, finding: Finding) -> set[str]:
    return {offer.verb.code for offer in client.get(_url("detail", finding)).context["steps"]}


@pytest.mark.parametrize("name", ["detail", "amend", *STEPS])
@pytest.mark.parametrize("who", ["foreign_admin", "reporter_b", "inspector_b"])
def test_a_finding_out_of_reach_is_never_found(cast, sign_in, name: str, who: str) -> None:
    finding, client = dispatched(cast), sign_in(getattr(cast, who))
    method = client.post if name in STEPS else client.get
    answer = method(_url(name, finding), {"version": finding.version, "text": "x"})
    # 403 at the door when the role lacks the right everywhere, else nobody learns that the row exists.
    assert answer.status_code in (403, 404)
    if name == "detail" or (name in ("extend", "reopen", "amend") and who != "reporter_b"):
        assert answer.status_code == 404
    assert finding.entries.count() == 1


def test_each_person_is_offered_ones_own_steps(cast, sign_in) -> None:
    school = {"measure", "progress", "request_close", "ask_extension"}
    finding = dispatched(cast)
    assert _offered(sign_in(cast.reporter_a), finding) == school
    assert _offered(sign_in(cast.admin), finding) == {"extend", "void"}
    assert _offered(sign_in(cast.leader), finding) == set()
    waiting = to_verify(cast)
    assert _offered(sign_in(cast.reporter_a), waiting) == set()
    assert _offered(sign_in(cast.inspector_a), waiting) == {"begin_check", "close", "send_back"}
    assert _offered(sign_in(cast.reviewer), waiting) == {"begin_check", "close", "send_back"}
    assert _offered(sign_in(cast.admin), waiting) == {"void"}


@pytest.mark.parametrize(("who", "next_step"), [("reporter_a", "填写整改措施"), ("admin", ""), ("leader", "")])
def test_the_head_of_the_page_leads_to_the_next_step(cast, sign_in, who: str, next_step: str) -> None:
    html = sign_in(getattr(cast, who)).get(_url("detail", dispatched(cast))).content.decode()
    if next_step:
        assert f'href="#actions">去办理：{next_step}</a>' in html
    assert ("去办理" in html) is bool(next_step)


def test_more_time_is_the_next_step_once_the_school_asked_for_it(cast, sign_in) -> None:
    finding = dispatched(cast)
    asked = {"version": finding.version, "text": "项目招标推迟", "due_on": finding.due_on + dt.timedelta(days=30)}
    assert sign_in(cast.reporter_a).post(_url("ask_extension", finding), asked).status_code == 302
    html = sign_in(cast.admin).get(_url("detail", finding)).content.decode()
    assert 'href="#actions">去办理：延长期限</a>' in html


def test_the_conversation_through_the_pages(cast, sign_in) -> None:
    finding = dispatched(cast)
    school, inspector = sign_in(cast.reporter_a), sign_in(cast.inspector_a)

    def step(client, name: str, **data) -> int:
        finding.refresh_from_db()
        return client.post(_url(name, finding), {"version": finding.version} | data).status_code

    assert (
        step(
            school,
            "measure",
            text="更换设备",
            responsible="李某",
            goal="全部联网",
            uploads=[photo("设备.jpg"), photo()],
        )
        == 302
    )
    assert step(school, "ask_extension", text="等待招标", due_on=today(45).isoformat()) == 302
    assert "decline_extension" in _offered(inspector, finding)
    assert step(inspector, "extend", text="同意", due_on=today(45).isoformat()) == 302
    assert step(school, "request_close", text=DONE) == 302
    assert step(inspector, "begin_check") == 302
    assert step(inspector, "close", text=OPINION, method="on_site", uploads=[photo("整改后.jpg")]) == 302
    page = school.get(_url("detail", finding)).content.decode()
    for words in ("更换设备", "等待招标", OPINION, "已销号", "设备.jpg", "整改后.jpg", "核查人 甲区督学"):
        assert words in page


def test_files_are_handed_out_only_within_reach_and_cannot_run(cast, sign_in) -> None:
    finding = dispatched(cast)
    entry = actions.measure(
        finding_id=finding.pk,
        version=finding.version,
        text="方案",
        uploads=[photo("第三小学教室.jpg")],
        by=cast.reporter_a,
    )
    url = reverse("rectification:file", args=[finding.pk, entry.files.get().pk])
    answer = sign_in(cast.inspector_a).get(url)
    assert "filename*=utf-8''%E7%AC%AC" in answer["Content-Disposition"]
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    b"".join(answer.streaming_content)
    for stranger in (cast.reporter_b, cast.foreign_admin):
        assert sign_in(stranger).get(url).status_code == 404
    other = dispatched(cast, cast.school_b)
    crossed = reverse("rectification:file", args=[other.pk, entry.files.get().pk])
    assert sign_in(cast.reporter_b).get(crossed).status_code == 404


def test_the_photo_of_a_finding_is_scoped(cast, sign_in) -> None:
    finding = actions.register(school_id=cast.school_a.pk, source="XF", content=content(), photo=photo(), by=cast.admin)
    answer = sign_in(cast.reporter_a).get(_url("photo", finding))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)
    assert sign_in(cast.reporter_b).get(_url("photo", finding)).status_code == 404
    assert sign_in(cast.admin).get(_url("photo", dispatched(cast))).status_code == 404


def test_a_refused_step_keeps_what_was_typed(cast, sign_in) -> None:
    finding = dispatched(cast)
    data = {"version": finding.version, "text": "我写了很长的成效"}
    answer = sign_in(cast.reporter_a).post(_url("request_close", finding), data)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "还没有填写整改措施" in page
    assert "我写了很长的成效" in page


def test_a_stale_tab_gets_409_in_chinese(cast, sign_in) -> None:
    finding = dispatched(cast)
    client = sign_in(cast.reporter_a)
    data = {"version": finding.version, "text": "更换设备", "responsible": "李某"}
    assert client.post(_url("measure", finding), data).status_code == 302
    again = client.post(_url("measure", finding), data)
    assert again.status_code == 409
    assert "不是最新内容" in again.content.decode()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_a_nonsense_version_is_no_fault(cast, sign_in, version: str) -> None:
    finding = dispatched(cast)
    for who, name in ((cast.reporter_a, "progress"), (cast.admin, "dispatch"), (cast.admin, "amend")):
        data = {
            "version": version,
            "text": "x",
            "indicator": "A7",
            "problem": "x",
            "requirement": "x",
            "category": "at_once",
            "due_on": today(3).isoformat(),
        }
        assert sign_in(who).post(_url(name, finding), data).status_code in (400, 409)


def test_the_three_views_and_the_filters(cast, sign_in) -> None:
    late = dispatched(cast, indicator="B3")
    Finding.objects.filter(pk=late.pk).update(due_on=today(-3), responsible="李某", goal="补齐音乐教室")
    dispatched(cast, cast.school_b)
    client = sign_in(cast.admin)

    def rows(**filters) -> list[str]:
        return [row.indicator for row in client.get(reverse("rectification:list"), filters).context["page"]]

    assert rows() == ["B3", "A7"]
    assert rows(overdue="true") == rows(indicator="b3") == rows(school="甲") == ["B3"]
    assert rows(state="closed") == rows(source="DD") == []
    assert sorted(rows(state="rectifying", source="XF")) == ["A7", "B3"]
    assert "逾期 3 天" in client.get(reverse("rectification:list")).content.decode()
    assert "李某" in client.get(reverse("rectification:list"), {"view": "duties"}).content.decode()
    assert "整改措施" in client.get(reverse("rectification:list"), {"view": "measures"}).content.decode()
    assert client.get(reverse("rectification:list"), {"view": "x", "page": "y", "state": "z"}).status_code == 200


def test_the_findings_of_a_township_are_listed_and_exported_by_themselves(cast, sign_in) -> None:
    place = make_township(cast.district, "北郊乡")
    School.objects.filter(pk=cast.school_a.pk).update(township=place)
    dispatched(cast)
    dispatched(cast, cast.school_b)
    client, wanted = sign_in(cast.admin), {"township": place.pk}
    page = client.get(reverse("rectification:list"), wanted)
    assert [row.school for row in page.context["page"]] == [cast.school_a]
    assert f"{reverse('rectification:export')}?township={place.pk}" in page.content.decode()
    client.get(reverse("rectification:export"), wanted)
    assert AuditEvent.objects.get(action="finding.export").after["rows"] == 1
    own = sign_in(cast.reporter_a).get(reverse("rectification:list"))
    assert "township" not in own.context["filter"].form.fields


def test_filters_stay_in_the_links_of_views_and_export(cast, sign_in) -> None:
    dispatched(cast)
    page = sign_in(cast.admin).get(reverse("rectification:list"), {"state": "rectifying"}).content.decode()
    assert "?state=rectifying&amp;view=duties" in page
    assert reverse("rectification:export") + "?state=rectifying" in page


def test_the_export_is_the_filtered_ledger(cast, sign_in) -> None:
    finding = dispatched(cast, problem="=1+1 不是公式")
    actions.measure(finding_id=finding.pk, version=finding.version, text="更换设备", by=cast.reporter_a)
    dispatched(cast, cast.school_b)
    answer = sign_in(cast.admin).get(reverse("rectification:export"), {"school": "甲"})
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["问题清单", "责任清单", "措施清单"]
    problems = book.get_sheet_by_name("问题清单").to_python()
    row = next(row for row in problems if row[0] == finding.number)
    assert row[2:5] == ["甲小学", "A7", "=1+1 不是公式"]
    assert problems[-1][0] == "共 1 行"
    measures = book.get_sheet_by_name("措施清单").to_python()
    assert any("更换设备" in str(cell) for row in measures for cell in row)
    assert AuditEvent.objects.get(action="finding.export").after["rows"] == 1
    own = sign_in(cast.reporter_b).get(reverse("rectification:export"))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(own.content)).get_sheet_by_name("问题清单").to_python()
    assert {row[2] for row in rows if len(row) > 2 and "小学" in str(row[2])} == set()


def test_registering_by_hand_offers_only_ones_own_schools(cast, sign_in) -> None:
    client, url = sign_in(cast.admin), reverse("rectification:register")
    data = {
        "school": cast.school_c.pk,
        "source": "XF",
        "indicator": "A7",
        "problem": "x",
        "requirement": "y",
        "category": "at_once",
        "due_on": today(7).isoformat(),
    }
    assert client.post(url, data).status_code == 400
    assert client.post(url, data | {"school": cast.school_a.pk, "source": "PG"}).status_code == 400
    assert client.post(url, data | {"school": cast.school_a.pk, "due_on": ""}).status_code == 400
    assert client.post(url, data | {"school": cast.school_a.pk}).status_code == 302
    assert Finding.objects.get().school == cast.school_a


def test_a_finding_is_amended_by_its_inspector_before_the_visit_ends(cast, sign_in) -> None:
    visit = underway(cast)
    finding = visits.raise_finding(visit_id=visit.pk, content=content(), by=cast.inspector_a)
    assert sign_in(cast.reporter_a).get(_url("amend", finding)).status_code == 403
    client = sign_in(cast.inspector_a)
    assert 'data-category="at_once"' in client.get(_url("amend", finding)).content.decode()
    data = {
        "version": finding.version,
        "indicator": "A7",
        "problem": "只有 21 间",
        "requirement": "补齐",
        "category": "at_once",
        "due_on": today(7).isoformat(),
    }
    assert client.post(_url("amend", finding), data).status_code == 302
    finding.refresh_from_db()
    assert finding.problem == "只有 21 间"


def test_the_ledger_takes_the_same_number_of_queries_however_long(cast, sign_in) -> None:
    client = sign_in(cast.admin)

    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse(f"rectification:{name}"), {"view": "measures"})
        return len(seen)

    dispatched(cast)
    count("list")  # the first request of a session writes it
    few = count("list")
    few_export = count("export")
    for _ in range(19):
        finding = dispatched(cast)
        actions.measure(finding_id=finding.pk, version=finding.version, text="更换设备", by=cast.reporter_a)
    assert count("list") == few <= 14
    assert count("export") == few_export


def test_the_conversation_takes_the_same_number_of_queries_however_long(cast, sign_in) -> None:
    client, finding = sign_in(cast.reporter_a), dispatched(cast)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(_url("detail", finding))
        return len(seen)

    count()
    few = count()
    for number in range(8):
        finding.refresh_from_db()
        actions.progress(
            finding_id=finding.pk,
            version=finding.version,
            text=f"第 {number} 次进展",
            uploads=[photo()],
            by=cast.reporter_a,
        )
    assert count() <= few + 1


def test_open_problems_come_first_by_due_date_and_closed_ones_last(cast, sign_in) -> None:
    closed = to_verify(cast)
    actions.begin_check(finding_id=closed.pk, version=closed.version, by=cast.inspector_a)
    close(closed, cast.inspector_a)
    later, sooner = dispatched(cast, due_on=today(40)), dispatched(cast, due_on=today(10))
    page = sign_in(cast.admin).get(reverse("rectification:list")).context["page"]
    assert [row.number for row in page] == [sooner.number, later.number, closed.number]


def test_a_head_sorts_the_ledger_and_turns_it_with_blank_ones_last_either_way(cast, sign_in) -> None:
    grave, none, mild = dispatched(cast), dispatched(cast, indicator="B3"), dispatched(cast, indicator="A1")
    for finding, severity, responsible in ((grave, "grave", "王"), (none, "", ""), (mild, "ordinary", "李")):
        Finding.objects.filter(pk=finding.pk).update(severity=severity, responsible=responsible)
    client = sign_in(cast.admin)

    def rows(**asked: str) -> list[Finding]:
        return list(client.get(reverse("rectification:list"), asked).context["page"])

    assert rows(sort="severity") == [mild, grave, none]
    assert rows(sort="-severity") == [grave, mild, none]
    assert rows(sort="indicator") == [mild, grave, none]
    assert rows(sort="responsible")[-1] == rows(sort="-responsible")[-1] == none
    assert rows(sort="-number", indicator="A7") == [grave]
    assert rows(sort="password") == rows()
    page = client.get(reverse("rectification:list"), {"sort": "number", "state": "rectifying"}).content.decode()
    assert 'aria-sort="ascending"' in page
    assert 'href="?sort=-number&amp;state=rectifying"' in page
    # Filtering again leaves the order, and the order is nothing a list is narrowed to.
    assert '<input type="hidden" name="sort" value="number">' in page
    assert page.count("，去掉这个条件") == 1


def test_whether_persons_may_be_named_is_asked_of_the_page_alone(cast, sign_in) -> None:
    finding = dispatched(cast)
    with CaptureQueriesContext(connection) as caught:
        page = sign_in(cast.reviewer).get(reverse("rectification:list"))
    assert page.context["may_name"]
    asked = [one["sql"] for one in caught if "NOT (" in one["sql"] and f"IN ({finding.pk})" in one["sql"]]
    assert len(asked) == 1


def test_the_ledger_shows_how_long_open_problems_have_been_there(cast, sign_in) -> None:
    finding = dispatched(cast)
    Finding.objects.filter(pk=finding.pk).update(due_on=today() - dt.timedelta(days=1))
    dispatched(cast)
    client = sign_in(cast.inspector_a)
    figure = client.get(reverse("rectification:list")).context["ages"]
    assert dict(figure.figures)["30 天以内"] == "2 项，其中逾期 1 项"
    assert client.get(reverse("rectification:list"), {"overdue": "true"}).context["ages"] is None
    assert sign_in(cast.reporter_b).get(reverse("rectification:list")).context["ages"] is None
