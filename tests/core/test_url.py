"""Addresses: what is shown to people, and what counts as the same page."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.url import (
    MAX_LENGTH,
    canonical_url,
    host_of,
    is_named,
    is_safe,
    safe_url,
    without_tracking,
)
from tests.core.samples import wild_texts

hosts = st.sampled_from(
    [
        *[
            "example.org",
            "www.Example.org",
            "bücher.de",
            "a_b.example",
            "127.0.0.1",
            "[::1]",
            "a。b",
        ],
        *["xn--a", "a b", "v1.é:", "[v1.é:]", 'a"b', "a\u3000b", "", "user@a", "%41", "..", "-"],
        "[fe80::1%eth0]",
    ]
)
rests = st.lists(
    st.sampled_from(
        [*"/?#&=;:@%[]()'\"<>|{}^ \t\\é日", "..", "%zz", "%20", "👍", "\x00", "\ud800", "\x85"]
    ),
    max_size=12,
).map("".join)
addresses = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTPS", "ftp", "javascript", ""]),
    hosts,
    st.sampled_from(["", ":80", ":443", ":8080", ":0", ":x", ":99999", ":"]),
    rests,
)


@given(addresses | wild_texts | wild_texts.map(lambda text: f"https://{text}"))
@example("http://a b/")
@example("http://[v1.é:]/")
@example("http://a/\ud800")
@example("http://a\u3000b/")
def test_a_safe_address_is_ascii_without_blanks_and_web_only(raw: str) -> None:
    url = safe_url(raw)
    if url is None:
        return
    parts = urlsplit(url)
    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set(' "<>\\^`{|}')
    assert url.startswith(("http://", "https://"))
    assert parts.hostname
    assert parts.username is None
    assert len(url) <= MAX_LENGTH


@given(addresses)
def test_making_an_address_safe_twice_is_making_it_safe_once(raw: str) -> None:
    url = safe_url(raw)
    assert url is None or safe_url(url) == url


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("https://example.org", "https://example.org"),
        ("  https://example.org/a \n", "https://example.org/a"),
        ("HTTP://Example.ORG/Path", "http://example.org/Path"),
        ("https://example.org/a b?c d#e f", "https://example.org/a%20b?c%20d#e%20f"),
        ("https://example.org/a\tb\n c?d\r\ne#\t", "https://example.org/ab%20c?de"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
        ("https://example.org/%C3%A9?q=%20", "https://example.org/%C3%A9?q=%20"),
        (
            "https://example.org/a/?b=1&c[]=2,3;4#d!$'()*+~",
            "https://example.org/a/?b=1&c[]=2,3;4#d!$'()*+~",
        ),
        ('https://example.org/<"{|}^`>', "https://example.org/%3C%22%7B%7C%7D%5E%60%3E"),
        ("https://example.org/@me:1", "https://example.org/@me:1"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://BÜCHER.de/a", "https://xn--bcher-kva.de/a"),
        ("https://a。example/", "https://a.example/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("http://[::FFFF:1.2.3.4]/", "http://[::ffff:1.2.3.4]/"),
        ("http://under_score.example.org./", "http://under_score.example.org./"),
        ("https://r3---sn-x.example/", "https://r3---sn-x.example/"),
    ],
)
def test_an_address_is_shown_in_the_form_discord_takes(raw: str, url: str) -> None:
    assert safe_url(raw) == url


@pytest.mark.parametrize(
    "raw",
    [
        *[
            "",
            " ",
            "example.org",
            "//example.org/a",
            "/a",
            "mailto:a@b.c",
            "https:",
            "https://",
            "http:///a",
        ],
        *[
            "javascript:alert(1)",
            "JaVaScRiPt://example.org/%0aalert(1)",
            "data:text/html,x",
            "ftp://a.b/",
        ],
        *[
            "file:///etc/passwd",
            "discord://a/b",
            "https://user@example.org/",
            "https://u:p@example.org/",
        ],
        *[
            "https://@example.org/",
            "https://example.org\\@evil.example/",
            "https:\\\\example.org",
            "https://a.b/c\\d",
        ],
        *[
            "https://exa\nmple.org",
            "https://example.org/\x00",
            "https://a/\x7f",
        ],
        *[
            "https://exa mple.org/",
            "https://a%41/",
            'https://a"b/',
            "https://a<b>/",
            "https://a..b/",
        ],
        *[
            "https://.a/",
            "https://[::1/",
            "https://[zz::1]/",
            "https://[fe80::1%25eth0]/",
            "https://a:x/",
        ],
        *[
            "https://a:70000/",
            "https://\u3000/",
            "https://é\u0085/",
            "https://a/\ud800",
            "https://\ud800/",
        ],
        *["http://[v1.é:]/", "http://!/", "http://a/?\udfff", "http://a/#\udfff"],
    ],
)
def test_an_address_that_could_mislead_or_break_is_refused(raw: str) -> None:
    assert safe_url(raw) is None


def test_an_address_may_be_as_long_as_the_limit_and_no_longer() -> None:
    start = "https://example.org/"
    longest = start + "a" * (MAX_LENGTH - len(start))
    assert safe_url(longest) == longest
    assert safe_url(longest + "a") is None
    assert MAX_LENGTH == 2048


PAGE = "https://example.org/a/b?x=1&y=2"


@pytest.mark.parametrize(
    "variant",
    [
        "http://example.org/a/b?x=1&y=2",
        "https://www.example.org/a/b?x=1&y=2",
        "https://EXAMPLE.org/a/b?x=1&y=2",
        "https://example.org:443/a/b?x=1&y=2",
        "http://example.org:80/a/b?x=1&y=2",
        "https://example.org/a/b/?x=1&y=2",
        "https://example.org/a/b?x=1&y=2#part",
        "https://example.org/a/b?y=2&x=1",
        "https://example.org/a/b?x=1&y=2&",
        "https://example.org/a/b?utm_source=x&x=1&y=2&utm_medium=z&UTM_Campaign=z",
        *[
            f"https://example.org/a/b?x=1&{name}=9&y=2"
            for name in (
                *(
                    "fbclid",
                    "gclid",
                    "dclid",
                    "gbraid",
                    "wbraid",
                    "msclkid",
                    "mc_cid",
                    "mc_eid",
                    "igshid",
                ),
                *(
                    "yclid",
                    "_hsenc",
                    "_hsmi",
                    "vero_id",
                    "oly_anon_id",
                    "oly_enc_id",
                    "cmpid",
                    "ref_src",
                ),
                *("smid", "sr_share", "GCLID"),
            )
        ],
    ],
)
def test_variants_of_an_address_are_one_page(variant: str) -> None:
    assert canonical_url(variant) == canonical_url(PAGE)


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/a/B?x=1&y=2",
        "https://example.org/a/bX?x=1&y=2",
        "https://example.org/a?x=1&y=2",
        "https://example.org/a/b?x=1",
        "https://example.org/a/b?x=1&y=3",
        "https://example.org/a/b?x=1&y=2&z",
        "https://example.org/a/b?x=1&y=2&my_fbclid=1",
        "https://example.org/a/b?x=1&y=2&utm=1",
        "https://example.org:8443/a/b?x=1&y=2",
        "http://example.org:443/a/b?x=1&y=2",
        "https://news.example.org/a/b?x=1&y=2",
        "https://example.com/a/b?x=1&y=2",
    ],
)
def test_other_pages_stay_other_pages(other: str) -> None:
    assert canonical_url(other) != canonical_url(PAGE)


def test_the_one_form_is_https_without_www_slash_fragment_and_tracking() -> None:
    assert canonical_url("http://www.example.org:80/a//?b=%C3%A9&a=&utm_x=1#c") == (
        "https://example.org/a?a=&b=%C3%A9"
    )
    assert canonical_url("https://example.org:8443/") == "https://example.org:8443"


def test_parameters_in_an_old_encoding_tell_pages_apart() -> None:
    assert canonical_url("https://a.example/?q=%E9") == "https://a.example?q=%E9"
    assert canonical_url("https://a.example/?q=%E9") != canonical_url("https://a.example/?q=%E8")


SAME = [
    ("https://example.org/a/../b/./c", "https://example.org/b/c"),
    ("https://example.org/..", "https://example.org"),
    ("https://example.org/%7Euser/%c3%a9?a=%7e%2f", "https://example.org/~user/%C3%A9?a=~%2F"),
    ("https://example.org/%2E%2e/a", "https://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("https://www.www.example.org/a", "https://example.org/a"),
    ("https://www.com/a", "https://www.com/a"),
    ("https://example.org/a/index.html", "https://example.org/a"),
    ("https://example.org/index.htm?a", "https://example.org?a"),
    ("https://example.org/?b=2&a=2&a=1&&", "https://example.org?a=2&a=1&b=2"),
    ("https://example.org/?utm%5Fsource=x&at_medium=y", "https://example.org"),
    ("https://example.org/#!/topic", "https://example.org#!/topic"),
    ("https://example.org/a#/route%7e", "https://example.org/a#/route~"),
    ("http://[::1]:80/a/", "https://[::1]/a"),
    ("http://example.org:443/a", "http://example.org:443/a"),
    # AMP
    (
        "https://example.org/2020/11/11/a-long-story.amp.html",
        "https://example.org/2020/11/11/a-long-story.html",
    ),
    ("https://example.org/a-long-story/amp/", "https://example.org/a-long-story"),
    ("https://example.org/a-long-story/amp", "https://example.org/a-long-story"),
    ("https://example.org/a-long-story.amp", "https://example.org/a-long-story"),
    ("https://example.org/story-20201111.html/amp/", "https://example.org/story-20201111.html"),
    ("https://example.org/amp/2020/a-long-story", "https://example.org/2020/a-long-story"),
    ("https://amp.example.org/2020/a-long-story", "https://example.org/2020/a-long-story"),
    ("https://example.org/a?amp=1&b=2", "https://example.org/a?b=2"),
    ("https://example.org/a?amp", "https://example.org/a"),
    ("https://example.org/a?outputType=amp", "https://example.org/a"),
    (
        "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a/a-long-story.amp.html",
        "https://example.org/a/a-long-story.html",
    ),
    (
        "https://example-org.cdn.ampproject.org/v/example.org/a?amp_js_v=1",
        "https://example.org/a?amp_js_v=1",
    ),
    (
        "https://www.google.com/amp/s/amp.example.org/a-long-story",
        "https://example.org/a-long-story",
    ),
    ("https://www.google.co.uk/amp/example.org/a", "https://example.org/a"),
    # the same under other hosts
    ("https://m.youtube.com/watch?v=abcdefghi-_&t=5", "https://youtube.com/watch?v=abcdefghi-_"),
    ("https://youtu.be/abcdefghi-_?si=x", "https://youtube.com/watch?v=abcdefghi-_"),
    (
        "https://www.youtube-nocookie.com/embed/abcdefghi-_",
        "https://youtube.com/watch?v=abcdefghi-_",
    ),
    ("https://en.m.wikipedia.org/wiki/Amp", "https://en.wikipedia.org/wiki/Amp"),
    ("https://mobile.twitter.com/a/status/1", "https://twitter.com/a/status/1"),
]


@pytest.mark.parametrize(("url", "form"), SAME)
def test_what_makes_no_difference_is_not_in_the_form(url: str, form: str) -> None:
    assert canonical_url(url) == form


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/guitars/amp",
        "https://example.org/guitars.amp",
        "https://example.org/amp/guitars",
        "https://amp.example.org/guitars",
        "https://amp.dev/a-long-story",
        "https://m.example.org/a",
        "https://mobile.example.org/a",
        "https://example.org/index.php",
        "https://example.org/a?amp=2",
        "https://example.org/a?output=amplified",
        "https://example-org.cdn.ampproject.org/c/s/localhost/a",
        "https://example-org.cdn.ampproject.org/i/s/example.org/a.png",
        "https://google.example.org/amp/s/example.net/a",
        "https://youtube.com/embed/videoseries?list=x",
        "https://youtube.com/watch?v=short",
        "https://youtube.com/abcdefghi-_",
        "https://example.org/a?b=1;2",
        "https://example.org/a+b?c=d+e",
    ],
)
def test_what_may_be_a_page_of_its_own_stays_one(url: str) -> None:
    assert canonical_url(url) == url


def test_a_cache_that_names_no_page_is_left_as_it_is() -> None:
    url = "https://example-org.cdn.ampproject.org/c/s/a.b:99999/c"
    assert canonical_url(url) == url


pieces = st.lists(
    st.sampled_from(
        [
            *("/", "//", ".", "..", "amp", ".amp", ".amp.html", "index.html", "a-b-c", "12345"),
            *("?", "&", "=", "amp=1", "utm_a=b", "v=abcdefghi-_", "#", "!", "%2e", "%2F", "%41"),
            *("%25", "watch", "embed", "abcdefghi-_", "www.", "x", "é", "cdn.ampproject.org/c/s/"),
        ]
    ),
    max_size=9,
).map("".join)
pages = st.builds(
    "{}://{}{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(
        [
            *("example.org", "www.example.org", "amp.example.org", "www.www.a.b", "m.a.b", "a.b."),
            *(
                "youtube.com",
                "youtu.be",
                "m.youtube.com",
                "en.m.wikipedia.org",
                "[::1]",
                "amp.amp.b",
            ),
            *("a-b.cdn.ampproject.org/c/s/a.b", "google.com/amp/s/a.b", "amp.www.m.b", "www.com"),
        ]
    ),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    pieces,
)


@given(pages | addresses)
@example("https://a-b.cdn.ampproject.org/c/s/a-b.cdn.ampproject.org/c/a.b/x")
@example("http://a.b:443/")
def test_a_form_has_itself_for_a_form(raw: str) -> None:
    url = safe_url(raw)
    if url is not None:
        form = canonical_url(url)
        assert canonical_url(form) == form
        assert safe_url(form) is not None


@given(pages | addresses)
def test_the_short_way_to_a_form_leads_where_the_long_one_does(raw: str) -> None:
    url = safe_url(raw)
    if url is not None and "#" not in url:
        long = canonical_url(f"{url}#")  # an empty fragment is not plain, and makes no difference
        assert long == canonical_url(url)


@given(st.from_regex(r"https?://[a-z0-9.-]{1,12}[/?a-zA-Z0-9%=&.,_~#:@-]{0,30}", fullmatch=True))
def test_what_is_called_safe_comes_back_as_it_is(raw: str) -> None:
    if is_safe(raw):
        assert safe_url(f" {raw}") == raw  # a blank makes it take the long way


@given(addresses)
def test_every_safe_address_has_a_form_and_a_host(raw: str) -> None:
    url = safe_url(raw)
    if url is None:
        return
    assert canonical_url(url).startswith(("https://", "http://"))
    assert canonical_url(url.partition("#")[0]) == canonical_url(f"{url.partition('#')[0]}#x")
    assert not host_of(url).startswith("www.")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.example.org/a", "example.org"),
        ("https://news.example.org:80/", "news.example.org"),
        ("https://wwwx.example/", "wwwx.example"),
        ("relative", ""),
    ],
)
def test_the_host_is_what_a_reader_would_recognise(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("followed", "bare"),
    [
        ("https://example.org/a?utm_source=x", "https://example.org/a"),
        ("https://example.org/a?utm_source=x#top", "https://example.org/a#top"),
        ("https://example.org/?b=2&UTM_Medium=x&a=1&fbclid", "https://example.org/?b=2&a=1"),
        ("https://example.org/?a=%7e&&gclid=1", "https://example.org/?a=%7e&"),
    ],
)
def test_parameters_that_follow_readers_are_taken_off_and_nothing_else(
    followed: str, bare: str
) -> None:
    assert without_tracking(followed) == bare


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/utm_source=x",
        "https://example.org/?",
        "https://example.org/?a=utm_source=x",
        "https://example.org/#?utm_source=x",
        "https://example.org/?a=1#&utm_source=x",
        "not an address",
        "",
    ],
)
def test_an_address_without_them_stays_as_it_was_written(url: str) -> None:
    assert without_tracking(url) == url


@given(addresses)
def test_taking_them_off_once_is_enough_and_leads_to_the_same_page(url: str) -> None:
    bare = without_tracking(url)
    assert without_tracking(bare) == bare
    for text in (url, url + "&utm_x=1", url + "?utm_x=1"):
        if (safe := safe_url(text)) and (shorter := safe_url(without_tracking(text))):
            assert canonical_url(shorter) == canonical_url(safe)


# whose host it is


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("harbour-review.example", "Harbour Review"),
        ("example.org", "Example Times"),
        ("news.example.org", "The Example"),
        ("bbc.co.uk", "BBC"),
        ("a.example", "A"),
        ("my.blog.example", "www.My.Blog.example"),
        ("localhost", "Localhost"),
        ("co.uk", "Co"),
    ],
)
def test_a_name_says_whose_host_it_is(host: str, name: str) -> None:
    assert is_named(host, name)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("evil.example", "Harbour Review"),
        ("evil.co.uk", "The Co-operative"),
        ("bank.evil.example", "Bank"),
        ("times.example", "The New York Times"),
        ("news.example", "BBC News"),
        ("bank-login.example", "Bank"),
        ("xn--bnk-ula.example", "Bank"),
        ("127.0.0.1", "Bank 0"),
        ("evil.example", "Evil.Example Bank"),
        ("example.org", "bank.example"),
    ],
)
def test_a_name_that_might_be_another_s_does_not(host: str, name: str) -> None:
    assert not is_named(host, name)
