"""Links that are well formed and lead readers nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.reach import remark_on, why_unreachable


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("http://localhost:8000/a", "leads to a machine of a private network (localhost)"),
        ("https://me:secret@printer.LOCAL/a", "leads to a machine of a private network"),
        ("https://nas.home.arpa", "leads to a machine of a private network (nas.home.arpa)"),
        ("http://192.168.1.4/x.png", "leads to a private address (192.168.1.4)"),
        ("http://127.0.0.1", "leads to a private address (127.0.0.1)"),
        ("http://[::1]:8000/", "leads to a private address (::1)"),
        ("http://[fd00::1]/", "leads to a private address (fd00::1)"),
        ("HTTPS://wiki/Page", "leads to a host of one word (wiki)"),
        ("https://example.org/a b", "holds a blank"),
        ("https://example.org/a\n  b", "holds a blank"),
        (" data:image/png;base64,AAAA", "holds the picture itself (data:)"),
        ("DATA:,x", "holds the picture itself (data:)"),
    ],
)
def test_a_link_that_readers_cannot_follow_is_told(link: str, said: str) -> None:
    remark = remark_on(link)
    assert remark is not None
    assert remark.startswith(said)


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org",
        "https://example.org./a",
        " https://bücher.example/ä#ö ",
        "http://8.8.8.8/a",
        "https://[2606:4700::1111]/",
        "https://notlocal.example/localhost",
        "https://mylocalhost.example",
        "https://example.org/?u=http://localhost",
        "ftp://localhost",
        "javascript:x",
        "https://",
        "",
    ],
)
def test_nothing_is_said_of_a_link_that_leads_somewhere_or_is_none(link: str) -> None:
    assert remark_on(link) is None


def test_the_host_itself_is_judged_whatever_its_last_point() -> None:
    assert why_unreachable("localhost.") == why_unreachable("localhost")
    assert why_unreachable("example.org.") is None


@given(st.text())
def test_any_text_gets_a_remark_or_none(text: str) -> None:
    for link in (text, f"http://{text}", f"data:{text}"):
        assert remark_on(link) is None or "; " in str(remark_on(link))
