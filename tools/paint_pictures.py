"""Paints the sample content's pictures, so that the repository needs nobody else's.

Every picture follows from a slug, a provider's icon from its domain: the same on every machine.
"""

from __future__ import annotations

import colorsys
import math
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Colour = tuple[int, int, int]
    Point = tuple[float, float]

CONTENT = Path(__file__).parent.parent / "content"
WIDTH, HEIGHT = 800, 420
ICON = 64
FINER = 2  # pictures are painted this much larger, then scaled down: smooth edges
FINER_ICON = 8
COLOURS = 48
TURN = math.tau


class Palette(NamedTuple):
    """The colours of a picture, from its ground to its brightest mark."""

    ground: Colour
    deep: Colour
    middle: Colour
    light: Colour
    accent: Colour
    paper: Colour


def colours(*codes: str) -> Palette:
    """Return the palette that these hexadecimal codes make."""
    values = [int(code, 16) for code in codes]
    return Palette(*((value >> 16, value >> 8 & 255, value & 255) for value in values))


PALETTES = {
    "AI": (
        colours("14213d", "1f3461", "35599c", "7fb2ff", "ffb454", "f4f1ea"),
        colours("f1eee6", "d9dff0", "8ea4dd", "3d5bb8", "f2643d", "1b2547"),
        colours("221a40", "35296a", "5a46a8", "b39bff", "5ff0c3", "f6f2ff"),
        colours("0d3035", "145059", "22808a", "8adbd0", "ffd166", "f2fbf8"),
    ),
    "Climate": (
        colours("fbe3c0", "2c5e5b", "4f8f7f", "a3c9a0", "f2784b", "fff6e4"),
        colours("cfe8ef", "11496b", "26789c", "79b9c9", "ffc145", "ffffff"),
        colours("f7cfc0", "4a3560", "84577f", "c98a93", "ffe08a", "fff3ea"),
        colours("dcefd9", "1d4a3a", "3c7d54", "8ebf77", "f6a83c", "fbfff3"),
    ),
    "Space": (
        colours("10122b", "1d2050", "3c3a8c", "8c7ae6", "ff8e72", "fdf3e1"),
        colours("0b1d2e", "12344d", "1f6480", "63c5c8", "ffcf56", "eef8f7"),
        colours("1c0f2e", "36184f", "713082", "d76ba6", "ffd27d", "fff0f5"),
        colours("15171c", "262b36", "4a5468", "9fb1c9", "f0554a", "f5f5ef"),
    ),
    "Health": (
        colours("fdf0ea", "f9d3c7", "f29c8b", "dd5b57", "2a6f77", "ffffff"),
        colours("e6f4f1", "bfe3da", "6dbfae", "17826f", "f2745f", "ffffff"),
        colours("eef0fb", "cfd5f4", "8c97dc", "4a52a8", "f2a03d", "ffffff"),
        colours("4c1d3b", "6d2b50", "a8456d", "ee8fa0", "ffd9a0", "fff4ee"),
    ),
    "Cities": (
        colours("f9d9a8", "f3a56c", "c8586a", "7a3b69", "fff1c9", "2f2148"),
        colours("c9e4ea", "8fc1d1", "4b8aa8", "2a5579", "fff3d1", "142a45"),
        colours("1d2544", "2c3a68", "435798", "6f86c9", "ffce6b", "0f142b"),
        colours("e9e4da", "c9c3b4", "7fa08f", "40705f", "f7864f", "1f3b34"),
    ),
    "Culture": (
        colours("f6eee0", "e8b64c", "d9572b", "2f5d62", "1f2a44", "f9c9b6"),
        colours("f3e4e1", "f09d9d", "8a3d5c", "3c6e91", "f4c24d", "2b2640"),
        colours("e8ecdf", "9bb27a", "35605a", "e2733f", "f5c95f", "23303a"),
        colours("2a2440", "e4526b", "f3a24b", "4fa3a5", "f6e3c5", "7455a6"),
    ),
}


class Dice:
    """Chance that is none: a stream of numbers that a text decides."""

    def __init__(self, seed: str) -> None:
        self._numbers = self._stream(seed)

    @staticmethod
    def _stream(seed: str) -> Iterator[float]:
        count = 0
        while True:
            digest = blake2b(f"{seed}/{count}".encode()).digest()
            for at in range(0, len(digest), 4):
                yield int.from_bytes(digest[at : at + 4]) / 2**32
            count += 1

    def between(self, low: float, high: float) -> float:
        """Return a number of that range."""
        return low + (high - low) * next(self._numbers)

    def whole(self, low: int, high: int) -> int:
        """Return a whole number of that range, both ends included."""
        return min(int(self.between(low, high + 1)), high)

    def chance(self, share: float) -> bool:
        """Return true in that share of all cases."""
        return next(self._numbers) < share

    def one[T](self, choices: Sequence[T]) -> T:
        """Return one of them."""
        return choices[self.whole(0, len(choices) - 1)]
