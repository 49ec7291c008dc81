"""The outbox: what a delivery's state is, and what an answer of Discord's makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.card import Post

LEASE = timedelta(seconds=120)  # longer than any request and its wait
SAME_NONCE_FOR = timedelta(seconds=60)  # Discord remembers a nonce for "the past few minutes"
SETTLES_AFTER = timedelta(seconds=60)  # until then a channel may show late what it has taken
REQUEST_TIMEOUT = timedelta(seconds=20)
_WAITS = (5, 15, 60, 300, 900, 3600)  # seconds before the next try
_NONCE_LENGTH = 25  # https://discord.com/developers/docs/resources/message#create-message


class Action(Enum):
    """What a delivery does to its channel."""

    POST = "post"
    EDIT = "edit"
    DELETE = "delete"
    CROSSPOST = "crosspost"  # hands a message of an announcement channel on to those who follow it


class DeliveryState(Enum):
    """Where a delivery stands; only PENDING and SENDING are touched again by themselves.

    SUPERSEDED is an edit in whose place a newer one of the same message came, DROPPED what its
    person is not to get any more or what moderators gave up, HELD what a channel refused that
    is set aside: it goes out once the channel takes messages again. UNKNOWN waits for a moderator.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on its way, or what is to be done to one that stands.

    With a user it goes to that person alone, who must be able to see the channel where it shows
    cards. `thread_id` is the thread of the forum in which it goes or stands. A `silent` one makes
    no sound.
    """

    id: int
    key: str
    channel_id: int
    post: Post
    nonce: str
    state: DeliveryState
    attempts: int
    first_attempt_at: datetime | None
    message_id: int | None
    action: Action
    edition_id: int | None
    review_id: int | None
    user_id: int | None = None
    thread_id: int | None = None
    silent: bool = False

    @property
    def place_id(self) -> int:
        """The channel or thread its message is sent to or stands in."""
        return self.thread_id or self.channel_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A post of an edition of which nobody can say whether it stands; titles as cards show them."""

    delivery_id: int
    guild_id: int
    channel_id: int
    digest_name: str
    due_at: datetime
    titles: tuple[str, ...]
    since: datetime
    reason: str
    created_by: int = 0  # who set its digest up


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A message of the bot's that stands in a channel, and the addresses its cards lead to.

    `titles` are of the cards that lead nowhere, as they were sent.
    """

    message_id: int
    thread_id: int | None
    at: datetime
    urls: tuple[str, ...]
    titles: tuple[str, ...] = ()


class Settling(Enum):
    """What a moderator says of a post in doubt."""

    THERE = "there"
    POST = "post"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDraft:
    """A delivery about to be recorded; `key` is unique for ever.

    What edits or deletes a message names it. `part` is its place within its edition, in which
    posts go out one after the other.
    """

    key: str
    channel_id: int
    post: Post
    edition_id: int | None = None
    review_id: int | None = None
    action: Action = Action.POST
    message_id: int | None = None
    user_id: int | None = None
    thread_id: int | None = None
    part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Discord has the message; without an id it had it and somebody deleted it since."""

    message_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Discord said no and will say no again, to this message or to all in that channel.

    With `only_thread` it is the thread of one edition that is closed, not its forum.
    """

    reason: str
    whole_channel: bool = False
    only_thread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """Discord has not taken it and asks to come back later."""

    wait: timedelta
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Nobody can say whether Discord has it: a timeout, a broken connection, a server error."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """It is not for that person any more, or their inbox is closed to the bot."""

    reason: str
    inbox_closed: bool = False


class Sighting(Enum):
    """What the channel's history says of a message that may have been sent."""

    ABSENT = "absent"
    UNREADABLE = "unreadable"


Answer = Sent | Refused | Deferred | Ambiguous | Dropped


class Step(Enum):
    """What to do with a delivery that was just claimed."""

    SEND = "send"
    LOOK = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is written into the delivery's row after an answer."""

    state: DeliveryState
    message_id: int | None = None
    begun_at: datetime | None = None
    next_attempt_at: datetime | None = None
    reason: str = ""
    stops_channel: bool = False


