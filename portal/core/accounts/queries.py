"""Reads of accounts."""

from portal.core.accounts.models import User


def system_user() -> User:
    """Return the named SYSTEM actor under which commands without `--by` act."""
    user = User.objects.filter(is_system=True).first()
    return user or User.objects.create_user("system", name="系统", is_system=True, is_active=False)
