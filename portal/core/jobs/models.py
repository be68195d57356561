"""Background work: the row is the truth, a message is only a signal."""

from django.conf import settings
from django.db import models


class Job(models.Model):
    """One piece of background work somebody asked for.

    queued → running → done | failed | cancelled; running → queued again when
    the worker's lease runs out; failed → queued when asked for again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField("类型", max_length=40)
    title = models.CharField("任务", max_length=200)
    args = models.JSONField("参数", default=dict)
    key = models.CharField("唯一键", max_length=200, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", on_delete=models.PROTECT, related_name="jobs"
    )
    district_code = models.CharField("区划代码", max_length=6, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED)
    done_steps = models.PositiveIntegerField("已完成步数", default=0)
    total_steps = models.PositiveIntegerField("总步数", default=0)
    note = models.CharField("当前步骤", max_length=200, blank=True)
    attempt = models.PositiveIntegerField("第几次执行", default=0)
    lease_until = models.DateTimeField("租约到期", null=True, blank=True)
    cancel_requested = models.BooleanField("已请求取消", default=False)
    error = models.TextField("失败原因", blank=True)
    result = models.JSONField("结果", default=dict)
    created_at = models.DateTimeField("发起时间", auto_now_add=True)
    queued_at = models.DateTimeField("排队时间")
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "queued_at"], name="job_waiting")]
        constraints = [
            models.CheckConstraint(
                name="job_running_has_lease",
                condition=~models.Q(state="running") | models.Q(lease_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        return 100 * self.done_steps // self.total_steps if self.total_steps else 0

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)
