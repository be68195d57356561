"""Tables of the roof and the ground, and the trigger under which the audit trail only grows: what 0001 to 0017 make, in one step.

A new database is made by this one; one that is older goes on by those replaced. What they did to rows has no row here.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POSTGRESQL = """
CREATE FUNCTION portal_audit_insert_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'audit events are insert-only'; END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER portal_audit_insert_only BEFORE UPDATE OR DELETE ON portal_auditevent
FOR EACH ROW EXECUTE FUNCTION portal_audit_insert_only();
"""
POSTGRESQL_BACK = """
DROP TRIGGER portal_audit_insert_only ON portal_auditevent;
DROP FUNCTION portal_audit_insert_only();
"""
# SQLite has no TRUNCATE, so a DELETE trigger would forbid emptying a test
# database; there deletions are found by verify_audit instead.
SQLITE = """
CREATE TRIGGER portal_audit_insert_only BEFORE UPDATE ON portal_auditevent
BEGIN SELECT RAISE(ABORT, 'audit events are insert-only'); END;
"""


def add(apps, schema_editor):
    """Create the trigger for this database."""
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def remove(apps, schema_editor):
    """Drop the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK)
    else:
        schema_editor.execute("DROP TRIGGER portal_audit_insert_only")


class Migration(migrations.Migration):
    replaces = [
        ("portal", "0001_initial"),
        ("portal", "0002_audit_insert_only"),
        ("portal", "0003_audit_event_names_the_role"),
        ("portal", "0004_sent_forms"),
        ("portal", "0005_user_wrong_passwords"),
        ("portal", "0006_document_may_be_restricted"),
        ("portal", "0007_passwords_kept_and_sessions_ended"),
        ("portal", "0008_recovery_codes"),
        ("portal", "0009_backups"),
        ("portal", "0010_who_reset_the_password"),
        ("portal", "0011_names_given_at_first_login"),
        ("portal", "0012_reasons_of_closed_accounts"),
        ("portal", "0013_who_issued_a_password"),
        ("portal", "0014_people_have_offices"),
        ("portal", "0015_saved_lists"),
        ("portal", "0016_people_get_digests"),
        ("portal", "0017_email_addresses_are_confirmed"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.BigIntegerField(unique=True, verbose_name="序号")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="操作人编号")),
                ("actor_name", models.CharField(max_length=120, verbose_name="操作人")),
                ("address", models.CharField(blank=True, max_length=64, verbose_name="来源地址")),
                ("request_id", models.CharField(blank=True, max_length=36, verbose_name="请求编号")),
                ("action", models.CharField(max_length=60, verbose_name="操作")),
                ("object_type", models.CharField(blank=True, max_length=60, verbose_name="对象类型")),
                ("object_id", models.CharField(blank=True, max_length=60, verbose_name="对象编号")),
                ("object_name", models.CharField(blank=True, max_length=200, verbose_name="对象")),
                ("district_code", models.CharField(blank=True, max_length=6, verbose_name="区划代码")),
                ("school_code", models.CharField(blank=True, max_length=10, verbose_name="学校标识码")),
                ("before", models.JSONField(default=dict, verbose_name="变更前")),
                ("after", models.JSONField(default=dict, verbose_name="变更后")),
                ("success", models.BooleanField(default=True, verbose_name="成功")),
                ("previous_hash", models.CharField(max_length=64, verbose_name="前一条校验值")),
                ("hash", models.CharField(max_length=64, verbose_name="校验值")),
                ("actor_role", models.CharField(blank=True, default="", max_length=120, verbose_name="角色")),
            ],
            options={
                "verbose_name": "审计记录",
                "verbose_name_plural": "审计记录",
                "ordering": ["-seq"],
                "indexes": [
                    models.Index(fields=["object_type", "object_id"], name="audit_object"),
                    models.Index(fields=["district_code", "-seq"], name="audit_district"),
                    models.Index(fields=["actor_id", "-seq"], name="audit_actor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.BigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000", max_length=64
                    ),
                ),
            ],
            options={
                "verbose_name": "审计链尾",
                "verbose_name_plural": "审计链尾",
            },
        ),
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
                ("folder", models.CharField(max_length=300, verbose_name="目录")),
                ("rows", models.PositiveBigIntegerField(default=0, verbose_name="行数")),
                ("files", models.PositiveIntegerField(default=0, verbose_name="文件数")),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="文件字节数")),
                ("damaged", models.JSONField(default=list, verbose_name="缺少或损坏的文件")),
                ("error", models.TextField(blank=True, verbose_name="失败原因")),
            ],
            options={
                "verbose_name": "备份",
                "verbose_name_plural": "备份",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=50, unique=True, verbose_name="工作账号")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="联系电话")),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("is_system", models.BooleanField(default=False, verbose_name="系统账号")),
                ("must_change_password", models.BooleanField(default=False, verbose_name="下次登录须改密码")),
                ("password_changed_at", models.DateTimeField(blank=True, null=True, verbose_name="密码修改时间")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("wrong_passwords", models.PositiveSmallIntegerField(default=0, verbose_name="连续输错的密码次数")),
                ("sessions_ended_at", models.DateTimeField(blank=True, null=True, verbose_name="会话终止时间")),
                ("password_reset_at", models.DateTimeField(blank=True, null=True, verbose_name="密码重置时间")),
                (
                    "password_reset_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="密码重置人",
                    ),
                ),
                ("is_unnamed", models.BooleanField(default=False, verbose_name="姓名待本人填写")),
                ("disabled_reason", models.CharField(blank=True, max_length=200, verbose_name="停用的原因")),
                ("password_reset_reason", models.CharField(blank=True, max_length=200, verbose_name="密码重置的原因")),
                (
                    "password_issued_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="密码发放人",
                    ),
                ),
                ("office", models.CharField(blank=True, max_length=30, verbose_name="科室")),
                ("digest", models.CharField(blank=True, max_length=10, verbose_name="每日汇总")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="电子邮箱")),
                ("email_confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="邮箱确认时间")),
            ],
            options={
                "verbose_name": "账号",
                "verbose_name_plural": "账号",
                "ordering": ["username"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("password_reset_at__isnull", True), ("password_reset_by__isnull", True)),
                            models.Q(("password_reset_at__isnull", False), ("password_reset_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="user_password_reset_paired",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("sha256", models.CharField(db_index=True, max_length=64, verbose_name="sha256")),
                ("size", models.PositiveBigIntegerField(verbose_name="字节数")),
                ("media_type", models.CharField(max_length=100, verbose_name="类型")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="保存时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="保存人",
                    ),
                ),
                ("restricted", models.BooleanField(default=False, verbose_name="含个人信息")),
            ],
            options={
                "verbose_name": "文件",
                "verbose_name_plural": "文件",
            },
        ),
        migrations.CreateModel(
            name="FormerPassword",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="密码摘要")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_passwords",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "用过的密码",
                "verbose_name_plural": "用过的密码",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="类型")),
                ("title", models.CharField(max_length=200, verbose_name="任务")),
                ("args", models.JSONField(default=dict, verbose_name="参数")),
                ("key", models.CharField(max_length=200, unique=True, verbose_name="唯一键")),
                ("district_code", models.CharField(blank=True, max_length=6, verbose_name="区划代码")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "排队中"),
                            ("running", "进行中"),
                            ("done", "已完成"),
                            ("failed", "失败"),
                            ("cancelled", "已取消"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("done_steps", models.PositiveIntegerField(default=0, verbose_name="已完成步数")),
                ("total_steps", models.PositiveIntegerField(default=0, verbose_name="总步数")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="当前步骤")),
                ("attempt", models.PositiveIntegerField(default=0, verbose_name="第几次执行")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="租约到期")),
                ("cancel_requested", models.BooleanField(default=False, verbose_name="已请求取消")),
                ("error", models.TextField(blank=True, verbose_name="失败原因")),
                ("result", models.JSONField(default=dict, verbose_name="结果")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="发起时间")),
                ("queued_at", models.DateTimeField(verbose_name="排队时间")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发起人",
                    ),
                ),
            ],
            options={
                "verbose_name": "后台任务",
                "verbose_name_plural": "后台任务",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["state", "queued_at"], name="job_waiting")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="job_running_has_lease",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=300, verbose_name="内容")),
                ("url", models.CharField(blank=True, max_length=200, verbose_name="链接")),
                ("key", models.CharField(max_length=120, verbose_name="去重键")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="时间")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="已读时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "消息",
                "verbose_name_plural": "消息",
                "ordering": ["-id"],
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="notice_once")],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="摘要")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="使用时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "恢复码",
                "verbose_name_plural": "恢复码",
            },
        ),
        migrations.CreateModel(
            name="SavedList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=30, verbose_name="名称")),
                ("address", models.CharField(max_length=1000, verbose_name="地址")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="保存时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_lists",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "常用筛选",
                "verbose_name_plural": "常用筛选",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("user", "name"), name="saved_list_once")],
            },
        ),
        migrations.CreateModel(
            name="Sending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="日期")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "邮件"), ("sms", "短信"), ("group", "工作群")],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("district_code", models.CharField(blank=True, max_length=6, verbose_name="区划代码")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待发送"),
                            ("sending", "发送中"),
                            ("sent", "已发送"),
                            ("failed", "没有发出"),
                            ("unsure", "不能确定"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("error", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                ("composed_at", models.DateTimeField(blank=True, null=True, verbose_name="汇总时间")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="收件人",
                    ),
                ),
            ],
            options={
                "verbose_name": "消息送达",
                "verbose_name_plural": "消息送达",
                "ordering": ["-day", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", False)), fields=("user", "day"), name="sending_once_person"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", True)),
                        fields=("district_code", "day"),
                        name="sending_once_group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("district_code", ""), ("user__isnull", False)),
                            models.Q(("user__isnull", True), models.Q(("district_code", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="sending_to_person_or_group",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(verbose_name="表单")),
                ("digest", models.CharField(max_length=64, verbose_name="内容校验值")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="办理结果")),
                ("sent_at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="提交时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "已提交的表单",
                "verbose_name_plural": "已提交的表单",
                "constraints": [models.UniqueConstraint(fields=("user", "key", "digest"), name="sent_form_once")],
            },
        ),
        migrations.RunPython(add, remove),
    ]
