"""Actions of rectification: who may do what, stale tabs, double clicks, what stays behind."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.rectification import actions, queries
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from tests.cast import grant, make_school, make_user
from tests.inspections.making import DONE, OPINION, dispatched, photo, to_verify, today

pytestmark = pytest.mark.django_db
CLOSING = {"text": OPINION, "method": Entry.Method.DOCUMENTS}
VERIFYING = {"begin_check": {}, "close": CLOSING, "send_back": {"text": "仍有两间不能联网"}}


def _do(verb: str, finding: Finding, by, **changes) -> Entry:
    finding.refresh_from_db()
    fields = {"finding_id": finding.pk, "version": finding.version, "text": "说明", "by": by}
    return getattr(actions, verb)(**(fields | changes))


def test_the_whole_road_from_dispatch_to_closing(cast) -> None:
    finding = dispatched(cast)
    _do("measure", finding, cast.reporter_a, text="更换两间设备", goal="24 间全部联网", responsible="总务主任 李某")
    _do("progress", finding, cast.principal_a, text="设备已到货", uploads=[photo("到货.jpg")])
    _do("request_close", finding, cast.principal_a, text=DONE)
    _do("begin_check", finding, cast.inspector_a)
    _do("send_back", finding, cast.inspector_a, text="203 教室仍不能联网")
    _do("request_close", finding, cast.principal_a, text=DONE)
    _do("close", finding, cast.inspector_a, **CLOSING)
    finding.refresh_from_db()
    assert finding.is_closed
    assert (finding.goal, finding.responsible) == ("24 间全部联网", "总务主任 李某")
    assert (finding.closed_by, finding.rectified_by) == (cast.inspector_a, cast.principal_a)
    kinds = list(finding.entries.values_list("kind", flat=True))
    assert kinds == [
        "dispatch",
        "measure",
        "progress",
        "request_close",
        "begin_check",
        "send_back",
        "request_close",
        "close",
    ]
    assert AuditEvent.objects.filter(action__startswith="finding.", object_id=str(finding.pk)).count() == len(kinds)


@pytest.mark.parametrize("verb", VERIFYING)
@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("reporter_a", NotAllowed),
        ("principal_a", NotAllowed),
        ("admin", NotAllowed),
        ("leader", NotAllowed),
        ("expert", NotAllowed),
        ("reporter_b", NotFound),
        ("inspector_b", NotFound),
        ("foreign_admin", NotFound),
        ("expired_expert", NotFound),
        ("disabled", NotFound),
    ],
)
def test_only_inspectors_and_reviewers_verify(cast, verb: str, who: str, error: type) -> None:
    finding = to_verify(cast)
    with pytest.raises(error):
        _do(verb, finding, getattr(cast, who), **VERIFYING[verb])
    finding.refresh_from_db()
    assert finding.state == Finding.State.CLOSE_REQUESTED


@pytest.mark.parametrize("verb", VERIFYING)
def test_a_reviewer_verifies_as_well(cast, verb: str) -> None:
    assert _do(verb, to_verify(cast), cast.reviewer, **VERIFYING[verb]).by == cast.reviewer


@pytest.mark.parametrize("verb", VERIFYING)
def test_school_staff_never_verify_even_with_an_inspectors_role(cast, verb: str) -> None:
    grant(cast.principal_a, "inspector", district=cast.district)
    with pytest.raises(NotAllowed, match="本校、本单位人员"):
        _do(verb, to_verify(cast), cast.principal_a, **VERIFYING[verb])


@pytest.mark.parametrize("verb", VERIFYING)
def test_whoever_rectified_never_verifies_even_after_leaving_the_school(cast, verb: str) -> None:
    finding = to_verify(cast)
    cast.reporter_a.memberships.all().delete()
    cast.reporter_a.__dict__.pop("_rights", None)
    grant(cast.reporter_a, "inspector", district=cast.district)
    with pytest.raises(NotAllowed, match="另一人"):
        _do(verb, finding, cast.reporter_a, **VERIFYING[verb])


@pytest.mark.parametrize("verb", ["measure", "progress", "request_close", "ask_extension"])
@pytest.mark.parametrize(
    ("who", "error"),
    [("inspector_a", NotAllowed), ("admin", NotAllowed), ("reporter_b", NotFound), ("foreign_admin", NotFound)],
)
def test_only_the_school_rectifies(cast, verb: str, who: str, error: type) -> None:
    more = {"due_on": today(60)} if verb == "ask_extension" else {}
    with pytest.raises(error):
        _do(verb, dispatched(cast), getattr(cast, who), **more)


@pytest.mark.parametrize("verb", ["extend", "reopen"])
@pytest.mark.parametrize(
    ("who", "error"), [("reporter_a", NotAllowed), ("leader", NotAllowed), ("reporter_b", NotFound)]
)
def test_only_the_bureau_and_inspectors_set_due_dates(cast, verb: str, who: str, error: type) -> None:
    with pytest.raises(error):
        _do(verb, dispatched(cast), getattr(cast, who), due_on=today(60))


def test_a_stale_tab_changes_nothing(cast) -> None:
    finding = dispatched(cast)
    stale = finding.version
    _do("measure", finding, cast.reporter_a)
    with pytest.raises(Conflict, match="不是最新内容"):
        actions.progress(finding_id=finding.pk, version=stale, text="又一条", by=cast.principal_a)
    assert not finding.entries.filter(kind=Entry.Kind.PROGRESS).exists()


def test_a_double_click_adds_one_step(cast) -> None:
    finding = dispatched(cast)
    click = {"finding_id": finding.pk, "version": finding.version, "text": "更换设备", "by": cast.reporter_a}
    actions.measure(**click)
    with pytest.raises(Conflict):
        actions.measure(**click)
    assert finding.entries.filter(kind=Entry.Kind.MEASURE).count() == 1


def test_closing_needs_a_measure_first(cast) -> None:
    with pytest.raises(Invalid, match="还没有填写整改措施"):
        _do("request_close", dispatched(cast), cast.reporter_a)


def test_a_step_needs_words(cast) -> None:
    finding = dispatched(cast)
    with pytest.raises(Invalid, match="请填写"):
        _do("measure", finding, cast.reporter_a, text=" \n ")


def test_a_dangerous_file_keeps_the_whole_step_out(cast) -> None:
    finding = dispatched(cast)
    files = [photo(), SimpleUploadedFile("方案.pdf", b"MZ\x90\x00" * 300)]
    with pytest.raises(Invalid, match="可执行程序"):
        _do("measure", finding, cast.reporter_a, uploads=files)
    finding.refresh_from_db()
    assert (finding.entries.count(), finding.rectified_by) == (1, None)


def test_more_files_than_allowed_are_refused(cast) -> None:
    with pytest.raises(Invalid, match="一次最多上传 10 个"):
        _do("measure", dispatched(cast), cast.reporter_a, uploads=[photo() for _ in range(11)])


def test_an_extension_is_asked_with_a_reason_and_granted_by_others(cast) -> None:
    finding = dispatched(cast)
    due = finding.due_on
    _do("ask_extension", finding, cast.reporter_a, text="等待招标", due_on=today(60))
    finding.refresh_from_db()
    assert finding.due_on == due
    assert queries.pending_extension(finding).text == "等待招标"
    _do("extend", finding, cast.admin, text="同意", due_on=today(60))
    finding.refresh_from_db()
    assert finding.due_on == today(60)
    assert queries.pending_extension(finding) is None
    event = AuditEvent.objects.get(action="finding.extend")
    assert (event.before["due_on"], event.after["due_on"]) == (due.isoformat(), today(60).isoformat())


def test_an_extension_may_be_declined_once(cast) -> None:
    finding = dispatched(cast)
    with pytest.raises(Invalid, match="没有待答复"):
        _do("decline_extension", finding, cast.inspector_a)
    _do("ask_extension", finding, cast.reporter_a, due_on=today(60))
    _do("decline_extension", finding, cast.inspector_a, text="请按期完成")
    with pytest.raises(Invalid, match="没有待答复"):
        _do("decline_extension", finding, cast.inspector_a)


@pytest.mark.parametrize("days", [-1, 30])
def test_an_extension_must_be_later_than_the_due_date(cast, days: int) -> None:
    with pytest.raises(Invalid, match="新期限须晚于"):
        _do("extend", dispatched(cast), cast.admin, due_on=today(days))


def test_a_closed_finding_opens_again_with_a_reason(cast) -> None:
    finding = to_verify(cast)
    _do("close", finding, cast.inspector_a, **CLOSING)
    _do("reopen", finding, cast.admin, text="复查又有三间断网", due_on=today(10))
    finding.refresh_from_db()
    assert (finding.state, finding.reopened, finding.closed_at, finding.closed_by) == ("rectifying", 1, None, None)
    assert finding.due_on == today(10)
    assert finding.entries.filter(kind=Entry.Kind.CLOSE).exists()


def test_those_who_come_next_are_informed(cast) -> None:
    finding = dispatched(cast)
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"reporter_a", "principal_a"}
    Notice.objects.all().delete()
    _do("measure", finding, cast.reporter_a)
    _do("request_close", finding, cast.reporter_a, text=DONE, uploads=[photo()])
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"inspector_a", "reviewer"}
    Notice.objects.all().delete()
    _do("send_back", finding, cast.inspector_a, text="仍有问题")
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"reporter_a", "principal_a"}


def test_the_database_itself_refuses_closing_by_the_rectifier(cast) -> None:
    from django.db import IntegrityError, transaction
    from django.utils import timezone

    finding = to_verify(cast)
    fields = {"state": "closed", "closed_at": timezone.now(), "closed_by": cast.reporter_a}
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(**fields)


def test_export_only_holds_what_the_person_sees(cast) -> None:
    dispatched(cast)
    with pytest.raises(NotFound):
        actions.export(findings=Finding.objects.select_related("school__district"), title="台账", by=cast.reporter_b)


def test_a_person_with_rights_elsewhere_cannot_verify_here(cast) -> None:
    stranger = make_user("stranger", "外区督学")
    grant(stranger, "inspector", district=cast.other_district)
    with pytest.raises(NotFound):
        _do("close", to_verify(cast), stranger)


def test_the_export_asks_no_more_questions_for_more_schools(cast) -> None:
    def asked() -> int:
        admin = User.objects.get(pk=cast.admin.pk)
        with CaptureQueriesContext(connection) as found:
            actions.export(findings=queries.for_list(admin), title="台账", by=admin)
        return len(found)

    dispatched(cast)
    few = asked()
    for number in range(3):
        dispatched(cast, make_school(f"41020255{number:02d}", f"第{number}小学", cast.district))
    assert asked() == few
