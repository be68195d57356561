"""People whose session, account and rights are read once, for tests that ask thousands of things and roll back each."""

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore

from portal.core.accounts.models import User
from schools.access import scope


class Known:
    """One person signed in. The first request reads everything; nothing of it may change between the requests."""

    def __init__(self, session_key: str) -> None:
        self.session_key, self.held, self.user = session_key, dict[str, Any](), None
        self.load, self.get_user = SessionStore.load, ModelBackend.get_user

    @contextmanager
    def asking(self) -> Iterator[None]:
        """For the time of one request."""
        known = self

        def load(self: SessionStore) -> dict[str, Any]:
            if self.session_key != known.session_key:
                return known.load(self)
            known.held = known.held or known.load(self)
            # As of somebody at work, however long the tests take: else each request would write it down anew.
            now = {"last_seen": time.time(), "began": time.time()} if known.held else {}
            return copy.deepcopy(known.held) | now

        def get_user(self: ModelBackend, user_id: Any) -> User | None:
            if known.user is None:
                known.user = known.get_user(self, user_id)
                if known.user is None:
                    return None
                scope.held(known.user)
                known.user.__dict__["_rights"].until = math.inf
            # Each request has an object of its own, as each has rows of its own.
            return copy.copy(known.user) if str(known.user.pk) == str(user_id) else known.get_user(self, user_id)

        with patch.object(SessionStore, "load", load), patch.object(ModelBackend, "get_user", get_user):
            yield
