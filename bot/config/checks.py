"""What a setting must be; each check raises ValueError and says what to write instead."""

from __future__ import annotations

import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from bot.core import days as rule_days
from bot.core import rules

_DRIVERS = {
    "sqlite+aiosqlite": "aiosqlite",
    "postgresql+asyncpg": "asyncpg",
    "postgresql+psycopg": "psycopg",
}


_CUSTOM = re.compile(r"<a?:\w{2,32}:[0-9]{17,20}>")


def emoji(text: str) -> str:
    """Return an emoji as Discord takes it: a sign, or the name and id of a custom one."""
    if text.isascii() and not _CUSTOM.fullmatch(text):
        raise ValueError(
            "should be a sign like ✅, or a custom emoji as in <:yes:123456789012345678>"
        )
    return text


def address(text: str) -> str:
    """Return the address of an API without a slash at its end."""
    if not text.startswith(("http://", "https://")):
        raise ValueError("should start with http:// or https://")
    parts = urlsplit(text)
    more = "@" in parts.netloc or parts.query or parts.fragment or any(map(str.isspace, text))
    if not parts.hostname or parts.port == 0 or more:
        raise ValueError("should be a host and a path, as in https://discord.com/api/v10")
    return text.rstrip("/")


def database(text: str) -> str:
    """Return the address of a database whose driver is installed."""
    if not text:
        return text
    dialect, sign, _ = text.partition("://")
    driver = _DRIVERS.get(dialect)
    if not sign or driver is None:
        known = " or ".join(f"{name}://" for name in _DRIVERS)
        raise ValueError(f"should start with {known}")
    if find_spec(driver) is None:
        raise ValueError(f"needs the package {driver}, which is not installed")
    return text


def zone(text: str) -> str:
    """Return the zone as tzdata writes it."""
    return rules.parse_zone(text)


def times(text: str) -> str:
    """Return times as they are shown."""
    return rules.show_times(rules.parse_times(text))


def days(text: str) -> str:
    """Return days as they are shown."""
    return rule_days.show_days(rule_days.parse_days(text))
