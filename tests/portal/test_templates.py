"""Filters, tags and what every template must keep to."""

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString

from portal.config.env import BASE_DIR
from portal.core.templatetags import youheng

TEMPLATES = sorted((BASE_DIR / "templates").rglob("*.html"))
ICONS = BASE_DIR / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
UTC = dt.UTC


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (Decimal("2.345"), 2, "2.35"),
        (Decimal("-2.345"), 2, "-2.35"),
        (Fraction(1, 3), 3, "0.333"),
        (Fraction(1, 200), 2, "0.01"),
        (7, 0, "7"),
        (0, 2, "0.00"),
        ("0.501787", 2, "0.50"),
        (None, 2, "—"),
        ("", 2, "—"),
        ("不适用", 2, "—"),
    ],
)
def test_numbers_are_rounded_half_up_and_blank_is_no_zero(value, digits, shown) -> None:
    assert youheng.num(value, digits) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(Decimal("12.500000"), "12.5"), (Decimal("1200"), "1200"), (Decimal("0"), "0"), (None, "—")]
)
def test_plain_prints_as_entered(value, shown) -> None:
    assert youheng.plain(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(Fraction(17, 20), "85.0%"), (Decimal("0.98605"), "98.6%"), (None, "—")])
def test_shares_print_as_percentages_rounded_once(value, shown) -> None:
    assert youheng.percent(value) == shown


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ("passes=None", "tone-muted 无法判定"),
        ('passes="floor" of="indicator"', "tone-warn 未达标"),
        ('passes="unknown" of="indicator" open="待填"', "tone-muted 待填"),
        ('passes=True of="veto" open="待填"', "tone-ok 没有发生"),
    ],
)
def test_a_verdict_has_one_badge(parameters: str, shown: str) -> None:
    page = Template(f'{{% include "_components/verdict.html" with {parameters} only %}}').render(Context())
    assert " ".join(re.search(r'(tone-\w+)">.*?</svg>(\S+)</span>', page, re.S).groups()) == shown


def test_a_limit_is_printed_in_whole_megabytes() -> None:
    assert youheng.megabytes(20 * 1024 * 1024) == "20 MB"


def test_moments_are_printed_in_shanghai_time_even_near_midnight() -> None:
    moment = dt.datetime(2026, 3, 31, 17, 30, tzinfo=UTC)
    assert youheng.zhtime(moment) == "2026年4月1日 01:30"
    assert youheng.zhdate(moment) == "2026年4月1日"
    assert youheng.zhdate(dt.date(2026, 3, 31)) == "2026年3月31日"
    assert youheng.zhtime(None) == youheng.zhdate(None) == "—"


@pytest.mark.parametrize(("days", "words"), [(3, "还剩 3 天"), (0, "今天截止"), (-2, "已逾期 2 天")])
def test_due_days_are_said_in_words(days: int, words: str) -> None:
    day = timezone.localdate() + dt.timedelta(days=days)
    assert youheng.days_left(day) == words
    late_evening = dt.datetime.combine(day, dt.time(23, 59), tzinfo=ZoneInfo("Asia/Shanghai"))
    assert youheng.days_left(late_evening) == words


def test_an_icon_is_hidden_from_screen_readers_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in youheng.icon("home")
    assert 'aria-label="有&lt;b&gt;"' in youheng.icon("home", "有<b>")


def test_a_name_of_an_icon_is_escaped_though_the_same_text_was_safe_before() -> None:
    assert 'aria-label="<b>"' in youheng.icon("home", SafeString("<b>"))
    assert "<b>" not in youheng.icon("home", "<b>")


def test_an_icon_name_cannot_reach_other_files() -> None:
    assert youheng.icon("../filled/home").count("<path") == 0


def test_capture_prints_a_block_twice_and_escapes_once() -> None:
    source = "{% capture as title %}{% block title %}{{ name }}{% endblock %}{% endcapture %}<{{ title }}><{{ title }}>"
    assert Template(source).render(Context({"name": "甲&乙"})) == "<甲&amp;乙><甲&amp;乙>"
    with pytest.raises(TemplateSyntaxError):
        Template("{% capture title %}{% endcapture %}")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_a_template_keeps_to_the_house_rules(path: Path) -> None:
    whole = path.read_text(encoding="utf-8")
    source = re.sub(r"{% comment %}.*?{% endcomment %}", "", whole, flags=re.DOTALL)
    get_template(str(path.relative_to(BASE_DIR / "templates")))
    assert not re.search(r"\sstyle=", source), "no inline style (CSP)"
    assert not re.search(r"<style|\son[a-z]+=\"", source), "no inline style or handler (CSP)"
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source)), "no inline script (CSP)"
    for name in re.findall(r'{% icon "([^"]+)"', source):
        assert (ICONS / f"{name}.svg").is_file(), f"no such icon: {name}"
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", source, re.DOTALL | re.IGNORECASE):
        # Public pages have no session, so there is nothing to forge.
        is_public = source.startswith('{% extends "public.html" %}')
        assert is_public or "{% csrf_token %}" in form or "{% crispy" in form, "a form that posts needs its token"
    if path.parent.name == "_components":
        assert whole.startswith("{% comment %}"), "a component explains its parameters in a header comment"


_CODE = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}|{%.*?%}", re.S)
_READ = re.compile(r'(?:aria-label|title|alt|placeholder)="([^"]*)"|>([^<]+)')
_HALF = re.compile(r"[字一-鿿][,;:?!()]|[,;:?!()][字一-鿿]|[A-Za-z]:字")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_chinese_is_written_with_full_width_marks(path: Path) -> None:
    text = re.sub(r"{{.*?}}", "字", _CODE.sub("", path.read_text()))
    read = ["".join(groups) for groups in _READ.findall(text)]
    assert [words for words in read if _HALF.search(words)] == []


@pytest.mark.parametrize(
    "path", sorted((BASE_DIR / "templates" / "_components").glob("*.html")), ids=lambda path: path.stem
)
def test_what_a_component_need_not_be_given_is_no_undefined_name(path) -> None:
    """`default` of a parameter that is not given hides it from whoever looks for undefined names; `firstof` asks for none."""
    assert not re.findall(r"\{\{ *[\w.]+\|default:", path.read_text("utf-8"))
