"""Files behind the figures: stored whole, never deleted, handed out only to who may see them."""

from urllib.parse import quote

import pytest
from django.db import transaction
from django.urls import reverse

from indicators.collection.evidence import actions
from indicators.collection.submissions.models import Evidence, Submission
from indicators.collection.submissions.owner_actions import assign_items
from inspections.rectification import workflow as rectification
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from portal.core.files import models as files, store, uploads
from portal.core.files.models import Document
from tests.attacks import corpus
from tests.indicators.collection.submissions.conftest import make_submission

SCRIPT = "application/json, text/html"


def attach(submission, by, item="teaching_area", name="房产测绘图.pdf", content=None, **more):
    file = uploads.accept(corpus.upload(name, content or corpus.pdf()))
    return actions.attach(submission_id=submission.pk, item=item, file=file, by=by, **more)


def test_a_file_is_stored_with_its_hash_and_audited(cast, submission):
    content = corpus.pdf()
    evidence = attach(submission, cast.reporter_a, content=content, caption=" 2020年测绘 ").evidence
    assert b"".join(store.read(evidence.document)) == content
    assert evidence.caption == "2020年测绘"
    event = AuditEvent.objects.get(action="evidence.attach")
    assert event.after["sha256"] == evidence.document.sha256
    assert event.object_name == f"{evidence.document.name}（{submission}）"


def test_the_same_file_at_the_same_item_is_one_row(cast, submission):
    first = attach(submission, cast.reporter_a)
    again = attach(submission, cast.reporter_a)
    assert first.evidence == again.evidence
    assert again.also_used == (f"已经传过的“{again.evidence.document.name}”（本项）",)
    assert Evidence.objects.count() == 1


def test_the_same_file_at_another_item_is_warned_about_and_at_another_school_not(cast, submission, round_):
    attach(submission, cast.reporter_a)
    assert attach(submission, cast.reporter_a, item="equipment_value").also_used == ("“教学及辅助用房面积”的佐证",)
    other = make_submission(round_, school=cast.school_b)
    assert attach(other, cast.reporter_b).also_used == (), "what other schools hand in is not theirs to know"


def test_an_unknown_item_keeps_no_bytes(cast, submission):
    with pytest.raises(Invalid):
        attach(submission, cast.reporter_a, item="nothing")
    assert Document.objects.count() == 0


def test_a_full_disk_is_said_in_chinese_and_leaves_no_row(cast, submission, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(Refused, match="存储空间不足"):
        attach(submission, cast.reporter_a)
    assert Evidence.objects.count() == Document.objects.count() == 0


def test_withdrawing_keeps_row_and_bytes(cast, submission):
    evidence = attach(submission, cast.reporter_a).evidence
    for _ in range(2):
        actions.withdraw(evidence_id=evidence.pk, reason="传错了", by=cast.reporter_a)
    evidence.refresh_from_db()
    assert evidence.withdrawn_by == cast.reporter_a
    assert b"".join(store.read(evidence.document))
    assert AuditEvent.objects.filter(action="evidence.withdraw").count() == 1


def test_files_of_a_handed_in_submission_stay_as_they_are(cast, submission):
    evidence = attach(submission, cast.reporter_a).evidence
    Submission.objects.update(state="submitted")
    with pytest.raises(Conflict):
        attach(submission, cast.reporter_a, item="equipment_value")
    with pytest.raises(Conflict):
        actions.withdraw(evidence_id=evidence.pk, reason="传错了", by=cast.reporter_a)


def test_rights(cast, submission):
    evidence = attach(submission, cast.reporter_a).evidence
    for who, error in ((cast.reporter_b, NotFound), (cast.foreign_admin, NotFound), (cast.reviewer, NotAllowed)):
        with pytest.raises(error):
            attach(submission, who)
        with pytest.raises(error):
            actions.withdraw(evidence_id=evidence.pk, reason="传错了", by=who)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reporter_a", 200),
        ("principal_a", 200),
        ("reviewer", 200),
        ("admin", 200),
        ("leader", 403),
        ("expert", 403),
        ("inspector_a", 403),
        ("reporter_b", 404),
        ("foreign_admin", 404),
        ("auditor", 403),
    ],
)
def test_personal_data_goes_only_to_who_fills_in_or_reviews(cast, submission, sign_in, who, status):
    evidence = attach(submission, cast.reporter_a, restricted=True).evidence
    response = sign_in(getattr(cast, who)).get(reverse("evidence:download", args=[evidence.pk]))
    assert response.status_code == status
    if status == 200:
        assert b"".join(response.streaming_content)


