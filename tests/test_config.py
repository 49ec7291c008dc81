"""Settings come from one file and the environment; what is wrong is told whole, secrets never."""

from __future__ import annotations

import os
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.config import (
    ConfigError,
    ConfigFault,
    Settings,
    load_settings,
    token_of,
    with_state,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.toml"
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.hush.hush"  # noqa: S105 (nobody's)


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("GAZETTE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(text: str) -> Path:
    file = Path("gazette.toml")
    file.write_text(text, encoding="utf-8")
    return file


def faults(file: Path | None = None) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    return {fault.key: fault.message for fault in caught.value.faults}


def flat(settings: Settings) -> dict[str, Any]:
    """Return every setting by its dotted key, as TOML would hold it."""
    found: dict[str, Any] = {}
    for section in type(settings).model_fields:
        values: BaseModel = getattr(settings, section)
        for key in type(values).model_fields:
            value = getattr(values, key)
            found[f"{section}.{key}"] = str(value) if isinstance(value, Path) else value
    return found


def test_without_file_and_environment_every_setting_has_its_default() -> None:
    settings = load_settings()
    assert settings.discord.api_base == "https://discord.com/api/v10"
    assert settings.content.path == Path("content")
    assert settings.database_url == "sqlite+aiosqlite:///state/gazette.sqlite3"
    assert settings.review.lead_hours == 12


def test_the_example_holds_the_defaults_key_by_key() -> None:
    text = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    example = {
        f"{section}.{key}": value
        for section, values in tomllib.loads(text).items()
        for key, value in values.items()
    }
    defaults = flat(Settings())
    del defaults["discord.token"]  # never in a file
    # no default, so the example shows a value in a comment
    assert defaults.pop("discord.token_file") is None
    assert example.pop("discord.token_file") == "/run/secrets/gazette-token"
    assert example == defaults


def test_the_example_is_accepted_as_it_stands_and_changes_nothing() -> None:
    assert load_settings(EXAMPLE) == load_settings()


def test_every_setting_of_the_example_has_a_comment_above_it() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for above, line in pairwise(lines):
        if re.match(r"(# )?\w+ = ", line):
            # two that belong together share one
            assert above.startswith(("# ", "approve_emoji")), line


def test_config_toml_of_the_folder_is_read_where_no_file_is_named() -> None:
    Path("config.toml").write_text('[log]\nlevel = "error"\n', encoding="utf-8")
    assert load_settings().log.level == "error"
    assert load_settings(written("")).log.level == "info"


def test_every_fault_is_told_at_once_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(
        'nope = 1\n[discord]\napi_base = "ftp://x"\ntoken = "hush"\ncommand_sync = "no"\n'
        'comand_sync = "off"\n[content]\nwatch = "perhaps"\n[database]\nurl = "mysql://u:hush@h/x"\n'
        '[digest]\nat = "25:00"\ndays = "mo"\nlimit = 26\ntimezone = "Mars/X"\nmax_age_days = -1\n'
        '[review]\nlead_hours = 169\napprovals = 0\napprove_emoji = ""\n[log]\nlevel = "loud"\n'
        "[more]\na = 1\n"
    )
    monkeypatch.setenv("GAZETTE_LOG__FORMAT", "hush")
    monkeypatch.setenv("GAZETTE_DISCROD__TOKEN", "hush")
    found = faults(file)
    assert set(found) == {
        "GAZETTE_DISCROD__TOKEN",
        "nope",
        "more",
        "discord.api_base",
        "discord.token",
        "discord.command_sync",
        "discord.comand_sync",
        "content.watch",
        "database.url",
        "digest.at",
        "digest.days",
        "digest.limit",
        "digest.timezone",
        "digest.max_age_days",
        "review.lead_hours",
        "review.approvals",
        "review.approve_emoji",
        "log.level",
        "log.format",
    }
    assert found["nope"].startswith("is not a setting; see config.example.toml")
    assert found["log.format"].endswith("(from GAZETTE_LOG__FORMAT)")
    assert all(found.values())
    assert "hush" not in repr(found)


def test_the_error_says_all_faults_in_its_text() -> None:
    error = ConfigError((ConfigFault(key="a", message="b"), ConfigFault(key="c", message="d")))
    assert str(error) == "a: b\nc: d"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[log\n", "is not TOML"),
        ("[log]\nlevel = info\n", "is not TOML"),
        ("[log]\n[log]\n", "is not TOML"),
    ],
)
def test_what_is_not_toml_is_told_with_the_file(text: str, said: str) -> None:
    found = faults(written(text))
    assert list(found) == ["gazette.toml"]
    assert said in found["gazette.toml"]
    assert "line" in found["gazette.toml"]


def test_a_file_that_cannot_be_read_is_told() -> None:
    assert faults(Path("nowhere.toml")) == {
        "nowhere.toml": "cannot be read: No such file or directory"
    }
    Path("latin.toml").write_bytes(b"a = '\xff'")
    assert faults(Path("latin.toml")) == {"latin.toml": "cannot be read: it is not UTF-8"}


def test_a_byte_order_mark_does_no_harm() -> None:
    Path("bom.toml").write_bytes(b'\xef\xbb\xbf[log]\nlevel = "error"\n')
    assert load_settings(Path("bom.toml")).log.level == "error"


def test_a_section_that_is_no_section_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTE_LOG", "debug")
    found = faults(written("digest = 5\n[review]\napprovals = 0\n"))
    assert set(found) == {"digest", "log", "review.approvals"}
    assert found["log"].startswith("is a section")


def test_the_environment_goes_before_the_file_key_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    file = written('[digest]\nlimit = 3\nat = "07:00"\n[content]\npath = "from-file"\n')
    monkeypatch.setenv("GAZETTE_DIGEST__LIMIT", "9")
    monkeypatch.setenv("GAZETTE_CONTENT__PATH", "from-environment")
    monkeypatch.setenv("GAZETTE_CONTENT__WATCH", "false")
    monkeypatch.setenv("GAZETTE_REVIEW__LEAD_HOURS", "0.5")
    settings = load_settings(file)
    assert (settings.digest.limit, settings.digest.at) == (9, "07:00")
    assert settings.content.path == Path("from-environment")
    assert not settings.content.watch
    assert settings.review.lead_hours == 0.5


def test_the_content_folder_of_the_command_line_goes_before_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAZETTE_CONTENT__PATH", "from-environment")
    settings = load_settings(written("[content]\nwatch = false\n"), content=Path("asked"))
    assert settings.content.path == Path("asked")
    assert not settings.content.watch


def test_variables_of_other_programs_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAZETTE_SHARED", "/shared")
    monkeypatch.setenv("GAZETTE_PORT_80_TCP", "tcp://10.0.0.1:80")  # Kubernetes makes such
    monkeypatch.setenv("OTHER__KEY", "1")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    "address",
    [
        "discord.com/api",
        "ftp://discord.com/api",
        "https://",
        "https:///api",
        "https://user:hush@host/api",
        "https://host/api?x=hush",
        "https://host/api#x",
        "https://host /api",
        "https://host:99999/api",
        "https://[::1/api",
    ],
)
def test_an_api_that_is_no_address_is_refused(address: str) -> None:
    found = faults(written(f'[discord]\napi_base = "{address}"\n'))
    assert list(found) == ["discord.api_base"]
    assert "hush" not in found["discord.api_base"]


