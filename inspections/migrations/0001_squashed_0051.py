"""Tables of inspections: what 0001 to 0051 make, in one step.

A new database is made by this one; one that is older goes on by those replaced. What they did to rows has no row here.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("inspections", "0001_initial"),
        ("inspections", "0002_ledger_and_checklist"),
        ("inspections", "0003_report_warnings"),
        ("inspections", "0004_dossier_keeps_what_was_built"),
        ("inspections", "0005_deadline"),
        ("inspections", "0006_visit_periods"),
        ("inspections", "0007_visit_photos"),
        ("inspections", "0008_visit_discrepancies"),
        ("inspections", "0009_dossier_open_package"),
        ("inspections", "0010_findings_are_handed_over"),
        ("inspections", "0011_visit_moved"),
        ("inspections", "0012_visit_rescheduled"),
        ("inspections", "0013_zones"),
        ("inspections", "0014_checked_figures"),
        ("inspections", "0015_visits_on_paper"),
        ("inspections", "0016_closing_rests_on_a_figure"),
        ("inspections", "0017_whose_clock_runs"),
        ("inspections", "0018_letters"),
        ("inspections", "0019_finding_severity_void_repeats"),
        ("inspections", "0020_checklist_versions"),
        ("inspections", "0021_reports_are_issued"),
        ("inspections", "0022_recusals"),
        ("inspections", "0023_reports_of_two_kinds"),
        ("inspections", "0024_letter_files"),
        ("inspections", "0025_escalation"),
        ("inspections", "0026_follow_ups"),
        ("inspections", "0027_campaigns"),
        ("inspections", "0028_addenda"),
        ("inspections", "0029_finding_respondents"),
        ("inspections", "0030_imported_ledger"),
        ("inspections", "0031_rehearsals"),
        ("inspections", "0032_less_is_better"),
        ("inspections", "0033_replies_with_files"),
        ("inspections", "0034_feedback_deadline"),
        ("inspections", "0035_letters_to_departments"),
        ("inspections", "0036_campaigns_change"),
        ("inspections", "0037_own_objections"),
        ("inspections", "0038_rehearsed_figures"),
        ("inspections", "0039_reports_of_campaigns"),
        ("inspections", "0040_witness_of_a_visit"),
        ("inspections", "0041_own_objections_stand_alone"),
        ("inspections", "0042_surveys"),
        ("inspections", "0043_duties"),
        ("inspections", "0044_public_page"),
        ("inspections", "0045_issued_papers"),
        ("inspections", "0046_school_self_reports"),
        ("inspections", "0047_duty_phase"),
        ("inspections", "0048_duties_in_phases"),
        ("inspections", "0049_unused_codes"),
        ("inspections", "0050_answers_without_a_day"),
        ("inspections", "0051_reword_findings"),
    ]

    initial = True

    dependencies = [
        ("indicators", "0001_squashed_0036"),
        ("portal", "0001_squashed_0017"),
        ("schools", "0001_squashed_0012"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("theme", models.CharField(max_length=100, verbose_name="主题")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="结束日期")),
                ("indicators", models.JSONField(blank=True, default=list, verbose_name="指标")),
                ("matters", models.TextField(max_length=1000, verbose_name="督导事项")),
                ("notice_no", models.CharField(blank=True, max_length=40, verbose_name="通知文号")),
                ("per_day", models.PositiveSmallIntegerField(verbose_name="每组每天最多几所")),
                ("digest", models.CharField(max_length=64, verbose_name="校验值")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="取消的原因")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="取消时间")),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("change_reason", models.CharField(blank=True, max_length=200, verbose_name="最近修改的原因")),
            ],
            options={
                "verbose_name": "专项督导",
                "verbose_name_plural": "专项督导",
                "ordering": ["-starts_on", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="campaign_dates_in_order"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at__isnull", True)),
                        fields=("district", "digest"),
                        name="campaign_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", True), ("cancelled_by__isnull", True)),
                            models.Q(("cancelled_at__isnull", False), ("cancelled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="campaign_cancelled_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChecklistVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30, verbose_name="清单")),
                ("number", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("content", models.JSONField(blank=True, default=dict, verbose_name="内容")),
                ("is_withdrawn", models.BooleanField(default=False, verbose_name="撤回本区的修改")),
                ("reason", models.CharField(max_length=200, verbose_name="修改原因")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="修改时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="修改人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
            ],
            options={
                "verbose_name": "检查清单的版本",
                "verbose_name_plural": "检查清单的版本",
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("district", "code", "number"), name="checklist_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("at_once", "立行立改"),
                            ("with_deadline", "限期整改"),
                            ("long_term", "长期坚持"),
                            ("feedback", "反馈初步意见"),
                            ("plea", "申辩"),
                            ("opinion", "出具督导意见书"),
                            ("report", "报送整改情况"),
                        ],
                        max_length=15,
                        verbose_name="事项",
                    ),
                ),
                ("count", models.PositiveSmallIntegerField(verbose_name="期限")),
                (
                    "unit",
                    models.CharField(
                        choices=[("days", "日"), ("workdays", "工作日")], max_length=10, verbose_name="单位"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "办理期限",
                "verbose_name_plural": "办理期限",
                "constraints": [
                    models.UniqueConstraint(fields=("district", "kind"), name="deadline_once"),
                    models.CheckConstraint(
                        condition=models.Q(("unit__in", ["days", "workdays"])), name="deadline_unit_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 1), ("count__lte", 366)), name="deadline_count_sensible"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["at_once", "with_deadline", "long_term", "feedback", "plea", "opinion", "report"],
                            )
                        ),
                        name="deadline_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dossier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("version", models.PositiveIntegerField(verbose_name="版次")),
                ("data_sha256", models.CharField(max_length=64, verbose_name="数据版本")),
                ("catalogue", models.JSONField(verbose_name="目录")),
                (
                    "state",
                    models.CharField(
                        choices=[("building", "编制中"), ("ready", "已完成"), ("failed", "失败")],
                        default="building",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossiers",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "evaluation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="indicators.evaluation", verbose_name="评估结果"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.job",
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "built",
                    models.JSONField(
                        blank=True, default=dict, help_text="files → size, sha256, pages; totals", verbose_name="成品"
                    ),
                ),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="核验时间")),
                ("problems", models.JSONField(blank=True, default=list, verbose_name="核验发现的问题")),
                (
                    "open_package",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                        verbose_name="不含个人信息的档案包",
                    ),
                ),
            ],
            options={
                "verbose_name": "验收档案",
                "verbose_name_plural": "验收档案",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("evaluation", "data_sha256"), name="dossier_same_data_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True), ("package__isnull", False), _connector="OR"
                        ),
                        name="dossier_ready_has_package",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("code", models.CharField(max_length=20, verbose_name="任务编号")),
                (
                    "part",
                    models.CharField(
                        choices=[("goal", "工作目标"), ("safeguard", "保障措施")],
                        max_length=10,
                        verbose_name="对应部分",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几条")),
                ("title", models.CharField(max_length=120, verbose_name="任务")),
                ("text", models.TextField(blank=True, max_length=2000, verbose_name="具体要求")),
                ("leader", models.CharField(blank=True, max_length=60, verbose_name="责任领导")),
                ("partners", models.CharField(blank=True, max_length=200, verbose_name="配合单位")),
                (
                    "measure",
                    models.CharField(
                        choices=[("indicator", "评估指标"), ("count", "数量"), ("document", "文件材料")],
                        max_length=10,
                        verbose_name="衡量方式",
                    ),
                ),
                ("indicator", models.CharField(blank=True, max_length=4, verbose_name="指标")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="计量单位")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("due_on", models.DateField(verbose_name="完成期限")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="取消时间")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="schools.department",
                        verbose_name="部门、乡镇、街道",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="duties", to="indicators.programme"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "phase",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="indicators.phase",
                        verbose_name="阶段",
                    ),
                ),
            ],
            options={
                "verbose_name": "目标任务",
                "verbose_name_plural": "目标任务",
                "ordering": ["programme", "part", "number", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "code"), name="duty_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(("school__isnull", True), ("department__isnull", True), _connector="OR"),
                        name="duty_one_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("starts_on"))), name="duty_dates_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("measure", "indicator"), models.Q(("indicator", ""), _negated=True)),
                            models.Q(models.Q(("measure", "indicator"), _negated=True), ("indicator", "")),
                            _connector="OR",
                        ),
                        name="duty_indicator_where_measured",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="duty_withdrawn_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "points",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name="考核得分"),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="评分依据")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.department",
                        verbose_name="部门、乡镇、街道",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "年度考核得分",
                "verbose_name_plural": "年度考核得分",
                "constraints": [models.UniqueConstraint(fields=("department", "year"), name="duty_score_once")],
            },
        ),
        migrations.CreateModel(
            name="IssuingWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("kind", models.CharField(max_length=30, verbose_name="文书")),
                ("word", models.CharField(max_length=20, verbose_name="发文字")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "发文字",
                "verbose_name_plural": "发文字",
                "constraints": [models.UniqueConstraint(fields=("district", "kind"), name="issuing_word_once")],
            },
        ),
        migrations.CreateModel(
            name="LedgerCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ledger", models.CharField(max_length=6, verbose_name="台账")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("source", models.CharField(max_length=4, verbose_name="来源")),
                ("last", models.PositiveIntegerField(default=0, verbose_name="最后序号")),
            ],
            options={
                "verbose_name": "台账序号",
                "verbose_name_plural": "台账序号",
                "constraints": [models.UniqueConstraint(fields=("ledger", "year", "source"), name="ledger_count_once")],
            },
        ),
        migrations.CreateModel(
            name="LevelSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("remind", "提醒"),
                            ("order", "督办"),
                            ("second", "二次督办"),
                            ("talk", "约谈"),
                            ("circular", "通报"),
                        ],
                        max_length=10,
                        verbose_name="级次",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[("at_once", "立行立改"), ("with_deadline", "限期整改"), ("long_term", "长期坚持")],
                        max_length=15,
                        verbose_name="类别",
                    ),
                ),
                (
                    "days",
                    models.SmallIntegerField(
                        blank=True, help_text="负数是到期前；空白是不用这一级", null=True, verbose_name="逾期几天"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办级次设置",
                "verbose_name_plural": "督办级次设置",
                "constraints": [
                    models.UniqueConstraint(fields=("district", "level", "category"), name="level_setting_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("days__isnull", True), models.Q(("days__gte", -366), ("days__lte", 366)), _connector="OR"
                        ),
                        name="level_setting_days_sensible",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=20, verbose_name="发文字")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("last", models.PositiveIntegerField(default=0, verbose_name="最后序号")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.district"
                    ),
                ),
            ],
            options={
                "verbose_name": "文号序列",
                "verbose_name_plural": "文号序列",
                "constraints": [
                    models.UniqueConstraint(fields=("district", "word", "year"), name="number_series_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "kind",
                    models.CharField(
                        choices=[("zones", "划片范围"), ("admission", "招生结果"), ("other", "其他公告")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="标题")),
                ("text", models.TextField(verbose_name="正文")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤下时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "公告",
                "verbose_name_plural": "公告",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="notice_withdrawn_paired",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("is_open", models.BooleanField(default=False, verbose_name="对外公开")),
                ("shows_results", models.BooleanField(default=False, verbose_name="公开督导结果")),
                ("takes_complaints", models.BooleanField(default=False, verbose_name="接收群众反映")),
                ("answer_days", models.PositiveSmallIntegerField(default=15, verbose_name="答复期限")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.milestone",
                        verbose_name="公开的评估结论",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "公开页",
                "verbose_name_plural": "公开页",
            },
        ),
        migrations.CreateModel(
            name="Recusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("kind", models.CharField(max_length=20, verbose_name="情形")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                (
                    "origin",
                    models.CharField(
                        choices=[("declared", "本人声明"), ("recorded", "局管理员登记"), ("objected", "学校提出异议")],
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                ("since", models.DateField(verbose_name="自")),
                ("until", models.DateField(blank=True, null=True, verbose_name="至")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("recused", "回避"), ("not_recused", "不回避")],
                        max_length=12,
                        verbose_name="决定",
                    ),
                ),
                ("decision_reason", models.CharField(blank=True, max_length=200, verbose_name="决定的理由")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="决定时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="结束的原因")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "inspector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recusals",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="督学",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recusals",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                ("is_own_words", models.BooleanField(default=False, verbose_name="学校自己提出")),
            ],
            options={
                "verbose_name": "回避",
                "verbose_name_plural": "回避",
                "ordering": ["-since", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                        name="recusal_dates_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("decision", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("origin", "objected"),
                                models.Q(("decision", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="recusal_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="recusal_ended_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None), models.Q(("decision", "not_recused"), _negated=True)),
                        fields=("inspector", "school", "kind", "since", "is_own_words"),
                        name="recusal_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SelfReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="签发时间")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdraw_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版次")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草稿"), ("issued", "已签发"), ("withdrawn", "已撤回")],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("content", models.JSONField(blank=True, null=True, verbose_name="冻结内容")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="sha256")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "docx",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人账号",
                    ),
                ),
                (
                    "pdf",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.revision",
                        verbose_name="引用的提交",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="self_reports",
                        to="indicators.submission",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回人",
                    ),
                ),
            ],
            options={
                "verbose_name": "学校自评报告",
                "verbose_name_plural": "学校自评报告",
                "ordering": ["-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "version"), name="self_report_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("submission",),
                        name="self_report_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("content__isnull", True),
                                ("issued_at__isnull", True),
                                ("issued_by__isnull", True),
                                ("state", "draft"),
                            ),
                            models.Q(
                                ("content__isnull", False),
                                ("docx__isnull", False),
                                ("issued_at__isnull", False),
                                ("issued_by__isnull", False),
                                ("pdf__isnull", False),
                                ("revision__isnull", False),
                                ("state__in", ["issued", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="self_report_issued_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at__isnull", True),
                                ("withdrawn_by__isnull", True),
                                models.Q(("state", "withdrawn"), _negated=True),
                            ),
                            models.Q(
                                ("state", "withdrawn"), ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="self_report_withdrawn_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Survey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("title", models.CharField(max_length=60, verbose_name="名称")),
                ("opens_on", models.DateField(verbose_name="开始日期")),
                ("closes_on", models.DateField(verbose_name="截止日期")),
                (
                    "population",
                    models.DecimalField(decimal_places=2, help_text="万人", max_digits=8, verbose_name="常住人口"),
                ),
                ("content", models.JSONField(verbose_name="问卷")),
                ("seed", models.CharField(editable=False, max_length=64)),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="发放时间")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "满意度调查",
                "verbose_name_plural": "满意度调查",
                "ordering": ["-opens_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("district", "title"), name="survey_title_once"),
                    models.CheckConstraint(
                        condition=models.Q(("closes_on__gte", models.F("opens_on"))), name="survey_days_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("opened_at__isnull", True), ("opened_by__isnull", True)),
                            models.Q(("opened_at__isnull", False), ("opened_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="survey_opened_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False), ("ended_by__isnull", False), ("opened_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="survey_ended_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=30, verbose_name="文书")),
                ("version", models.PositiveIntegerField(verbose_name="版次")),
                (
                    "sections",
                    models.JSONField(
                        help_text="[{heading, text, annex, grid}] in the order of the kind", verbose_name="文字"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="修改原因")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="修改人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
            ],
            options={
                "verbose_name": "文书文字",
                "verbose_name_plural": "文书文字",
                "ordering": ["-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("district", "kind", "version"), name="wording_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Zone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("name", models.CharField(max_length=40, verbose_name="责任区")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "责任区",
                "verbose_name_plural": "责任区",
                "ordering": ["district", "name"],
                "constraints": [models.UniqueConstraint(fields=("district", "name"), name="zone_name_once")],
            },
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("since", models.DateField(verbose_name="自")),
                ("until", models.DateField(blank=True, null=True, verbose_name="至")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="结束的原因")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "inspector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="责任督学",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="inspections.zone",
                        verbose_name="责任区",
                    ),
                ),
            ],
            options={
                "verbose_name": "责任督学安排",
                "verbose_name_plural": "责任督学安排",
                "ordering": ["zone", "inspector", "school"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("school",), name="charge_one_of_a_school"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="charge_dates_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "target",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="目标值"),
                ),
                ("mark", models.CharField(blank=True, max_length=200, verbose_name="完成标志")),
                ("due_on", models.DateField(verbose_name="年度期限")),
                ("is_dropped", models.BooleanField(default=False, verbose_name="不再安排")),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[("done", "完成"), ("mostly", "基本完成"), ("missed", "未完成")],
                        max_length=10,
                        verbose_name="年度结果",
                    ),
                ),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="报送完成日期")),
                ("judged_at", models.DateTimeField(blank=True, null=True, verbose_name="认定时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "duty",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="years", to="inspections.duty"
                    ),
                ),
                (
                    "judged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "年度目标",
                "verbose_name_plural": "年度目标",
                "ordering": ["duty", "year"],
                "constraints": [
                    models.UniqueConstraint(fields=("duty", "year"), name="duty_year_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("done_on__isnull", True),
                                ("judged_at__isnull", True),
                                ("judged_by__isnull", True),
                                ("result", ""),
                            ),
                            models.Q(
                                models.Q(("result", ""), _negated=True),
                                ("done_on__isnull", False),
                                ("judged_at__isnull", False),
                                ("judged_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="duty_year_judged_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("starts_on", models.DateField(verbose_name="起")),
                ("ends_on", models.DateField(verbose_name="止")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("version", models.PositiveIntegerField(verbose_name="版次")),
                ("data_sha256", models.CharField(max_length=64, verbose_name="数据版本")),
                ("context", models.JSONField(verbose_name="报告数据")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("compiling", "编制中"),
                            ("ready", "草稿"),
                            ("issued", "已印发"),
                            ("withdrawn", "已撤回"),
                            ("failed", "失败"),
                        ],
                        default="compiling",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "docx",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "evaluation",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="indicators.evaluation"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.job",
                    ),
                ),
                (
                    "pdf",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "phase",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="indicators.phase",
                        verbose_name="阶段",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "warnings",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="what whoever opens the files should know",
                        verbose_name="提示",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.group",
                        verbose_name="教育集团",
                    ),
                ),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="签发时间")),
                (
                    "issued_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人账号",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="文号")),
                ("revision", models.PositiveIntegerField(default=0)),
                ("texts", models.JSONField(blank=True, default=dict, verbose_name="编制单位的文字")),
                (
                    "township",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.department",
                        verbose_name="乡镇、街道",
                    ),
                ),
                ("withdraw_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回人",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("phased", "整改报告"), ("self_assessment", "县级自评报告")],
                        default="phased",
                        max_length=20,
                        verbose_name="种类",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inspections.campaign",
                        verbose_name="专项督导",
                    ),
                ),
            ],
            options={
                "verbose_name": "整改报告",
                "verbose_name_plural": "整改报告",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("district", "starts_on", "ends_on", "data_sha256"),
                        name="report_same_data_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "compiling"),
                            models.Q(("docx__isnull", False), ("pdf__isnull", False)),
                            _connector="OR",
                        ),
                        name="report_ready_has_files",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("issued_at__isnull", True),
                                ("issued_by__isnull", True),
                                ("state__in", ["compiling", "ready"]),
                            ),
                            models.Q(
                                ("issued_at__isnull", False),
                                ("issued_by__isnull", False),
                                ("state__in", ["issued", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="report_issued_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at__isnull", True),
                                ("withdrawn_by__isnull", True),
                                models.Q(("state", "withdrawn"), _negated=True),
                            ),
                            models.Q(
                                ("state", "withdrawn"), ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="report_withdrawn_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group__isnull", True), ("school__isnull", True), ("township__isnull", True)),
                            models.Q(("campaign__isnull", True), ("school__isnull", True), ("township__isnull", True)),
                            models.Q(("campaign__isnull", True), ("group__isnull", True), ("school__isnull", True)),
                            models.Q(("campaign__isnull", True), ("group__isnull", True), ("township__isnull", True)),
                            _connector="OR",
                        ),
                        name="report_on_one_part",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SelfReportProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("source", models.CharField(blank=True, max_length=40, verbose_name="来源")),
                ("text", models.TextField(verbose_name="问题")),
                ("measure", models.TextField(blank=True, verbose_name="措施")),
                ("responsible", models.CharField(blank=True, max_length=60, verbose_name="责任人")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="完成时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("dropped", models.BooleanField(default=False, verbose_name="已删去")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems",
                        to="inspections.selfreport",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "自评报告的问题",
                "verbose_name_plural": "自评报告的问题",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("dropped", False), models.Q(("source", ""), _negated=True)),
                        fields=("report", "source"),
                        name="self_report_problem_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SelfReportText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("section", models.CharField(max_length=20, verbose_name="部分")),
                ("text", models.TextField(blank=True, verbose_name="文字")),
                ("basis", models.TextField(blank=True, verbose_name="系统的文字")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="texts", to="inspections.selfreport"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "自评报告文字",
                "verbose_name_plural": "自评报告文字",
                "constraints": [models.UniqueConstraint(fields=("report", "section"), name="self_report_text_once")],
            },
        ),
        migrations.CreateModel(
            name="SurveyAnswer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("group", models.CharField(max_length=20, verbose_name="对象")),
                ("answers", models.JSONField(verbose_name="答案")),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="inspections.survey"
                    ),
                ),
            ],
            options={
                "verbose_name": "答卷",
                "verbose_name_plural": "答卷",
            },
        ),
        migrations.CreateModel(
            name="SurveyPortion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group", models.CharField(max_length=20, verbose_name="对象")),
                ("sent", models.PositiveIntegerField(verbose_name="发放")),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="portions", to="inspections.survey"
                    ),
                ),
            ],
            options={
                "verbose_name": "发放数",
                "verbose_name_plural": "发放数",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("survey", "group", "school"), name="portion_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("school", None)),
                        fields=("survey", "group"),
                        name="portion_once_in_district",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "kind",
                    models.CharField(
                        choices=[("regular", "经常性督导"), ("special", "专项督导"), ("comprehensive", "综合督导")],
                        default="regular",
                        max_length=15,
                        verbose_name="类型",
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="督导事项")),
                ("planned_on", models.DateField(verbose_name="计划日期")),
                ("notice_no", models.CharField(blank=True, max_length=40, verbose_name="通知文号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "已安排"),
                            ("underway", "进行中"),
                            ("done", "已完成"),
                            ("cancelled", "已取消"),
                        ],
                        default="planned",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                ("summary", models.TextField(blank=True, verbose_name="督导小结")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "leader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="组长",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "team",
                    models.ManyToManyField(
                        blank=True, related_name="visits", to=settings.AUTH_USER_MODEL, verbose_name="成员"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="取消原因")),
                ("checklist", models.JSONField(blank=True, default=dict, verbose_name="检查清单")),
                ("periods", models.JSONField(blank=True, default=dict, verbose_name="办理期限")),
                ("move_reason", models.CharField(blank=True, max_length=200, verbose_name="改到本校的原因")),
                (
                    "moved_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                        verbose_name="原定学校",
                    ),
                ),
                ("first_planned_on", models.DateField(blank=True, null=True, verbose_name="原定日期")),
                ("reschedule_reason", models.CharField(blank=True, max_length=200, verbose_name="改期原因")),
                ("seen_on", models.DateField(blank=True, null=True, verbose_name="纸质记录日期")),
                ("template", models.CharField(blank=True, max_length=30, verbose_name="检查清单")),
                ("team_reason", models.CharField(blank=True, max_length=200, verbose_name="调整督导小组的原因")),
                ("is_follow_up", models.BooleanField(default=False, verbose_name="回访")),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="inspections.campaign",
                        verbose_name="专项督导",
                    ),
                ),
                ("witness", models.CharField(blank=True, max_length=50, verbose_name="校方在场人员")),
            ],
            options={
                "verbose_name": "督导",
                "verbose_name_plural": "督导",
                "ordering": ["-planned_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Addendum",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="补记内容")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="补记时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="补记人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="addenda", to="inspections.visit"
                    ),
                ),
            ],
            options={
                "verbose_name": "督导补记",
                "verbose_name_plural": "督导补记",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ChecklistAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("question", models.CharField(max_length=40, verbose_name="问题")),
                (
                    "seen",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "是"), ("no", "否"), ("not_seen", "未查看")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("claimed", models.CharField(blank=True, max_length=300, verbose_name="填报值")),
                ("found", models.CharField(blank=True, max_length=300, verbose_name="现场值")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="inspections.visit"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="不登记问题的原因")),
                ("figures", models.JSONField(blank=True, default=dict, verbose_name="现场数据")),
            ],
            options={
                "verbose_name": "现场记录",
                "verbose_name_plural": "现场记录",
                "constraints": [models.UniqueConstraint(fields=("visit", "question"), name="checklist_answer_once")],
            },
        ),
        migrations.CreateModel(
            name="DutyReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("quarter", models.PositiveSmallIntegerField(verbose_name="季度")),
                ("due_on", models.DateField(verbose_name="报送期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "待报"),
                            ("reported", "已报"),
                            ("sent_back", "退回"),
                            ("checked", "已核"),
                            ("dropped", "不需报"),
                        ],
                        default="due",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "claim",
                    models.CharField(
                        blank=True,
                        choices=[("under_way", "正在推进"), ("hindered", "推进有困难"), ("done", "本年度任务已完成")],
                        max_length=10,
                        verbose_name="自报进展",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="进展情况")),
                (
                    "value",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="完成数"),
                ),
                ("figure", models.CharField(blank=True, max_length=300, verbose_name="评估结果")),
                ("reported_at", models.DateTimeField(blank=True, null=True, verbose_name="报送时间")),
                ("opinion", models.TextField(blank=True, verbose_name="核对意见")),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="核对时间")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "evaluation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.evaluation",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="inspections.dutyyear"
                    ),
                ),
            ],
            options={
                "verbose_name": "任务季报",
                "verbose_name_plural": "任务季报",
                "ordering": ["year", "quarter"],
                "indexes": [models.Index(fields=["state", "due_on"], name="duty_report_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "quarter"), name="duty_report_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quarter__gte", 1), ("quarter__lte", 4)), name="duty_report_quarter"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reported_at__isnull", True), ("reported_by__isnull", True)),
                            models.Q(("reported_at__isnull", False), ("reported_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="duty_report_reported_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("checked_at__isnull", True), ("checked_by__isnull", True)),
                            models.Q(("checked_at__isnull", False), ("checked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="duty_report_checked_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by__isnull", True),
                            models.Q(("checked_by", models.F("reported_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="duty_report_checked_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("number", models.CharField(max_length=30, verbose_name="编号")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("ZP", "学校自查"),
                            ("PG", "评估差距"),
                            ("DD", "督导发现"),
                            ("XF", "群众反映"),
                            ("SH", "审核发现"),
                            ("ZC", "自查自纠"),
                            ("SF", "市级复核"),
                            ("SD", "省级督导"),
                            ("GJ", "国家核查"),
                            ("DR", "台账导入"),
                        ],
                        max_length=4,
                        verbose_name="来源",
                    ),
                ),
                ("indicator", models.CharField(max_length=4, verbose_name="指标")),
                ("problem", models.TextField(verbose_name="问题描述")),
                ("current_value", models.CharField(blank=True, max_length=60, verbose_name="现状值")),
                ("standard_value", models.CharField(blank=True, max_length=60, verbose_name="标准值")),
                (
                    "category",
                    models.CharField(
                        choices=[("at_once", "立行立改"), ("with_deadline", "限期整改"), ("long_term", "长期坚持")],
                        default="with_deadline",
                        max_length=15,
                        verbose_name="类别",
                    ),
                ),
                ("requirement", models.TextField(blank=True, verbose_name="整改要求")),
                ("goal", models.CharField(blank=True, max_length=200, verbose_name="整改目标")),
                ("responsible", models.CharField(blank=True, max_length=60, verbose_name="责任人")),
                ("due_on", models.DateField(verbose_name="整改期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("to_dispatch", "待派发"),
                            ("rectifying", "整改中"),
                            ("close_requested", "申请销号"),
                            ("verifying", "核查中"),
                            ("closed", "已销号"),
                            ("sent_back", "退回整改"),
                            ("void", "已作废"),
                        ],
                        default="to_dispatch",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("reopened", models.PositiveSmallIntegerField(default=0, verbose_name="重新打开次数")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="销号时间")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "rectified_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="inspections.visit",
                    ),
                ),
                (
                    "evaluation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.evaluation",
                    ),
                ),
                ("ledger", models.CharField(blank=True, editable=False, max_length=6, verbose_name="台账")),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[("primary", "小学"), ("junior", "初中")],
                        max_length=10,
                        verbose_name="学段",
                    ),
                ),
                ("question", models.CharField(blank=True, editable=False, max_length=40, verbose_name="检查题")),
                ("closed_despite", models.CharField(blank=True, max_length=200, verbose_name="未达标仍销号的理由")),
                ("waiting_since", models.DateField(blank=True, null=True, verbose_name="等待核查或答复起")),
                ("shifted_due_on", models.DateField(blank=True, null=True, verbose_name="扣除核查占用后的期限")),
                ("despite", models.CharField(blank=True, max_length=200, verbose_name="有同类问题仍登记的原因")),
                ("leader", models.CharField(blank=True, max_length=60, verbose_name="责任领导")),
                ("repeat_count", models.PositiveSmallIntegerField(default=0, verbose_name="屡查屡犯次数")),
                (
                    "repeats",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repeated_by",
                        to="inspections.finding",
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ordinary", "一般"),
                            ("considerable", "较重"),
                            ("serious", "严重"),
                            ("grave", "重大"),
                        ],
                        max_length=15,
                        verbose_name="严重程度",
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="schools.district",
                        verbose_name="教育局本级",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="schools.department",
                        verbose_name="部门、乡镇、街道",
                    ),
                ),
                (
                    "responsible_department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.department",
                        verbose_name="责任部门",
                    ),
                ),
                ("original_number", models.CharField(blank=True, max_length=60, verbose_name="原编号")),
            ],
            options={
                "verbose_name": "问题台账",
                "verbose_name_plural": "问题台账",
                "ordering": ["due_on", "number"],
                "indexes": [models.Index(fields=["state", "due_on"], name="finding_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("state", "closed")),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True),
                                ("closed_at__isnull", True),
                                ("closed_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="finding_closed_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_by__isnull", True),
                            ("rectified_by__isnull", True),
                            models.Q(("closed_by", models.F("rectified_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="finding_not_closed_by_rectifier",
                    ),
                    models.UniqueConstraint(fields=("ledger", "number"), name="finding_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("evaluation__isnull", False)),
                        fields=("evaluation", "school", "stage", "indicator"),
                        name="finding_gap_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "closed"), ("closed_despite", ""), _connector="OR"),
                        name="finding_despite_only_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bureau__isnull", True), ("department__isnull", True), ("school__isnull", False)),
                            models.Q(("bureau__isnull", True), ("department__isnull", False), ("school__isnull", True)),
                            models.Q(("bureau__isnull", False), ("department__isnull", True), ("school__isnull", True)),
                            _connector="OR",
                        ),
                        name="finding_one_respondent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("responsible_department__isnull", True), ("department__isnull", True), _connector="OR"
                        ),
                        name="finding_department_answers_itself",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("bureau__isnull", False), ("evaluation__isnull", False)),
                        fields=("evaluation", "bureau", "stage", "indicator"),
                        name="finding_bureau_gap_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rehearsal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("checklist", models.JSONField(default=dict, verbose_name="检查清单")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="提交时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提交人",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rehearsal", to="inspections.visit"
                    ),
                ),
            ],
            options={
                "verbose_name": "学校自查",
                "verbose_name_plural": "学校自查",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("submitted_at__isnull", True), ("submitted_by__isnull", True)),
                            models.Q(("submitted_at__isnull", False), ("submitted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="rehearsal_submitted_paired",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                (
                    "portion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="inspections.surveyportion",
                    ),
                ),
            ],
            options={
                "verbose_name": "答题码",
                "verbose_name_plural": "答题码",
            },
        ),
        migrations.CreateModel(
            name="VisitPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("question", models.CharField(blank=True, max_length=40, verbose_name="问题")),
                ("key", models.UUIDField(default=uuid.uuid4)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤下时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.document"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="inspections.visit"
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "现场照片",
                "verbose_name_plural": "现场照片",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("visit", "key"), name="visit_photo_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="visit_photo_withdrawn_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AddendumFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "addendum",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="inspections.addendum"
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.document"
                    ),
                ),
            ],
            options={
                "verbose_name": "督导补记材料",
                "verbose_name_plural": "督导补记材料",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="CheckedFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("question", models.CharField(max_length=40, verbose_name="问题")),
                ("indicator", models.CharField(max_length=4, verbose_name="指标")),
                ("code", models.CharField(max_length=80, verbose_name="数据")),
                ("label", models.CharField(max_length=200, verbose_name="名称")),
                ("items", models.JSONField(default=list, verbose_name="填报项")),
                ("stage", models.CharField(blank=True, max_length=10, verbose_name="学段")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="单位")),
                ("year", models.CharField(blank=True, max_length=40, verbose_name="统计时间")),
                ("claimed", models.DecimalField(decimal_places=15, max_digits=30, null=True, verbose_name="填报值")),
                ("found", models.DecimalField(decimal_places=15, max_digits=30, null=True, verbose_name="现场值")),
                ("standard", models.TextField(blank=True, verbose_name="标准")),
                ("tolerance", models.CharField(max_length=20, verbose_name="允许误差")),
                (
                    "direction",
                    models.CharField(
                        choices=[("same", "相符"), ("over", "多报"), ("under", "少报")],
                        max_length=5,
                        verbose_name="结论",
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("correct", "更正填报"), ("explain", "说明理由")],
                        max_length=10,
                        verbose_name="学校答复",
                    ),
                ),
                ("answer_text", models.CharField(blank=True, max_length=300, verbose_name="答复说明")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="figures",
                        to="inspections.finding",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.revision"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="inspections.visit"
                    ),
                ),
                ("less_is_better", models.BooleanField(default=False, verbose_name="以小为好")),
            ],
            options={
                "verbose_name": "现场核查数据",
                "verbose_name_plural": "现场核查数据",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("visit", "question", "code"), name="checked_figure_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at__isnull", True), ("answered_by__isnull", True)),
                            models.Q(
                                models.Q(("answer", ""), _negated=True),
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="checked_figure_answered_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer", ""), models.Q(("direction", "same"), _negated=True), _connector="OR"
                        ),
                        name="checked_figure_answers_a_difference",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Complaint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="反映的情况")),
                ("contact", models.CharField(blank=True, max_length=60, verbose_name="联系方式")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("received_on", models.DateField(verbose_name="收到日期")),
                ("due_on", models.DateField(verbose_name="答复期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "已收到，待受理"),
                            ("accepted", "已受理，正在办理"),
                            ("answered", "已答复"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="答复")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "finding",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inspections.finding",
                        verbose_name="问题",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
            ],
            options={
                "verbose_name": "群众反映",
                "verbose_name_plural": "群众反映",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("answered_by__isnull", True)),
                            models.Q(
                                ("answered_at__isnull", False), ("answered_by__isnull", False), ("state", "answered")
                            ),
                            _connector="OR",
                        ),
                        name="complaint_answered_paired",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("create", "下达任务"),
                            ("edit", "修改任务"),
                            ("withdraw", "取消任务"),
                            ("report", "报送"),
                            ("check", "核对通过"),
                            ("send_back", "退回"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="内容")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
                    ),
                ),
                (
                    "duty",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="inspections.duty"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="inspections.dutyreport",
                    ),
                ),
            ],
            options={
                "verbose_name": "任务记录",
                "verbose_name_plural": "任务记录",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("dispatch", "派发"),
                            ("measure", "整改措施"),
                            ("progress", "整改进展"),
                            ("request_close", "申请销号"),
                            ("begin_check", "开始核查"),
                            ("close", "同意销号"),
                            ("send_back", "退回整改"),
                            ("ask_extension", "申请延期"),
                            ("extend", "同意延期"),
                            ("decline_extension", "不同意延期"),
                            ("reopen", "重新打开"),
                            ("transfer", "移交"),
                            ("import", "由原台账导入"),
                            ("also_missed", "评估也未达标"),
                            ("void", "作废"),
                            ("reword", "修改表述"),
                        ],
                        max_length=20,
                        verbose_name="事项",
                    ),
                ),
                ("text", models.TextField(verbose_name="内容")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="新期限")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="inspections.finding"
                    ),
                ),
                (
                    "evaluation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.evaluation",
                    ),
                ),
                ("figure", models.CharField(blank=True, max_length=200, verbose_name="所据的数")),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[("documents", "资料核查"), ("on_site", "现场核查"), ("system_data", "系统数据")],
                        max_length=12,
                        verbose_name="核查方式",
                    ),
                ),
            ],
            options={
                "verbose_name": "整改记录",
                "verbose_name_plural": "整改记录",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("remind", "提醒"),
                            ("order", "督办"),
                            ("second", "二次督办"),
                            ("talk", "约谈"),
                            ("circular", "通报"),
                        ],
                        max_length=10,
                        verbose_name="级次",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="整改期限")),
                ("days_late", models.SmallIntegerField(verbose_name="提出时逾期天数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待决定"),
                            ("issued", "待签收"),
                            ("acknowledged", "待回复"),
                            ("replied", "待办结"),
                            ("done", "已办结"),
                            ("declined", "不予督办"),
                            ("dropped", "不再需要"),
                        ],
                        default="proposed",
                        max_length=15,
                        verbose_name="状态",
                    ),
                ),
                ("put_off_until", models.DateField(blank=True, null=True, verbose_name="暂缓到")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="不予督办或暂缓的原因")),
                ("number", models.CharField(blank=True, max_length=30, verbose_name="文号")),
                ("requirement", models.TextField(blank=True, verbose_name="督办要求")),
                ("reply_due_on", models.DateField(blank=True, null=True, verbose_name="反馈期限")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="决定时间")),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True, verbose_name="签收时间")),
                ("reply", models.TextField(blank=True, verbose_name="办理情况")),
                ("replied_at", models.DateTimeField(blank=True, null=True, verbose_name="回复时间")),
                ("outcome", models.TextField(blank=True, verbose_name="办结意见")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="escalations",
                        to="inspections.finding",
                        verbose_name="问题",
                    ),
                ),
                (
                    "finished_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办",
                "verbose_name_plural": "督办",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["state"], name="escalation_waiting")],
                "constraints": [
                    models.UniqueConstraint(fields=("finding", "level", "due_on"), name="escalation_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True)),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="escalation_decided_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                            models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="escalation_acknowledged_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("replied_at__isnull", True), ("replied_by__isnull", True)),
                            models.Q(("replied_at__isnull", False), ("replied_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="escalation_replied_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", True), ("finished_by__isnull", True)),
                            models.Q(("finished_at__isnull", False), ("finished_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="escalation_finished_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("done", "已整改"), ("mostly", "基本整改"), ("not", "未整改")],
                        max_length=10,
                        verbose_name="结论",
                    ),
                ),
                ("now", models.CharField(max_length=300, verbose_name="现状")),
                ("requirement", models.CharField(blank=True, max_length=300, verbose_name="后续要求")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="follow_ups", to="inspections.finding"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="follow_ups", to="inspections.visit"
                    ),
                ),
            ],
            options={
                "verbose_name": "回访结论",
                "verbose_name_plural": "回访结论",
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("visit", "finding"), name="follow_up_once")],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("kind", models.CharField(max_length=30, verbose_name="文书")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("sections", models.JSONField(default=list, verbose_name="文字")),
                ("facts", models.JSONField(default=dict, verbose_name="取自系统的数据")),
                ("typed", models.JSONField(default=dict, verbose_name="填写的内容")),
                ("red_head", models.BooleanField(default=False, verbose_name="版头")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "起草中"),
                            ("discarded", "草稿作废"),
                            ("issued", "已签发，待签收"),
                            ("delivered", "已送达"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("word", models.CharField(blank=True, max_length=20, verbose_name="发文字")),
                ("year", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="发文年度")),
                ("serial", models.PositiveIntegerField(blank=True, null=True, verbose_name="发文序号")),
                ("signer", models.CharField(blank=True, max_length=60, verbose_name="签发人")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="成文日期")),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="签发时间")),
                ("frozen", models.JSONField(blank=True, default=dict, verbose_name="签发时的内容")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="内容校验值")),
                (
                    "delivery",
                    models.CharField(
                        blank=True,
                        choices=[("portal", "系统签收"), ("direct", "直接送达"), ("post", "邮寄送达")],
                        max_length=10,
                        verbose_name="送达方式",
                    ),
                ),
                ("delivered_on", models.DateField(blank=True, null=True, verbose_name="送达日期")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="签收时间")),
                ("receiver", models.CharField(blank=True, max_length=60, verbose_name="收件人")),
                ("reply_due_on", models.DateField(blank=True, null=True, verbose_name="答复期限")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdraw_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "delivered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签收或登记人",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "docx",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="inspections.finding",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人账号",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="inspections.letter",
                    ),
                ),
                (
                    "pdf",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="inspections.visit",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回人",
                    ),
                ),
                (
                    "wording",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inspections.wording",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="schools.department",
                        verbose_name="部门、乡镇、街道",
                    ),
                ),
            ],
            options={
                "verbose_name": "文书",
                "verbose_name_plural": "文书",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["visit", "kind"], name="letter_of_visit")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("serial__isnull", False)),
                        fields=("district", "word", "year", "serial"),
                        name="letter_number_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("model__isnull", False)),
                        fields=("model", "school"),
                        name="letter_copied_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("issued_at__isnull", True),
                                ("issued_by__isnull", True),
                                ("sha256", ""),
                                ("state__in", ["draft", "discarded"]),
                            ),
                            models.Q(
                                ("docx__isnull", False),
                                ("issued_at__isnull", False),
                                ("issued_by__isnull", False),
                                ("pdf__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="letter_issued_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("delivered_at__isnull", True),
                                ("delivered_by__isnull", True),
                                ("delivered_on__isnull", True),
                            ),
                            models.Q(
                                ("delivered_at__isnull", False),
                                ("delivered_by__isnull", False),
                                ("delivered_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="letter_delivered_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="letter_withdrawn_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("school__isnull", True), ("department__isnull", True), _connector="OR"),
                        name="letter_one_receiver",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RehearsalAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("question", models.CharField(max_length=40, verbose_name="问题")),
                (
                    "seen",
                    models.CharField(
                        choices=[("yes", "是"), ("no", "否"), ("not_seen", "未查看")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("found", models.CharField(blank=True, max_length=300, verbose_name="自查值")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "rehearsal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="inspections.rehearsal"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                ("figures", models.JSONField(blank=True, default=dict, verbose_name="自查数据")),
            ],
            options={
                "verbose_name": "学校自查的回答",
                "verbose_name_plural": "学校自查的回答",
                "constraints": [
                    models.UniqueConstraint(fields=("rehearsal", "question"), name="rehearsal_answer_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="UnusedCode",
            fields=[
                (
                    "code",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="unused",
                        serialize=False,
                        to="inspections.surveycode",
                    ),
                ),
            ],
            options={
                "verbose_name": "没有用过的答题码",
                "verbose_name_plural": "没有用过的答题码",
            },
        ),
        migrations.CreateModel(
            name="DutyFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.document"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="inspections.dutyentry"
                    ),
                ),
            ],
            options={
                "verbose_name": "任务佐证",
                "verbose_name_plural": "任务佐证",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="EntryFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.document"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="inspections.entry"
                    ),
                ),
            ],
            options={
                "verbose_name": "整改佐证",
                "verbose_name_plural": "整改佐证",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="EscalationFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.document"
                    ),
                ),
                (
                    "escalation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="inspections.escalation"
                    ),
                ),
            ],
            options={
                "verbose_name": "督办佐证",
                "verbose_name_plural": "督办佐证",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="LetterFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤下时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.document"
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="inspections.letter"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "文书佐证",
                "verbose_name_plural": "文书佐证",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="letter_file_withdrawn_paired",
                    )
                ],
            },
        ),
    ]