def test_a_download_is_an_attachment_nothing_can_run_in(cast, submission, sign_in):
    evidence = attach(submission, cast.reporter_a, name="第三小学 房产图.pdf").evidence
    response = sign_in(cast.inspector_a).get(reverse("evidence:download", args=[evidence.pk]))
    assert b"".join(response.streaming_content) == corpus.pdf()
    assert response.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('第三小学 房产图.pdf')}"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Content-Type"] == "application/pdf"
    assert AuditEvent.objects.filter(action="evidence.download", actor_id=cast.inspector_a.pk).count() == 1


@pytest.mark.parametrize(
    ("media_type", "most", "status", "policy"),
    [
        ("application/pdf", 10**6, 200, "script-src 'none'; frame-ancestors 'self'"),
        ("image/png", 10**6, 200, "default-src 'none'; sandbox; script-src 'none'; frame-ancestors 'self'"),
        ("application/msword", 10**6, 404, ""),
        ("application/pdf", 10, 404, ""),
    ],
)
def test_only_small_pictures_and_pdfs_are_shown_in_a_frame_of_our_own(
    cast, submission, sign_in, monkeypatch, media_type, most, status, policy
):
    monkeypatch.setattr(files, "SHOWN_MAX_BYTES", most)
    evidence = attach(submission, cast.reporter_a).evidence
    with transaction.atomic():
        document = store.save([corpus.pdf()], name="图", media_type=media_type, by=cast.admin)
    Evidence.objects.filter(pk=evidence.pk).update(document=document)
    response = sign_in(cast.reviewer).get(reverse("evidence:show", args=[evidence.pk]))
    assert response.status_code == status
    if status == 200:
        assert b"".join(response.streaming_content) == corpus.pdf()
        assert response.headers["Content-Disposition"].startswith("inline")
        assert response.headers["Content-Security-Policy"] == policy
        assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert AuditEvent.objects.filter(action="evidence.download", actor_id=cast.reviewer.pk).count() == 1


