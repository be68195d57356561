"""Actions on relaxations: who may, with what, when, and what stays on record."""

import datetime as dt

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from indicators.collection.relaxations import actions, queries, workflow
from indicators.collection.relaxations.models import Relaxation, RelaxationProof
from portal.core.accounts.queries import system_user
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import uploads
from portal.core.notices.models import Notice
from tests.indicators.collection.relaxations.making import PE, approved, colleague, day, lapsed, proposed, proven
from tests.indicators.district import figures, hand_in, open_round
from tests.inspections.making import photo

pytestmark = pytest.mark.django_db


def test_a_proposal_waits_and_rests_on_the_clause_of_the_standard(cast) -> None:
    made = proposed(cast)
    assert (made.state, made.indicator, made.basis) == ("pending", "B4", "国教督办函〔2019〕30号")
    assert queries.in_force(cast.district.pk, day()) == []
    event = AuditEvent.objects.get(action="relaxation.propose")
    assert (event.school_code, event.after["valid_until"]) == (cast.school_a.code, day(364).isoformat())


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("reporter_a", NotAllowed),
        ("principal_a", NotAllowed),
        ("reviewer", NotAllowed),
        ("leader", NotAllowed),
        ("inspector_a", NotAllowed),
        ("foreign_admin", NotFound),
        ("reporter_b", NotFound),
    ],
)
def test_only_the_bureaus_admin_proposes(cast, who, refusal) -> None:
    with pytest.raises(refusal):
        proposed(cast, by=getattr(cast, who))
    assert not Relaxation.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "relax_everything"}, "没有代码为“relax_everything”的放宽口径"),
        ({"valid_until": day(-1), "valid_from": day(-9)}, "已经过去"),
        ({"valid_from": day(9), "valid_until": day(8)}, "不能早于有效期起"),
        ({"valid_from": dt.date(2028, 2, 29), "valid_until": dt.date(2031, 3, 1)}, "不能晚于2031年2月28日"),
    ],
)
def test_a_proposal_that_makes_no_sense_is_refused_with_what_to_do(cast, changes, words) -> None:
    with pytest.raises(Invalid, match=words):
        proposed(cast, **changes)
    assert not Relaxation.objects.exists()


def test_what_already_waits_is_not_asked_for_again(cast) -> None:
    first = proposed(cast)
    with pytest.raises(Conflict, match=f"{cast.admin.name}已在.*为甲小学提出“{first.label}”，正在等待批准"):
        proposed(cast, by=colleague(cast))
    assert proposed(cast, kind=PE).pk, "another kind may be asked for"
    assert proposed(cast, school_id=cast.school_b.pk).pk, "and the same for another school"
    lapsed(first, until=day(-1))
    assert proposed(cast).pk, "one whose term is over stands in nobody's way"


def test_a_renewal_is_asked_for_while_the_former_is_in_force(cast) -> None:
    approved(cast)
    assert proposed(cast, valid_from=day(365), valid_until=day(700)).pk


def test_three_years_are_the_longest_term(cast) -> None:
    assert proposed(cast, valid_from=dt.date(2028, 2, 29), valid_until=dt.date(2031, 2, 28)).pk


def test_approval_needs_proof(cast) -> None:
    made = proposed(cast)
    with pytest.raises(Invalid, match="还没有上传证明材料"):
        actions.approve(relaxation_id=made.pk, by=cast.reviewer)
    made.refresh_from_db()
    assert (made.state, made.decided_by) == ("pending", None)


def test_whoever_proposes_never_approves(cast) -> None:
    made = proven(cast)
    for act, words in ((actions.approve, ""), (actions.refuse, "不行")):
        with pytest.raises(NotAllowed, match="提出人不能批准自己提出的"):
            act(relaxation_id=made.pk, opinion=words, by=cast.admin)
    assert actions.approve(relaxation_id=made.pk, by=colleague(cast)).state == "approved"


@pytest.mark.parametrize("who", ["reporter_a", "principal_a", "leader", "inspector_a", "expert"])
def test_only_the_bureau_decides(cast, who) -> None:
    made = proven(cast)
    with pytest.raises(NotAllowed):
        actions.approve(relaxation_id=made.pk, by=getattr(cast, who))


def test_approval_is_reported_to_the_school_and_stored_in_the_trail(cast) -> None:
    made = approved(cast)
    assert (made.state, made.decided_by) == ("approved", cast.reviewer)
    assert Notice.objects.filter(user=cast.reporter_a, text__contains="已批准").exists()
    assert not Notice.objects.filter(user=cast.reviewer).exists()
    assert AuditEvent.objects.get(action="relaxation.approve").after["condition"] == "2010 年及以前建成的学校"


def test_a_school_that_does_not_fulfil_the_condition_is_not_approved_and_it_is_said_why(cast) -> None:
    cast.school_a.built_year = 2011
    cast.school_a.save()
    made = proven(cast)
    with pytest.raises(Invalid, match="2011 年建成，应在 2010 年及以前"):
        actions.approve(relaxation_id=made.pk, by=cast.reviewer)
    with pytest.raises(Invalid, match="应为镇区、乡村"):
        actions.approve(relaxation_id=proven(cast, kind=PE).pk, by=cast.reviewer)


@pytest.mark.parametrize(("pupils", "approves"), [(49, False), (50, True), (99, True), (100, False)])
def test_a3_is_approved_for_rural_schools_of_50_to_99_pupils_by_their_approved_submission(
    cast, pupils, approves
) -> None:
    cast.school_a.area = "乡村"
    cast.school_a.save()
    made = proven(cast, kind=PE)
    with pytest.raises(Invalid, match="没有审核通过的在校生数"):
        actions.approve(relaxation_id=made.pk, by=cast.reviewer)
    hand_in(open_round(cast.district), cast.school_a, figures(pupils=pupils))
    assert queries.fit(cast.school_a, PE).fits is approves
    if approves:
        assert actions.approve(relaxation_id=made.pk, by=cast.reviewer).state == "approved"
    else:
        with pytest.raises(Invalid, match=f"在校生 {pupils} 人"):
            actions.approve(relaxation_id=made.pk, by=cast.reviewer)


