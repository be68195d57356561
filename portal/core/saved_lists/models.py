"""Lists as a person asked for them (常用筛选): a name and an address."""

from django.conf import settings
from django.db import models

LONGEST_ADDRESS = 1000


class SavedList(models.Model):
    """An address of this portal with its filters; it opens with the rights of whoever follows it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_lists")
    name = models.CharField("名称", max_length=30)
    address = models.CharField("地址", max_length=LONGEST_ADDRESS)
    created_at = models.DateTimeField("保存时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "常用筛选"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_list_once")]

    def __str__(self) -> str:
        return self.name