def test_an_api_may_be_anywhere_and_end_with_a_slash() -> None:
    for address in ("http://127.0.0.1:8080/api/v10", "https://[::1]:443/x", "https://discord.com"):
        settings = load_settings(written(f'[discord]\napi_base = "{address}/"\n'))
        assert settings.discord.api_base == address


def test_a_database_must_be_one_that_can_be_spoken_to() -> None:
    for url in ("nonsense", "sqlite:///x", "postgresql://u:hush@h/x", "sqlite+aiosqlite"):
        found = faults(written(f'[database]\nurl = "{url}"\n'))
        assert found["database.url"].startswith("should start with sqlite+aiosqlite://")
        assert "hush" not in found["database.url"]
    settings = load_settings(written('[database]\nurl = "sqlite+aiosqlite:///x.sqlite3"\n'))
    assert settings.database_url == "sqlite+aiosqlite:///x.sqlite3"


def test_a_database_whose_driver_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.config.checks._DRIVERS", {"postgresql+elsewhere": "no_such_driver"})
    found = faults(written('[database]\nurl = "postgresql+elsewhere://u:hush@h/x"\n'))
    assert found == {"database.url": "needs the package no_such_driver, which is not installed"}


@pytest.mark.parametrize("other", ["reject", "hold", "change", "other"])
def test_each_reaction_must_be_another(other: str) -> None:
    found = faults(written(f'[review]\napprove_emoji = "✔"\n{other}_emoji = "✔\ufe0f"\n'))
    assert found == {"review": f"approve_emoji and {other}_emoji should differ"}


