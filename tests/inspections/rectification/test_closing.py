"""What closing asks: measure, evidence, words, a way of checking, the newest figure; reopening after an evaluation."""

import pytest
from django.urls import reverse

from inspections.rectification import actions, closing_queries
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.queries import system_user
from portal.core.errors import Invalid
from portal.core.notices.models import Notice
from schools.access.permissions import roles_with
from schools.access.scope import Perm
from tests.inspections.making import (
    DONE,
    OPINION,
    ask_for_closing,
    close,
    content,
    dispatched,
    photo,
    to_verify,
)
from tests.inspections.rectification.test_raising import evaluated
from tests.shared import shared

pytestmark = pytest.mark.django_db
METHOD = Entry.Method


@shared
def gap(cast) -> Finding:
    """A gap in A1 (3.9 of 4.2) for which closing is asked."""
    actions.raise_from_evaluation(evaluation_id=evaluated(cast, {"A1": "3.9"}, days_ago=5).pk, by=cast.admin)
    finding = Finding.objects.select_related("evaluation__round").get()
    ask_for_closing(finding, cast.reporter_a)
    return finding


def _later(cast, gap: Finding, inputs: str = "b", **values: str):
    return evaluated(cast, values, inputs=inputs, round_=gap.evaluation.round)


def _ask(finding: Finding, by, **said) -> Entry:
    finding.refresh_from_db()
    return actions.request_close(finding_id=finding.pk, version=finding.version, by=by, **({"text": DONE} | said))


def _measured(cast, **changes) -> Finding:
    finding = dispatched(cast, **changes)
    actions.measure(finding_id=finding.pk, version=finding.version, text="更换设备", by=cast.reporter_a)
    return finding


def test_the_school_brings_measure_evidence_and_words(cast) -> None:
    finding = dispatched(cast)
    with pytest.raises(Invalid, match=r"整改措施.*佐证材料.*至少 20 字"):
        _ask(finding, cast.reporter_a, text="已整改到位，同意销号。")
    measured = _measured(cast)
    with pytest.raises(Invalid, match="佐证材料不够"):
        _ask(measured, cast.reporter_a)
    assert _ask(measured, cast.reporter_a, uploads=[photo()]).kind == "request_close"


def test_evidence_of_an_earlier_step_counts_until_the_finding_is_opened_again(cast) -> None:
    finding = _measured(cast)
    finding.refresh_from_db()
    actions.progress(finding_id=finding.pk, version=finding.version, text="到货", uploads=[photo()], by=cast.reporter_a)
    _ask(finding, cast.reporter_a)
    close(finding, cast.inspector_a)
    finding.refresh_from_db()
    actions.reopen(finding_id=finding.pk, version=finding.version, text="又断网", due_on=finding.due_on, by=cast.admin)
    with pytest.raises(Invalid, match="佐证材料不够"):
        _ask(finding, cast.reporter_a)


def test_what_is_put_right_at_once_needs_no_measure(cast) -> None:
    finding = dispatched(cast, category="at_once")
    assert _ask(finding, cast.reporter_a, uploads=[photo()]).kind == "request_close"


@pytest.mark.parametrize(
    "text", ["同意", "同意销号。", "同意同意同意同意同意同意", "情况属实，已整改到位，同意销号！！！！！！"]
)
def test_words_of_consent_are_no_opinion(cast, text: str) -> None:
    finding = to_verify(cast)
    with pytest.raises(Invalid, match="核查意见至少 10 字"):
        close(finding, cast.inspector_a, text=text)
    finding.refresh_from_db()
    assert finding.state == Finding.State.CLOSE_REQUESTED


@pytest.mark.parametrize("method", ["", "by_phone"])
def test_the_way_of_checking_is_chosen(cast, method: str) -> None:
    with pytest.raises(Invalid, match="核查方式"):
        close(to_verify(cast), cast.inspector_a, method=method)


def test_a_check_on_the_spot_brings_a_photo_or_nothing_is_stored(cast) -> None:
    finding = to_verify(cast)
    with pytest.raises(Invalid, match="整改后的照片"):
        close(finding, cast.inspector_a, method=METHOD.ON_SITE)
    finding.refresh_from_db()
    assert (finding.is_closed, finding.entries.filter(kind="close").count()) == (False, 0)
    entry = close(finding, cast.inspector_a, method=METHOD.ON_SITE, uploads=[photo("整改后.jpg")])
    assert (entry.method, entry.files.get().document.is_picture) == ("on_site", True)


def test_the_data_of_the_system_can_be_checked_only_where_there_are_some(cast) -> None:
    with pytest.raises(Invalid, match="系统数据"):
        close(to_verify(cast), cast.inspector_a, method=METHOD.SYSTEM_DATA)


def test_closing_names_the_figure_it_rests_on(cast, gap) -> None:
    newer = _later(cast, gap)
    entry = close(gap, cast.inspector_a, method=METHOD.SYSTEM_DATA)
    assert entry.evaluation == newer
    assert "5.00 人，标准 4.2 人" in entry.figure


