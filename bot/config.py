"""Settings: a TOML file and the environment, frozen; every fault is told at once, with its key."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.core import slots

DEFAULT_FILE = Path("config.toml")
_PREFIX = "GAZETTE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFault:
    """One thing wrong with the configuration."""

    key: str
    message: str


class ConfigError(Exception):
    """The configuration cannot be used; holds every fault."""

    def __init__(self, faults: tuple[ConfigFault, ...]) -> None:
        super().__init__("\n".join(f"{fault.key}: {fault.message}" for fault in faults))
        self.faults = faults


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("should start with http:// or https://")
    return text.rstrip("/")


def _zone(text: str) -> str:
    return slots.parse_zone(text)


def _times(text: str) -> str:
    return slots.show_times(slots.parse_times(text))


def _days(text: str) -> str:
    return slots.show_days(slots.parse_days(text))


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DiscordSettings(_Section):
    """How Discord is reached."""

    api_base: Annotated[str, AfterValidator(_address)] = "https://discord.com/api/v10"
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    command_sync: Literal["global", "guild", "off"] = "global"


class ContentSettings(_Section):
    """Where articles come from."""

    path: Path = Path("content")
    watch: bool = True


class StateSettings(_Section):
    """Where what must be kept is kept."""

    dir: Path = Path("state")


class DatabaseSettings(_Section):
    """Where the ledger is."""

    url: str = ""


class DigestSettings(_Section):
    """What `/digest add` takes where nothing is said."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    at: Annotated[str, AfterValidator(_times)] = "09:00"
    days: Annotated[str, AfterValidator(_days)] = "daily"
    limit: int = Field(default=5, ge=1, le=25)
    max_age_days: int = Field(default=0, ge=0, le=3650)
    story_days: int = Field(default=7, ge=0, le=365)


class ReviewSettings(_Section):
    """How proposals are reviewed."""

    lead_hours: float = Field(default=12, ge=0, le=168)
    approvals: int = Field(default=1, ge=1, le=20)
    approve_emoji: str = Field(default="✅", min_length=1, max_length=64)
    reject_emoji: str = Field(default="❌", min_length=1, max_length=64)


class LogSettings(_Section):
    """What is logged to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """Everything an operator can set; the environment goes before the file."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    discord: DiscordSettings = DiscordSettings()
    content: ContentSettings = ContentSettings()
    state: StateSettings = StateSettings()
    database: DatabaseSettings = DatabaseSettings()
    digest: DigestSettings = DigestSettings()
    review: ReviewSettings = ReviewSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (the base class names it)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (likewise)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (likewise)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment go before what the file says."""
        return (env_settings, init_settings)

    @property
    def database_url(self) -> str:
        """The ledger's SQLAlchemy address: a file under `state.dir` where none is set."""
        return self.database.url or f"sqlite+aiosqlite:///{self.state.dir / 'gazette.sqlite3'}"


def load_settings(file: Path | None = None, *, content: Path | None = None) -> Settings:
    """Return the settings of a file, or of ./config.toml where there is one, and the environment.

    `content` goes before both. Raises ConfigError with every fault.
    """
    values = _file_values(file)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigError(_faults(error)) from None
    if content is None:
        return settings
    return settings.model_copy(update={"content": _with(settings.content, path=content)})


def with_state(settings: Settings, folder: Path) -> Settings:
    """Return the settings with everything kept in that folder, the ledger too."""
    changes = {"state": _with(settings.state, dir=folder), "database": DatabaseSettings()}
    return settings.model_copy(update=changes)


def token_of(settings: Settings) -> str:
    """Return the bot's token from the environment or the token file; raise ConfigError without."""
    token = settings.discord.token.get_secret_value().strip()
    if token:
        return token
    file = settings.discord.token_file
    if file is None:
        raise ConfigError((_missing("set GAZETTE_DISCORD__TOKEN, or GAZETTE_DISCORD__TOKEN_FILE"),))
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ConfigError((_missing(f"{file} cannot be read: {reason}"),)) from None
    if not token:
        raise ConfigError((_missing(f"{file} is empty"),))
    return token


def _missing(message: str) -> ConfigFault:
    return ConfigFault(key="discord.token", message=message)


def _with(section: _Section, **changes: Any) -> _Section:  # noqa: ANN401 (any field's value)
    return section.model_copy(update=changes)


def _file_values(file: Path | None) -> dict[str, Any]:
    if file is None:
        if not DEFAULT_FILE.is_file():
            return {}
        file = DEFAULT_FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            (ConfigFault(key=str(file), message=f"cannot be read: {reason}"),)
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((ConfigFault(key=str(file), message=f"is not TOML: {error}"),)) from None
    discord = values.get("discord")
    if isinstance(discord, dict) and "token" in discord:
        message = "does not belong in a file that is shared; set GAZETTE_DISCORD__TOKEN instead"
        raise ConfigError((ConfigFault(key="discord.token", message=message),))
    return values


def _faults(error: ValidationError) -> tuple[ConfigFault, ...]:
    faults = []
    for item in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "is not a setting; see config.example.toml for those there are"
        variable = _PREFIX + key.upper().replace(".", "__")
        origin = f" (from {variable})" if variable in os.environ else ""
        faults.append(ConfigFault(key=key, message=message + origin))
    return tuple(faults)
