"""The audit pages and commands: who reads what, in words."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from indicators.standard.standards import queries as standards
from portal.config.env import BASE_DIR
from portal.core.audit import actions as audit_actions
from portal.core.audit.models import AuditEvent
from portal.home import audit_pages as audit, queries
from tests.indicators.district import figures, hand_in, open_round
from tests.portal.home.conftest import make_finding
from tests.shared import shared

pytestmark = pytest.mark.django_db


def _record(action: str = "job.cancel", **values):
    with transaction.atomic():
        return audit_actions.record(action, **values)


@shared
def trail(cast) -> dict[str, AuditEvent]:
    finding = make_finding(cast, 1)
    return {
        "own": _record(
            by=cast.admin,
            obj=finding,
            district="410202",
            school="4102020001",
            before={"state": "rectifying", "due_on": None},
            after={"state": "closed", "due_on": "2026-12-01"},
        ),
        "foreign": _record(by=cast.foreign_admin, obj=cast.school_c, district="410203"),
        "own sign-in": _record("account.sign_in", by=cast.reporter_a, obj=cast.reporter_a),
        "foreign sign-in": _record("account.sign_in", by=cast.foreign_admin, obj=cast.foreign_admin),
        "own failure": _record("account.sign_in_failed", by=None, obj=cast.reporter_a, success=False),
    }


def _url(event: AuditEvent) -> str:
    return reverse("audit_event", args=[event.seq])


def test_a_district_reads_its_own_events_and_its_peoples_sign_ins(cast, sign_in, trail) -> None:
    client = sign_in(cast.auditor)
    page = client.get(reverse("audit")).content.decode()
    for name, event in trail.items():
        seen = name.startswith("own")
        assert client.get(_url(event)).status_code == (200 if seen else 404)
        assert (f'href="{_url(event)}"' in page) == seen


@pytest.mark.parametrize(
    "username", ["reporter_a", "principal_a", "inspector_a", "reviewer", "admin", "leader", "expert", "liaison"]
)
def test_others_may_not_read_the_trail(cast, sign_in, trail, username: str) -> None:
    client = sign_in(getattr(cast, username))
    assert client.get(reverse("audit")).status_code == 403
    assert client.get(_url(trail["own"])).status_code == 403


def test_before_and_after_stand_side_by_side_in_words(cast, sign_in, trail) -> None:
    page = sign_in(cast.auditor).get(_url(trail["own"])).content.decode()
    for words in ("状态", "整改中", "已销号", "整改期限", "2026-12-01", "取消后台任务"):
        assert words in page
    assert "rectifying" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("action=account.sign_in", {"own sign-in"}),
        ("failed=on", {"own failure"}),
        ("actor=局管理员", {"own"}),
        ("school=4102020001", {"own"}),
        ("school=%E2%80%8B", {"own", "own sign-in", "own failure"}),
        ("object=2026-DD", {"own"}),
        ("since=nonsense&action=nonsense&before=zzz", {"own", "own sign-in", "own failure"}),
    ],
)
def test_filters_stay_in_the_address(cast, sign_in, trail, query: str, shown: set[str]) -> None:
    page = sign_in(cast.auditor).get(f"{reverse('audit')}?{query}").content.decode()
    assert {name for name, event in trail.items() if f'href="{_url(event)}"' in page} == shown


def test_days_are_those_of_shanghai(cast, sign_in, trail) -> None:
    client, today = sign_in(cast.auditor), timezone.localdate()
    assert _url(trail["own"]) in client.get(f"/audit/?since={today}&until={today}").content.decode()
    assert _url(trail["own"]) not in client.get(f"/audit/?until={today - timedelta(days=1)}").content.decode()


def test_older_events_follow_without_gaps_or_repeats(cast, sign_in) -> None:
    for number in range(120):
        _record(by=cast.admin, district="410202", after={"number": number})
    client, seen, url = sign_in(cast.auditor), [], "/audit/"
    while url:
        context = client.get(url).context
        seen += [row["event"].seq for row in context["rows"]]
        url = f"/audit/?before={context['older']}" if context["older"] else ""
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


def test_an_endless_position_is_not_an_error(cast, sign_in) -> None:
    assert sign_in(cast.auditor).get("/audit/?before=" + "9" * 40).status_code == 200


def test_every_recorded_action_has_a_chinese_name() -> None:
    found = {
        node.args[0].value for _, node in _calls_of_record() if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert {code for code in found if isinstance(code, str)} - set(audit.ACTIONS) == set()


def test_every_recorded_value_has_a_chinese_name() -> None:
    """An auditor reads no identifiers: each key an action records is a named field or has words of its own."""
    named = {
        field.name
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if not str(getattr(field, "verbose_name", "a")).isascii()
    }
    found = {key for path, node in _calls_of_record() for key in _keys(node)}
    assert {"state", "inputs_sha256", "respondents"} <= found, "the search itself works"
    assert found - set(audit.FIELDS) - named == set()


def _calls_of_record():
    for app in ("portal", "schools", "indicators", "inspections"):
        for path in (BASE_DIR / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                    yield path, node


def _keys(node: ast.Call) -> Iterator[str]:
    for keyword in node.keywords:
        if keyword.arg in ("before", "after") and isinstance(keyword.value, ast.Dict):
            yield from (key.value for key in keyword.value.keys if isinstance(key, ast.Constant))


def test_what_a_school_filled_in_is_reported_by_the_names_of_its_form(
    cast, sign_in, django_assert_max_num_queries
) -> None:
    standard = standards.current()
    fields = list(standards.load_spec(standard).items)[:30]
    submission = hand_in(open_round(cast.district), cast.school_a, figures()).submission
    after = dict.fromkeys(fields, "12")
    event = _record(
        "submission.save", by=cast.admin, obj=submission, district="410202", school="4102020001", after=after
    )
    client = sign_in(cast.auditor)
    with django_assert_max_num_queries(15):
        page = client.get(_url(event)).content.decode()
    assert "小学在校生数" in page
    assert "pupils_primary" not in page


@pytest.mark.parametrize(("verdict", "word"), [(True, "达标"), (False, "未达标"), (None, "无法判定")])
def test_no_conclusion_is_reported_as_one(verdict: bool | None, word: str) -> None:
    (found,) = queries.differences("indicators.evaluation", {}, {"verdict": verdict})
    assert (found.before, found.after) == ("—", word)


def test_verify_audit_counts_a_whole_chain(cast, trail) -> None:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "审计链完整：共 5 条记录" in out.getvalue()


def test_verify_audit_fails_and_names_the_break(cast, trail) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE portal_auditevent DISABLE TRIGGER portal_audit_insert_only")
        else:
            cursor.execute("DROP TRIGGER portal_audit_insert_only")
        cursor.execute("UPDATE portal_auditevent SET actor_name = '别人' WHERE seq = 2")
    with pytest.raises(CommandError, match="第 2 条内容被改动") as failure:
        call_command("verify_audit")
    assert failure.value.returncode == 1
