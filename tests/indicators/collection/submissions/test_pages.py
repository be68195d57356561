"""The pages of a submission: the form with and without scripts, checks, signing, the receipt."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.asserts import assertContains, assertTemplateUsed

from indicators.collection.submissions import actions, queries
from indicators.collection.submissions.models import Evidence, Revision, Submission, Waiver
from indicators.standard.engine import NotApplicable, Value
from indicators.standard.standards import queries as standards
from portal.core.accounts import actions as own_account
from portal.core.accounts.queries import system_user
from tests.cast import PASSWORD, make_school
from tests.figures import good_answers
from tests.indicators.collection.relaxations.making import proposed
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.indicators.collection.submissions.test_submit import send_back
from tests.pages import flat

F = "pupils_primary"


def url(name, *args):
    return reverse(f"submissions:{name}", args=args)


def page(client, name, *args, status=200):
    response = client.get(url(name, *args))
    assert response.status_code == status, response.content.decode()[:400]
    return response.content.decode()


def test_the_only_submission_opens_at_its_first_open_section(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    assert client.get(url("mine")).url == url("edit", submission.pk)
    assert client.get(url("edit", submission.pk)).url == url("section", submission.pk, "pupils")


def test_a_section_names_who_else_is_at_work_in_it(cast, submission, sign_in):
    actions.save(submission_id=submission.pk, values={F: Value(3)}, by=cast.reporter_a)
    client = sign_in(cast.principal_a)
    assert page(client, "section", submission.pk, "teachers").count("甲校填报员正在填") == 1
    assert "正在填" not in page(sign_in(cast.reporter_a), "section", submission.pk, "teachers")
    earlier = timezone.now() - timedelta(minutes=11)
    submission.answers.update(updated_at=earlier)
    assert "正在填" not in page(client, "section", submission.pk, "teachers")


@pytest.mark.parametrize(
    ("state", "handed_over", "tone"),
    [
        ("submitted", False, "info"),
        ("in_review", False, "info"),
        ("returned", True, "info"),
        ("returned", False, "bad"),
    ],
)
def test_no_state_a_school_only_waits_in_reads_as_a_warning(cast, submission, sign_in, state, handed_over, tone):
    make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    at = timezone.now() if handed_over else None
    by = cast.reporter_a if handed_over else None
    Submission.objects.filter(pk=submission.pk).update(state=state, handed_over_at=at, handed_over_by=by)
    label = Submission.objects.get(pk=submission.pk).state_label
    shown = re.search(rf'tone tone-(\w+)"><svg.*?</svg>{label}<', page(sign_in(cast.reporter_a), "mine"), re.DOTALL)
    assert shown is not None
    assert shown[1] == tone


def test_several_are_listed_newest_first(cast, submission, sign_in):
    make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    html = page(sign_in(cast.reporter_a), "mine")
    assert html.index("2026 年度自评") < html.index("2025 年度自评")


def test_without_any_there_is_a_friendly_empty_page(cast, sign_in):
    assert "现在没有要填报的任务" in page(sign_in(cast.reporter_a), "mine")


def test_every_section_shows_its_items_units_and_last_years_values(cast, submission, spec, sign_in):
    last = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    actions.save(submission_id=last.pk, values=good_answers(spec, "小学", primary=355), taken_over=True, by=cast.admin)
    actions.submit(submission_id=last.pk, by=cast.admin, partial=True)
    client = sign_in(cast.reporter_a)
    shown = "".join(
        page(client, "section", submission.pk, section.code)
        for section in spec.sections
        if section.respondent == "school" and section.code != "self_report"
    )
    assert re.search(r"上年\W*/?span> 355<", shown)
    for item in spec.items.values():
        asked = item.stage in ("", "primary") and not item.relaxation and item.offered
        assert (f'name="v-{item.code}"' in shown) is asked, item.code
    assert "未开始" in shown


def test_what_only_counts_under_a_relaxation_is_asked_while_one_runs_or_waits(cast, submission, sign_in):
    client, code = sign_in(cast.reporter_a), "converted_sports_area"
    assert code not in page(client, "section", submission.pk, "premises")
    day = submission.round.school_year_start
    row = proposed(cast, kind="relax_sports_space", valid_from=day)
    assert f'name="v-{code}"' in page(client, "section", submission.pk, "premises")
    type(row).objects.update(valid_from=row.valid_until)
    assert code not in page(client, "section", submission.pk, "premises")
    actions.save(submission_id=submission.pk, values={code: Value(200)}, by=cast.reporter_a)
    assert f'name="v-{code}"' in page(client, "section", submission.pk, "premises"), "nothing answered is hidden"


def test_a_choice_and_the_text_that_explains_it_are_one_row(cast, submission, sign_in):
    rows = page(sign_in(cast.reporter_a), "section", submission.pk, "management").split('<section class="entry-row')
    [row] = [row for row in rows if 'name="f-moral_education"' in row]
    assert 'name="f-moral_education_note"' in row
    assert 'id="row-moral_education_note"' in row


def test_a_vocational_school_adds_its_attached_junior_classes(cast, round_, sign_in):
    school = make_school("4102020009", "职业学校", cast.district, kind="中等职业学校")
    submission, client = make_submission(round_, school=school), sign_in(cast.admin)
    first = client.get(url("edit", submission.pk), follow=True).content.decode()
    assert "附设初中班" in first
    assert "附设高中班" not in first
    assert (
        'name="v-pupils_junior"'
        in client.get(url("section", submission.pk, "pupils") + "?stage=junior").content.decode()
    )
    actions.save(submission_id=submission.pk, values={"pupils_junior": Value(80)}, by=cast.admin)
    assert 'name="v-teachers_junior"' in page(client, "section", submission.pk, "teachers")


def test_states_of_sections_are_said_in_words(cast, complete, sign_in):
    actions.save(
        submission_id=complete.pk,
        by=cast.reporter_a,
        values={"teaching_area": Value(1), "indoor_sports_area": Value(2), "multimedia_rooms": None},
    )
    html = page(sign_in(cast.reporter_a), "section", complete.pk, "premises")
    assert "有错误" in html
    assert "1 处错误" in html
    assert "已完成" in html
    assert "1 项未填" in html
    check = page(sign_in(cast.reporter_a), "check", complete.pk)
    # Only what there is to do: no zero is counted.
    assert "还有 1 项未填、1 处错误，处理完就可以送校长签发" in check


@pytest.mark.parametrize(("standard", "is_offered"), [("national-2017", False), ("national-2021", True)])
def test_what_a_standard_does_not_judge_is_not_on_the_form(cast, sign_in, standard, is_offered):
    round_ = make_round(cast.district, "2031", standard=standards.current(standard))
    row = make_submission(round_, school=cast.school_a)
    client = sign_in(cast.reporter_a)
    evidence = client.get(reverse("evidence:files", args=[row.pk])).content.decode()
    for section, code in (("management", "labour_education"), ("vetoes", "veto_tutoring")):
        assert (f'data-field="{code}"' in page(client, "section", row.pk, section)) is is_offered
        assert (f'id="slot-{code}"' in evidence) is is_offered
    actions.save(submission_id=row.pk, values={"labour_education": Value("好")}, by=cast.reporter_a)
    assert 'data-field="labour_education"' in page(client, "section", row.pk, "management"), "what is answered is seen"


def test_the_self_report_is_written_in_its_own_pages_and_only_what_was_typed_before_stays(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    html = page(client, "section", submission.pk, "vetoes")
    assert url("section", submission.pk, "self_report") not in html, "a section nobody is asked in"
    assert reverse("self_reports:detail", args=[submission.pk]) in html
    page(client, "section", submission.pk, "self_report", status=404)
    assert "学校自评报告另写" in page(client, "check", submission.pk)
    actions.save(submission_id=submission.pk, values={"self_report": Value("做法" * 30)}, by=cast.reporter_a)
    html = page(client, "section", submission.pk, "self_report")
    assert 'data-field="self_report"' in html
    assert "自评报告另写" in html


def test_a_school_with_attached_classes_can_add_their_stage(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    assert "附设初中班" in page(client, "section", submission.pk, "pupils")
    html = client.get(url("section", submission.pk, "pupils") + "?stage=junior").content.decode()
    assert 'name="v-pupils_junior"' in html
    actions.save(submission_id=submission.pk, values={"pupils_junior": Value(30)}, by=cast.reporter_a)
    assert 'name="v-teachers_junior"' in page(client, "section", submission.pk, "teachers")


def test_without_scripts_a_section_is_saved_by_an_ordinary_post(cast, submission, spec, sign_in):
    client = sign_in(cast.reporter_a)
    fields = {
        f"v-{F}": "0",
        f"f-{F}": "１,203",
        "v-boarders_primary": "0",
        "na-boarders_primary": "on",
        "reason-boarders_primary": "没有寄宿生",
        "v-migrant_pupils_primary": "0",
        "f-migrant_pupils_primary": "0",
    }
    response = client.post(url("save_section", submission.pk, "pupils"), fields | {"go": "classes"})
    assert response.url == url("section", submission.pk, "classes")
    assert queries.load(queries.get(cast.reporter_a, submission.pk)).answers == {
        F: Value(1203),
        "boarders_primary": NotApplicable("没有寄宿生"),
        "migrant_pupils_primary": Value(0),
    }


def test_without_scripts_a_bad_value_is_shown_again_and_the_good_ones_are_stored(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    fields = {f"v-{F}": "0", f"f-{F}": "约三百", "v-boarders_primary": "0", "f-boarders_primary": "12"}
    response = client.post(url("save_section", submission.pk, "pupils"), fields)
    html = response.content.decode()
    assert response.status_code == 400
    assert 'value="约三百"' in html
    assert "应填数字，填的是“约三百”" in html
    assert submission.answers.get().field == "boarders_primary"


def test_without_scripts_a_value_overtaken_by_somebody_is_shown_again(cast, submission, sign_in):
    actions.save(submission_id=submission.pk, values={F: Value(5)}, by=cast.principal_a)
    response = sign_in(cast.reporter_a).post(
        url("save_section", submission.pk, "pupils"), {f"v-{F}": "0", f"f-{F}": "6"}
    )
    html = response.content.decode()
    assert response.status_code == 400
    assert "甲校校长在您之前改过这一项" in html
    assert 'value="6"' in html


def test_without_scripts_a_table_changed_by_two_loses_no_row_unseen(cast, submission, sign_in):
    row = {"name": "书香校园", "level": "市级", "year": "2025"}
    actions.save(submission_id=submission.pk, values={"honours": Value(({**row, "year": 2025},))}, by=cast.principal_a)
    typed = {"v-honours": "0"} | {f"t-honours-{code}": text for code, text in (row | {"name": "足球特色学校"}).items()}
    response = sign_in(cast.reporter_a).post(url("save_section", submission.pk, "safety"), typed)
    html = response.content.decode()
    assert response.status_code == 400
    assert "对方的“书香校园 市级 2025”您这里没有" in html
    assert "足球特色学校</textarea>" in html


def test_without_scripts_a_row_of_both_is_not_shown_as_missing_for_how_it_is_typed(cast, submission, sign_in):
    row = {"name": "书香校园", "level": "市级", "year": 2025}
    actions.save(submission_id=submission.pk, values={"honours": Value((row,))}, by=cast.principal_a)
    cells = {"name": ["书香校园 ", "足球特色学校"], "level": ["市级", "市级"], "year": ["２０２５", "2025"]}
    typed = {"v-honours": "0"} | {f"t-honours-{code}": texts for code, texts in cells.items()}
    html = sign_in(cast.reporter_a).post(url("save_section", submission.pk, "safety"), typed).content.decode()
    assert "甲校校长在您之前改过这一项，现为“1 行”" in html


def test_without_scripts_a_reason_overtaken_by_somebody_is_shown_again(cast, submission, sign_in):
    actions.save(submission_id=submission.pk, values={F: Value(5)}, by=cast.principal_a)
    typed = {f"v-{F}": "0", f"na-{F}": "on", f"reason-{F}": "本校没有小学"}
    html = sign_in(cast.reporter_a).post(url("save_section", submission.pk, "pupils"), typed).content.decode()
    assert 'value="本校没有小学"' in html
    assert "现为“5”" in html


def test_without_scripts_tables_are_saved_and_blank_rows_dropped(cast, submission, sign_in):
    rows = {
        "stage": ["小学", "小学", "", ""],
        "grade": ["一年级", "一年级", "", ""],
        "number": ["1", "2", "", ""],
        "pupils": ["40", "41", "", ""],
    }
    fields = {"v-class_list": "0"} | {f"t-class_list-{code}": cells for code, cells in rows.items()}
    sign_in(cast.reporter_a).post(url("save_section", submission.pk, "classes"), fields)
    assert [row["pupils"] for row in submission.answers.get(field="class_list").rows] == ["40", "41"]
    assert submission.answers.get(field="pupils_primary").number == 81


def test_without_scripts_cells_their_controls_cannot_hold_are_shown_as_typed(submission, cast, sign_in):
    cells = {"date": "下周五", "kind": "演习", "participants": "160"}
    fields = {"v-drills": "0"} | {f"t-drills-{code}": [text] for code, text in cells.items()}
    response = sign_in(cast.reporter_a).post(url("save_section", submission.pk, "safety"), fields)
    page = flat(response.content.decode())
    assert '<option selected>演习</option></select><small class="cell-fault"' in page
    assert 'value="下周五" aria-label="第 1 行日期" aria-invalid="true" type="text"' in page


def test_a_line_break_in_a_cell_stays(submission, cast, sign_in):
    rows = {"rows": [{"name": "第一行\n第二行", "level": "市级", "year": "2025"}]}
    post = {"v-honours": "0"} | {f"t-honours-{code}": [text] for code, text in rows["rows"][0].items()}
    client = sign_in(cast.reporter_a)
    client.post(url("save_section", submission.pk, "safety"), post)
    assert submission.answers.get().rows == rows["rows"]
    assert "\n第一行\n第二行</textarea>" in client.get(url("section", submission.pk, "safety")).content.decode()


def test_no_rows_are_blank_unless_none_is_confirmed(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    client.post(
        url("save_section", submission.pk, "equipment"),
        {"v-music_rooms": "0", "v-art_rooms": "0", "none-art_rooms": "on"},
    )
    assert queries.load(queries.get(cast.reporter_a, submission.pk)).answers == {"art_rooms": Value(())}


def test_the_reason_for_sending_back_stands_at_the_item_until_it_is_changed(cast, complete, sign_in):
    send_back(actions.submit(submission_id=complete.pk, by=cast.principal_a), "teaching_area")
    client = sign_in(cast.reporter_a)
    html = page(client, "section", complete.pk, "premises")
    assert "审核退回：1 处需要修改或说明" in html
    assert "与统计报表不一致" in html
    assert "未改" in html
    assert "hidden>已处理" in html
    actions.save(submission_id=complete.pk, values={"teaching_area": Value(3000)}, by=cast.reporter_a)
    html = page(client, "section", complete.pk, "premises")
    assert "未改" not in html
    assert "hidden>已处理" not in html


def test_a_form_sent_back_opens_where_it_was_sent_back_and_its_section_says_so(cast, complete, sign_in):
    send_back(actions.submit(submission_id=complete.pk, by=cast.principal_a), "teaching_area")
    client = sign_in(cast.reporter_a)
    assert client.get(url("edit", complete.pk)).url == url("section", complete.pk, "premises")
    html = page(client, "section", complete.pk, "premises")
    assert "退回待改" in html
    assert "1 处退回待改" in html
    assert "还有 1 处退回没有改" in page(client, "check", complete.pk)
    actions.save(submission_id=complete.pk, values={"teaching_area": Value(3000)}, by=cast.reporter_a)
    assert "1 处退回待改" not in page(client, "section", complete.pk, "premises")
    assert client.get(url("edit", complete.pk)).url == url("section", complete.pk, "pupils")


def test_the_check_page_says_when_only_the_heads_part_is_left(cast, complete, spec, sign_in):
    vetoes = {item.code: None for item in spec.items.values() if item.signed}
    actions.save(submission_id=complete.pk, values=vetoes, by=cast.principal_a)
    client = sign_in(cast.reporter_a)
    html = page(client, "check", complete.pk)
    assert "只剩一票否决事项由校长确认，可以送校长签发了" in html
    assert "以考试方式招生（由校长确认）" in html
    actions.hand_over(submission_id=complete.pk, by=cast.reporter_a)
    assert "已送校长签发，签发前仍可修改" in page(client, "check", complete.pk)


def test_the_read_only_page_names_people_not_accounts_and_items_of_reasons(cast, complete, sign_in):
    send_back(actions.submit(submission_id=complete.pk, by=cast.principal_a), "teaching_area")
    html = page(sign_in(cast.reporter_a), "detail", complete.pk).split("<main")[1]
    assert "甲校填报员" in html
    assert f"（{cast.reporter_a.username}）" not in html
    assert "教学及辅助用房面积：" in html


def test_the_check_page_links_to_every_open_field(cast, submission, sign_in):
    html = page(sign_in(cast.reporter_a), "check", submission.pk)
    assert f"{url('section', submission.pk, 'pupils')}#f-{F}" in html
    assert "送校长签发" in html
    assert "核对签发" not in html


def test_handing_over_too_early_leads_to_what_is_open(cast, submission, sign_in):
    client = sign_in(cast.reporter_a)
    response = client.post(url("hand_over", submission.pk), follow=True)
    html = response.content.decode()
    assert response.redirect_chain == [(url("check", submission.pk), 302)]
    assert "处理后再送校长签发" in html
    assert f"{url('section', submission.pk, 'pupils')}#f-{F}" in html
    submission.refresh_from_db()
    assert submission.handed_over_at is None


def test_a_departments_liaison_signs_and_hands_on_to_nobody(cast, round_, sign_in):
    department = make_submission(round_, department=cast.department)
    actions.save(submission_id=department.pk, values={"teacher_wage": Value(90000)}, by=cast.liaison)
    html = page(sign_in(cast.liaison), "check", department.pk)
    assert "核对签发" in html
    assert "送局管理员签发" not in html
    assert "校长" not in html


def test_a_warning_is_waived_on_the_page(cast, complete, sign_in):
    actions.save(submission_id=complete.pk, values={"multimedia_rooms": Value(60)}, by=cast.reporter_a)
    client = sign_in(cast.reporter_a)
    assert "超过班级数" in page(client, "section", complete.pk, "equipment")
    data = {"warning": "rows_multiple:multimedia_rooms", "reason:rows_multiple:multimedia_rooms": "新楼全部配备"}
    assert client.post(url("waive", complete.pk), data).status_code == 302
    assert Waiver.objects.get().reason == "新楼全部配备"
    assert "已说明：新楼全部配备（甲校填报员）" in page(client, "section", complete.pk, "equipment")


def test_a_reason_that_is_too_short_is_shown_again_at_its_warning(cast, complete, sign_in):
    actions.save(submission_id=complete.pk, values={"multimedia_rooms": Value(60)}, by=cast.reporter_a)
    code = "rows_multiple:multimedia_rooms"
    data = {"warning": code, f"reason:{code}": "新楼", "back": "check"}
    response = sign_in(cast.reporter_a).post(url("waive", complete.pk), data)
    assert response.status_code == 400
    assertTemplateUsed(response, "indicators/submissions/check.html")
    assertContains(response, 'value="新楼" aria-invalid="true"', status_code=400)
    assertContains(response, "请写明原因，5 至 300 字", status_code=400)
    assert not Waiver.objects.exists()


def test_who_signs_in_in_two_steps_signs_with_a_code_spent_once(cast, complete, sign_in):
    own_account.begin_two_step(by=cast.principal_a)
    device = TOTPDevice.objects.get()
    # Asked for once: half a minute may end in between.
    code = f"{totp(device.bin_key):06d}"
    own_account.confirm_two_step(code=code, by=cast.principal_a)
    client = sign_in(cast.principal_a)
    assert "动态验证码" in page(client, "sign", complete.pk)
    form = {"number": 1, "promise": "on", "password": PASSWORD}
    assert client.post(url("submit", complete.pk), form).status_code == 400
    form["code"] = code
    assert client.post(url("submit", complete.pk), form).status_code == 400, "it was turned on with this one"
    TOTPDevice.objects.update(last_t=-1, throttling_failure_count=0)
    for _ in range(2):
        assert client.post(url("submit", complete.pk), form).url == url("detail", complete.pk)
    assert Revision.objects.count() == 1


def test_the_head_signs_and_gets_a_receipt_once(cast, complete, sign_in):
    client = sign_in(cast.principal_a)
    assert "签发并提交" in page(client, "sign", complete.pk)
    assert client.post(url("submit", complete.pk), {"number": 1}).status_code == 400
    for _ in range(3):
        response = client.post(url("submit", complete.pk), {"number": 1, "promise": "on", "password": PASSWORD})
        assert response.url == url("detail", complete.pk)
    revision = Revision.objects.get()
    html = page(client, "detail", complete.pk)
    assert revision.receipt in html
    assert revision.sha256 in html
    assert "撤回" in html
    html = page(client, "revision", revision.pk).split("<main")[1]
    assert revision.receipt in html
    assert "甲校填报员" in html
    assert "（reporter_a）" not in html
    assert "上年" not in html, "a revision froze no last year"


def test_what_is_open_stands_instead_of_the_signing_button(cast, submission, sign_in):
    html = page(sign_in(cast.principal_a), "sign", submission.pk)
    assert "还不能签发" in html
    assert 'name="promise"' not in html


def test_after_submitting_the_form_is_read_only(cast, complete, sign_in):
    actions.submit(submission_id=complete.pk, by=cast.principal_a)
    client = sign_in(cast.reporter_a)
    assert client.get(url("section", complete.pk, "pupils")).url == url("detail", complete.pk)
    response = client.post(url("save_section", complete.pk, "pupils"), {f"v-{F}": "1", f"f-{F}": "9"})
    assert response.status_code == 409
    assert "已提交" in response.content.decode()


def test_withdrawing_over_the_web(cast, complete, sign_in):
    actions.submit(submission_id=complete.pk, by=cast.principal_a)
    assert sign_in(cast.reporter_a).post(url("withdraw", complete.pk)).status_code == 403
    head = sign_in(cast.principal_a)
    assert "原因" in head.post(url("withdraw", complete.pk), follow=True).content.decode()
    complete.refresh_from_db()
    assert complete.state == Submission.State.SUBMITTED, "without a reason nothing is withdrawn"
    assert head.post(url("withdraw", complete.pk), {"reason": "教师数填错了"}).status_code == 302
    complete.refresh_from_db()
    assert complete.state == Submission.State.DRAFT


def test_handing_over_over_the_web(cast, complete, sign_in):
    sign_in(cast.reporter_a).post(url("hand_over", complete.pk))
    complete.refresh_from_db()
    assert complete.handed_over_by == cast.reporter_a


def test_the_bureau_fills_in_its_own(cast, round_, sign_in):
    bureau = make_submission(round_)
    client = sign_in(cast.admin)
    assert client.get(url("mine")).url == url("edit", bureau.pk)
    assert "常住人口" in page(client, "section", bureau.pk, "basics")


READ = {
    "reporter_a": 200,
    "principal_a": 200,
    "admin": 200,
    "reviewer": 200,
    "leader": 200,
    "expert": 200,
    "inspector_a": 200,
    "inspector_b": 404,
    "reporter_b": 404,
    "foreign_admin": 404,
    "expired_expert": 403,
    "auditor": 403,
    "liaison": 404,
    "disabled": 302,
}


@pytest.mark.parametrize(("who", "status"), READ.items())
@pytest.mark.parametrize("name", ["detail", "check"])
def test_who_may_read(cast, complete, sign_in, who, status, name):
    assert sign_in(getattr(cast, who)).get(url(name, complete.pk)).status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("reviewer", 403), ("reporter_b", 404), ("foreign_admin", 404), ("leader", 403)]
)
@pytest.mark.parametrize("name", ["save", "waive", "hand_over"])
def test_who_may_not_write(cast, complete, sign_in, who, status, name):
    data = (
        {"data": '{"fields": {}}', "content_type": "application/json"}
        if name == "save"
        else {"data": {"warning": "a:b"}}
    )
    assert sign_in(getattr(cast, who)).post(url(name, complete.pk), **data).status_code == status


@pytest.mark.parametrize("name", ["save", "waive", "hand_over", "submit", "withdraw"])
def test_nothing_changes_by_get(cast, complete, sign_in, name):
    assert sign_in(cast.principal_a).get(url(name, complete.pk)).status_code == 405


def test_an_unknown_section_is_not_found(cast, complete, sign_in):
    client = sign_in(cast.reporter_a)
    for key, section in ((complete.pk, "nothing"), (999_999, "pupils")):
        assert client.get(url("section", key, section)).status_code == 404


def test_the_form_takes_a_fixed_number_of_queries(cast, complete, sign_in, django_assert_max_num_queries):
    from portal.core.files.models import Document

    client = sign_in(cast.reporter_a)
    system = system_user()
    for n in range(30):
        document = Document.objects.create(
            name=f"{n}.pdf", sha256=f"{n:064}", size=1, media_type="x", created_by=system
        )
        Evidence.objects.create(
            submission=complete, item="pupils", document=document, created_by=system, updated_by=system
        )
    with django_assert_max_num_queries(20):
        page(client, "section", complete.pk, "pupils")
    with django_assert_max_num_queries(20):
        page(client, "detail", complete.pk)
    with django_assert_max_num_queries(20):
        page(client, "check", complete.pk)
