"""What a worker does for a large workbook of statistics: check it for the preview, take it over once confirmed."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from indicators.collection.state_statistics import actions, plan
from indicators.collection.workbooks import queries as returns
from portal.core.files import store
from portal.core.jobs.runner import JobContext


def check(context: JobContext) -> dict[str, Any]:
    """Do what an upload of a small workbook does at once; the preview is stored in the job."""
    round_id, document = context.args["round"], returns.upload(context.by, UUID(context.args["document"]))
    context.progress(0, 1, "正在读取并逐项核对")
    data = b"".join(store.read(document))
    outcome = actions.import_statistics(round_id=round_id, data=data, name=document.name, by=context.by, dry_run=True)
    url = reverse("state_statistics:preview", args=[round_id, document.public_id])
    return {"url": url, "label": "查看预览", "preview": plan.preview(outcome)}


def take_over(context: JobContext) -> dict[str, Any]:
    """Carry out a previewed import; its figures and the end of the job are written together."""
    round_id, document = context.args["round"], returns.upload(context.by, UUID(context.args["document"]))
    context.progress(0, 0, "正在读取")
    data = b"".join(store.read(document))
    with transaction.atomic():
        outcome = actions.import_statistics(round_id=round_id, data=data, name=document.name, by=context.by)
        result = {
            "url": f"{reverse('state_statistics:compare')}?round={round_id}",
            "label": "查看统计核对",
            "said": actions.REPEATED if outcome.earlier else f"导入完成：{outcome.summary}。",
        }
        context.finish(result)
    return result
