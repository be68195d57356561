"""Where the current request comes from, for the audit trail."""

import uuid
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class RequestContext:
    """Address and number of the request being served; blank in commands and jobs. Whether an action of it is committed."""

    address: str = ""
    request_id: str = ""
    has_acted: bool = False


_NOWHERE = RequestContext()
_current: ContextVar[RequestContext | None] = ContextVar("audit_request", default=None)


def current() -> RequestContext:
    """Return the context of the request being served."""
    return _current.get() or _NOWHERE


def begin(address: str) -> object:
    """Start a request; returns a token for `end`."""
    return _current.set(RequestContext(address[:64], str(uuid.uuid4())))


def end(token: object) -> None:
    """Finish the request started by `begin`."""
    _current.reset(token)  # type: ignore[arg-type]
