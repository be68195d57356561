"""Return reasons as they come from the review page: a phrase, free text, or both, per item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from indicators.collection.reviews.actions import Reason

PHRASE, TEXT = "phrase-", "reason-"


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the two fields of one item."""

    phrase: str = ""
    text: str = ""

    @property
    def joined(self) -> str:
        """Phrase and text as one reason."""
        return "；".join(part for part in (self.phrase.strip(), self.text.strip()) if part)


def typed(data: Mapping[str, str]) -> dict[str, Typed]:
    """Collect the fields of a posted form by item code; items with nothing typed are left out."""
    codes: Iterable[str] = dict.fromkeys(
        key.removeprefix(prefix) for key in data for prefix in (PHRASE, TEXT) if key.startswith(prefix)
    )
    found = {code: Typed(data.get(PHRASE + code, ""), data.get(TEXT + code, "")) for code in codes}
    return {code: entry for code, entry in found.items() if entry.joined}


def reasons(entries: Mapping[str, Typed]) -> list[Reason]:
    """Return the reasons a form carries, in its order."""
    return [Reason(code, entry.joined) for code, entry in entries.items()]