def test_a_figure_that_still_fails_refuses_closing(cast, gap) -> None:
    with pytest.raises(Invalid, match=r"仍未达标，.*3\.90 人"):
        close(gap, cast.inspector_a, override="学校说已经补齐")
    with pytest.raises(Invalid, match="请写明理由"):
        close(gap, cast.reviewer, override=" ")
    gap.refresh_from_db()
    assert gap.state == Finding.State.CLOSE_REQUESTED


def test_who_may_closes_against_the_figure_with_a_reason_that_is_shown_everywhere(cast, gap, sign_in) -> None:
    entry = close(gap, cast.reviewer, override="新教师九月到岗，下次评估计入")
    gap.refresh_from_db()
    assert gap.closed_despite == "新教师九月到岗，下次评估计入"
    assert "新教师九月到岗" in entry.text
    client = sign_in(cast.leader)
    for address in (reverse("rectification:list"), reverse("rectification:detail", args=[gap.pk])):
        assert "未达标仍销号" in client.get(address).content.decode()


def test_only_the_reviewer_holds_the_right_to_close_against_a_figure(cast) -> None:
    assert roles_with(Perm.FINDING_OVERRIDE) == {"reviewer"}


def test_what_somebody_saw_rests_on_the_figure_where_one_is_judged(cast) -> None:
    finding = to_verify(cast)
    assert closing_queries.figure_of(finding) is None
    evaluated(cast, {"A7": "2.0"})
    assert closing_queries.figure_of(finding).fails
    assert closing_queries.figure_of(dispatched(cast, indicator="C7")) is None


def test_the_page_offers_closing_only_to_who_may(cast, gap, sign_in) -> None:
    def offered(person) -> set[str]:
        page = sign_in(person).get(reverse("rectification:detail", args=[gap.pk]))
        assert page.context["figure"].fails
        return {offer.verb.code for offer in page.context["steps"]}

    assert "close" not in offered(cast.inspector_a)
    assert "close" in offered(cast.reviewer)


def test_a_figure_that_fails_again_opens_the_finding_by_itself_and_once(cast, gap) -> None:
    met = _later(cast, gap)
    close(gap, cast.inspector_a)
    Finding.objects.filter(pk=gap.pk).update(closed_at=met.created_at)
    Notice.objects.all().delete()
    assert actions.reopen_failed(evaluation_id=met.pk, by=system_user()) == 0
    fallen = _later(cast, gap, "c", A1="4.1")
    Finding.objects.filter(pk=gap.pk).update(closed_at=gap.evaluation.data_as_of)
    assert actions.reopen_failed(evaluation_id=fallen.pk, by=system_user()) == 1
    assert actions.reopen_failed(evaluation_id=fallen.pk, by=system_user()) == 0
    gap.refresh_from_db()
    assert (gap.state, gap.reopened, gap.closed_by) == (Finding.State.RECTIFYING, 1, None)
    entry = gap.entries.get(kind="reopen")
    assert (entry.evaluation, "4.10 人" in entry.figure) == (fallen, True)
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"reporter_a", "principal_a"}


def test_data_from_before_the_closing_open_nothing_and_neither_does_an_older_evaluation(cast, gap) -> None:
    old = gap.evaluation
    close(gap, cast.reviewer, override="新教师九月到岗，下次评估计入")
    assert actions.reopen_failed(evaluation_id=old.pk, by=system_user()) == 0
    Finding.objects.filter(pk=gap.pk).update(closed_at=old.data_as_of.replace(year=2020))
    _later(cast, gap)
    assert actions.reopen_failed(evaluation_id=old.pk, by=system_user()) == 0


def test_a_reopened_finding_is_no_longer_closed_against_the_figure(cast, gap) -> None:
    close(gap, cast.reviewer, override="新教师九月到岗，下次评估计入")
    Finding.objects.filter(pk=gap.pk).update(closed_at=gap.evaluation.data_as_of)
    actions.reopen_failed(evaluation_id=_later(cast, gap, A1="4").pk, by=system_user())
    gap.refresh_from_db()
    assert gap.closed_despite == ""


def test_the_pair_of_photos_stands_on_the_page(cast, sign_in) -> None:
    finding = actions.register(school_id=cast.school_a.pk, source="XF", content=content(), photo=photo(), by=cast.admin)
    ask_for_closing(finding, cast.reporter_a)
    url = reverse("rectification:close", args=[finding.pk])
    data = {"version": finding.version, "text": OPINION, "method": "on_site", "uploads": [photo("整改后.jpg")]}
    assert sign_in(cast.inspector_a).post(url, data).status_code == 302
    page = sign_in(cast.reporter_a).get(reverse("rectification:detail", args=[finding.pk])).content.decode()
    assert "整改前" in page
    assert "整改后" in page
