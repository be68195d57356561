"""People and their accounts."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Makes accounts; rights come from memberships, never from flags here."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Ignores case; of two the one written exactly so. Raises User.DoesNotExist."""
        found = list(self.filter(username__iexact=username or ""))
        for user in found:
            if user.username == username or len(found) == 1:
                return user
        raise self.model.DoesNotExist

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Without a password nobody can sign in."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One person, one account (等保2.0: 一人一账号)."""

    username = models.CharField("工作账号", max_length=50, unique=True)
    name = models.CharField("姓名", max_length=50)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    email = models.EmailField("电子邮箱", blank=True)
    # By the link sent to it; until then no digest goes there.
    email_confirmed_at = models.DateTimeField("邮箱确认时间", null=True, blank=True)
    # Where the daily digest goes besides the inbox: a channel of portal/core/notices/channels.py.
    digest = models.CharField("每日汇总", max_length=10, blank=True)
    # Of people of a bureau: who rectifies its own and who verifies it are not of one office.
    office = models.CharField("科室", max_length=30, blank=True)
    # The name is the school's and the role's until the person gives their own at the first log-in.
    is_unnamed = models.BooleanField("姓名待本人填写", default=False)
    is_active = models.BooleanField("启用", default=True)
    is_system = models.BooleanField("系统账号", default=False)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    wrong_passwords = models.PositiveSmallIntegerField("连续输错的密码次数", default=0)
    # Without it the password does not age: accounts of the demonstration.
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    password_reset_at = models.DateTimeField("密码重置时间", null=True, blank=True)
    password_reset_by = models.ForeignKey(
        "self", verbose_name="密码重置人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    password_reset_reason = models.CharField("密码重置的原因", max_length=200, blank=True)
    disabled_reason = models.CharField("停用的原因", max_length=200, blank=True)
    # Who knows, or knew, the password it began with: accounts issued or reset by somebody get no power from them alone.
    password_issued_by = models.ForeignKey(
        "self", verbose_name="密码发放人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Sessions begun before it are over, also when the account is enabled again.
    sessions_ended_at = models.DateTimeField("会话终止时间", null=True, blank=True)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="user_password_reset_paired",
                condition=models.Q(password_reset_at__isnull=True, password_reset_by__isnull=True)
                | models.Q(password_reset_at__isnull=False, password_reset_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    @property
    def is_reset_today(self) -> bool:
        """Somebody else set the password today, and no second person confirmed it."""
        at = self.password_reset_at
        return at is not None and timezone.localdate(at) == timezone.localdate()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class FormerPassword(models.Model):
    """The hash of a password an account had before, so that it is not chosen again."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.PROTECT, related_name="former_passwords")
    password = models.CharField("密码摘要", max_length=128)

    class Meta:
        verbose_name = verbose_name_plural = "用过的密码"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.user} · {self._meta.verbose_name}"


class RecoveryCode(models.Model):
    """A code accepted once instead of the app's (恢复码); only its keyed digest is stored."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.CharField("摘要", max_length=64, unique=True)
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "恢复码"

    def __str__(self) -> str:
        return f"{self.user} · {self._meta.verbose_name}"
