"""What a worker does for the accounts of a district: hash, write, set the slips, all of it or nothing."""

from typing import Any

from django.urls import reverse

from portal.core.errors import NotFound
from portal.core.jobs.context import JobContext
from schools.accounts import issue_actions, slips
from schools.accounts.issue_actions import Issued
from schools.directory.models import District


def run(context: JobContext) -> dict[str, Any]:
    """Issue the accounts; they, the slips and the end of the job are written together."""
    district = District.objects.filter(pk=context.args["district"]).first()
    if district is None:
        raise NotFound("区县已不存在，没有建立账号。")
    result = {
        "url": reverse("accounts:slips", args=[context.job_id]),
        "label": "下载账号领取单",
        "said": f"已完成。领取单含初始密码，只有发起人能下载，{slips.KEPT_HOURS} 小时后自动删除。",
    }

    def hand_out(issued: list[Issued]) -> None:
        slips.keep(slips.render(issued, district, site=context.args["site"]), job_id=context.job_id, by=context.by)
        context.finish(result)

    issue_actions.issue_school_accounts(
        district=district,
        by=context.by,
        reissue=context.args["reissue"],
        reason=context.args.get("reason", ""),
        hand_out=hand_out,
        progress=lambda done, total: context.progress(done, total, "正在生成密码"),
    )
    return result
