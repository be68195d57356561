"""How long things may take in a district: the defaults until the admin sets something else."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inspections.deadlines import actions, queries
from inspections.deadlines.models import Deadline
from inspections.rectification.models import Finding
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.lib.dates import Period, Unit

pytestmark = pytest.mark.django_db
PAGE = "/deadlines/410202/"
THIRTY_WORKDAYS = Period(30, Unit.WORKDAYS)


def _typed(**changes: object) -> dict[str, object]:
    """What the page sends when nothing but `changes` was touched."""
    sent: dict[str, object] = {}
    for kind, period in queries.DEFAULTS.items():
        sent |= {f"{kind}_count": period.count, f"{kind}_unit": period.unit.value}
    return sent | changes


def test_the_defaults_are_days_as_before(cast) -> None:
    assert queries.periods(cast.district.pk) == {
        "at_once": Period(7),
        "with_deadline": Period(30),
        "long_term": Period(180),
        "feedback": Period(5),
        "plea": Period(5),
        "opinion": Period(30),
        "report": Period(30),
    }


def test_every_category_of_a_finding_has_its_deadline_under_the_same_name() -> None:
    assert dict(Finding.Category.choices).items() <= dict(Deadline.Kind.choices).items()
    assert list(queries.DEFAULTS) == Deadline.Kind.values


def test_a_district_sets_its_own_and_no_other_districts(cast) -> None:
    actions.set_periods(code="410202", periods={"with_deadline": THIRTY_WORKDAYS}, by=cast.admin)
    both = queries.periods_of([cast.district.pk, cast.other_district.pk])
    assert both[cast.district.pk] == dict(queries.DEFAULTS) | {"with_deadline": THIRTY_WORKDAYS}
    assert both[cast.other_district.pk] == dict(queries.DEFAULTS)


def test_the_trail_names_what_changed_and_nothing_else(cast) -> None:
    periods = dict(queries.DEFAULTS) | {"with_deadline": THIRTY_WORKDAYS}
    assert actions.set_periods(code="410202", periods=periods, by=cast.admin) == {"with_deadline": THIRTY_WORKDAYS}
    event = AuditEvent.objects.get(action="district.set_deadlines")
    assert (event.before, event.after) == ({"with_deadline": "30 日"}, {"with_deadline": "30 个工作日"})
    assert event.district_code == "410202"
    assert actions.set_periods(code="410202", periods=periods, by=cast.admin) == {}
    assert AuditEvent.objects.filter(action="district.set_deadlines").count() == 1


def test_setting_again_changes_the_row_and_keeps_who_began(cast) -> None:
    for count in (10, 20):
        actions.set_periods(code="410202", periods={"plea": Period(count)}, by=cast.admin)
    row = Deadline.objects.get()
    assert (row.count, row.unit, row.created_by, row.updated_by) == (20, "days", cast.admin, cast.admin)


@pytest.mark.parametrize(
    ("who", "error"),
    [("leader", NotAllowed), ("inspector_a", NotFound), ("reporter_a", NotFound), ("foreign_admin", NotFound)],
)
def test_only_the_districts_admin_sets_them(cast, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.set_periods(code="410202", periods={"plea": Period(9)}, by=getattr(cast, who))
    assert not Deadline.objects.exists()


@pytest.mark.parametrize("count", [0, 367])
def test_a_count_out_of_reason_is_refused_by_action_and_database(cast, count: int) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.set_periods(code="410202", periods={"plea": Period(count)}, by=cast.admin)
    assert "申辩" in str(refusal.value.problems[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Deadline.objects.create(
            district=cast.district, kind="plea", count=count, unit="days", created_by=cast.admin, updated_by=cast.admin
        )


def test_an_unknown_district_is_not_found(cast) -> None:
    with pytest.raises(NotFound):
        actions.set_periods(code="999999", periods={"plea": Period(9)}, by=cast.admin)


def test_the_page_shows_what_is_in_force_and_saves(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    page = client.get(PAGE).content.decode()
    for words in ("立行立改", "限期整改", "长期坚持", "申辩", "出具督导意见书", "报送整改情况", "30 日，到"):
        assert words in page
    sent = _typed(with_deadline_count=20, with_deadline_unit="workdays")
    answer = client.post(PAGE, sent, follow=True).content.decode()
    assert "办理期限已保存" in answer
    assert "20 个工作日，已跳过周末" in answer
    assert queries.periods(cast.district.pk)["with_deadline"] == Period(20, Unit.WORKDAYS)
    assert "没有变化" in client.post(PAGE, sent, follow=True).content.decode()


@pytest.mark.parametrize(
    "changes",
    [{"plea_count": "0"}, {"plea_count": "367"}, {"plea_count": "五"}, {"plea_count": ""}, {"plea_unit": "weeks"}],
)
def test_a_wrong_entry_comes_back_next_to_its_field(cast, sign_in, changes: dict[str, str]) -> None:
    answer = sign_in(cast.admin).post(PAGE, _typed(**changes, opinion_count=44))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert page.count("deadline-error") == 1
    assert 'value="44"' in page
    assert not Deadline.objects.exists()


def test_the_page_takes_few_queries_and_is_found_from_the_settings(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as seen:
        client.get(PAGE)
    assert len(seen) <= 10
    assert PAGE in client.get("/schools/districts/").content.decode()
    assert PAGE in client.get("/schools/districts/410202/").content.decode()


def test_the_audit_page_shows_it_in_words(cast, sign_in) -> None:
    actions.set_periods(code="410202", periods={"with_deadline": THIRTY_WORKDAYS}, by=cast.admin)
    event = AuditEvent.objects.get(action="district.set_deadlines")
    page = sign_in(cast.auditor).get(f"/audit/{event.seq}/").content.decode()
    for words in ("修改办理期限", "限期整改", "30 日", "30 个工作日"):
        assert words in page
