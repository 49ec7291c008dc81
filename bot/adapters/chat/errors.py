"""What somebody is told whose command, button or form could not be done."""

from __future__ import annotations

from discord import app_commands

from bot.adapters.chat.choices import Refusal

# as people know them from the server's settings
_PERMISSION_NAMES = {"manage_guild": "Manage Server", "manage_messages": "Manage Messages"}
_NOT_OFFERED = (
    "One of the options holds nothing that I can use; please choose from what is offered."
)
_CHANGED = "My commands have changed; please reload Discord, and try again."
_NOT_ALLOWED = "You may not do that here."


def told(error: Exception) -> str | None:
    """Return what to say of an expected error; None where it is a fault of the program."""
    text: str | None
    match error:
        case Refusal():
            text = str(error)
        case app_commands.CommandInvokeError():
            text = told(error.original)
        case app_commands.MissingPermissions():
            needed = " and ".join(_PERMISSION_NAMES[name] for name in error.missing_permissions)
            text = f"You need the permission **{needed}** for that."
        case app_commands.NoPrivateMessage():
            text = "That works in a server only."
        case app_commands.TransformerError():
            cause = error.__cause__
            text = str(cause) if isinstance(cause, Refusal) else _NOT_OFFERED
        case app_commands.CommandSignatureMismatch() | app_commands.CommandNotFound():
            text = _CHANGED
        case app_commands.CheckFailure():
            text = _NOT_ALLOWED
        case _:
            text = None
    return text