def nonce_for(*, installation: str, channel_id: int, key: str) -> str:
    """Return the nonce: stable, at most 25 characters, another one in every channel.

    Discord compares nonces by author, not by channel, so the channel is part of it.
    """
    digest = sha256(f"{installation}:{channel_id}:{key}".encode()).hexdigest()
    return digest[:_NONCE_LENGTH]


def first_step(delivery: Delivery, *, now: datetime, measured: timedelta | None) -> Step:
    """Tell whether a claimed delivery may be sent, or must first be looked for in the channel.

    One that was begun before may stand there; while Discord remembers the nonce, sending it again
    is harmless, later it is not, and no nonce is known of what opens a thread. Clocks are put
    right, so its age must also be `measured` by whoever began it. Whatever is done to a message
    that stands may be done twice.
    """
    begun = delivery.first_attempt_at
    if delivery.action is not Action.POST or begun is None:
        return Step.SEND
    if delivery.post.opening is not None or measured is None:
        return Step.LOOK
    return Step.SEND if max(now - begun, measured) < SAME_NONCE_FOR else Step.LOOK


def entry_for(answer: Answer, delivery: Delivery, *, now: datetime) -> Entry:
    """Return what an answer makes of a claimed delivery, which knows when it was first begun."""
    begun = delivery.first_attempt_at
    match answer:
        case Sent(message_id=message_id):
            return Entry(state=DeliveryState.SENT, message_id=message_id, begun_at=begun or now)
        case Refused():
            return _refused(answer, delivery, now=now)
        case Dropped(reason=reason, inbox_closed=closed):
            return Entry(
                state=DeliveryState.DROPPED, begun_at=begun, reason=reason, stops_channel=closed
            )
        case Deferred(wait=wait, reason=reason):
            # definitely not taken this time; an earlier doubt stays
            return Entry(
                state=DeliveryState.PENDING,
                begun_at=begun,
                next_attempt_at=now + wait,
                reason=reason,
            )
        case Ambiguous(reason=reason):
            return _doubtful(reason, delivery, now=now)
        case _:
            assert_never(answer)


def _refused(answer: Refused, delivery: Delivery, *, now: datetime) -> Entry:
    begun = delivery.first_attempt_at
    if delivery.action is not Action.POST:
        return Entry(
            state=DeliveryState.FAILED,
            begun_at=begun or now,
            reason=f"{delivery.action.value} refused: {answer.reason}",
        )
    if answer.whole_channel and not answer.only_thread and delivery.user_id is None:
        # it is not there, unless an earlier attempt that is in doubt has come there
        return Entry(
            state=DeliveryState.HELD, begun_at=begun, reason=answer.reason, stops_channel=True
        )
    if begun is not None:
        # this attempt was refused, but an earlier one may stand there
        return _doubtful(answer.reason, delivery, now=now)
    return Entry(
        state=DeliveryState.FAILED,
        begun_at=now,
        reason=answer.reason,
        stops_channel=answer.whole_channel,
    )


def _doubtful(reason: str, delivery: Delivery, *, now: datetime) -> Entry:
    """Let whoever claims a post next settle what became of it; all else is simply done again."""
    posts = delivery.action is Action.POST
    begun = delivery.first_attempt_at or now
    again = now + wait_before(delivery.attempts)
    if posts and delivery.post.opening is not None:
        again = max(again, begun + SETTLES_AFTER)
    return Entry(
        state=DeliveryState.SENDING if posts else DeliveryState.PENDING,
        begun_at=begun,
        next_attempt_at=again,
        reason=reason,
    )


def wait_before(attempts: int) -> timedelta:
    """Return how long to wait after that many attempts; the waits never shrink."""
    return timedelta(seconds=_WAITS[min(max(attempts, 1), len(_WAITS)) - 1])
