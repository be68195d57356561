"""Tables of schools: what 0001 to 0012 make, in one step.

A new database is made by this one; one that is older goes on by those replaced. What they did to rows has no row here.
"""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("schools", "0001_initial"),
        ("schools", "0002_district_issuer"),
        ("schools", "0003_department_kind_and_status"),
        ("schools", "0004_register_as_of_a_day"),
        ("schools", "0005_read_changes"),
        ("schools", "0006_change_says_why"),
        ("schools", "0007_school_lies_in_a_township"),
        ("schools", "0008_roles_wait_for_a_second_person"),
        ("schools", "0009_reasons_of_ended_roles"),
        ("schools", "0010_roles_without_a_second_person"),
        ("schools", "0011_registers"),
        ("schools", "0012_register_milestones"),
    ]

    initial = True

    dependencies = [
        ("portal", "0001_squashed_0017"),
    ]

    operations = [
        migrations.CreateModel(
            name="District",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        max_length=6,
                        unique=True,
                        validators=[django.core.validators.RegexValidator("^\\d{6}$")],
                        verbose_name="区划代码",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="schools.district",
                        verbose_name="上级",
                    ),
                ),
                ("issuer", models.CharField(blank=True, default="", max_length=60, verbose_name="落款单位")),
            ],
            options={
                "verbose_name": "区划",
                "verbose_name_plural": "区划",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("code", models.CharField(max_length=20, verbose_name="编号")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
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
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departments",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("委办局", "委办局"), ("乡镇", "乡镇"), ("街道", "街道")],
                        default="委办局",
                        max_length=4,
                        verbose_name="类型",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("在用", "在用"), ("撤销", "撤销")], default="在用", max_length=4, verbose_name="状态"
                    ),
                ),
                ("abolished_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销的原因")),
            ],
            options={
                "verbose_name": "部门",
                "verbose_name_plural": "部门",
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("district", "code"), name="department_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("委办局", "乡镇", "街道"))), name="department_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("在用", "撤销"))), name="department_status_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="教育集团")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="groups",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
            ],
            options={
                "verbose_name": "教育集团",
                "verbose_name_plural": "教育集团",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("district", "name"), name="group_name_once")],
            },
        ),
        migrations.CreateModel(
            name="School",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "code",
                    models.CharField(
                        max_length=10,
                        unique=True,
                        validators=[django.core.validators.RegexValidator("^\\d{10}$", "学校标识码须为 10 位数字")],
                        verbose_name="学校标识码",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="学校名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("小学", "小学"),
                            ("教学点", "教学点"),
                            ("初级中学", "初级中学"),
                            ("九年一贯制学校", "九年一贯制学校"),
                            ("完全中学", "完全中学"),
                            ("十二年一贯制学校", "十二年一贯制学校"),
                            ("特殊教育学校", "特殊教育学校"),
                            ("中等职业学校", "中等职业学校"),
                        ],
                        max_length=20,
                        verbose_name="学校类型",
                    ),
                ),
                (
                    "area",
                    models.CharField(
                        choices=[("城区", "城区"), ("镇区", "镇区"), ("乡村", "乡村")],
                        max_length=4,
                        verbose_name="城乡类型",
                    ),
                ),
                (
                    "sponsor",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "中央教育部门"),
                            (2, "中央其他部门"),
                            (3, "省级教育部门"),
                            (4, "省级其他部门"),
                            (5, "地级教育部门"),
                            (6, "地级其他部门"),
                            (7, "县级教育部门"),
                            (8, "县级其他部门"),
                            (9, "地方企业"),
                            (10, "民办"),
                        ],
                        verbose_name="举办者类型",
                    ),
                ),
                ("boarding", models.BooleanField(default=False, verbose_name="寄宿制")),
                ("built_year", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="建校年份")),
                (
                    "status",
                    models.CharField(
                        choices=[("在办", "在办"), ("停办", "停办")],
                        default="在办",
                        max_length=4,
                        verbose_name="办学状态",
                    ),
                ),
                (
                    "latitude",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="纬度"),
                ),
                (
                    "longitude",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="经度"),
                ),
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
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schools",
                        to="schools.district",
                        verbose_name="区县",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schools",
                        to="schools.group",
                        verbose_name="教育集团",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessors",
                        to="schools.school",
                        verbose_name="并入学校",
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
                ("changed_on", models.DateField(editable=False, null=True)),
                ("closed_on", models.DateField(editable=False, null=True, verbose_name="停办日期")),
                ("opened_on", models.DateField(blank=True, null=True, verbose_name="设立日期")),
                (
                    "township",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schools",
                        to="schools.department",
                        verbose_name="所在乡镇、街道",
                    ),
                ),
            ],
            options={
                "verbose_name": "学校",
                "verbose_name_plural": "学校",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "小学",
                                    "教学点",
                                    "初级中学",
                                    "九年一贯制学校",
                                    "完全中学",
                                    "十二年一贯制学校",
                                    "特殊教育学校",
                                    "中等职业学校",
                                ],
                            )
                        ),
                        name="school_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sponsor__in", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])),
                        name="school_sponsor_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("reporter", "学校填报员"),
                            ("principal", "校长"),
                            ("inspector", "责任督学"),
                            ("reviewer", "局业务审核"),
                            ("admin", "局管理员"),
                            ("leader", "局领导"),
                            ("liaison", "部门联络员"),
                            ("expert", "复核专家"),
                            ("auditor", "审计员"),
                        ],
                        max_length=20,
                        verbose_name="角色",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="生效日期")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="失效日期")),
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
                    "district",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="schools.district"
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="schools.school"
                    ),
                ),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="确认时间")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                ("is_pending", models.BooleanField(default=False, verbose_name="待第二人确认")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="结束的原因")),
                ("is_unreviewed", models.BooleanField(default=False, verbose_name="待复核")),
            ],
            options={
                "verbose_name": "角色授权",
                "verbose_name_plural": "角色授权",
                "ordering": ["user", "role"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("department__isnull", True), ("district__isnull", False), ("school__isnull", True)
                            ),
                            models.Q(
                                ("department__isnull", True), ("district__isnull", True), ("school__isnull", False)
                            ),
                            models.Q(
                                ("department__isnull", False), ("district__isnull", True), ("school__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="membership_one_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "reporter",
                                    "principal",
                                    "inspector",
                                    "reviewer",
                                    "admin",
                                    "leader",
                                    "liaison",
                                    "expert",
                                    "auditor",
                                ],
                            )
                        ),
                        name="membership_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="membership_dates_in_order",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_until__isnull", True)),
                        fields=("user", "role", "district"),
                        name="membership_once_district",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_until__isnull", True)),
                        fields=("user", "role", "school"),
                        name="membership_once_school",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_until__isnull", True)),
                        fields=("user", "role", "department"),
                        name="membership_once_department",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", True), ("confirmed_by__isnull", True)),
                            models.Q(
                                ("confirmed_at__isnull", False), ("confirmed_by__isnull", False), ("is_pending", False)
                            ),
                            _connector="OR",
                        ),
                        name="membership_confirmed_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("kind", models.CharField(max_length=20, verbose_name="台账")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("data", models.JSONField(verbose_name="内容")),
                ("words", models.TextField(editable=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销的原因")),
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
                        related_name="+",
                        to="schools.department",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
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
                "verbose_name": "台账记录",
                "verbose_name_plural": "台账记录",
                "ordering": ["-year", "-pk"],
                "indexes": [models.Index(fields=["kind", "year"], name="register_kind_year")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("department__isnull", True), ("district__isnull", False), ("school__isnull", True)
                            ),
                            models.Q(
                                ("department__isnull", True), ("district__isnull", True), ("school__isnull", False)
                            ),
                            models.Q(
                                ("department__isnull", False), ("district__isnull", True), ("school__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="register_one_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="register_withdrawn_paired",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SchoolChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(verbose_name="自")),
                ("facts", models.JSONField(verbose_name="登记信息")),
                ("changed", models.JSONField(default=dict, verbose_name="变更内容")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="schools.school"
                    ),
                ),
                (
                    "left",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.district",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="变更原因")),
            ],
            options={
                "verbose_name": "学校信息变更",
                "verbose_name_plural": "学校信息变更",
                "ordering": ["-valid_from", "-id"],
            },
        ),
        migrations.CreateModel(
            name="RegisterChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=10, verbose_name="办理")),
                ("changed", models.JSONField(default=dict, verbose_name="变更内容")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="schools.registerentry"
                    ),
                ),
            ],
            options={
                "verbose_name": "台账变更",
                "verbose_name_plural": "台账变更",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RegisterFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("caption", models.CharField(blank=True, max_length=200, verbose_name="说明")),
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
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="schools.registerentry"
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
                        verbose_name="撤下人",
                    ),
                ),
            ],
            options={
                "verbose_name": "台账佐证",
                "verbose_name_plural": "台账佐证",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="register_file_withdrawn_paired",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterMilestone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("day", models.DateField(verbose_name="日期")),
                ("state", models.CharField(max_length=20, verbose_name="节点")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤下时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤下的原因")),
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
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="schools.registerentry",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="schools.registerfile",
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
                        verbose_name="撤下人",
                    ),
                ),
            ],
            options={
                "verbose_name": "进度节点",
                "verbose_name_plural": "进度节点",
                "ordering": ["day", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("entry", "day", "state"),
                        name="register_milestone_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                            models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="register_milestone_withdrawn_paired",
                    ),
                ],
            },
        ),
    ]
