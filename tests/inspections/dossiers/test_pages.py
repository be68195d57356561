"""Pages of dossiers: who opens what, what they say, downloads, query budgets."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.dossiers import actions
from inspections.dossiers.models import Dossier
from portal.core.audit.models import AuditEvent
from portal.core.files import store
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from tests.cast import make_school
from tests.indicators.district import figures, hand_in
from tests.inspections.dossiers.conftest import PLAN, Place, judge, run

SignIn = Callable[..., Client]


def get(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"dossiers:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


READ = ["list", "detail", "section", "download", "piece"]
ARGS = {"section": ("A4",), "piece": ("A4-01",)}


def address(name: str, dossier: Dossier) -> str:
    return reverse(f"dossiers:{name}", args=() if name == "list" else (dossier.pk, *ARGS.get(name, ())))


READERS = {
    "admin": 200,
    "expert": 200,
    "leader": 200,
    "reviewer": 200,
    "foreign_admin": 404,
    "reporter_a": 403,
    "principal_a": 403,
    "inspector_a": 403,
    "liaison": 403,
    "auditor": 403,
    "expired_expert": 403,
}


def test_who_may_read_a_dossier(place: Place, ready: Dossier, sign_in: SignIn) -> None:
    """Foreign district 404, no right at all 403, on every page and download."""
    seen = {}
    for who in READERS:
        client = sign_in(getattr(place.cast, who))
        for name in READ:
            answer = client.get(address(name, ready))
            # Read to the end: only then does the test client let go of the file.
            b"".join(answer)
            seen[who, name] = answer.status_code
    expected = {(who, name): status for who, status in READERS.items() for name in READ}
    # The list is everybody's own: another district's admin sees it without this dossier.
    assert seen == expected | {("foreign_admin", "list"): 200}


def test_who_may_not_build_or_check(place: Place, ready: Dossier, sign_in: SignIn) -> None:
    for who, status in {"expert": 403, "leader": 403, "reviewer": 403, "reporter_a": 403, "foreign_admin": 404}.items():
        client = sign_in(getattr(place.cast, who))
        statuses = [
            client.get(reverse("dossiers:prepare"), {"evaluation": place.evaluation.pk}).status_code,
            client.post(reverse("dossiers:build"), {"evaluation": place.evaluation.pk}).status_code,
            client.post(reverse("dossiers:build_again", args=[ready.pk])).status_code,
            client.post(reverse("dossiers:check", args=[ready.pk])).status_code,
        ]
        assert statuses == [status] * 4, who
    assert Job.objects.count() == 1


def test_a_stranger_is_sent_to_sign_in(ready: Dossier) -> None:
    assert Client().get(address("download", ready)).status_code == 302


def test_another_districts_dossier_is_not_listed(place: Place, ready: Dossier, sign_in: SignIn) -> None:
    assert "第 1 版" in get(sign_in(place.cast.admin), "list")
    assert "第 1 版" not in get(sign_in(place.cast.foreign_admin), "list")


def test_the_readiness_page_names_gaps_by_volume_and_builds(place: Place, sign_in: SignIn) -> None:
    client = sign_in(place.cast.admin)
    page = get(client, "prepare")
    assert "项阻断" in page
    assert "乙初级中学" in page
    answer = client.post(reverse("dossiers:build"), {"evaluation": place.evaluation.pk})
    dossier = Dossier.objects.get()
    assert answer.url == reverse("dossiers:detail", args=[dossier.pk])
    assert "排队中" in get(client, "detail", dossier.pk)
    assert "数据没有变化" in get(client, "prepare")


def test_a_double_click_builds_one_dossier(place: Place, sign_in: SignIn) -> None:
    client = sign_in(place.cast.admin)
    for _ in range(2):
        client.post(reverse("dossiers:build"), {"evaluation": place.evaluation.pk})
    assert Dossier.objects.count() == Job.objects.count() == 1


@pytest.mark.parametrize("value", ["", "x", "999999", "9" * 40, "1' OR 1=1"])
def test_an_evaluation_that_is_none_is_refused(place: Place, sign_in: SignIn, value: str) -> None:
    assert sign_in(place.cast.admin).post(reverse("dossiers:build"), {"evaluation": value}).status_code == 404


def test_a_district_without_evaluation_is_shown_the_next_step(cast: object, sign_in: SignIn) -> None:
    assert "还没有评估结果" in get(sign_in(cast.admin), "prepare")
    assert "还没有验收档案" in get(sign_in(cast.admin), "list")
    assert "局管理员编制后" in get(sign_in(cast.leader), "list")


def test_the_download_is_the_stored_package_under_its_chinese_name_and_audited(
    place: Place, ready: Dossier, sign_in: SignIn
) -> None:
    answer = sign_in(place.cast.expert).get(address("download", ready))
    content = b"".join(answer.streaming_content)
    assert content == store.path_of(ready.open_package.sha256).read_bytes()
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert "filename*=utf-8''%E9%BE%99%E4%BA%AD%E5%8C%BA" in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["X-Content-Type-Options"], answer["Content-Length"]) == ("nosniff", str(len(content)))
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    event = AuditEvent.objects.get(action="dossier.download")
    assert (event.actor_name, event.after["sha256"]) == (str(place.cast.expert), ready.open_package.sha256)


def test_the_list_offers_only_what_can_be_taken(place: Place, ready: Dossier, sign_in: SignIn) -> None:
    assert ready.open_package
    Dossier.objects.filter(pk=ready.pk).update(open_package=None)
    link = address("download", ready)
    for who, offered in ((place.cast.expert, False), (place.cast.admin, True)):
        client = sign_in(who)
        assert (link in get(client, "list")) is offered
        answer = client.get(link)
        assert (answer.status_code == 200) is offered
        b"".join(answer)
    Dossier.objects.filter(pk=ready.pk).update(open_package=ready.open_package)
    assert link in get(sign_in(place.cast.expert), "list")


def test_a_single_piece_comes_from_where_its_bytes_lie_and_is_audited(
    place: Place, ready: Dossier, sign_in: SignIn
) -> None:
    client = sign_in(place.cast.expert)
    referred = client.get(reverse("dossiers:piece", args=[ready.pk, "A4-02"]))
    assert b"".join(referred.streaming_content) == PLAN
    made = client.get(reverse("dossiers:piece", args=[ready.pk, "Z-03"]))
    assert b"".join(made.streaming_content)[:2] == b"PK"
    codes = [
        event.after["code"] for event in AuditEvent.objects.filter(action="dossier.download_piece").order_by("seq")
    ]
    assert codes == ["X4102020001-07", "Z-03"]


@pytest.mark.parametrize("code", ["A4-99", "..", "X"])
def test_a_piece_that_is_none_is_not_found(place: Place, ready: Dossier, sign_in: SignIn, code: str) -> None:
    assert sign_in(place.cast.admin).get(f"/dossiers/{ready.pk}/pieces/{code}/").status_code == 404
    assert sign_in(place.cast.admin).get(f"/dossiers/{ready.pk}/sections/{code}-/").status_code == 404


def test_bytes_that_vanished_are_reported_in_chinese(place: Place, ready: Dossier, sign_in: SignIn) -> None:
    for package in (ready.package, ready.open_package):
        store.path_of(package.sha256).unlink()
    store.path_of(place.plan.sha256).unlink()
    client = sign_in(place.cast.admin)
    for path in (
        address("download", ready),
        f"/dossiers/{ready.pk}/pieces/A4-02/",
        f"/dossiers/{ready.pk}/pieces/Z-03/",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "从备份恢复" in answer.content.decode()


def test_an_unfinished_dossier_cannot_be_downloaded_and_shows_its_progress(place: Place, sign_in: SignIn) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    client = sign_in(place.cast.admin)
    assert client.get(address("download", dossier)).status_code == 404
    assert "排队中" in get(client, "detail", dossier.pk)
    assert "房产测绘图" in get(client, "section", dossier.pk, "A4")


def test_a_failed_dossier_says_why_and_offers_to_try_again(place: Place, sign_in: SignIn) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    store.path_of(place.roster.sha256).unlink()
    runner.run_one(dossier.job_id)
    client = sign_in(place.cast.admin)
    page = get(client, "detail", dossier.pk)
    assert "教师学历名册.pdf" in page
    assert "重新编制" in page
    client.post(reverse("dossiers:build_again", args=[dossier.pk]))
    assert Job.objects.get().state == Job.State.QUEUED


def test_the_detail_shows_digest_check_and_volumes(place: Place, ready: Dossier, sign_in: SignIn) -> None:
    page = get(sign_in(place.cast.expert), "detail", ready.pk)
    for words in (ready.open_package.sha256, "全部一致", "综合类", "否决事项承诺与核查", "甲小学", "下载档案包"):
        assert words in page
    assert "重新核验" not in page
    Dossier.objects.filter(pk=ready.pk).update(problems=["内容被改动：data/x（与清单里的校验值不一致）"])
    assert "不能交付" in get(sign_in(place.cast.admin), "detail", ready.pk)


def _queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_no_pages_queries_grow_with_the_schools_or_versions(place: Place, sign_in: SignIn) -> None:
    client = sign_in(place.cast.admin)
    dossier = run(actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin))
    paths = ["/dossiers/", "/dossiers/prepare/", f"/dossiers/{dossier.pk}/", f"/dossiers/{dossier.pk}/sections/A4/"]
    before = [_queries(client, path) for path in paths]
    for index in range(8):
        hand_in(place.round, make_school(f"410202700{index}", f"新{index}小学", place.cast.district), figures())
    later = actions.build(evaluation_id=judge(place.round).pk, by=place.cast.admin)
    Dossier.objects.filter(pk=later.pk).update(state="ready", package=dossier.package_id, built={})
    paths[2] = f"/dossiers/{later.pk}/"
    paths[3] = f"/dossiers/{later.pk}/sections/A4/"
    after = [_queries(client, path) for path in paths]
    assert after == before
    assert max(before) <= 30
