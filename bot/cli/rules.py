"""What each rule of `gazette check` is about, in the words of docs/check.md."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.fault import Rule

EXPLAINED: Mapping[Rule, str] = {
    Rule.UNREADABLE: "the file cannot be opened, or is a link, a pipe or a folder",
    Rule.TOO_LARGE: "the file, a text in it or its nesting is larger than is allowed",
    Rule.ENCODING: "the file is not UTF-8, or holds a character that no text holds",
    Rule.FENCE: "the front matter is missing, empty or never closed",
    Rule.SYNTAX: "the front matter is not in the language it should be in",
    Rule.ALIAS: "the front matter uses an anchor, an alias or a merge key",
    Rule.MISSING: "a field that is needed is missing or empty",
    Rule.TYPE: "a value is of the wrong kind",
    Rule.DATE: "a date is none, or there is none",
    Rule.ADDRESS: "a link is no address, leads where readers cannot go, or is missing",
    Rule.SURPRISE: "YAML reads something else than people mean, as in yes, 12:30 or 010",
    Rule.DUPLICATE_KEY: "a key stands twice",
    Rule.DUPLICATE_PAGE: "two files link to one page",
    Rule.MOJIBAKE: "a text was decoded wrongly, as in doesnâ€™t",
    Rule.LINE_ENDS: "lines end with CRLF or CR, or the file begins with a byte order mark",
    Rule.TRACKING: "a link carries parameters that follow readers around",
}
# what most often costs no article; a fault says for itself how severe it is
MILD = frozenset(
    {
        Rule.SURPRISE,
        Rule.DUPLICATE_KEY,
        Rule.DUPLICATE_PAGE,
        Rule.MOJIBAKE,
        Rule.LINE_ENDS,
        Rule.TRACKING,
    }
)
