"""What the texts of office files order a program to do: fields, formulas, links, macros of buttons."""

import html
import re

_FIELDS = frozenset(
    (
        "DDE",
        "DDEAUTO",
        "INCLUDEPICTURE",
        "INCLUDETEXT",
        "INCLUDE",
        "IMPORT",
        "LINK",
        "DATABASE",
        "MACROBUTTON",
        "RD",
        "PRINT",
        "CONTROL",
        "HTMLCONTROL",
        "HTMLACTIVEX",
    )
)
# Formulas that start programs (DDE: a bar between program and topic) or fetch from the net.
_FETCHING = r"\b(?:WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|EXECUTE|INITIATE|POKE|DDE|FOPEN|SQL\.REQUEST)\s*\("
_FETCHES = re.compile(rf"\||{_FETCHING}", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_CELL_FORMULA = rb"<(?:[^\s<>/!?]+:)?f(?:\s[^<>]*)?>"
# Those of a sheet worth a look: with a bar outside of quotes, with references or markup inside, with such a name.
SUSPECT = re.compile(
    _CELL_FORMULA
    + rb"((?:[^<\"'|&]|\"[^\"<]*\"|'[^'<]*'|&quot;(?:(?!&quot;)[^<])*&quot;|&(?!#|quot;))*(?:\||&#|<!)[^<]*)|"
    + _CELL_FORMULA
    + rb"([^<]*"
    + _FETCHING.encode()
    + rb")",
    re.IGNORECASE,
)
MOST_OF_A_FORMULA = 64 * 1024
_FORMULA_TAGS = frozenset(
    ("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula")
)
_ADDRESS = re.compile(r"[\\/:]")
_SOURCE = re.compile(r"\s*(\w{2,}:|[\\/]{2})")
_DRAWN = ("imagedata", "fill", "stroke", "shape", "image")


def is_suspicious(formula: bytes) -> bool:
    """It starts a program, fetches, or is cut to hide that."""
    return b"<!" in formula or _fetches(html.unescape(formula.decode("utf-8", "replace")))


def _fetches(formula: str) -> bool:
    return bool(_FETCHES.search(_QUOTED.sub("", formula)))


class Instructions:
    """Follows the fields of a text, whose instruction may be cut into many runs, formulas, and what fetches pictures."""

    def __init__(self, *, with_formulas: bool) -> None:
        self.with_formulas = with_formulas
        self.open: list[str | None] = []  # instructions of the fields begun; None once the result has begun
        self.formula: str | None = None
        self.links: list[str] = []
        self.field = ""
        self.fetches = self.macro = self.reading = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()} if attributes else attributes
        # A fraction of an equation has the tag of a formula, but elements within.
        self.formula = "" if self.with_formulas and tag in _FORMULA_TAGS else None
        if tag == "fldChar":
            kind = plain.get("fldCharType", "")
            if kind == "begin":
                if self.open and self.open[-1] is not None and not self.open[-1].strip():
                    self.field = self.field or "（由其他域拼成）"  # its name could be put together from their results
                self.open.append("")
            elif kind == "separate" and self.open:
                self._judge(self.open[-1] or "")
                self.open[-1] = None
            elif kind == "end" and self.open:
                self._judge(self.open.pop() or "")
        elif tag == "fldSimple":
            self._judge(plain.get("instr", ""))
        elif tag in ("instrText", "delInstrText"):
            self.reading = True
        elif tag == "mailMerge" or (tag in _DRAWN and _SOURCE.match(plain.get("src", ""))):
            self.fetches = True
        elif "macro" in plain and _ADDRESS.search(plain["macro"]):
            self.macro = True

    def text(self, data: str) -> None:
        if self.formula is not None:
            self.formula += data
        if self.reading:
            if not self.open:
                self.open.append("")
            if self.open[-1] is not None:
                self.open[-1] += data

    def end(self, tag: str) -> None:
        if tag in ("instrText", "delInstrText"):
            self.reading = False
        elif tag in ("document", "hdr", "ftr", "footnotes", "endnotes", "comments"):
            while self.open:
                self._judge(self.open.pop() or "")
        elif self.formula is not None:
            self.fetches = self.fetches or _fetches(self.formula)
        self.formula = None

    def _judge(self, instruction: str) -> None:
        word = re.match(r"[\s\x00-\x1f\"\\{]*([A-Za-z]+)", instruction)
        if word and word[1].upper() in _FIELDS:
            self.field = self.field or word[1].upper()
        elif word and word[1].upper() == "HYPERLINK":
            # Its address; none for a place in the same document.
            waiting = re.findall(r"[\"“”]([^\"“”]*)[\"“”]|(\S+)", instruction[word.end() :])
            while waiting:
                quoted, plain = waiting.pop(0)
                if quoted or not re.fullmatch(r"\\[a-z]", plain, re.IGNORECASE):
                    self.links.append((quoted or plain).replace("\\\\", "\\").strip())
                    break
                if plain[1] in "lLoOtTmM" and waiting:
                    waiting.pop(0)
