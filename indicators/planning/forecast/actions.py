"""Actions of forecasts: ask for one, store it, export it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse

from indicators.collection.submissions.models import Round
from indicators.planning.forecast import queries, workbook
from indicators.planning.forecast.models import Forecast
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotFound
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import digests
from portal.core.notices import actions as notices
from portal.core.spreadsheets import write
from schools.access.scope import Perm, ensure
from schools.directory import queries as directory


@transaction.atomic
def start(
    *,
    round_id: int,
    to: int,
    births: Mapping[int, Decimal],
    born: Mapping[str, Mapping[int, Decimal]] | None = None,
    trend: bool,
    by: User,
    **typed: str,
) -> Job:
    """`born`: births by township, where known; `typed`: what `expected` reads, line by line as people write it.

    Raises NotFound, NotAllowed, Invalid.
    """
    round_ = Round.objects.select_related("district").defer("standard__content").filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    ensure(by, Perm.PLAN_MANAGE, round_)
    queries.ensure_year(round_, to)
    awaited = queries.expected(round_, to, typed, births)
    args = {
        "round": round_.pk,
        "to": to,
        "trend": trend,
        "births": queries.births_as_json(births),
        **({"townships": {township: queries.births_as_json(its) for township, its in born.items()}} if born else {}),
        **{name: rows for name, rows in awaited.as_json().items() if rows},
    }
    key = f"forecast:{round_.pk}:{digests.fingerprint([args, queries.data_sha256(round_)])}"
    # Asked again after another it is made again, and is the newest.
    last = Job.objects.filter(kind="forecast", key__startswith=f"forecast:{round_.pk}:").order_by("-pk").first()
    job = jobs.enqueue(
        kind="forecast",
        title=f"生源预测 {round_.name}",
        args=args,
        key=last.key if last and last.key.startswith(key) else f"{key}:{last.pk if last else 0}",
        by=by,
        district=round_.district.code,
    )
    audit.record("forecast.start", by=by, obj=round_, district=round_.district.code, after={"job": job.pk, **args})
    return job


@transaction.atomic
def record(*, round_: Round, content: dict[str, Any], to: int, by: User, notify: bool = False) -> Forecast:
    """Store a forecast unless it is the newest of the round already. `notify` puts a notice in the actor's inbox."""
    ensure(by, Perm.PLAN_MANAGE, round_)
    sha256 = digests.fingerprint(content)
    Round.objects.select_for_update(no_key=True).only("pk").get(pk=round_.pk)
    forecast = Forecast.objects.filter(round=round_).order_by("-pk").first()
    made = forecast is None or forecast.sha256 != sha256
    if forecast is None or made:
        forecast = Forecast.objects.create(round=round_, sha256=sha256, to_year=to, content=content, created_by=by)
    if notify and not by.is_system:
        url = reverse("forecast:detail", args=[forecast.pk])
        notices.notify([by], text=f"{forecast}已完成", url=url, key=f"forecast:{forecast.pk}", by=None)
    after = {"sha256": sha256, "to": to, "made": made}
    audit.record("forecast.record", by=by, obj=forecast, district=round_.district.code, after=after)
    return forecast


@transaction.atomic
def export(*, forecast: Forecast, by: User) -> bytes:
    """As .xlsx: totals, warnings, every school and grade."""
    ensure(by, Perm.PLAN_VIEW, forecast)
    codes = {row["school_code"] for year in forecast.stored["years"] for row in year["schools"]}
    content = write.render(workbook.build(forecast, directory.names_of(codes)))
    district = forecast.round.district.code
    audit.record("forecast.export", by=by, obj=forecast, district=district, after=digests.of(content))
    return content
