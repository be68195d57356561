"""What can go wrong when a person asks for something; each kind has one HTTP status."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: where it is, what is wrong, what to do (all Chinese)."""

    what: str
    where: str = ""
    do: str = ""

    def __str__(self) -> str:
        text = f"{self.where}：{self.what}" if self.where else self.what
        return f"{text}；{self.do}" if self.do else text


@dataclass(frozen=True, slots=True)
class Offer:
    """What helps to correct the problems: an address and the words on the button."""

    label: str
    url: str
    icon: str = "download"


class Refused(Exception):
    """A request that is answered with a Chinese message instead of being carried out."""

    status = 400
    title = "无法完成操作"

    def __init__(self, message: str, problems: Sequence[Problem] = (), *, offer: Offer | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.offer = offer

    @property
    def lines(self) -> list[str]:
        """As a form shows them (`form.add_error(None, refusal.lines)`): what is wrong, then each problem."""
        return [self.message, *map(str, self.problems)]


class Invalid(Refused):
    """What was sent in is wrong; `problems` lists every error, not just the first."""

    status = 400
    title = "填报内容有误"


class NotAllowed(Refused):
    """The person may see the thing but not do this with it."""

    status = 403
    title = "没有权限"


class NotFound(Refused):
    """There is no such thing within what the person may see."""

    status = 404
    title = "没有找到"


class Conflict(Refused):
    """The thing has moved on since the person last looked (stale tab, double submit)."""

    status = 409
    title = "内容已变化"
