"""Static files as browsers need them: single files of npm packages, style sheets that Chrome 109 can read too.

The one source of colours is static/css/app.css: workbooks and documents read theirs from its tokens.

Chrome 109 is the last one for Windows 7: after each rule with newer colours comes one without.

Of Tabler's sheet only the rules are served whose classes some page may carry: a tenth of it.

Tabler writes colours as oklch() and mixes them by color-mix() and light-dark(), which Chrome understands from 111 and 123
on; whatever uses a variable made of them would be lost. The values of the light theme are worked out beforehand.
"""

import math
import os
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

Color = tuple[float, float, float, float]
NEWER = re.compile(r"\b(color-mix|oklch|oklab|light-dark)\(")
_GUARD = "@supports not (color:light-dark(red,red))"
_MASK = re.compile(r"^mask(-image|-repeat|-position|-size)?$")
_TOKEN = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}();]|[^{}();"'/]+|/""", re.DOTALL)
_WORD, _CLASS, _BRACKETS = (
    re.compile(r"[A-Za-z][\w-]*"),
    re.compile(r"\.(-?[A-Za-z_][\w-]*)"),
    re.compile(r"\([^()]*\)"),
)
_CLASSES = [("templates", "html"), ("static/js", "js")]
_CLASSES += [(app, "py") for app in ("portal", "schools", "indicators", "inspections")]
_NAMED = {
    "transparent": (0.0, 0.0, 0.0, 0.0),
    "white": (1.0, 1.0, 1.0, 1.0),
    "black": (0.0, 0.0, 0.0, 1.0),
}


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, also where one script imports another, so that no upgrade mixes old and new ones; source maps of
    vendor files are not followed."""

    # Django's own patterns follow the imports of every package, also of scripts that no page uses and that lack theirs.
    support_js_module_import_aggregation = False
    patterns = (
        ("*.css", (r"""(?P<matched>url\((?P<quote>['"]?)(?P<url>[^'")]*?)(?P=quote)\))""",)),
        ("js/*.js", ((r"""(?P<matched>\bfrom "(?P<url>\./[^"]+)")""", 'from "%(url)s"'),)),
    )  # type: ignore[assignment]


class _Renamed(FileSystemStorage):
    """Files of node_modules under their public names; style sheets readable by older browsers too."""

    def path(self, name: str) -> str:
        return os.path.join(settings.NODE_MODULES, settings.NPM_FILES[name.replace(os.sep, "/")])

    def open(self, name: str, mode: str = "rb") -> File:
        if not name.endswith(".css"):
            return super().open(name, mode)
        css = Path(self.path(name)).read_text(encoding="utf-8")
        return ContentFile(with_fallbacks(used(css, written_words())).encode(), name)

    def get_modified_time(self, name: str) -> datetime:
        """Newer when this module or a page changed, so that it is collected again."""
        made = max(os.path.getmtime(path) for path in (Path(__file__), *_sources()))
        return max(super().get_modified_time(name), datetime.fromtimestamp(made, UTC))


@cache
def _sources() -> tuple[Path, ...]:
    """Wherever a class may be written: templates, scripts, forms, Tabler's own script."""
    own = (settings.BASE_DIR.glob(f"{place}/**/*.{kind}") for place, kind in _CLASSES)
    npm = (settings.NODE_MODULES / file for name, file in settings.NPM_FILES.items() if name == "vendor/tabler.js")
    return (*(path for paths in own for path in paths), *npm)


class NpmFinder(BaseFinder):
    """Finds what `settings.NPM_FILES` names: public path → path inside node_modules."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        source = settings.NPM_FILES.get(path)
        found = str(settings.NODE_MODULES / source) if source else ""
        if not found or not os.path.exists(found):
            return []
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = _Renamed(location=str(settings.NODE_MODULES))
        for public in settings.NPM_FILES:
            yield public, storage


@cache
def token(name: str) -> str:
    """Value of `--…` in the style sheet."""
    css = (settings.BASE_DIR / "static" / "css" / "app.css").read_text(encoding="utf-8")
    return " ".join(dict(re.findall(r"^  --([\w-]+): ([^;]+);", css, flags=re.MULTILINE))[name].split())


def colour(name: str) -> str:
    """`#rrggbb` of a token."""
    found = token(name)
    if not re.fullmatch("#[0-9a-f]{6}", found):
        raise KeyError(name)
    return found


@cache
def written_words() -> frozenset[str]:
    return frozenset(word for path in _sources() for word in _WORD.findall(path.read_text(encoding="utf-8")))


def used(css: str, words: Set[str]) -> str:
    """Without the rules for classes that are none of the words."""
    return "".join(rule.text for rule in _rules(css) if not rule.selector or rule.may_match(words))


def with_fallbacks(css: str) -> str:
    rules = list(_rules(css))
    known = _Light({name: value for rule in rules if rule.is_root for name, value in rule.declarations})
    result = ""
    for rule in rules:
        lines = [f"{name}:{known.plain(value)}" for name, value in rule.declarations if NEWER.search(value)]
        lines += [f"-webkit-{name}:{value}" for name, value in rule.declarations if _MASK.match(name)]
        fallback = f"{_GUARD}{{{rule.selector}{{{';'.join(lines)}}}}}" if lines else ""
        result += rule.text + fallback
    return result


@dataclass(frozen=True, slots=True)
class _Rule:
    """A piece of the sheet unchanged; selector and declarations only where it is a rule outside @keyframes."""

    text: str
    selector: str = ""
    declarations: tuple[tuple[str, str], ...] = ()

    def may_match(self, words: Set[str]) -> bool:
        """One of its selectors is made of these classes; brackets only exclude or choose."""
        bare = _BRACKETS.sub("", _BRACKETS.sub("", self.selector))
        return any(words >= set(_CLASS.findall(one)) for one in bare.split(","))

    @property
    def is_root(self) -> bool:
        return ":root" in self.selector or self.selector == "[data-bs-theme=light]"


def _rules(css: str) -> Iterator[_Rule]:
    """Cut after every `{` of an at-rule, every rule and every other `}`; joined, the texts are the sheet."""
    piece, selector, parens, frames, opened = "", "", 0, 0, list[str]()
    for found in _TOKEN.finditer(css):
        sign = found.group()
        piece += sign
        if sign in "()":
            parens += 1 if sign == "(" else -1
        elif parens or sign not in "{};":
            continue
        elif sign == "{":
            selector = piece[:-1].strip()
            opened.append(selector)
            frames += "@keyframes" in selector or "@-webkit-keyframes" in selector
            if selector.startswith("@") and not selector.startswith(("@font-face", "@property", "@page")):
                yield _Rule(piece)
                piece = ""
        elif sign == "}":
            closed = opened.pop() if opened else ""
            inner = piece[piece.index("{") + 1 : -1] if "{" in piece else ""
            if inner and not frames and not closed.startswith("@"):
                pairs = (part.partition(":") for part in _split(inner, ";"))
                declarations = [(name.strip(), value.strip()) for name, colon, value in pairs if colon]
                yield _Rule(piece, closed, tuple(declarations))
            else:
                yield _Rule(piece)
            frames -= "@keyframes" in closed or "@-webkit-keyframes" in closed
            piece = ""
    yield _Rule(piece)


def _split(text: str, mark: str) -> list[str]:
    """Outside brackets and quotes."""
    parts, depth = [""], 0
    for found in re.finditer(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|.""", text, re.DOTALL):
        sign = found.group()
        depth += (sign == "(") - (sign == ")")
        if sign == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


