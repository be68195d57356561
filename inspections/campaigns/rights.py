"""Who may change a campaign, and while it goes on."""

from inspections.campaigns.models import Campaign
from portal.core.accounts.models import User
from portal.core.errors import Conflict
from schools.access.scope import Perm, ensure, passes


def ensure_change(by: User, campaign: Campaign) -> None:
    """Raises NotFound, NotAllowed, or Conflict for a cancelled one."""
    ensure(by, Perm.CAMPAIGN_MANAGE, campaign)
    if campaign.cancelled_at is not None:
        raise Conflict("这项专项督导已经取消，不能再改。请另行组织。")


def may_change(user: User, campaign: Campaign) -> bool:
    return passes(ensure_change, user, campaign)
