"""In-app messages to one person, and what was sent out of the portal."""

from django.conf import settings
from django.db import models
from django.db.models import Q

LONGEST = 300


class Notice(models.Model):
    """A message in a person's inbox; the same `key` is delivered to a person once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    text = models.CharField("内容", max_length=LONGEST)
    url = models.CharField("链接", max_length=200, blank=True)
    key = models.CharField("去重键", max_length=120)
    created_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once")]

    def __str__(self) -> str:
        return self.text


class Sending(models.Model):
    """The digest of a day to one person, or to the group of a district's bureau, over one channel: sent at most once.

    waiting → sending → sent | failed | unsure; failed ones are tried again the same day, unsure ones never.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "邮件"
        SMS = "sms", "短信"
        GROUP = "group", "工作群"

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发送"
        FAILED = "failed", "没有发出"
        UNSURE = "unsure", "不能确定"

    day = models.DateField("日期")
    channel = models.CharField("方式", max_length=10, choices=Channel)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="收件人", null=True, blank=True, on_delete=models.PROTECT
    )
    district_code = models.CharField("区划代码", max_length=6, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField("次数", default=0)
    error = models.CharField("原因", max_length=200, blank=True)
    # What is newer goes into the next digest.
    composed_at = models.DateTimeField("汇总时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息送达"
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day"], name="sending_once_person", condition=Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["district_code", "day"], name="sending_once_group", condition=Q(user__isnull=True)
            ),
            models.CheckConstraint(
                name="sending_to_person_or_group",
                condition=Q(user__isnull=False, district_code="") | (Q(user__isnull=True) & ~Q(district_code="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.day}"

    @property
    def tone(self) -> str:
        tones = {self.State.SENT: "ok", self.State.FAILED: "bad", self.State.UNSURE: "warn"}
        return tones.get(self.State(self.state), "muted")
