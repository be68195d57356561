"""The audit chain: who did what, when, from where, before and after."""

from django.db import models

from portal.core.lib.models import Immutable


class AuditHead(models.Model):
    """The end of the chain; locking this one row puts events in one order."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        verbose_name = verbose_name_plural = "审计链尾"

    def __str__(self) -> str:
        return str(self.seq)


class AuditEvent(Immutable):
    """One event. No foreign keys and copied names: the trail outlives people and schools."""

    seq = models.BigIntegerField("序号", unique=True)
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=120)
    actor_role = models.CharField("角色", max_length=120, blank=True, default="")
    address = models.CharField("来源地址", max_length=64, blank=True)
    request_id = models.CharField("请求编号", max_length=36, blank=True)
    action = models.CharField("操作", max_length=60)
    object_type = models.CharField("对象类型", max_length=60, blank=True)
    object_id = models.CharField("对象编号", max_length=60, blank=True)
    object_name = models.CharField("对象", max_length=200, blank=True)
    district_code = models.CharField("区划代码", max_length=6, blank=True)
    school_code = models.CharField("学校标识码", max_length=10, blank=True)
    before = models.JSONField("变更前", default=dict)
    after = models.JSONField("变更后", default=dict)
    success = models.BooleanField("成功", default=True)
    previous_hash = models.CharField("前一条校验值", max_length=64)
    hash = models.CharField("校验值", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["district_code", "-seq"], name="audit_district"),
            models.Index(fields=["actor_id", "-seq"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"
