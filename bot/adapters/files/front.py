"""Front matter: found at the head of a file, in YAML between `---` or in TOML between `+++`."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass

from bot.core.fault import Fault, Rule, Severity

_YAML, _TOML = "---", "+++"
_CONFLICT = re.compile(r"^(?:<{7}|\|{7}|>{7})(?: |$)", re.MULTILINE)
_LINE_END = re.compile(rb"\r\n|\r|\n")
# YAML would begin a line after them, editors and grep do not
_NO_LINE_ENDS = str.maketrans(dict.fromkeys("\x85\u2028\u2029", " "))


class Unreadable(Exception):  # noqa: N818 (a fault of the file, not of the program)
    """The file holds no front matter that could be read."""

    def __init__(self, rule: Rule, message: str, *, line: int = 1) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The front matter's text, each line ended by a line feed, and what comes after it."""

    text: str
    line: int  # of the file, in which the text begins
    toml: bool
    body: str
    faults: tuple[Fault, ...] = ()


def front_of(raw: bytes, *, name: str) -> Front:
    """Return the front matter of a file; raise Unreadable where there is none."""
    text, broken = _decoded(raw)
    try:
        opened, line, fence = _opening(text)
        end, after = _closing(text, opened, line, fence)
    except Unreadable as error:
        raise broken or error from error
    front = text[opened + 1 : end + 1]
    faults = (warning(name, broken.line, "", str(broken), rule=broken.rule),) if broken else ()
    return Front(
        text=front if front.isascii() else front.translate(_NO_LINE_ENDS),
        line=line + 1,
        toml=fence == _TOML,
        body=text[after:],
        faults=faults,
    )


def without_conflict(front: Front) -> Front:
    """Return it as it is; raise Unreadable where two versions of it were never settled."""
    if conflict := _CONFLICT.search(front.text):
        at = front.text.count("\n", 0, conflict.start()) + front.line
        message = "holds the marks of a merge conflict; settle it and remove them"
        raise Unreadable(Rule.SYNTAX, message, line=at)
    return front


def warning(name: str, line: int, field: str, message: str, *, rule: Rule) -> Fault:
    """Return a fault that leaves the file an article."""
    return Fault(
        path=name, line=line, field=field, message=message, rule=rule, severity=Severity.WARNING
    )


def _opening(text: str) -> tuple[int, int, str]:
    """Return where the line of the opening fence ends, its number, and the fence."""
    if text.startswith("---\n"):
        return 3, 1, _YAML
    start = len(text) - len(text.lstrip())
    if start == len(text):
        message = "is empty; begin with front matter between two lines of ---"
        raise Unreadable(Rule.FENCE, message)
    start = text.rfind("\n", 0, start) + 1
    line = text.count("\n", 0, start) + 1
    end = text.find("\n", start)
    fence = (text[start:end] if end >= 0 else text[start:]).rstrip()
    if fence not in (_YAML, _TOML):
        message = "has no front matter; begin the file with a line ---"
        raise Unreadable(Rule.FENCE, message, line=line)
    return (len(text) if end < 0 else end), line, fence


def _closing(text: str, opened: int, line: int, fence: str) -> tuple[int, int]:
    """Return where the line before the closing fence ends, and where the line of it does."""
    found = _line_of(text, opened, fence, len(text))
    if fence == _YAML:
        found = _line_of(text, opened, "...", found[0] if found else len(text)) or found
    if found is None:
        message = f"the front matter never ends; close it with a line {fence}"
        raise Unreadable(Rule.FENCE, message, line=line)
    return found


def _line_of(text: str, start: int, fence: str, limit: int) -> tuple[int, int] | None:
    at = text.find(f"\n{fence}", start, limit)
    while at >= 0:
        end = text.find("\n", at + 1)
        end = len(text) if end < 0 else end
        if end == at + 4 or not text[at + 4 : end].strip():
            return at, end
        at = text.find(f"\n{fence}", end, limit)
    return None


def _decoded(raw: bytes) -> tuple[str, Unreadable | None]:
    """Return the text, its lines ended by one sign, up to what is not UTF-8, and the word on it."""
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in raw[:2]:
        raise Unreadable(Rule.ENCODING, "is UTF-16; save it as UTF-8")
    broken = None
    try:
        text = raw.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        whole = raw.removeprefix(BOM_UTF8)[: error.start]
        line = len(_LINE_END.findall(whole)) + 1
        message = (
            f"is not UTF-8: it holds the byte 0x{error.object[error.start]:02X}; save it as UTF-8"
        )
        broken = Unreadable(Rule.ENCODING, message, line=line)
        text = whole.decode() + "\ufffd"
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, broken