def test_upload_over_the_web_and_withdraw(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    url = reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    response = client.post(url, {"file": corpus.upload("图.pdf", corpus.pdf()), "caption": "测绘", "restricted": "on"})
    assert response.status_code == 302
    evidence = Evidence.objects.get()
    assert (evidence.restricted, evidence.document.name) == (True, "图.pdf")
    assert "图.pdf" in client.get(response.url).content.decode()
    withdraw = reverse("evidence:withdraw", args=[evidence.pk])
    assert "请写明撤下佐证的原因" in client.post(withdraw, {"reason": " "}, follow=True).content.decode()
    evidence.refresh_from_db()
    assert not evidence.withdrawn_at
    assert client.post(withdraw, {"reason": "传错了"}).status_code == 302
    assert AuditEvent.objects.get(action="evidence.withdraw").after == {"reason": "传错了"}
    evidence.refresh_from_db()
    assert evidence.withdrawn_at


def test_a_refused_upload_says_why_and_keeps_nothing(cast, submission, sign_in):
    url = reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    response = sign_in(cast.reporter_a).post(
        url, {"file": corpus.upload("通知.pdf", b"MZ" + b"\0" * 99)}, headers={"accept": "application/json"}
    )
    assert response.status_code == 400
    assert "可执行程序" in response.json()["message"]
    assert Document.objects.count() == 0


def test_messages_wait_for_the_page_a_script_opens_after_its_upload(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    address = reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    for name in ("测绘图.pdf", "测绘图-副本.pdf"):
        answer = client.post(address, {"file": corpus.upload(name, corpus.pdf())}, headers={"accept": SCRIPT})
        assert answer.status_code == 200
    page = client.get(answer.json()["location"]).content.decode()
    assert "是同一个文件，请确认没有传错" in page


def test_several_photos_at_once_keep_the_good_ones_and_the_page_names_the_bad(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    address = reverse("evidence:attach", args=[submission.pk, "music_rooms"])
    files = [
        corpus.upload("一.jpg", corpus.image()),
        corpus.upload("二.exe", b"MZ"),
        corpus.upload("三.png", corpus.image("PNG")),
    ]
    answer = client.post(address, {"file": files}, headers={"accept": SCRIPT})
    assert sorted(Evidence.objects.values_list("document__name", flat=True)) == ["一.jpg", "三.png"]
    page = client.get(answer.json()["location"]).content.decode()
    assert all(part in page for part in ("一.jpg", "三.png", "已上传 2 个文件", "没有上传：“二.exe”"))


def test_a_batch_without_a_sound_file_is_refused_as_a_whole(cast, submission, sign_in):
    files = [corpus.upload("甲.pdf", b"no pdf"), corpus.upload("乙.pdf", b"nor this")]
    address = reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    answer = sign_in(cast.reporter_a).post(address, {"file": files}, headers={"accept": SCRIPT})
    assert answer.status_code == 400
    assert [problem.split("”")[0] for problem in answer.json()["problems"]] == ["“甲.pdf", "“乙.pdf"]


def test_who_has_uploaded_a_days_worth_waits_and_others_do_not(cast, submission, settings):
    attach(submission, cast.reporter_a)
    settings.UPLOAD_QUOTA_BYTES = 10
    with pytest.raises(Refused, match="24 小时内已上传"):
        attach(submission, cast.reporter_a, item="multimedia_rooms")
    with pytest.raises(Refused, match="24 小时内已上传"):
        rectification.save_file(corpus.upload("照片.pdf", corpus.pdf()), by=cast.reporter_a)
    attach(submission, cast.principal_a, item="multimedia_rooms")
    assert Evidence.objects.count() == 2


@pytest.mark.parametrize(
    "address", ["register:upload", "departments:upload", "workbooks:upload", "state_statistics:upload"]
)
def test_a_days_worth_counts_workbooks_and_not_what_the_portal_packed(cast, submission, sign_in, settings, address):
    """Every road a file comes in by is one quota."""
    store_ = {"name": "包.zip", "sha256": "0" * 64, "size": 99, "created_by": cast.admin}
    Document.objects.create(media_type="application/zip", **store_)
    settings.UPLOAD_QUOTA_BYTES = 10
    place = [submission.round_id] if address.startswith(("workbooks", "state")) else []
    page = sign_in(cast.admin).post(reverse(address, args=place), {"file": corpus.upload("表.xlsx", b"nothing")})
    assert "24 小时内已上传" not in page.content.decode()
    Document.objects.create(media_type="x", **store_)
    page = sign_in(cast.admin).post(reverse(address, args=place), {"file": corpus.upload("表.xlsx", b"nothing")})
    assert "24 小时内已上传" in page.content.decode()


def test_a_file_stays_known_at_an_item_that_another_unit_answers_now(cast, round_, sign_in):
    own = make_submission(round_, department=cast.department)
    first = attach(own, cast.liaison, item="teacher_wage")
    mine = {"civil_servant_wage": cast.department.pk, "teacher_wage": None}
    assign_items(district_id=cast.district.pk, owners=mine, reason="机构改革", by=cast.admin)
    again = attach(own, cast.liaison, item="civil_servant_wage")
    assert again.evidence != first.evidence
    assert again.also_used == ("“义务教育学校教师年平均工资收入（公办）”的佐证",)
    page = sign_in(cast.liaison).get(reverse("evidence:files", args=[own.pk]))
    assert page.status_code == 200
