"""A whole import as docs/how-to/add-an-import.md says: names of persons, by account. Its addresses are at the end."""

from typing import Any

from django.db import transaction
from django.urls import include, path, reverse

from portal.core.accounts.authentication import signed_in
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, Problem
from portal.core.lib import digests
from portal.core.spreadsheets import imports, read as sheets, views as pages
from portal.core.spreadsheets.imports import Imported, ImportKind, ImportPlace, SentWorkbook
from portal.core.spreadsheets.read import Wanted
from portal.urls import urlpatterns as everything

WANTED = Wanted("姓名", {"username": "账号", "name": "姓名"}, frozenset({"username", "name"}), "username")


def import_names(*, data: bytes, name: str, by: User, dry_run: bool = False, seen: str = "") -> dict[str, str]:
    """Rename persons, all of the workbook or nothing; the new name by account."""
    problems: list[Problem] = []
    sheet = sheets.workbook(data, [WANTED], problems=problems).get("姓名")
    with transaction.atomic():
        changed: dict[str, str] = {}
        for row in sheet or ():
            account, wanted = sheets.text(row["username"]), sheets.text(row["name"])
            person = User.objects.select_for_update().filter(username=account).first()
            if person is None:
                problems.append(row["username"].problem(f"没有账号“{account}”", "请核对账号。"))
            elif person.name != wanted:
                changed[account] = wanted
        if problems:
            raise Invalid(f"“{name}”有 {len(problems)} 处错误，没有改名。", problems)
        imports.ensure_seen(seen, digests.fingerprint(changed), is_empty=not changed, what="姓名", unit="姓名")
        if not dry_run:
            for account, wanted in changed.items():
                User.objects.filter(username=account).update(name=wanted)
            audit.record("names.import", by=by, after=changed)
    return changed


def _dry_run(sent: SentWorkbook) -> dict[str, Any]:
    changed = import_names(data=sent.data, name=sent.name, by=sent.by, dry_run=True)
    return {
        "digest": digests.fingerprint(changed),
        "summary": f"改名 {len(changed)} 人",
        "notes": [f"{account} → {name}" for account, name in changed.items()],
        "is_empty": not changed,
    }


def _apply(sent: SentWorkbook) -> Imported:
    changed = import_names(data=sent.data, name=sent.name, by=sent.by, seen=sent.typed["seen"])
    return Imported(f"改名 {len(changed)} 人")


NAMES = ImportKind(
    name="names",
    label="姓名表",
    hint="第 1 行中文表头，第 2 行字段代码。",
    right=signed_in,
    place=lambda by, _: ImportPlace("410202"),
    dry_run=_dry_run,
    apply=_apply,
    leads_to=lambda place: reverse("jobs:list"),
    leads_label="查看任务",
    namespace="names",
    audit_area="names",
    most_rows=10,
)
urlpatterns = [*everything, path("names/", include((pages.urls(NAMES), "names")))]
