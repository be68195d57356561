"""Two people who write the same at once: the second gets a sentence, and the transaction goes on."""

import pytest

from portal.core.accounts.models import User
from portal.core.errors import Conflict
from portal.core.lib.models import one_of_each

pytestmark = pytest.mark.django_db


def test_the_second_of_two_is_refused_with_what_the_first_did(cast) -> None:
    again = User(username=cast.admin.username, name="王芳")
    with pytest.raises(Conflict) as refusal, one_of_each("建立了同一个账号", "请刷新后重试。"):
        again.save(force_insert=True)
    assert refusal.value.message == "刚刚有人建立了同一个账号，您的操作没有保存。请刷新后重试。"
    assert User.objects.filter(username=cast.admin.username).count() == 1
