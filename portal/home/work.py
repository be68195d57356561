"""What a worker does every day: one digest for each person who wants one outside the portal, one for a bureau's group."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from indicators.collection.rounds import pages, queries as rounds
from indicators.collection.submissions.models import Round
from inspections.rectification import queries as ledger
from portal.core.accounts import queries as accounts
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.jobs.runner import JobContext
from portal.core.lib import written
from portal.core.notices import channels
from portal.core.notices.models import Notice, Sending
from portal.home import task_queries as tasks
from portal.home.school_task_queries import Task
from schools.directory.models import District

S = Sending.State
_DIED = "发送时后台程序中断，不能确定是否送到。今天不再发，以免重复；明天的汇总照常。"
_SEND = {Sending.Channel.EMAIL: channels.send_email, Sending.Channel.SMS: channels.send_sms}


def digest(context: JobContext) -> dict[str, Any]:
    """Composed from the current state: the next day makes up for a missed one, a second run sends nobody twice."""
    today = timezone.localdate()
    Sending.objects.filter(day=today, state=S.SENDING).update(state=S.UNSURE, error=_DIED)
    served = Sending.objects.filter(day=today).exclude(state__in=[S.WAITING, S.FAILED])
    people = User.objects.filter(is_active=True, digest__in=channels.for_people())
    people = people.exclude(digest=Sending.Channel.EMAIL, email_confirmed_at=None)
    people = people.exclude(pk__in=served.exclude(user=None).values("user")).order_by("pk")
    groups = District.objects.filter(code__in=settings.GROUP_WEBHOOKS)
    groups = groups.exclude(code__in=served.filter(user=None).values("district_code")).order_by("code")
    waiting: list[User | District] = [*people, *groups]
    ended = Counter[str]()
    for done, to in enumerate(waiting):
        context.progress(done, len(waiting))
        if isinstance(to, District):
            if text := for_group(to):
                send = partial(channels.send_group, to.code, text)
                ended[_send({"district_code": to.code}, Sending.Channel.GROUP, send)] += 1
        elif text := for_person(to):
            channel = Sending.Channel(to.digest)
            ended[_send({"user": to}, channel, partial(_SEND[channel], to, text))] += 1
    with context.fenced():
        if ended:
            audit.record("notice.digest", by=accounts.system_user(), after={"count": ended[S.SENT]})
    return dict(ended)


def for_person(user: User) -> str:
    """What is unread since the last digest, overdue or due soon; "" for nothing.

    It names actions, days and addresses; their content is read in the portal alone.
    """
    last = Sending.objects.filter(user=user, state=S.SENT).order_by("-day").first()
    unread = Notice.objects.filter(user=user, read_at=None)
    if last and last.composed_at:
        unread = unread.filter(created_at__gt=last.composed_at)
    count = unread.count()
    due = [task for task in tasks.for_user(user) if task.is_urgent]
    counted = [f"{count} 条未读消息"] * bool(count) + [f"{len(due)} 件事已逾期或快到期"] * bool(due)
    if not counted:
        return ""
    head = f"优衡：您有 {'，'.join(counted)}"
    if user.digest == Sending.Channel.SMS:
        return f"{head}。登录查看：{link(reverse('home'))}"
    lines = [head, ""]
    if count:
        lines += [f"未读消息：{link(reverse('notices:list'))}?show=unread", ""]
    # Without its content two things of one kind at one address read alike: one line, the most urgent's.
    alike: dict[tuple[str, str], list[Task]] = defaultdict(list)
    for task in due:
        alike[task.action, task.url].append(task)
    for (action, url), own in alike.items():
        more = f"，共 {len(own)} 件" if len(own) > 1 else ""
        lines.append(f"{action}（{own[0].remaining}{more}）：{link(url)}")
    lines += [*([""] if due else []), "打开网址先登录，登录后直接到要办的地方。邮件里不写具体内容。"]
    lines += [f"不想再收：{link(reverse('notices:digest'))}"]
    return "\n".join(lines)


def for_group(district: District) -> str:
    """Names units as long as the group's robot takes so much; never persons or what a finding is about."""
    longest = channels.longest(district.code)
    rounds_ = Round.objects.filter(district=district, state=Round.State.OPEN, due_at__isnull=False).order_by("pk")
    waiting = [(round_, rows) for round_ in rounds_ if (rows := rounds.not_handed_in(round_))]
    findings = ledger.of_district(district.pk)
    overdue, pending = (findings.filter(wanted).count() for wanted in (ledger.overdue(), ledger.pending()))
    # Those that wait for a verifier are not late by their own doing.
    late = findings.filter(ledger.late_by_school()).select_related(
        "school", "department", "bureau", "responsible_department"
    )
    units = [f"{name} {n} 项" for name, n in Counter(row.answering_name for row in late).most_common()]
    if not waiting and not overdue:
        return ""
    most = max([len(units), *(len(rows) for _, rows in waiting)])

    def naming(most: int) -> str:
        lines = [pages.for_group(round_, rows, link(reverse("submissions:mine")), most) for round_, rows in waiting]
        if overdue:
            lines.append(f"问题整改：{overdue} 项逾期，{pending} 项没有销号。")
            lines += [f"整改逾期的单位 {len(units)} 个：{written.named(units, most)}"] if units else []
            lines.append(f"请登录办理：{link(reverse('rectification:list'))}?overdue=on")
        return "\n".join([f"优衡 · {district.name}", *lines])

    def is_too_long(most: int) -> bool:
        return len(naming(most).encode()) > longest

    if not is_too_long(most):
        return naming(most)
    # The first number of names that are too many; one is always named.
    return naming(max(1, bisect_left(range(1, most), True, key=is_too_long)))


def link(path: str) -> str:
    return f"{settings.PORTAL_URL}{path}"


def _send(to: dict[str, Any], channel: Sending.Channel, send: Callable[[], None]) -> str:
    """How it ended. Claimed by compare-and-set first, so that no other run sends it too."""
    row, _ = Sending.objects.get_or_create(day=timezone.localdate(), **to, defaults={"channel": channel})
    open_ = Sending.objects.filter(pk=row.pk, state__in=[S.WAITING, S.FAILED])
    now = timezone.now()
    if not open_.update(state=S.SENDING, channel=channel, tries=F("tries") + 1, composed_at=now, error=""):
        return ""
    state, error = S.SENT, ""
    try:
        send()
    except channels.Undelivered as problem:
        state, error = S.FAILED, str(problem)
    except channels.Unsure as problem:
        state, error = S.UNSURE, str(problem)
    Sending.objects.filter(pk=row.pk).update(state=state, error=error[:200])
    return state
