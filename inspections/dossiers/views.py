"""Pages of dossiers: versions, readiness, one dossier with its tree, download and check."""

import io
import zipfile
from typing import BinaryIO

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.dossiers import actions, packing, pieces, queries
from portal.core.errors import NotFound
from portal.core.files import store, views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, may, require

_GONE = "在服务器上找不到了，请联系局管理员从备份恢复。记录和校验值仍在。"
_PER_PAGE, _PIECES_PER_PAGE = 20, 200


def _evaluation_id(text: str) -> int:
    number = numbers.whole(text)
    if number is None:
        raise NotFound("没有这次评估。请回到验收档案页面重新选择。")
    return number


@require(Perm.DOSSIER_VIEW)
@require_GET
def dossiers(request: Request) -> HttpResponse:
    page = Paginator(queries.shown_to(request.user), _PER_PAGE).get_page(request.GET.get("page"))
    offered = queries.packages_for(request.user, list(page))
    for dossier in page:
        dossier.offered = queries.without_purpose(dossier, offered[dossier.pk])  # type: ignore[attr-defined]
        dossier.tone, dossier.word = queries.TONES[dossier.shown], queries.S(dossier.shown).label  # type: ignore[attr-defined]
    context = {"page": page, "may_build": holds(request.user, Perm.DOSSIER_BUILD)}
    return render(request, "inspections/dossiers/list.html", context)


@require(Perm.DOSSIER_BUILD)
@require_GET
def prepare(request: Request) -> HttpResponse:
    choices = queries.choices(request.user)
    asked = request.GET.get("evaluation", "")
    chosen = get_object_or_404(choices, pk=_evaluation_id(asked)) if asked else choices.first()
    ready = queries.readiness(queries.evaluation(chosen.pk)) if chosen else None
    return render(request, "inspections/dossiers/prepare.html", {"choices": choices, "ready": ready})


@require(Perm.DOSSIER_BUILD)
@require_POST
@once
def build(request: Request) -> HttpResponse:
    chosen = get_object_or_404(queries.choices(request.user), pk=_evaluation_id(request.POST.get("evaluation", "")))
    dossier = actions.build(evaluation_id=chosen.pk, by=request.user)
    return redirect("dossiers:detail", dossier.pk)


@require(Perm.DOSSIER_BUILD)
@require_POST
def build_again(request: Request, dossier_id: int) -> HttpResponse:
    dossier = actions.build_again(dossier_id=queries.get(request.user, dossier_id).pk, by=request.user)
    return redirect("dossiers:detail", dossier.pk)


@require(Perm.DOSSIER_BUILD)
@require_POST
def check(request: Request, dossier_id: int) -> HttpResponse:
    actions.check(dossier_id=queries.get(request.user, dossier_id).pk, by=request.user)
    messages.success(request, "已开始核验，完成后这里会显示结果。")
    return redirect("dossiers:detail", dossier_id)


@require(Perm.DOSSIER_VIEW)
@require_GET
def detail(request: Request, dossier_id: int) -> HttpResponse:
    dossier = queries.get(request.user, dossier_id)
    tree = pieces.from_json(dossier.catalogue)
    package, may_open = queries.package_for(request.user, dossier), restricted.may_open(request.user, dossier)
    context = {
        "dossier": dossier,
        "heading": tree.heading,
        "tone": queries.TONES[dossier.shown],  # type: ignore[attr-defined]
        "word": queries.S(dossier.shown).label,  # type: ignore[attr-defined]
        "volume_rows": queries.volume_rows(tree, queries.stored_issues(tree), dossier.evaluation.round_id),
        "may_build": may(request.user, Perm.DOSSIER_BUILD, dossier),
        "checking": queries.checking(dossier),
        "package": package,
        "may_open_restricted": may_open,
        "holds_restricted": tree.is_restricted(),
        "held": dossier.built.get("open") if package and package == dossier.open_package else dossier.built,
    }
    return render(request, "inspections/dossiers/detail.html", context)


@require(Perm.DOSSIER_VIEW)
@require_GET
def section(request: Request, dossier_id: int, code: str) -> HttpResponse:
    dossier = queries.get(request.user, dossier_id)
    tree = pieces.from_json(dossier.catalogue)
    found = tree.section(code)
    if found is None:
        raise NotFound("这份档案里没有这一卷。请回到档案目录重新选择。")
    volume, chosen = found
    page = Paginator(queries.lines(chosen, tree, dossier.built), _PIECES_PER_PAGE).get_page(request.GET.get("page"))
    may_open = restricted.may_open(request.user, dossier)
    context = {"dossier": dossier, "volume": volume, "section": chosen, "page": page, "may_open_restricted": may_open}
    return render(request, "inspections/dossiers/section.html", context)


@require(Perm.DOSSIER_VIEW)
@require_http_methods(["GET", "POST"])
def download(request: Request, dossier_id: int) -> HttpResponse:
    document = actions.take(dossier_id=dossier_id, by=request.user, purpose=request.POST.get("purpose"))
    try:
        return downloads.stream(store.open_file(document), document.name, document.media_type)
    except FileNotFoundError:
        raise NotFound(f"档案包“{document.name}”{_GONE}") from None


@require(Perm.DOSSIER_VIEW)
@require_GET
def piece(request: Request, dossier_id: int, code: str) -> HttpResponse:
    dossier, held = actions.take_piece(dossier_id=dossier_id, code=code, by=request.user)
    content: BinaryIO
    try:
        if held.stored:
            content = store.path_of(held.stored).open("rb")
        else:
            assert dossier.package is not None  # noqa: S101 the action before refuses a dossier without package
            folder = packing.bag_name(pieces.from_json(dossier.catalogue))
            with zipfile.ZipFile(store.path_of(dossier.package.sha256)) as archive:
                content = io.BytesIO(archive.read(f"{folder}/data/{held.path}"))
    except (FileNotFoundError, KeyError, zipfile.BadZipFile):
        raise NotFound(f"材料“{held.title}”（编号 {held.code}）{_GONE}") from None
    return downloads.stream(content, held.path.rpartition("/")[2], "application/octet-stream")