@pytest.mark.parametrize("emoji", ["x", ":yes:", "<:yes:1>", "<:yes:123456789012345678"])
def test_what_is_no_emoji_is_told(emoji: str) -> None:
    found = faults(written(f'[review]\nhold_emoji = "{emoji}"\n'))
    assert found["review.hold_emoji"].startswith("should be a sign like ✅, or a custom emoji")


@pytest.mark.parametrize("emoji", ["1️⃣", "<a:wait:123456789012345678>", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_signs_and_custom_emoji_are_taken(emoji: str) -> None:
    assert load_settings(written(f'[review]\nhold_emoji = "{emoji}"\n')).review.hold_emoji == emoji


def test_times_days_and_zones_are_kept_as_they_are_written_elsewhere() -> None:
    file = written(
        '[digest]\nat = "18:30, 7:05"\ndays = "Fri,monday"\ntimezone = "europe/berlin"\n'
    )
    digest = load_settings(file).digest
    assert (digest.at, digest.days, digest.timezone) == ("07:05, 18:30", "mon,fri", "Europe/Berlin")


def test_days_that_are_counted_need_a_day_to_count_from() -> None:
    file = written('[digest]\ndays = "every 3 days"\n')
    assert faults(file) == {
        "digest.days": (
            "“every 3 days” lacks a day to count from; write every 3 days from 2026-01-05"
        )
    }


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(Exception, match="frozen"):
        settings.log.level = "debug"
    with pytest.raises(Exception, match="frozen"):
        settings.log = settings.log


def test_a_state_folder_takes_the_ledger_along() -> None:
    settings = load_settings(written('[database]\nurl = "sqlite+aiosqlite:///elsewhere"\n'))
    moved = with_state(settings, Path("there"))
    assert moved.state.dir == Path("there")
    assert moved.database_url == "sqlite+aiosqlite:///there/gazette.sqlite3"


def test_the_token_comes_from_the_environment_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", f" {TOKEN}\n")
    monkeypatch.setenv("GAZETTE_DATABASE__URL", "sqlite+aiosqlite:///hush")
    settings = load_settings()
    assert token_of(settings) == TOKEN
    for shown in (
        repr(settings),
        str(settings),
        repr(settings.discord),
        settings.model_dump_json(),
    ):
        assert TOKEN not in shown
    assert "hush" not in repr(settings)


def test_the_token_comes_from_its_file_where_the_environment_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("token").write_text(f"{TOKEN}\n", encoding="utf-8")
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN_FILE", "token")
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", "")
    assert token_of(load_settings()) == TOKEN
    monkeypatch.delenv("GAZETTE_DISCORD__TOKEN_FILE")
    assert token_of(load_settings(written('[discord]\ntoken_file = "token"\n'))) == TOKEN
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", "another")
    assert token_of(load_settings(written('[discord]\ntoken_file = "token"\n'))) == "another"


def test_a_token_in_the_shared_file_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GAZETTE_DISCORD__TOKEN", "another")
    found = faults(written(f'[discord]\ntoken = "{TOKEN}"\n[log]\nlevel = "{TOKEN}"\n'))
    assert set(found) == {"discord.token", "log.level"}
    assert "set GAZETTE_DISCORD__TOKEN" in found["discord.token"]
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("name", ["GAZETTE_DISCORD__TOKEN__X", "GAZETTE_DISCORD__TOKN"])
def test_a_token_under_a_wrong_name_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, TOKEN)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert TOKEN not in f"{caught.value!r} {caught.value} {caught.value.__context__}"


def no_token(monkeypatch: pytest.MonkeyPatch, file: str | None) -> str:
    if file is not None:
        monkeypatch.setenv("GAZETTE_DISCORD__TOKEN_FILE", file)
    with pytest.raises(ConfigError) as caught:
        token_of(load_settings())
    (fault,) = caught.value.faults
    assert fault.key == "discord.token"
    return fault.message


def test_without_a_token_it_says_where_to_put_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert no_token(monkeypatch, None).startswith("set GAZETTE_DISCORD__TOKEN,")


def test_a_token_file_that_gives_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert no_token(monkeypatch, "nowhere").endswith("No such file or directory")
    assert no_token(monkeypatch, ".").endswith("Is a directory")
    Path("empty").write_text(" \n", encoding="utf-8")
    assert no_token(monkeypatch, "empty") == "empty is empty"
    Path("binary").write_bytes(b"\xff\xfe")
    assert no_token(monkeypatch, "binary").endswith("it is not text")


def test_a_token_put_where_its_file_belongs_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert TOKEN not in no_token(monkeypatch, TOKEN)
