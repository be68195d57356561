"""Tables of indicators, and the trigger under which a loaded standard never changes: what 0001 to 0036 make, in one step.

A new database is made by this one; one that is older goes on by those replaced. What they did to rows has no row here.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POSTGRESQL = """
CREATE FUNCTION indicators_standard_frozen() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'a loaded standard never changes'; END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER indicators_standard_frozen BEFORE UPDATE OR DELETE ON indicators_standard
FOR EACH ROW EXECUTE FUNCTION indicators_standard_frozen();
"""
POSTGRESQL_BACK = """
DROP TRIGGER indicators_standard_frozen ON indicators_standard;
DROP FUNCTION indicators_standard_frozen();
"""
# SQLite has no TRUNCATE: a DELETE trigger would forbid emptying a test database.
# A later migration that alters the table has to create the trigger again there.
SQLITE = """
CREATE TRIGGER indicators_standard_frozen BEFORE UPDATE ON indicators_standard
BEGIN SELECT RAISE(ABORT, 'a loaded standard never changes'); END;
"""


def add(apps, schema_editor):
    """Create the trigger for this database."""
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def remove(apps, schema_editor):
    """Drop the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK)
    else:
        schema_editor.execute("DROP TRIGGER indicators_standard_frozen")


class Migration(migrations.Migration):
    replaces = [
        ("indicators", "0001_initial"),
        ("indicators", "0002_evaluation_says_why"),
        ("indicators", "0003_waiver_quotes_its_warning"),
        ("indicators", "0004_decisions_may_follow_each_other"),
        ("indicators", "0005_evaluation_holds_absurd_figures"),
        ("indicators", "0006_answer_keeps_every_digit"),
        ("indicators", "0007_standards_are_frozen"),
        ("indicators", "0008_milestone"),
        ("indicators", "0009_relaxations"),
        ("indicators", "0010_statistics"),
        ("indicators", "0011_relaxed_parts"),
        ("indicators", "0012_statistics_imported_again"),
        ("indicators", "0013_programme_goals_and_safeguards"),
        ("indicators", "0014_coefficients_live_in_the_result"),
        ("indicators", "0015_item_owners"),
        ("indicators", "0016_round_may_have_no_deadline"),
        ("indicators", "0017_round_says_why_it_is_closed"),
        ("indicators", "0018_judged_again_for_a_reason"),
        ("indicators", "0019_restricted_bytes"),
        ("indicators", "0020_waivers_quote_the_warning_alone"),
        ("indicators", "0021_send_back_and_difference_reasons"),
        ("indicators", "0022_forecast"),
        ("indicators", "0023_scenario"),
        ("indicators", "0024_reviewer"),
        ("indicators", "0025_answer_same_as"),
        ("indicators", "0026_review_in_two_steps"),
        ("indicators", "0027_plan_run"),
        ("indicators", "0028_evidence_pages"),
        ("indicators", "0029_roster_memory"),
        ("indicators", "0030_monthly_updates"),
        ("indicators", "0031_withdrawal"),
        ("indicators", "0032_item_marks"),
        ("indicators", "0033_review_limits"),
        ("indicators", "0034_section_shares"),
        ("indicators", "0035_monthly_day"),
        ("indicators", "0036_picture_looks"),
    ]

    initial = True

    dependencies = [
        ("portal", "0001_squashed_0017"),
        ("schools", "0001_squashed_0012"),
    ]

    operations = [
        migrations.CreateModel(
            name="ItemOwner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("item", models.CharField(max_length=60, verbose_name="项目")),
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
                        related_name="item_owners",
                        to="schools.department",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="item_owners", to="schools.district"
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
                "verbose_name": "数据分工",
                "verbose_name_plural": "数据分工",
                "constraints": [models.UniqueConstraint(fields=("district", "item"), name="item_owner_once")],
            },
        ),
        migrations.CreateModel(
            name="MonthlyDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("day", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="报送日")),
                ("first_month", models.DateField(verbose_name="从哪个月起（当月 1 日）")),
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
                        related_name="monthly_day",
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
                "verbose_name": "月度动态报送日",
                "verbose_name_plural": "月度动态报送日",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day__isnull", True), models.Q(("day__gte", 1), ("day__lte", 28)), _connector="OR"
                        ),
                        name="monthly_day_in_every_month",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthlyUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("month", models.DateField(verbose_name="月份（当月 1 日）")),
                ("changes", models.JSONField(default=dict, verbose_name="变化")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
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
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="monthly_updates",
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
            ],
            options={
                "verbose_name": "月度动态",
                "verbose_name_plural": "月度动态",
                "ordering": ["month", "school__code"],
                "constraints": [models.UniqueConstraint(fields=("school", "month"), name="monthly_update_once")],
            },
        ),
        migrations.CreateModel(
            name="PictureLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
                ("bits", models.CharField(blank=True, max_length=64, verbose_name="样子")),
                ("alike", models.CharField(blank=True, db_index=True, max_length=64, verbose_name="最先的一张")),
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
                "verbose_name": "图片的样子",
                "verbose_name_plural": "图片的样子",
                "constraints": [models.UniqueConstraint(fields=("district", "sha256"), name="picture_look_once")],
            },
        ),
        migrations.CreateModel(
            name="Programme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("title", models.CharField(max_length=120, verbose_name="方案名称")),
                ("document_no", models.CharField(max_length=40, verbose_name="文号")),
                ("goal_year", models.PositiveSmallIntegerField(verbose_name="目标年份")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="programmes", to="schools.district"
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
                ("goals", models.JSONField(default=list, verbose_name="工作目标")),
                ("safeguards", models.JSONField(default=list, verbose_name="保障措施")),
            ],
            options={
                "verbose_name": "实施方案",
                "verbose_name_plural": "实施方案",
                "constraints": [models.UniqueConstraint(fields=("district", "document_no"), name="programme_once")],
            },
        ),
        migrations.CreateModel(
            name="Relaxation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("kind", models.CharField(max_length=40, verbose_name="放宽口径")),
                ("label", models.CharField(max_length=60, verbose_name="名称")),
                ("indicator", models.CharField(max_length=4, verbose_name="指标")),
                ("basis", models.CharField(max_length=200, verbose_name="依据")),
                ("reason", models.CharField(max_length=1000, verbose_name="理由")),
                (
                    "alternative",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="核定值"),
                ),
                ("valid_from", models.DateField(verbose_name="有效期起")),
                ("valid_until", models.DateField(verbose_name="有效期止")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待批准"),
                            ("approved", "已批准"),
                            ("refused", "未批准"),
                            ("withdrawn", "已撤销"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="批准时间")),
                ("opinion", models.CharField(blank=True, max_length=500, verbose_name="批准意见")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                ("withdrawn_because", models.CharField(blank=True, max_length=500, verbose_name="撤销原因")),
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
                        verbose_name="批准人",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relaxations",
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
                        verbose_name="撤销人",
                    ),
                ),
            ],
            options={
                "verbose_name": "放宽口径",
                "verbose_name_plural": "放宽口径",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None)),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="relaxation_decided_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="relaxation_withdrawn_paired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("created_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="relaxation_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "pending"), ("withdrawn_at", None)),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("state__in", ["approved", "refused"]),
                                ("withdrawn_at", None),
                            ),
                            models.Q(("state", "withdrawn"), ("withdrawn_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="relaxation_state_told",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                        name="relaxation_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("alternative", None), ("alternative__gt", 0), _connector="OR"),
                        name="relaxation_alternative_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("name", models.CharField(max_length=30, verbose_name="界限")),
                ("value", models.PositiveIntegerField(verbose_name="数")),
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
                "verbose_name": "审核界限",
                "verbose_name_plural": "审核界限",
                "constraints": [models.UniqueConstraint(fields=("district", "name"), name="review_limit_once")],
            },
        ),
        migrations.CreateModel(
            name="ReviewSteps",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("two", models.BooleanField(default=False, verbose_name="两级审核")),
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
                        related_name="review_steps",
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
                "verbose_name": "审核步骤",
                "verbose_name_plural": "审核步骤",
            },
        ),
        migrations.CreateModel(
            name="RosterMemory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("said", models.JSONField(default=dict, verbose_name="表册的写法")),
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
                    "school",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roster_memory",
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
            ],
            options={
                "verbose_name": "表册的写法",
                "verbose_name_plural": "表册的写法",
            },
        ),
        migrations.CreateModel(
            name="Standard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, verbose_name="标准代号")),
                ("revision", models.PositiveIntegerField(default=1, verbose_name="修订号")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("content", models.JSONField(verbose_name="内容")),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("loaded_at", models.DateTimeField(auto_now_add=True, verbose_name="载入时间")),
            ],
            options={
                "verbose_name": "标准",
                "verbose_name_plural": "标准",
                "ordering": ["code", "-revision"],
                "constraints": [models.UniqueConstraint(fields=("code", "revision"), name="standard_revision_once")],
            },
        ),
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("number", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("name", models.CharField(max_length=40, verbose_name="阶段")),
                ("starts_on", models.DateField(verbose_name="开始")),
                ("ends_on", models.DateField(verbose_name="结束")),
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
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="phases", to="indicators.programme"
                    ),
                ),
            ],
            options={
                "verbose_name": "阶段",
                "verbose_name_plural": "阶段",
                "ordering": ["programme", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "number"), name="phase_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="phase_dates_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RelaxationProof",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                        verbose_name="文件",
                    ),
                ),
                (
                    "relaxation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proofs", to="indicators.relaxation"
                    ),
                ),
            ],
            options={
                "verbose_name": "放宽口径证明",
                "verbose_name_plural": "放宽口径证明",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("relaxation", "document"), name="relaxation_proof_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("code", models.CharField(max_length=20, verbose_name="年度代号")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "填报中"), ("closed", "已关闭")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="开启时间")),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="截止时间")),
                ("school_year_start", models.DateField(verbose_name="学年初基准日")),
                ("fiscal_year", models.PositiveSmallIntegerField(verbose_name="财政年度")),
                ("school_year", models.CharField(max_length=9, verbose_name="学年")),
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
                        related_name="rounds",
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
                    "standard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="indicators.standard", verbose_name="标准"
                    ),
                ),
                ("state_reason", models.CharField(blank=True, max_length=200, verbose_name="关闭或重新开放的理由")),
            ],
            options={
                "verbose_name": "评估年度",
                "verbose_name_plural": "评估年度",
                "ordering": ["-school_year_start", "-id"],
                "constraints": [models.UniqueConstraint(fields=("district", "code"), name="round_code_once")],
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("engine", models.CharField(max_length=20, verbose_name="引擎版本")),
                ("inputs_sha256", models.CharField(max_length=64, verbose_name="输入校验值")),
                (
                    "inputs",
                    models.JSONField(
                        help_text="respondent → revision id, receipt, sha256, figures, register",
                        verbose_name="输入版本",
                    ),
                ),
                ("result", models.JSONField(verbose_name="完整结果")),
                ("complete", models.BooleanField(verbose_name="数据齐全")),
                ("verdict", models.BooleanField(null=True, verbose_name="结论")),
                ("data_as_of", models.DateTimeField(verbose_name="数据截至")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="评估时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evaluations", to="indicators.round"
                    ),
                ),
                ("standard", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="indicators.standard")),
                ("why", models.JSONField(default=list, verbose_name="结论的理由")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="重新评估的原因")),
            ],
            options={
                "verbose_name": "评估结果",
                "verbose_name_plural": "评估结果",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "standard", "engine", "inputs_sha256"), name="evaluation_same_inputs_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Forecast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("to_year", models.PositiveSmallIntegerField(verbose_name="预测到")),
                ("content", models.JSONField(verbose_name="完整结果")),
                ("sha256", models.CharField(max_length=64, verbose_name="校验值")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="预测时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="预测人",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="forecasts",
                        to="indicators.round",
                        verbose_name="评估年度",
                    ),
                ),
            ],
            options={
                "verbose_name": "生源预测",
                "verbose_name_plural": "生源预测",
                "ordering": ["-id"],
                "constraints": [models.UniqueConstraint(fields=("round", "sha256"), name="forecast_same_once")],
            },
        ),
        migrations.CreateModel(
            name="PlanRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_year", models.PositiveSmallIntegerField(verbose_name="规划起始年度")),
                ("last_year", models.PositiveSmallIntegerField(verbose_name="规划末年")),
                ("total_cost", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="总费用（万元）")),
                ("reaches", models.BooleanField(verbose_name="末年全部达标")),
                ("content", models.JSONField(verbose_name="完整结果")),
                ("sha256", models.CharField(max_length=64, verbose_name="校验值")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="规划时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="规划人",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="indicators.round",
                        verbose_name="评估年度",
                    ),
                ),
            ],
            options={
                "verbose_name": "达标规划",
                "verbose_name_plural": "达标规划",
                "ordering": ["-id"],
                "constraints": [models.UniqueConstraint(fields=("round", "sha256"), name="plan_same_once")],
            },
        ),
        migrations.CreateModel(
            name="ReviewBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("revisions", models.JSONField(verbose_name="没有要看的填报")),
                ("sample", models.JSONField(verbose_name="抽看的填报")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="一次通过的时间")),
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
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.round",
                        verbose_name="评估年度",
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
                "verbose_name": "批量审核",
                "verbose_name_plural": "批量审核",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="review_batch_done_paired",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StatisticsImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, verbose_name="文件校验值")),
                ("year", models.PositiveSmallIntegerField(verbose_name="统计年度")),
                ("forms", models.JSONField(default=list, verbose_name="报表")),
                ("mapping", models.CharField(max_length=12, verbose_name="对照版本")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="导入时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="导入人",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.document",
                        verbose_name="文件",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statistics",
                        to="indicators.round",
                        verbose_name="评估年度",
                    ),
                ),
            ],
            options={
                "verbose_name": "统计报表",
                "verbose_name_plural": "统计报表",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "填报中"),
                            ("submitted", "已提交"),
                            ("in_review", "审核中"),
                            ("checked", "待审定"),
                            ("returned", "已退回"),
                            ("approved", "已通过"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始填报时间")),
                ("handed_over_at", models.DateTimeField(blank=True, null=True, verbose_name="送校长时间")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="提交时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
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
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="schools.department"
                    ),
                ),
                (
                    "handed_over_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="submissions", to="indicators.round"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="schools.school",
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
                    "reviewer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填报负责人",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报",
                "verbose_name_plural": "填报",
                "ordering": ["school__code", "id"],
                "indexes": [models.Index(fields=["round", "state"], name="submission_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("school__isnull", True), ("department__isnull", True), _connector="OR"),
                        name="submission_one_respondent",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("school__isnull", False)),
                        fields=("round", "school"),
                        name="submission_school_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("department__isnull", False)),
                        fields=("round", "department"),
                        name="submission_department_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("department__isnull", True), ("school__isnull", True)),
                        fields=("round",),
                        name="submission_bureau_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("handed_over_at__isnull", True), ("handed_over_by__isnull", True)),
                            models.Q(("handed_over_at__isnull", False), ("handed_over_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="submission_handed_over_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DifferenceReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=60, verbose_name="项目")),
                ("reported", models.CharField(max_length=220, verbose_name="填报数")),
                ("statistics", models.DecimalField(decimal_places=15, max_digits=30, verbose_name="统计数")),
                ("reason", models.CharField(max_length=300, verbose_name="说明")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="说明时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="说明人",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="difference_reasons",
                        to="indicators.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "差异说明",
                "verbose_name_plural": "差异说明",
                "ordering": ["id"],
                "db_table": "indicators_statisticsexplanation",
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("item", models.CharField(blank=True, max_length=60, verbose_name="项目")),
                ("caption", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("restricted", models.BooleanField(default=False, verbose_name="含个人信息")),
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
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="indicators.submission"
                    ),
                ),
                ("pages", models.CharField(blank=True, max_length=40, verbose_name="页码")),
            ],
            options={
                "verbose_name": "佐证材料",
                "verbose_name_plural": "佐证材料",
                "ordering": ["item", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="evidence_withdrawn_paired",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("due_at", models.DateTimeField(verbose_name="延期至")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
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
                    "submission",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extension",
                        to="indicators.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "延期",
                "verbose_name_plural": "延期",
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("self", "县级自评"),
                            ("city", "市级复核"),
                            ("province", "省级督导评估"),
                            ("state", "国家认定"),
                        ],
                        max_length=10,
                        verbose_name="环节",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几次冻结")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("caveats", models.JSONField(default=list, verbose_name="冻结时的提示")),
                ("sha256", models.CharField(max_length=64, verbose_name="冻结校验值")),
                ("frozen_at", models.DateTimeField(auto_now_add=True, verbose_name="冻结时间")),
                (
                    "evaluation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="indicators.evaluation",
                        verbose_name="评估",
                    ),
                ),
                (
                    "frozen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="冻结人",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="milestones", to="indicators.round"
                    ),
                ),
            ],
            options={
                "verbose_name": "冻结节点",
                "verbose_name_plural": "冻结节点",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("round", "kind", "number"), name="milestone_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["self", "city", "province", "state"])),
                        name="milestone_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="第几次提交")),
                ("content", models.JSONField(verbose_name="冻结内容")),
                ("sha256", models.CharField(max_length=64, verbose_name="sha256")),
                ("receipt", models.CharField(max_length=40, unique=True, verbose_name="回执号")),
                ("submitted_at", models.DateTimeField(verbose_name="提交时间")),
                (
                    "submitted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提交人",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="indicators.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "提交版本",
                "verbose_name_plural": "提交版本",
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("submission", "number"), name="revision_number_once")],
            },
        ),
        migrations.CreateModel(
            name="Scenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("measures", models.JSONField(default=list, verbose_name="措施")),
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
                    "evaluation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scenarios",
                        to="indicators.evaluation",
                        verbose_name="依据的评估",
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
                "verbose_name": "试算方案",
                "verbose_name_plural": "试算方案",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SectionShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("section", models.CharField(max_length=40, verbose_name="栏目")),
                ("label", models.CharField(max_length=100, verbose_name="栏目名称")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="填好时间")),
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
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="indicators.submission"
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
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="section_shares",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="由谁填",
                    ),
                ),
            ],
            options={
                "verbose_name": "栏目分工",
                "verbose_name_plural": "栏目分工",
                "ordering": ["section"],
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "section"), name="section_share_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="section_share_done_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatisticsFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=60, verbose_name="项目")),
                ("value", models.DecimalField(decimal_places=15, max_digits=30, verbose_name="数值")),
                ("raw", models.CharField(max_length=200, verbose_name="原文")),
                ("unit", models.CharField(max_length=10, verbose_name="表中单位")),
                ("form", models.CharField(max_length=40, verbose_name="表号")),
                ("sheet", models.CharField(max_length=40, verbose_name="工作表")),
                ("cells", models.CharField(max_length=100, verbose_name="单元格")),
                ("header", models.CharField(max_length=200, verbose_name="表头")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.school",
                        verbose_name="学校",
                    ),
                ),
                (
                    "statistics",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="figures",
                        to="indicators.statisticsimport",
                    ),
                ),
            ],
            options={
                "verbose_name": "统计数",
                "verbose_name_plural": "统计数",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("statistics", "school", "item"), name="statistics_figure_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("check_code", models.CharField(max_length=60, verbose_name="校验")),
                ("field", models.CharField(max_length=60, verbose_name="项目")),
                ("reason", models.CharField(max_length=300, verbose_name="说明")),
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
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="indicators.submission"
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
                ("message", models.CharField(default="", max_length=300, verbose_name="提示内容")),
            ],
            options={
                "verbose_name": "提示说明",
                "verbose_name_plural": "提示说明",
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "check_code", "field"), name="waiver_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=60, verbose_name="项目")),
                (
                    "number",
                    models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name="数值"),
                ),
                ("text", models.TextField(blank=True, verbose_name="文字")),
                ("rows", models.JSONField(blank=True, null=True, verbose_name="明细")),
                ("not_applicable", models.BooleanField(default=False, verbose_name="不适用")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="不适用原因")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="填写时间")),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填写人",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="indicators.submission"
                    ),
                ),
                (
                    "same_as",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.revision",
                        verbose_name="与上年相同",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报项",
                "verbose_name_plural": "填报项",
                "ordering": ["field"],
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "field"), name="answer_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("not_applicable", False), ("reason", "")),
                            models.Q(
                                ("not_applicable", True),
                                ("number__isnull", True),
                                ("rows__isnull", True),
                                ("text", ""),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="answer_not_applicable_alone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", True), ("text", "")),
                            models.Q(("number__isnull", True), ("rows__isnull", True)),
                            models.Q(("rows__isnull", True), ("text", "")),
                            _connector="OR",
                        ),
                        name="answer_one_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("returned", "退回"), ("checked", "通过，待审定"), ("approved", "通过")],
                        max_length=10,
                        verbose_name="结论",
                    ),
                ),
                ("comment", models.TextField(blank=True, verbose_name="审核意见")),
                ("decided_at", models.DateTimeField(auto_now_add=True, verbose_name="审核时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        related_query_name="decision",
                        to="indicators.revision",
                    ),
                ),
            ],
            options={
                "verbose_name": "审核结论",
                "verbose_name_plural": "审核结论",
                "constraints": [models.UniqueConstraint(fields=("revision", "verdict"), name="decision_verdict_once")],
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ItemMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("item", models.CharField(max_length=60, verbose_name="项目")),
                ("passed", models.BooleanField(verbose_name="通过")),
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
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.revision",
                        verbose_name="提交版本",
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
                "verbose_name": "逐项通过",
                "verbose_name_plural": "逐项通过",
                "constraints": [models.UniqueConstraint(fields=("revision", "item"), name="item_mark_once")],
            },
        ),
        migrations.CreateModel(
            name="PartResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("school_name", models.CharField(max_length=100, verbose_name="学校名称")),
                ("kind", models.CharField(max_length=20, verbose_name="学校类型")),
                ("area", models.CharField(max_length=4, verbose_name="城乡类型")),
                ("sponsor", models.PositiveSmallIntegerField(verbose_name="举办者类型")),
                (
                    "stage",
                    models.CharField(
                        choices=[("primary", "小学"), ("junior", "初中")], max_length=10, verbose_name="学段"
                    ),
                ),
                ("pupils", models.DecimalField(decimal_places=0, max_digits=12, null=True, verbose_name="在校生数")),
                ("passes", models.BooleanField(null=True, verbose_name="达标")),
                ("reached", models.PositiveSmallIntegerField(default=0, verbose_name="达标项数")),
                (
                    "evaluation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="indicators.evaluation"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="schools.school"
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.revision",
                    ),
                ),
                ("relaxed", models.BooleanField(null=True, verbose_name="放宽口径达标")),
            ],
            options={
                "verbose_name": "学校学段结果",
                "verbose_name_plural": "学校学段结果",
                "ordering": ["school__code", "-stage"],
                "constraints": [models.UniqueConstraint(fields=("evaluation", "school", "stage"), name="part_once")],
            },
        ),
        migrations.CreateModel(
            name="StatisticsPrefill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=60, verbose_name="项目")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="预填时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="预填人",
                    ),
                ),
                (
                    "figure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.statisticsfigure"
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prefills", to="indicators.submission"
                    ),
                ),
            ],
            options={
                "verbose_name": "统计预填",
                "verbose_name_plural": "统计预填",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200, verbose_name="撤回原因")),
                ("withdrawn_at", models.DateTimeField(auto_now_add=True, verbose_name="撤回时间")),
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawal", to="indicators.revision"
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回人",
                    ),
                ),
            ],
            options={
                "verbose_name": "撤回填报",
                "verbose_name_plural": "撤回填报",
            },
        ),
        migrations.CreateModel(
            name="IndicatorResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=4, verbose_name="指标")),
                ("numerator", models.DecimalField(decimal_places=15, max_digits=36, null=True, verbose_name="分子")),
                ("value", models.DecimalField(decimal_places=15, max_digits=36, null=True, verbose_name="指标值")),
                ("threshold", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="标准值")),
                ("floor", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="85% 底线")),
                ("reaches", models.BooleanField(null=True, verbose_name="达标")),
                ("reaches_floor", models.BooleanField(null=True, verbose_name="达到底线")),
                ("gap", models.DecimalField(decimal_places=15, max_digits=36, null=True, verbose_name="差距")),
                ("near_limit", models.BooleanField(default=False, verbose_name="临界")),
                ("formula", models.CharField(blank=True, max_length=300, verbose_name="算式")),
                (
                    "part",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="indicators",
                        to="indicators.partresult",
                    ),
                ),
            ],
            options={
                "verbose_name": "指标结果",
                "verbose_name_plural": "指标结果",
                "ordering": ["code"],
                "constraints": [models.UniqueConstraint(fields=("part", "code"), name="indicator_result_once")],
            },
        ),
        migrations.CreateModel(
            name="SendBackReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=60, verbose_name="项目")),
                ("text", models.CharField(max_length=300, verbose_name="退回原因")),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reasons", to="indicators.decision"
                    ),
                ),
            ],
            options={
                "verbose_name": "退回原因",
                "verbose_name_plural": "退回原因",
                "ordering": ["id"],
                "db_table": "indicators_returnreason",
            },
        ),
        migrations.RunPython(add, remove),
    ]
