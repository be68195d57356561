"""The manual in the portal: read by everybody, harmless whatever stands in it, opened at the right place."""

from urllib.parse import unquote

import pytest
from django.urls import reverse

from portal.core.errors import NotFound
from portal.home import manual_pages as manual


def test_nothing_in_a_chapter_is_obeyed_and_what_lies_outside_the_portal_is_no_link() -> None:
    source = (
        "# 题\n\n<script>x</script> <b onclick=x>y</b> [a](javascript:x) [b](../permissions.md) [c](https://evil.example)"
        " [d](school.md#问题整改) [e](#节) ![f](../screenshots/none.png) ![g](../screenshots/entry-1440.png)\n\n## 节\n\n## 节\n"
    )
    chapter = manual.render(source)
    assert chapter.title == "题"
    assert [(one.text, one.anchor) for one in chapter.headings] == [("节", "节"), ("节", "节-1")]
    assert "<script" not in chapter.html
    assert "<b" not in chapter.html
    assert chapter.html.count("href=") == 2
    assert '<a href="/manual/school/#' in chapter.html
    assert chapter.html.count("<img") == 1
    assert 'src="/static/screenshots/entry-1440.png" alt="g"' in chapter.html


def test_what_is_wider_than_the_page_is_scrolled_by_keys() -> None:
    assert '<pre tabindex="0"><code>' in manual.render("# 题\n\n```\n一行命令\n```\n").html


@pytest.mark.parametrize("name", ["nobody", "../operations", ""])
def test_a_chapter_that_is_none_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        manual.get_chapter(name)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "page", "place"),
    [
        ("reporter_a", "rectification:list", "/manual/school/#问题整改"),
        ("inspector_a", "rectification:list", "/manual/inspector/#核查销号"),
        ("admin", "rectification:list", "/manual/admin/#八整改"),
        ("auditor", "accounts:list", "/manual/leader-expert-auditor/#审计员"),
        ("reporter_a", "home", "/manual/#按角色找自己的一页"),
        ("reporter_a", "escalation:list", "/manual/school/#督办单"),
        ("reporter_a", "visits:list", "/manual/school/#督导"),
        ("reporter_a", "relaxations:list", "/manual/school/#放宽口径"),
        ("admin", "relaxations:list", "/manual/admin/#放宽口径"),
        ("admin", "zones:list", "/manual/admin/#责任区和专项督导"),
        ("admin", "departments:list", "/manual/admin/#区县设置"),
        ("reviewer", "reviews:patterns", "/manual/reviewer/#数据疑点"),
    ],
)
def test_help_opens_the_chapter_for_this_page_and_role(cast, sign_in, who: str, page: str, place: str) -> None:
    body = sign_in(getattr(cast, who)).get(reverse(page)).content.decode()
    assert f'href="{place}"' in unquote(body)
    chapter = sign_in(getattr(cast, who)).get(place).content.decode()
    assert f'id="{place.partition("#")[2]}"' in chapter
    assert 'aria-label="帮助' in chapter


@pytest.mark.django_db
def test_a_page_that_is_not_there_has_help_too(cast, sign_in) -> None:
    body = sign_in(cast.admin).get("/no/such/page/").content.decode()
    assert 'href="/manual/#通用的出错提示"' in unquote(body)
