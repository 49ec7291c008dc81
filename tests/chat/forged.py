"""What no client of Discord sends, but somebody may: commands, presses and forms made by hand."""

from __future__ import annotations

from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, get_args, get_origin

import discord
from discord import app_commands
from simcord import interactions
from simcord.actors import _dispatch_actor_interaction as _dispatch
from simcord.backend.errors import SetupError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    import simcord

    from tests.chat.house import House

COMMAND, PRESS, AUTOCOMPLETE, FORM = 2, 3, 4, 5  # types of interactions
BUTTON, SELECT, TEXT_INPUT = 2, 3, 4  # types of components
_SUBCOMMAND, _SUBCOMMAND_GROUP = 1, 2  # types of options
_LONGEST = 8  # repeats of what may be repeated for ever

Command = app_commands.Command[Any, ..., Any]
Actor = Any  # a member of a server, or a user in direct messages


def commands_of(house: House) -> list[Command]:
    """Return every slash command that the bot has."""
    found = house.bot.tree.walk_commands()
    return [one for one in found if isinstance(one, app_commands.Command)]


def menus_of(house: House) -> list[app_commands.ContextMenu]:
    """Return every command in the menu of a message or a person."""
    found = house.bot.tree.walk_commands(type=discord.AppCommandType.message)
    people = house.bot.tree.walk_commands(type=discord.AppCommandType.user)
    return [*found, *people]


def ids_of(house: House, *, number: str) -> Iterator[tuple[int, str]]:
    """Yield ids of every button and select that the bot answers, with that number.

    Each kind has ids of its shortest form and its longest, and one for each word it may hold.
    """
    store: Any = house.bot._connection._view_store  # noqa: SLF001 (nothing else tells them)
    for pattern, item in store._dynamic_items.items():  # noqa: SLF001 (likewise)
        kind = _kind_of(item)
        if "(?!" in pattern.pattern:  # what answers for all that nobody knows
            yield from ((kind, custom_id) for custom_id in ("old", f"old:{number}", "x" * 100))
        else:
            yield from dict.fromkeys((kind, one) for one in samples(pattern, number=number))


def _kind_of(item: type[Any]) -> int:
    """Return whether an item is a button or a select, which its base says."""
    bases = [base for one in item.__mro__ for base in getattr(one, "__orig_bases__", ())]
    wrapped = [get_origin(arg) or arg for base in bases for arg in get_args(base)]
    return SELECT if discord.ui.Select in wrapped else BUTTON


def samples(pattern: re.Pattern[str], *, number: str) -> Iterator[str]:
    """Yield texts that the pattern matches."""
    parsed = parser.parse(pattern.pattern, pattern.flags)
    for turn in range(8):
        for longest in (False, True):
            text = "".join(_written(parsed, number=number, turn=turn, longest=longest))
            if pattern.fullmatch(text) and len(text) <= 100:
                yield text


def _written(parsed: Any, *, number: str, turn: int, longest: bool) -> Iterator[str]:  # noqa: ANN401 (of the regex parser)
    for kind, value in parsed:
        if kind in {kinds.MAX_REPEAT, kinds.MIN_REPEAT}:
            least, most, inner = value
            if _is_digit(inner):
                yield number.zfill(least)[: max(int(most), 1)]
            else:
                times = min(int(most), max(_LONGEST, least)) if longest else least
                for _ in range(times):
                    yield from _written(inner, number=number, turn=turn, longest=longest)
        elif kind is kinds.SUBPATTERN:
            yield from _written(value[-1], number=number, turn=turn, longest=longest)
        elif kind is kinds.BRANCH:
            branches = value[1]
            chosen = branches[turn % len(branches)]
            yield from _written(chosen, number=number, turn=turn, longest=longest)
        elif kind is kinds.LITERAL:
            yield chr(value)
        elif kind is kinds.ANY:
            yield "x"
        elif kind is kinds.IN:
            first = value[turn % len(value)]
            yield "1" if first[0] is kinds.CATEGORY else chr(_first(first[1]))


def _first(literal: Any) -> int:  # noqa: ANN401 (likewise)
    code: int = literal[0] if isinstance(literal, tuple) else literal
    return code


def _is_digit(inner: Any) -> bool:  # noqa: ANN401 (likewise)
    if len(inner) != 1 or inner[0][0] is not kinds.IN:
        return False
    (only, *others) = inner[0][1]
    digits = {(kinds.CATEGORY, kinds.CATEGORY_DIGIT), (kinds.RANGE, (ord("0"), ord("9")))}
    return not others and (only[0], only[1]) in digits


