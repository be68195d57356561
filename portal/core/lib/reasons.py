"""The reason of an action that takes work away: always asked, stored in the audit row."""

from portal.core.errors import Invalid
from portal.core.lib import written

LONGEST = 200


def given(reason: str, action: str) -> str:
    """Raises Invalid when it is blank or over LONGEST characters."""
    reason = written.prose(reason).strip()
    if not 0 < len(reason) <= LONGEST:
        raise Invalid(f"没有办理：请写明{action}的原因，{LONGEST} 字以内。")
    return reason
