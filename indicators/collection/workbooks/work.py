"""What a worker does for a large workbook of submissions: check it for the preview, take it over once confirmed."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from indicators.collection.workbooks import actions, plan, queries
from indicators.collection.workbooks.forms import NextForm
from portal.core.errors import Invalid
from portal.core.files import store
from portal.core.jobs.runner import JobContext
from portal.core.spreadsheets import imports

_STEPS = 2


def check(context: JobContext) -> dict[str, Any]:
    """Do what an upload of a small workbook does at once; the preview is stored in the job."""
    round_id, document = context.args["round"], queries.upload(context.by, UUID(context.args["document"]))
    context.progress(0, _STEPS, "正在读取并逐项核对")
    data, steps = b"".join(store.read(document)), NextForm(context.args).steps
    try:
        outcome = actions.import_returns(
            round_id=round_id, data=data, name=document.name, by=context.by, dry_run=True, **steps
        )
    except Invalid as error:
        context.progress(1, _STEPS, "正在标注错误")
        token = actions.mark_workbook(
            round_id=round_id, data=data, name=document.name, problems=error.problems, by=context.by
        )
        raise imports.with_marked(error, "workbooks:marked", round_id, token) from error
    context.progress(_STEPS, _STEPS)
    url = reverse("workbooks:preview", args=[round_id, document.public_id])
    return {"url": url, "label": "查看预览", "preview": plan.preview(outcome)}


def take_over(context: JobContext) -> dict[str, Any]:
    """Carry out a previewed import; its figures and the end of the job are written together."""
    round_id, document = context.args["round"], queries.upload(context.by, UUID(context.args["document"]))
    context.progress(0, 0, "正在读取")
    data = b"".join(store.read(document))
    with transaction.atomic():
        outcome = actions.import_returns(
            round_id=round_id,
            data=data,
            name=document.name,
            by=context.by,
            accept_warnings=context.args["accept_warnings"],
            progress=context.reached,
            **NextForm(context.args).steps,
        )
        result = {
            "url": reverse("rounds:detail", args=[round_id]),
            "label": "查看评估年度",
            "said": f"导入完成：{outcome.summary}。",
        }
        context.finish(result)
    return result