def test_one_kind_is_approved_once_for_the_same_time(cast) -> None:
    first = approved(cast)
    second = proven(cast, valid_from=first.valid_until, valid_until=first.valid_until + dt.timedelta(days=9))
    with pytest.raises(Invalid, match="已有同一放宽口径"):
        actions.approve(relaxation_id=second.pk, by=cast.reviewer)
    actions.withdraw(relaxation_id=first.pk, reason="已分流", by=cast.reviewer)
    assert actions.approve(relaxation_id=second.pk, by=cast.reviewer).state == "approved"


def test_a_term_that_is_over_is_not_approved(cast) -> None:
    made = lapsed(proven(cast), until=day(-1))
    with pytest.raises(Invalid, match="已经过去"):
        actions.approve(relaxation_id=made.pk, by=cast.reviewer)


def test_a_refusal_needs_its_reason_and_ends_the_matter(cast) -> None:
    made = proven(cast)
    with pytest.raises(Invalid, match="请写明不予批准的原因"):
        actions.refuse(relaxation_id=made.pk, opinion=" ", by=cast.reviewer)
    assert actions.refuse(relaxation_id=made.pk, opinion="证明不足", by=cast.reviewer).state == "refused"
    with pytest.raises(Conflict, match="目前是“未批准”，不能批准"):
        actions.approve(relaxation_id=made.pk, by=cast.reviewer)
    file = uploads.accept(photo("补充.jpg"))
    with pytest.raises(Conflict, match="不能补充证明"):
        actions.attach_proof(relaxation_id=made.pk, file=file, by=cast.admin)


def test_a_withdrawn_one_counts_no_more_and_stays_on_record(cast) -> None:
    made = approved(cast)
    assert queries.in_force(cast.district.pk, day()) == [made]
    with pytest.raises(Invalid, match="请写明撤销原因"):
        actions.withdraw(relaxation_id=made.pk, reason="", by=cast.admin)
    actions.withdraw(relaxation_id=made.pk, reason="上级已停用", by=cast.admin)
    assert queries.in_force(cast.district.pk, day()) == []
    assert made.proofs.count() == 1
    with pytest.raises(ProtectedError):
        Relaxation.objects.filter(pk=made.pk).delete()


def test_the_same_proof_is_not_stored_twice(cast) -> None:
    made = proven(cast)
    with pytest.raises(Invalid, match="已经上传过"):
        actions.attach_proof(relaxation_id=made.pk, file=uploads.accept(photo("批复.jpg")), by=cast.admin)
    assert made.proofs.count() == 1


def test_taking_a_copy_of_a_proof_leaves_a_trace(cast) -> None:
    proof = RelaxationProof.objects.get(relaxation=proven(cast))
    actions.hand_out(proof_id=proof.pk, by=cast.reporter_a)
    assert AuditEvent.objects.get(action="relaxation.download_proof").actor_id == cast.reporter_a.pk
    with pytest.raises(NotFound):
        actions.hand_out(proof_id=proof.pk, by=cast.reporter_b)


@pytest.mark.parametrize(("until", "counts"), [(-1, False), (0, True)])
def test_an_expired_one_is_strict_again_by_itself(cast, until, counts) -> None:
    made = lapsed(approved(cast), until=day(until))
    assert (queries.in_force(cast.district.pk, day()) == [made]) is counts
    assert ("恢复严格口径" in workflow.badge(made)[1]) is not counts


def test_one_that_has_not_begun_does_not_count_yet(cast) -> None:
    made = approved(cast, valid_from=day(1), valid_until=day(30))
    assert queries.in_force(cast.district.pk, day()) == []
    assert workflow.badge(made)[1] == "已批准，尚未生效"
    assert queries.in_force(cast.district.pk, day(1)) == [made]


def test_another_districts_ones_do_not_count(cast) -> None:
    approved(cast)
    assert queries.in_force(cast.other_district.pk, day()) == []


@pytest.mark.parametrize(("left", "warned"), [(0, True), (1, True), (183, True), (184, False), (-1, False)])
def test_the_bureau_is_warned_one_term_ahead_and_once(cast, left, warned) -> None:
    assert settings.RELAXATION_WARN_DAYS == 183
    made = lapsed(approved(cast), until=day(left))
    assert made.is_expiring is warned
    for _ in range(2):
        call_command("warn_relaxations")
    shown = Notice.objects.filter(key=f"relaxation:{made.pk}:expiring")
    assert [notice.user for notice in shown] == ([cast.admin] if warned else [])
    assert all(f"还有 {left} 天" in notice.text for notice in shown)


def test_only_the_system_sends_warnings(cast) -> None:
    with pytest.raises(NotAllowed):
        actions.warn_expiring(by=cast.admin)
    assert actions.warn_expiring(by=system_user()) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"decided_by": None},
        {"decided_at": None},
        {"state": "pending"},
        {"state": "withdrawn"},
        {"valid_until": dt.date(2000, 1, 1)},
        {"alternative": 0},
    ],
    ids=str,
)
def test_the_database_keeps_no_half_decision(cast, wrong) -> None:
    made = approved(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Relaxation.objects.filter(pk=made.pk).update(**wrong)


def test_the_database_knows_that_two_persons_are_needed(cast) -> None:
    made = approved(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Relaxation.objects.filter(pk=made.pk).update(decided_by=made.created_by)
