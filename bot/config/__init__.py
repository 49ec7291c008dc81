"""Settings: a TOML file and the environment, frozen; every fault is told at once, with its key."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.config import checks

DEFAULT_FILE = Path("config.toml")
_PREFIX = "GAZETTE_"
_NESTED = "__"
_NO_SETTING = "is not a setting; see config.example.toml for those there are"


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


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DiscordSettings(_Section):
    """How Discord is reached."""

    api_base: Annotated[str, AfterValidator(checks.address)] = "https://discord.com/api/v10"
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    command_sync: Literal["global", "guild", "off"] = "global"
    requests_per_second: int = Field(default=40, ge=1, le=50)


class ContentSettings(_Section):
    """Where articles come from."""

    path: Path = Path("content")
    watch: bool = True
    max_bytes: int = Field(default=1 << 20, ge=1 << 10, le=1 << 26)


class StateSettings(_Section):
    """Where what must be kept is kept."""

    dir: Path = Path("state")


class DatabaseSettings(_Section):
    """Where the ledger is."""

    # an address can hold a password
    url: Annotated[str, AfterValidator(checks.database)] = Field(default="", repr=False)


class DigestSettings(_Section):
    """What `/digest add` takes where nothing is said."""

    timezone: Annotated[str, AfterValidator(checks.zone)] = "UTC"
    at: Annotated[str, AfterValidator(checks.times)] = "09:00"
    days: Annotated[str, AfterValidator(checks.days)] = "daily"
    limit: int = Field(default=5, ge=1, le=25)
    max_age_days: int = Field(default=0, ge=0, le=3650)
    story_days: int = Field(default=7, ge=0, le=365)
    retract: Literal["mark", "delete", "keep"] = "mark"
    catch_up: Literal["latest", "all", "skip"] = "latest"
    catch_up_hours: int = Field(default=72, ge=0, le=8760)


def _plain(emoji: str) -> str:
    return emoji.replace("\ufe0f", "")  # the mark that asks for the coloured form


_Emoji = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(checks.emoji)]


class ReviewSettings(_Section):
    """How proposals are reviewed."""

    lead_hours: float = Field(default=12, ge=0, le=168)
    approvals: int = Field(default=1, ge=1, le=20)
    approve_emoji: _Emoji = "✅"
    reject_emoji: _Emoji = "❌"
    hold_emoji: _Emoji = "🕒"
    change_emoji: _Emoji = "✏️"
    other_emoji: _Emoji = "🔁"
    buttons: bool = True
    veto: Literal["one", "majority"] = "one"
    own_drafts: bool = False
    on_undecided: Literal["post", "wait", "skip"] = "post"
    remind_hours: float = Field(default=6, ge=0, le=720)
    expire_hours: float = Field(default=48, ge=0, le=8760)
    undo_minutes: int = Field(default=30, ge=0, le=10080)
    keep_days: int = Field(default=180, ge=1, le=3650)
    suggestions: bool = True

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        names = [name for name in type(self).model_fields if name.endswith("_emoji")]
        for one, other in combinations(names, 2):
            if _plain(getattr(self, one)) == _plain(getattr(self, other)):
                raise ValueError(f"{one} and {other} should differ")
        return self


class LogSettings(_Section):
    """What is logged to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """Everything an operator can set; the environment goes before the file."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter=_NESTED,
        enable_decoding=False,  # no section is given as JSON
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
    faults = [*_token_in(values), *_unknown_variables()]
    settings = None
    try:
        settings = Settings(**values)
    except ValidationError as error:
        faults += _faults(error)
    if settings is None or faults:
        raise ConfigError(tuple(faults))
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
        # without the name: a token put there by mistake would be shown
        message = f"the file that discord.token_file names cannot be read: {reason}"
        raise ConfigError((_missing(message),)) from None
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
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            (ConfigFault(key=str(file), message=f"cannot be read: {reason}"),)
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((ConfigFault(key=str(file), message=f"is not TOML: {error}"),)) from None


def _token_in(values: dict[str, Any]) -> list[ConfigFault]:
    """Take a token out of what the file says, and tell that it does not belong there."""
    discord = values.get("discord")
    if not isinstance(discord, dict) or "token" not in discord:
        return []
    del discord["token"]
    message = "does not belong in a file that is shared; set GAZETTE_DISCORD__TOKEN instead"
    return [ConfigFault(key="discord.token", message=message)]


def _unknown_variables() -> list[ConfigFault]:
    """Tell of variables like GAZETTE_DISCROD__TOKEN, which name no section."""
    found = []
    for name in sorted(os.environ):
        section, nested, _ = name.lower().removeprefix(_PREFIX.lower()).partition(_NESTED)
        ours = name.upper().startswith(_PREFIX) and nested
        if ours and section not in Settings.model_fields:
            found.append(ConfigFault(key=name, message=_NO_SETTING))
    return found


def _faults(error: ValidationError) -> tuple[ConfigFault, ...]:
    faults = []
    for item in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = _NO_SETTING
        elif item["type"] == "model_type":
            message = "is a section, which holds settings; see config.example.toml"
        variable = _PREFIX + key.upper().replace(".", _NESTED)
        origin = f" (from {variable})" if variable in os.environ else ""
        faults.append(ConfigFault(key=key, message=message + origin))
    return tuple(faults)
