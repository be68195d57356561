"""Saving a filtered list under a name, and letting go of it."""

from urllib.parse import urlencode, urlsplit

from django.db import transaction
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound
from portal.core.saved_lists.models import LONGEST_ADDRESS, SavedList

# Of which page a list was open is no question to come back to.
_PLACES = {"page", "before"}
_MOST = 30


@transaction.atomic
def save(*, name: str, address: str, by: User) -> SavedList:
    """A name in use gets the new address. Raises Invalid for an address outside the portal or too many lists."""
    parts, name = urlsplit(address), name.strip()
    refusal = Invalid("这个地址不能存为常用筛选。请在列表页上筛选后再存。")
    if parts.netloc or len(address) > LONGEST_ADDRESS or not url_has_allowed_host_and_scheme(address, None):
        raise refusal
    try:
        resolve(parts.path)
    except Resolver404:
        raise refusal from None
    asked = [(key, value) for key, values in QueryDict(parts.query).lists() for value in values if key not in _PLACES]
    address = f"{parts.path}?{urlencode(asked)}"
    if not 1 <= len(name) <= 30:
        raise Invalid("请给这个筛选写一个 1 至 30 个字的名称。")
    user = User.objects.select_for_update().get(pk=by.pk)
    saved, is_new = SavedList.objects.get_or_create(user=user, name=name, defaults={"address": address})
    if is_new and SavedList.objects.filter(user=user).count() > _MOST:
        raise Invalid(f"常用筛选最多 {_MOST} 个。请先在工作台删去不用的。")
    if saved.address != address:
        saved.address = address
        saved.save(update_fields=["address"])
    elif not is_new:
        return saved
    audit.record("saved_list.saved", by=by, obj=saved, after={"name": name, "address": address})
    return saved


@transaction.atomic
def remove(*, saved_id: int, by: User) -> None:
    """Raises NotFound for anybody else's."""
    saved = SavedList.objects.filter(pk=saved_id, user=by).first()
    if saved is None:
        raise NotFound("没有这个常用筛选，可能已经删去。")
    audit.record("saved_list.removed", by=by, obj=saved, before={"name": saved.name, "address": saved.address})
    saved.delete()
