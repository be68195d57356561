"""Files: bytes named by their sha256, and the documents that point to them."""

import uuid

from django.conf import settings
from django.db import models

from portal.core.lib.models import Immutable

# What browsers show by themselves; the type is what was found inside the file when it was stored.
SHOWN = frozenset({"image/jpeg", "image/png", "application/pdf"})
SHOWN_MAX_BYTES = 20 * 1024 * 1024


class Document(Immutable):
    """One file as somebody handed it in or the portal made it; its bytes never change."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("sha256", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("字节数")
    media_type = models.CharField("类型", max_length=100)
    restricted = models.BooleanField("含个人信息", default=False)
    created_at = models.DateTimeField("保存时间", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="保存人", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.name

    @property
    def can_be_shown(self) -> bool:
        """In a frame of our own pages; larger ones stay downloads."""
        return self.media_type in SHOWN and self.size <= SHOWN_MAX_BYTES

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")
