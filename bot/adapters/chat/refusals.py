"""What an error says of a message, in words that whoever runs a server understands.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from datetime import timedelta
from json import JSONDecodeError
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.adapters.chat.pacing import Stopped
from bot.core.outbox import Ambiguous, Answer, Deferred, Dropped, Refused, Sent

if TYPE_CHECKING:
    from bot.core.outbox import Delivery

UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
THREAD_ARCHIVED = 50083
_THREAD_LOCKED = 160005
_CROSSPOSTED = 40033
_CLOSED_INBOX = 50007
_TAG_REQUIRED = 40067
_TOO_MANY_THREADS = 160006
_SLOW = {30046: "edits to older messages", 40003: "direct messages"}
_UNAUTHORIZED = 401
_TOO_MANY = 429
_SERVER_ERRORS = 500
WAIT_AFTER_429 = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(hours=1)  # then Discord is asked again, whatever it said
_WAIT_WHERE_SLOW = timedelta(minutes=10)  # Discord does not say how long
# no answer, or none that can be read; discord.py lets those of aiohttp and of JSON through
BROKEN = (
    discord.DiscordServerError,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,
    JSONDecodeError,
)
ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError)
# nothing more goes to a place that answers so
_WHOLE_CHANNEL = (_TAG_REQUIRED, _TOO_MANY_THREADS, _THREAD_LOCKED, THREAD_ARCHIVED)
# but where that is the thread of one edition, the forum is not to blame
_OF_A_THREAD = (UNKNOWN_CHANNEL, _THREAD_LOCKED, THREAD_ARCHIVED)
_WORDS = {
    UNKNOWN_CHANNEL: "it was deleted",
    50001: "the bot cannot see the channel; give it View Channel there",
    50013: (
        "a permission is missing there; give the bot View Channel, Send Messages and Embed Links, "
        "in a thread also Send Messages in Threads, in a forum Create Posts and "
        "Send Messages in Posts"
    ),
    50024: "only messages of an announcement channel can be published",
    THREAD_ARCHIVED: "the thread is closed; open it again",
    _THREAD_LOCKED: "moderators locked the thread; unlock it",
    _TAG_REQUIRED: (
        "every post of this forum needs a tag, and none that was chosen for these topics is left; "
        "choose tags that the forum has, or let it take posts without one"
    ),
    _TOO_MANY_THREADS: "the server has as many open threads as Discord allows; close some",
}


def answer_of(error: Exception, delivery: Delivery) -> Answer:
    """Return what an error says of a delivery: not taken, never to be taken, or unknown."""
    match error:
        case Stopped():
            return Deferred(wait=_wait_of(error), reason=str(error))
        case discord.RateLimited():
            return Deferred(wait=_wait_of(error), reason="rate limit")
        case discord.HTTPException() if error.status >= _SERVER_ERRORS:
            return Ambiguous(reason=brief(error))
        case discord.HTTPException() if error.status != _UNAUTHORIZED:
            return _refusal(error, delivery)
        case aiohttp.ClientError() | OSError():
            return Ambiguous(reason=brief(error))
        case _:
            raise error


def _wait_of(error: discord.RateLimited) -> timedelta:
    return timedelta(seconds=min(error.retry_after, _LONGEST_WAIT.total_seconds()))


def _refusal(error: discord.HTTPException, delivery: Delivery) -> Answer:
    if isinstance(error, discord.NotFound) and error.code == UNKNOWN_MESSAGE:
        return Sent(message_id=None)  # it was there, and somebody deleted it
    if error.code == _CROSSPOSTED:
        return Sent(message_id=delivery.message_id)
    if error.code in _SLOW:
        return Deferred(wait=_WAIT_WHERE_SLOW, reason=f"rate limit of {_SLOW[error.code]}")
    if error.code == _CLOSED_INBOX:
        return Dropped(reason=brief(error), inbox_closed=True)
    if error.status == _TOO_MANY:
        return Deferred(wait=WAIT_AFTER_429, reason="rate limit")
    whole = isinstance(error, discord.Forbidden | discord.NotFound) or error.code in _WHOLE_CHANNEL
    one_thread = delivery.thread_id is not None and error.code in _OF_A_THREAD
    return Refused(reason=brief(error), whole_channel=whole, only_thread=one_thread)


def answer_to_a_person(answer: Answer, *, asked: bool) -> Answer:
    """Return what an answer means for a direct message, which was `asked` for or not even that."""
    match answer:
        case Refused(reason=reason):
            return Refused(reason=reason)  # no channel is to blame
        case Ambiguous(reason=reason) if not asked:
            return Deferred(wait=WAIT_AFTER_429, reason=reason)
        case _:
            return answer


def brief(error: Exception) -> str:
    """Return an error in one line, with what to do about it where that is known."""
    if not isinstance(error, discord.HTTPException):
        return _line(f"{type(error).__name__}: {error}")
    words = _WORDS.get(error.code)
    return _line(f"{error.text}: {words}" if words else f"{type(error).__name__}: {error.text}")


def _line(text: str) -> str:
    return text.split("\n", 1)[0][:300]