class _Light:
    """The variables of the light theme, and what expressions come to under them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = {name: value for name, value in variables.items() if name.startswith("--")}

    def plain(self, value: str, depth: int = 0) -> str:
        """The colour where every part is known, else its stronger part."""
        while found := NEWER.search(value):
            end = _closing(value, found.end())
            arguments = _split(value[found.end() : end], ",")
            value = value[: found.start()] + self.worked_out(found.group(1), arguments, depth) + value[end + 1 :]
        return value

    def worked_out(self, function: str, arguments: list[str], depth: int) -> str:
        if function == "light-dark":
            return self.plain(arguments[0].strip(), depth)
        if function == "color-mix":
            return self.mixed(arguments[1], arguments[2], depth)
        parts = arguments[0].replace("/", " / ").split()
        if parts[0] == "from":
            # Only the dark theme takes a colour from another.
            return self.plain(parts[1], depth)
        alpha = _number(parts[4]) if "/" in parts else 1.0
        first, second, third = (_number(part) for part in parts[:3])
        if function == "oklch":
            # Lightness, chroma and hue.
            angle = math.radians(third)
            second, third = second * math.cos(angle), second * math.sin(angle)
        return _text((*_from_oklab(first, second, third), alpha))

    def mixed(self, one: str, other: str, depth: int) -> str:
        (first, share), (second, rest) = self.part(one, depth), self.part(other, depth)
        if share is None:
            share = 1 - rest if rest is not None else 0.5
        if share in (0, 1):
            return first if share else second
        a, b = self.color(first, depth), self.color(second, depth)
        if a and b:
            # In OKLab with premultiplied alpha, as color-mix() does.
            alpha = a[3] * share + b[3] * (1 - share)
            if alpha == 0:
                return _text((0.0, 0.0, 0.0, 0.0))
            lightness, green_red, blue_yellow = (
                (x * a[3] * share + y * b[3] * (1 - share)) / alpha
                for x, y in zip(_to_oklab(a), _to_oklab(b), strict=True)
            )
            return _text((*_from_oklab(lightness, green_red, blue_yellow), alpha))
        return first if share >= 0.5 else second

    def part(self, text: str, depth: int) -> tuple[str, float | None]:
        """Share None where there is none; one by unknown variables counts as all."""
        words = [word for word in _split(self.plain(text.strip(), depth), " ") if word]
        if len(words) < 2:
            return words[0], None
        share = self.known(words[1], depth)
        if product := re.fullmatch(r"calc\(\s*([\d.]+)\s*\*\s*([\d.]+)%\s*\)", share):
            share = f"{float(product[1]) * float(product[2])}%"
        number = re.fullmatch(r"([\d.]+)%", share)
        return words[0], float(number[1]) / 100 if number else 1.0

    def known(self, text: str, depth: int) -> str:
        while depth < 12 and (found := re.search(r"var\(\s*(--[\w-]+)\s*", text)):
            end = _closing(text, found.start() + 4)
            default = text[found.end() : end].lstrip(", ")
            value = self.variables.get(found.group(1), default)
            if not value:
                return text
            text = text[: found.start()] + self.plain(value, depth + 1) + text[end + 1 :]
            depth += 1
        return text

    def color(self, text: str, depth: int) -> Color | None:
        text = self.plain(self.known(text, depth), depth).strip().lower()
        if text in _NAMED:
            return _NAMED[text]
        if re.fullmatch(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", text):
            digits = text[1:] if len(text) > 5 else "".join(2 * digit for digit in text[1:])
            numbers = [int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2)]
            return (numbers[0], numbers[1], numbers[2], numbers[3] if len(numbers) == 4 else 1.0)
        if found := re.fullmatch(r"rgba?\(([^()]*)\)", text):
            parts = [part for part in re.split(r"[\s,/]+", found[1]) if part]
            if len(parts) in (3, 4) and all(re.fullmatch(r"-?[\d.]+%?", part) for part in parts):
                r, g, b = (_number(part) if part.endswith("%") else float(part) / 255 for part in parts[:3])
                return (r, g, b, _number(parts[3]) if len(parts) == 4 else 1.0)
        return None


def _closing(text: str, start: int) -> int:
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    raise ValueError(f"no closing bracket: {text[:80]}")


def _number(text: str) -> float:
    if text == "none":
        return 0.0
    return float(text[:-1]) / 100 if text.endswith("%") else float(text.removesuffix("deg"))


# The matrices of CSS Color 4, "Sample code for color conversions".
def _from_oklab(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    r, g, b = (min(1.0, max(0.0, 12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055)) for x in linear)
    return r, g, b


def _to_oklab(color: Color) -> tuple[float, float, float]:
    r, g, b = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in color[:3])
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _text(color: Color) -> str:
    r, g, b = (round(part * 255) for part in color[:3])
    return f"#{r:02x}{g:02x}{b:02x}" if color[3] == 1 else f"rgba({r},{g},{b},{round(color[3], 4):g})"
