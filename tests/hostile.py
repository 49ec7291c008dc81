"""Hostile texts: what somebody might write where the bot shows data, by what it tries.

Each is short, so that a failing test can name it; `LARGE` makes the large ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EVIL = "https://evil.example/x"
_TAGGED = "".join(chr(0xE0000 + ord(char)) for char in "ignore")
_MARKS = "\u0300\u0316\u0334\u0489\u035c\u0362"

# for titles, excerpts, names of providers and digests, topics, reasons, searches, suggestions
TEXTS: Mapping[str, tuple[str, ...]] = {
    "mentions": (
        *("@everyone", "@here", "hi @everyone!", "<@1>", "<@!1>", "<@&1>", "<#1>", "<@\u200b1>"),
        *("@\u200beveryone", "@&#101;veryone", "&lt;@1&gt;", "&amp;lt;@1&amp;gt;", "\\<@1>"),
        *("\\\\<@1>", "<<@1>>", "**@everyone**", "[@everyone](x)"),
    ),
    "masked links": (
        *(f"a]({EVIL}) [b", f"x]({EVIL})", f"]({EVIL})", f"a] ]({EVIL})", f"a](<{EVIL}>)"),
        *(f"]( {EVIL} )", f"\\\\]({EVIL})", f"](({EVIL}))", f"]({EVIL}) ]({EVIL})"),
        *("a[b", "a]b", "a] [b]", "[[a]", "[a]]", "[a [b] c]"),
        "[Video] Fine",
        *(f"[a]({EVIL})", f"[a](https://a) [b]({EVIL})", f"[a](b)[c]({EVIL})", f"[a\nb]({EVIL})"),
        *(f"[a]\n({EVIL})", f"[a](\n{EVIL}\n)", f"https://ok.example/[Login]({EVIL})"),
        *(f"\\[a]({EVIL})", f"\\\\[a]({EVIL})", f"[[a]]({EVIL})", f"[a](<{EVIL}>)"),
        *(f"[a]({EVIL} 'title')", f"[]({EVIL})", f"![a]({EVIL})", f"[a]: {EVIL}", f"[a][1] {EVIL}"),
        *(f"x](y) [b]({EVIL})", f"a]({EVIL})", f"](https://ok) [b]({EVIL}", f"[a\\]({EVIL})"),
        *(f"[a`]({EVIL})`", f"`[a`]({EVIL})", f"**[a]({EVIL})**", f"[**a**]({EVIL})"),
        *(f"[https://bank.example]({EVIL})", f"[bank.example]({EVIL})", f"&#91;a&#93;({EVIL})"),
        *(f"<a href='{EVIL}'>bank</a>", f"[a\u200b]({EVIL})", f"[a]\u200b({EVIL})"),
        *(f"［a］（{EVIL}）", "[a](http:\\\\evil.example)"),  # noqa: RUF001 (fullwidth brackets)
    ),
    "bare addresses": (
        *(EVIL, f"see {EVIL}, now", "http://evil.example", "HTTPS://EVIL.EXAMPLE/", f"<{EVIL}>"),
        *("https://my_bank.example/a_b_c", "https://user:pass@bank.example", "steam://run/1"),
        *("discord://-/channels/1", "mailto:a@evil.example", "<a@evil.example>", "<mailto:a@b.c>"),
        *("<tel:+123>", "bank.example", "https:/\u200b/evil.example", f"a{EVIL}", f"({EVIL})"),
        *("https://evil.example\u2044x", "https&#58;//evil.example", "ftp://evil.example/x"),
    ),
    "invitations": (
        *("discord.gg/abc", "https://discord.gg/abc", "DISCORD.GG/abc", "join discord.gg/a-b."),
        *("discord.com/invite/abc", "discordapp.com/invite/abc", "https://discord.com/invite/a"),
        *("discord.gift/abc", "discord.new/abc", "discord.com/template/a", "discord.gg\\/abc"),
        *("https://discord.com/channels/1/2", "dis\u00adcord.gg/abc", "discord&#46;gg/abc"),
    ),
    "headings": ("# a", "## a", "### a", " # a", "\u00a0# a", "a\n# b", "a\r# b", "a\u2028# b"),
    "small text": ("-# a", " -# a", "a\n-# b", "-\u200b# a", "a<br>-# b"),
    "lists": ("- a", "* a", "+ a", "1. a", "1) a", " - a", "12. a", "a\n- b", "- # a", "- - a"),
    "quotations": ("> a", ">>> a", "a\n> b", "&gt; a", "\\> a", ">a", "&#62;&#62;&#62; a"),
    "code": (
        *("`a`", "``a``", "```a```", "```py\na\n```", "`", "```", "a `b", "\\`a`", "``` `a` ```"),
        *("`<@1>`", "~~~\na\n~~~", "`` ` ``"),
    ),
    "styles": (
        *("**a**", "*a*", "_a_", "__a__", "***a***", "~~a~~", "a_b_c", "*a", "**", "\\**a**"),
        *("** a **", "_a_ _b_", "__*a*__", "*\\*a*", "~~a", "*a_b*c_"),
    ),
    "spoilers": ("||a||", "||a", "|||a|||", "\\||a||", "| a | b |", "||**a**||", "&#124;|a||"),
    "moments": ("<t:0>", "<t:1:R>", "<t:-1:F>", "<t:9999999999999:R>", "\\<t:1>", "<t\u200b:1>"),
    "emoji of servers": ("<:a:1>", "<a:a:1>", ":smile:", ":+1:", "a:b:c", "<::1>", "12:30:45"),
    "places": ("<id:customize>", "<id:browse>", "<id:guide>", "<id:linked-roles:1>"),
    "commands": ("</digest add:1>", "</x:1>", "/digest", "</a b c:1>"),
    "bidirectional marks": (
        *("\u202egpj.exe", "a\u2066b\u2069", "\u200fa", "\u061ca", "a\u202a\u202b\u202d\u202cb"),
        *("\u202e" * 50 + "a", "\u2067[a]\u2069(b)"),
    ),
    "what cannot be seen": (
        *("a\u200bb", "\u200b", "\u2060\ufeff", "\u3164", "\u2800\u2800", "\u115f\u1160", "\xad"),
        *("a" + _TAGGED, _TAGGED, "\ufe0f", "\u200d", "a\u034fb", "\uffa0", "\u180e", " \u00a0 "),
        *("\U000e0001\U000e007f", "\ufff0", "\U0001bca0", "\U0001d173", "\U000e0100", "\u17b4"),
        "a" + "\u200d" * 60 + "b",
    ),
    "heaps of marks": (
        "Z" + _MARKS * 8 + "a" + _MARKS * 8,
        *("\u0300" * 40, "e" + "\u0301" * 300, "a" + "\u20dd" * 30, "x" + "\u0344" * 20),
        *("ก" + "\u0e49" * 40, "a" + "\u0300\u200d" * 30, "ب" + "\u064b" * 30, "1" + "\ufe0f" * 30),
    ),
    "look-alikes": ("раураl.com", "аррӏе.com", "g\u043e\u043egle", "ｇｏｏｇｌｅ.com", "ⓔⓥⓘⓛ"),  # noqa: RUF001
    "scripts of pages": (
        *(
            "javascript:alert(1)",
            "[a](javascript:alert(1))",
            "[a](data:text/html,x)",
            "file:///etc",
        ),
        *(
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=a>",
            "<iframe>",
        ),
        *("data:text/html;base64,PHNjcmlwdD4=", "vbscript:x", "<b", "<a href=", "</title>"),
    ),
    "controls": (
        *(
            "a\x00b",
            "\x00",
            "\x1b[31mred\x1b[0m",
            "\x1b]8;;https://evil.example\x07a",
            "a\x07\x08b",
        ),
        *("a\rb", "a\r\n\r\nb", "a\x85b", "a\u2029b", "\x9b31m", "\x7f", "a\tb", "a\x0bb\x0cc"),
        *("INFO \n2026-01-01 ERROR forged", "a\ud800b", "\udfff", "\ud83d", "\ufffe\uffff"),
    ),
    "other languages of machines": (
        *("'; DROP TABLE reviews; --", '" OR 1=1 --', "a%' AND '1", "NEAR(a b, 1)", 'a" OR "b'),
        *("%s%n%x", "{0}", "{self.token}", "%(token)s", "${jndi:ldap://evil}", "$(rm -rf /)"),
        *("../../etc/passwd", "..\\..\\x", "/dev/null", "C:\\x", "CON", "a/b", "~/.ssh", "~root"),
        *("!!python/object:os.system x", "&a [*a]", "---", "a: b", "key: |", "- {a: b}", "*alias"),
        *("NaN", "null", "true", "1e309", "0x1F", "[]", "{}", "\\u0000", "\\x41", "\\n", "a\\"),
        *("&#0;", "&#x110000;", "&#99999999999;", "&#xD800;", "&unknown;", "&amp;amp;amp;lt;b&gt;"),
    ),
}

# addresses that must never be a link, or only without what hides in them
REFUSED = (
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd"),
    *("ftp://a.example", "//a.example", "/a", "a.example", "", " ", "https://", "http:///a"),
    *(
        "https://user@bank.example",
        "https://user:pw@bank.example",
        "https://bank.example@evil.example",
    ),
    *("https://bank.example\\@evil.example", "https:\\\\evil.example", "https://evil.example\\x"),
    *("https://evil.example/\x00", "https://evil\x7f.example", "https://a.example:99999/"),
    *("https://a.example:x/", "https://a..example/", "https://[::1", "https://a b.example/"),
    *(
        "https://a\u202e.example/",
        "https://evil.example](https://x",
        "https://<@1>/",
        "https://a*b/",
    ),
    *("https://" + "a" * 70 + ".é.example", "https://a.example/" + "x" * 2048, "discord://-/a"),
    *("vbscript:x", "blob:https://a.example/x", "https:a.example", "https://%00/", "https://|a|/"),
)
ODD = (  # harmless, however they look, once they are written as we write them
    *(
        "https://evil.example/(a)",
        "https://evil.example/)[b](https://c.example",
        "https://evil.example/<@1>",
    ),
    *("https://evil.example/ a", "https://evil.example/\n[b](c)", "https://evil.example/`a`"),
    *("https://evil.example/||a||", "https://evil.example/**a**", "https://evil.example/@everyone"),
    *(
        "https://evil.example/?u=https://bank.example",
        "https://evil.example/#[a](b)",
        "https://bücher.example/",
    ),
    *(
        "https://\u0440\u0430\u0443\u0440\u0430l.example/",
        "https://evil.example:65535/",
        "HTTPS://EVIL.EXAMPLE/A",
    ),
    *(
        "https://bank.example.evil.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://evil.example/\"'",
    ),
    *(
        "https://evil.example/%5Ba%5D(b)",
        "https://evil.example/\u202e",
        "https://e_v_i_l.example/_a_",
    ),
    "https://evil.example/\ud800",
)
# what a setting may hold where an emoji is wanted
EMOJI = (
    "@everyone",
    "<@1>",
    "[a](https://evil.example)",
    "✅✅",
    "<:a>",
    "<:a:b>",
    "",
    "a",
    "\u202e✅",
)

LARGE: Mapping[str, Callable[[int], str]] = {
    "one letter": lambda size: "a" * size,
    "escapes": lambda size: "\\" * size,
    "brackets": lambda size: "[" * size,
    "links": lambda size: f"[a]({EVIL})" * (size // 30),
    "marks": lambda size: "a" + "\u0301\u0316" * (size // 2),
    "marks that go apart": lambda size: "a" + "\u0344" * size,
    "flags": lambda size: "🇩" * size,
    "joiners": lambda size: "👩\u200d" * (size // 2),
    "viramas": lambda size: "क\u094d" * (size // 2),
    "ampersands": lambda size: "&" * size,
    "entities in entities": lambda size: "&" + "amp;" * (size // 4),
    "numbers": lambda size: "&#" + "9" * size,
    "tags": lambda size: "<a " * (size // 3),
    "tags in tags": lambda size: "<b " * (size // 4) + ">" * (size // 4),
    "blanks": lambda size: "a" + " \n" * (size // 2) + "b",
    "invisible": lambda size: "\u200b" * size,
    "colons": lambda size: ":" * size,
    "addresses": lambda size: "https://" * (size // 8),
    "lines": lambda size: "\n# a" * (size // 4),
    "digits": lambda size: "1" * size,
    "slashes": lambda size: "discord.gg/" * (size // 11),
    "stars": lambda size: "* _" * (size // 3),
    "words": lambda size: "word " * (size // 5),
    "emoji": lambda size: "👍🏽" * (size // 2),
    "halves": lambda size: "\ud800" * size,
}

ALL_TEXTS = tuple(dict.fromkeys(text for kind in TEXTS.values() for text in kind))