async def ask(
    house: House,
    actor: Actor,
    command: Command,
    options: Mapping[str, Any],
    *,
    channel: simcord.ChannelHandle,
    focused: str | None = None,
) -> simcord.InteractionResult:
    """Send a command, or ask what to complete an option with, past all that Discord checks."""
    resolved: dict[str, Any] = {}
    given: list[dict[str, Any]] = []
    for parameter in command.parameters:
        if parameter.display_name in options:
            value = options[parameter.display_name]
            if hasattr(value, "id"):
                _resolve(house, actor, value, resolved, channel=channel)
                value = str(value.id)
            option = {"name": parameter.display_name, "type": parameter.type.value, "value": value}
            given.append(option | ({"focused": True} if parameter.name == focused else {}))
    path = command.qualified_name.split()
    for depth, name in enumerate(reversed(path[1:])):
        kind = _SUBCOMMAND if depth == 0 else _SUBCOMMAND_GROUP
        given = [{"name": name, "type": kind, "options": given}]
    data = {"id": "1", "name": path[0], "type": 1, "options": given, "resolved": resolved}
    return await send(actor, AUTOCOMPLETE if focused else COMMAND, channel, data)


async def choose(
    actor: Actor,
    menu: app_commands.ContextMenu,
    target: discord.Message,
    payload: Mapping[str, Any],
    *,
    channel: simcord.ChannelHandle,
) -> simcord.InteractionResult:
    """Choose a command from the menu of a message."""
    data = {
        "id": "1",
        "name": menu.name,
        "type": menu.type.value,
        "target_id": str(target.id),
        "resolved": {"messages": {str(target.id): dict(payload)}},
    }
    return await send(actor, COMMAND, channel, data)


async def press(
    actor: Actor,
    custom_id: str,
    *,
    kind: int,
    below: Mapping[str, Any],
    channel: simcord.ChannelHandle,
) -> simcord.InteractionResult:
    """Press a button or use a select that is not there, below a message of the bot."""
    data: dict[str, Any] = {"custom_id": custom_id, "component_type": kind}
    item: dict[str, Any] = {"type": kind, "custom_id": custom_id, "style": 2, "label": "?"}
    if kind == SELECT:
        data["values"] = ["1"]
        item["options"] = [{"label": "?", "value": "1"}]
    # discord.py answers to nothing that is not below the message
    forged = dict(below) | {"components": [{"type": 1, "components": [item]}]}
    return await send(actor, PRESS, channel, data, message=forged)


async def submit(
    actor: Actor, custom_id: str, *, channel: simcord.ChannelHandle, text: str = "forged"
) -> simcord.InteractionResult:
    """Submit a form that was never shown."""
    field = {"type": 4, "custom_id": "text", "value": text}
    rows = [{"type": 1, "components": [field]}]
    return await send(actor, FORM, channel, {"custom_id": custom_id, "components": rows})


def filled(shown: simcord.InteractionResult) -> dict[str, str]:
    """Return something for every field of a form."""
    found: dict[str, str] = {}
    left: list[Any] = [shown.modal]
    while left:
        one = left.pop()
        left += [*one.get("components", ()), *([one["component"]] if "component" in one else ())]
        if one.get("type") == TEXT_INPUT:
            found[one["custom_id"]] = "Other words"
    return found


async def send(
    actor: Actor,
    kind: int,
    channel: simcord.ChannelHandle,
    data: dict[str, Any],
    *,
    message: Mapping[str, Any] | None = None,
) -> simcord.InteractionResult:
    """Send an interaction as it is."""
    extra = {"message": dict(message)} if message else None
    source = int(message["id"]) if message else None
    result: simcord.InteractionResult = await _dispatch(
        actor, kind, channel, data, extra=extra, source_message_id=source
    )
    return result


def _resolve(
    house: House,
    actor: Actor,
    value: Any,  # noqa: ANN401 (a handle of simcord)
    resolved: dict[str, Any],
    *,
    channel: simcord.ChannelHandle,
) -> None:
    try:
        interactions.resolve_handle(actor, value, resolved, channel_id=channel.id)
    except SetupError:  # as in direct messages, where there is no such thing
        resolved.setdefault("unknown", {})[str(value.id)] = {"house": house.guild.id}
