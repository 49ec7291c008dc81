"""Paints the sample content's pictures, so that the repository needs nobody else's.

A picture follows from an article's slug and topic, an icon from the place of a provider's domain
among all: chance has no part in it. `python tools/paint_pictures.py` paints those that are missing;
remove one to have it painted anew.
"""

from __future__ import annotations

import math
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import yaml
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Colour = tuple[int, int, int]
    Point = tuple[float, float]

T = TypeVar("T")
CONTENT = Path(__file__).parent.parent / "content"
WIDTH, HEIGHT = 800, 420
ICON = 64
FINER = 2  # pictures are painted this much larger, then scaled down: smooth edges
FINER_ICON = 8
COLOURS = 48
TURN = math.tau
MIX = 8608  # of many tried, the one whose pictures look least alike


class Palette(NamedTuple):
    """The colours of a picture: its ground, three steps away from it, and two marks."""

    ground: Colour
    near: Colour
    middle: Colour
    far: Colour
    accent: Colour
    paper: Colour


def colour(code: str) -> Colour:
    """Return the colour behind a hexadecimal code."""
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


def palette(codes: str) -> Palette:
    """Return the palette that six hexadecimal codes make."""
    return Palette(*map(colour, codes.split()))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between the two; the share is the other's."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


PALETTES = {
    "AI": (
        palette("14213d 1f3461 35599c 7fb2ff ffb454 f4f1ea"),
        palette("f1eee6 dbe0ee 93a8df 3d5bb8 f2643d 1b2547"),
        palette("221a40 35296a 5f4bb0 b39bff 5ff0c3 f6f2ff"),
        palette("0d3035 145059 25858f 8adbd0 ffd166 f2fbf8"),
    ),
    "Climate": (
        palette("fbe3c0 a3c9a0 4f8f7f 24504f f2784b fff6e4"),
        palette("cfe8ef 79b9c9 26789c 103f5f ffc145 ffffff"),
        palette("f7cfc0 c98a93 84577f 41305a ffe08a fff3ea"),
        palette("dcefd9 8ebf77 3c7d54 1a4435 f6a83c fbfff3"),
    ),
    "Space": (
        palette("10122b 1d2050 3c3a8c 8c7ae6 ff8e72 fdf3e1"),
        palette("0b1d2e 12344d 1f6480 63c5c8 ffcf56 eef8f7"),
        palette("1c0f2e 36184f 713082 d76ba6 ffd27d fff0f5"),
        palette("15171c 262b36 4a5468 9fb1c9 f0554a f5f5ef"),
    ),
    "Health": (
        palette("fdf0ea f9d3c7 f29c8b d6504e 2a6f77 ffffff"),
        palette("e6f4f1 bfe3da 6dbfae 17826f f2745f ffffff"),
        palette("eef0fb cfd5f4 8c97dc 4a52a8 f2a03d ffffff"),
        palette("4c1d3b 6d2b50 a8456d ee8fa0 ffd9a0 fff4ee"),
    ),
    "Cities": (
        palette("f9d9a8 f3a56c c8586a 5b2d5f fff1c9 2f2148"),
        palette("c9e4ea 8fc1d1 4b8aa8 2a5579 ffe3a0 142a45"),
        palette("2b3768 40508c 27336b 161e45 ffce6b 0c1128"),
        palette("e9e4da c3cbb9 7fa08f 40705f f7864f 1f3b34"),
    ),
    "Culture": (
        palette("f6eee0 e8b64c d9572b 2f5d62 1f2a44 f9c9b6"),
        palette("f3e4e1 f09d9d 8a3d5c 3c6e91 f4c24d 2b2640"),
        palette("e8ecdf 9bb27a 35605a e2733f f5c95f 23303a"),
        palette("2a2440 e4526b f3a24b 4fa3a5 f6e3c5 7455a6"),
    ),
}
ICON_GROUNDS = (
    *palette("1f6f78 b5453c 3d4fa1 2f7d4f 8a4b8f c9792b"),
    *palette("2b3a4f a83a64 55752c 15617f 7a5238 5a4fb0"),
)


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
        """Tell true in that share of all cases."""
        return next(self._numbers) < share

    def one(self, choices: Sequence[T]) -> T:
        """Return one of them."""
        return choices[self.whole(0, len(choices) - 1)]


class Canvas:
    """A sheet to paint on, in the sizes that it will have in the end."""

    def __init__(self, width: int, height: int, ground: Colour, *, finer: int = FINER) -> None:
        self._size = (width, height)
        self._finer = finer
        self._sheet = Image.new("RGB", (width * finer, height * finer), ground)

    def polygon(self, points: Iterable[Point], fill: Colour, *, alpha: float = 1) -> None:
        """Fill the area within these corners."""
        corners = [(x * self._finer, y * self._finer) for x, y in points]
        self._paint(lambda draw, ink: draw.polygon(corners, fill=ink), fill, alpha)

    def disc(self, centre: Point, radius: float, fill: Colour, *, alpha: float = 1) -> None:
        """Fill a circle."""
        box = self._box(centre, radius, radius)
        self._paint(lambda draw, ink: draw.ellipse(box, fill=ink), fill, alpha)

    def ring(
        self, centre: Point, radius: float, ink: Colour, *, width: float = 2, alpha: float = 1
    ) -> None:
        """Draw a circle's line."""
        box, line = self._box(centre, radius, radius), round(width * self._finer)
        self._paint(lambda draw, tone: draw.ellipse(box, outline=tone, width=line), ink, alpha)

    def box(
        self, corner: Point, size: Point, fill: Colour, *, radius: float = 0, alpha: float = 1
    ) -> None:
        """Fill a rectangle, with round corners if wished."""
        left, top = (value * self._finer for value in corner)
        wide, high = (value * self._finer for value in size)
        place = (left, top, left + wide - 1, top + high - 1)
        curve = radius * self._finer
        self._paint(lambda draw, ink: draw.rounded_rectangle(place, curve, fill=ink), fill, alpha)

    def line(
        self, points: Sequence[Point], ink: Colour, *, width: float = 2, alpha: float = 1
    ) -> None:
        """Draw a line with round joints and ends."""
        dots = [(x * self._finer, y * self._finer) for x, y in points]
        thick = width * self._finer

        def stroke(draw: ImageDraw.ImageDraw, tone: Colour | int) -> None:
            draw.line(dots, fill=tone, width=round(thick), joint="curve")
            for x, y in (dots[0], dots[-1]):
                half = thick / 2 - 0.5
                draw.ellipse((x - half, y - half, x + half, y + half), fill=tone)

        self._paint(stroke, ink, alpha)

    def within(self, centre: Point, radius: float, paint: Callable[[Canvas], None]) -> None:
        """Let something be painted on what lies within a circle alone."""
        inner = Canvas(*self._size, (0, 0, 0), finer=self._finer)
        inner._sheet = self._sheet.copy()
        paint(inner)
        mask = Image.new("L", self._sheet.size)
        ImageDraw.Draw(mask).ellipse(self._box(centre, radius, radius), fill=255)
        self._sheet.paste(inner._sheet, mask=mask)

    def finished(self) -> Image.Image:
        """Return the picture in its final size and few colours."""
        small = self._sheet.resize(self._size, Image.Resampling.BOX)
        return small.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)

    def finished_cut_out(self, radius: float) -> Image.Image:
        """Return the picture in its final size with round, see-through corners."""
        mask = Image.new("L", self._sheet.size)
        wide, high = self._sheet.size
        ImageDraw.Draw(mask).rounded_rectangle(
            (0, 0, wide - 1, high - 1), radius * self._finer, fill=255
        )
        sheet = self._sheet.convert("RGBA")
        sheet.putalpha(mask)
        small = sheet.resize(self._size, Image.Resampling.BOX)
        return small.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)

    def _box(self, centre: Point, across: float, down: float) -> tuple[float, float, float, float]:
        (x, y), finer = centre, self._finer
        return (
            *((x - across) * finer, (y - down) * finer),
            *((x + across) * finer, (y + down) * finer),
        )

    def _paint(
        self, stroke: Callable[[ImageDraw.ImageDraw, Colour | int], None], ink: Colour, alpha: float
    ) -> None:
        if alpha >= 1:
            stroke(ImageDraw.Draw(self._sheet), ink)
            return
        mask = Image.new("L", self._sheet.size)
        stroke(ImageDraw.Draw(mask), round(255 * alpha))
        self._sheet.paste(ink, mask=mask)


def arc(
    centre: Point, radii: Point, start: float = 0, end: float = TURN, *, tilt: float = 0
) -> list[Point]:
    """Return the points of an ellipse, or of a piece of it, turned by an angle."""
    (x, y), (across, down) = centre, radii
    points = []
    for step in range(97):
        angle = start + (end - start) * step / 96
        right, low = across * math.cos(angle), down * math.sin(angle)
        points.append(
            (
                x + right * math.cos(tilt) - low * math.sin(tilt),
                y + right * math.sin(tilt) + low * math.cos(tilt),
            )
        )
    return points


def blob(dice: Dice, centre: Point, radius: float, *, wobble: float = 0.12) -> list[Point]:
    """Return the points of a soft, uneven round."""
    waves = [(count, dice.between(0, TURN), wobble / (count - 1)) for count in (2, 3, 4)]
    points = []
    for step in range(144):
        angle = TURN * step / 144
        reach = 1 + sum(size * math.sin(count * angle + turn) for count, turn, size in waves)
        points.append(
            (
                centre[0] + radius * reach * math.cos(angle),
                centre[1] + radius * reach * math.sin(angle),
            )
        )
    return points


def ridge(dice: Dice, height: float, swing: float, *, longest: float = 700) -> list[Point]:
    """Return a soft line across the whole width, closed along the lower edge."""
    waves = [
        (longest / count * dice.between(0.8, 1.2), dice.between(0, TURN), swing / count)
        for count in (1, 2.3)
    ]
    points = [(-10.0, HEIGHT + 10.0)]
    for x in range(-10, WIDTH + 11, 5):
        y = height + sum(size * math.sin(x / span * TURN + turn) for span, turn, size in waves)
        points.append((float(x), y))
    return [*points, (WIDTH + 10.0, HEIGHT + 10.0)]


def steps(one: Colour, other: Colour, count: int) -> list[Colour]:
    """Return colours from the one to the other, both included."""
    return [mixed(one, other, at / max(count - 1, 1)) for at in range(count)]


# --- Space ----------------------------------------------------------------------------------------


def stars(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Strew small stars and a few that sparkle."""
    for _ in range(70):
        place = (dice.between(0, WIDTH), dice.between(0, HEIGHT))
        tone = dice.one((tones.far, tones.paper, mixed(tones.ground, tones.paper, 0.45)))
        canvas.disc(place, dice.between(0.7, 1.9), tone)
    for _ in range(5):
        x, y = dice.between(30, WIDTH - 30), dice.between(25, HEIGHT - 120)
        long, thin = dice.between(8, 14), 1.9
        turns = [
            (x + (long if at % 2 == 0 else thin) * math.cos(TURN * at / 8),
             y + (long if at % 2 == 0 else thin) * math.sin(TURN * at / 8))
            for at in range(8)
        ]  # fmt: skip
        canvas.polygon(turns, tones.paper)


def planet(
    canvas: Canvas, centre: Point, radius: float, bands: Sequence[Colour], *, tilt: float
) -> None:
    """Paint a planet in bands, with its night side."""

    def surface(inner: Canvas) -> None:
        inner.disc(centre, radius, bands[0])
        high = 2 * radius / len(bands)
        for at, tone in enumerate(bands):
            across, low = 1.6 * radius, -radius + at * high
            corners = [(-across, low), (across, low), (across, across), (-across, across)]
            inner.polygon(
                [
                    (
                        centre[0] + x * math.cos(tilt) - y * math.sin(tilt),
                        centre[1] + x * math.sin(tilt) + y * math.cos(tilt),
                    )
                    for x, y in corners
                ],
                tone,
            )

    def night(inner: Canvas) -> None:
        inner.disc(centre, radius, (8, 6, 24), alpha=0.42)

    def day(inner: Canvas) -> None:
        inner.within((centre[0] - 0.34 * radius, centre[1] - 0.3 * radius), radius * 1.12, surface)

    canvas.within(centre, radius, surface)
    canvas.within(centre, radius, night)
    canvas.within(centre, radius, day)


def space_rings(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a planet with rings, and a moon."""
    glow = (dice.between(200, 600), dice.between(140, 280))
    for radius, share in ((400, 0.35), (285, 0.7), (190, 1)):
        canvas.disc(glow, radius, mixed(tones.ground, tones.near, share))
    stars(canvas, tones, dice)
    centre = (glow[0] + dice.between(-60, 60), dice.between(195, 235))
    size, tilt = dice.between(88, 128), dice.between(-0.5, 0.5)
    edges = [(1.92, 10.0, tones.paper), (1.66, 16.0, tones.accent), (1.44, 4.0, tones.far)]
    for reach, width, tone in edges:
        radii = (size * reach, size * reach * 0.27)
        points = arc(centre, radii, TURN / 2, TURN, tilt=tilt)
        canvas.line(points, mixed(tone, tones.ground, 0.3), width=width * 0.8)
    warm = mixed(tones.accent, tones.far, dice.between(0, 0.3))
    bands = [warm, mixed(warm, tones.paper, 0.45), tones.far, tones.middle, warm, tones.middle]
    planet(canvas, centre, size, bands[dice.whole(0, 1) :], tilt=tilt)
    for reach, width, tone in edges:
        radii = (size * reach, size * reach * 0.27)
        canvas.line(arc(centre, radii, 0, TURN / 2, tilt=tilt), tone, width=width)
    side = -1 if centre[0] > WIDTH / 2 else 1
    moon = (centre[0] + side * dice.between(270, 320), dice.between(70, 150))
    planet(canvas, moon, dice.between(18, 34), [tones.paper, tones.far], tilt=0.4)


def space_horizon(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a world from above its horizon, with a sun behind."""
    sun = (dice.between(160, 640), dice.between(120, 190))
    for radius, share in ((330, 0.3), (240, 0.6), (160, 1)):
        canvas.disc(sun, radius, mixed(tones.ground, tones.near, share))
    stars(canvas, tones, dice)
    canvas.disc(sun, 92, mixed(tones.near, tones.accent, 0.4))
    canvas.disc(sun, dice.between(56, 72), tones.accent)
    middle = (dice.between(300, 500), 980.0)
    for reach, tone in (
        (725, mixed(tones.far, tones.paper, 0.35)),
        (715, tones.far),
        (690, tones.middle),
        (655, mixed(tones.middle, tones.near, 0.5)),
        (610, tones.near),
    ):
        canvas.disc(middle, reach, tone)
    for _ in range(9):
        angle, away = dice.between(-0.55, 0.55), dice.between(600, 680)
        place = (middle[0] + away * math.sin(angle), middle[1] - away * math.cos(angle))
        size = dice.between(9, 26)
        canvas.polygon(arc(place, (size, size * 0.42), tilt=angle), tones.near, alpha=0.65)
        lit = (place[0] + 2, place[1] + size * 0.12)
        canvas.polygon(arc(lit, (size * 0.8, size * 0.28), tilt=angle), tones.middle)
    planet(
        canvas,
        (WIDTH - sun[0] + dice.between(-30, 30), dice.between(70, 130)),
        dice.between(22, 38),
        [tones.paper, tones.far, tones.paper],
        tilt=0.5,
    )


def space_orbits(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a sun and what circles it."""
    centre = (dice.between(230, 570), dice.between(190, 240))
    tilt, flat = dice.between(-0.35, 0.35), dice.between(0.36, 0.5)
    grounds = steps(tones.ground, tones.near, 5)
    reaches = [580, 470, 365, 270, 185]
    for reach, tone in zip(reaches, grounds, strict=True):
        canvas.polygon(arc(centre, (reach, reach * flat), tilt=tilt), tone)
    stars(canvas, tones, dice)
    for reach in reaches:
        points = arc(centre, (reach, reach * flat), tilt=tilt)
        canvas.line(points, mixed(tones.near, tones.far, 0.45), width=1.6)
    canvas.disc(centre, 56, mixed(tones.near, tones.accent, 0.35))
    canvas.disc(centre, 42, tones.accent)
    canvas.disc((centre[0] - 7, centre[1] - 7), 29, mixed(tones.accent, tones.paper, 0.4))
    angle = dice.between(0, TURN)
    fills = [tones.far, tones.paper, tones.accent, tones.middle]
    for at, reach in enumerate(reaches[1:]):
        angle += dice.between(1.5, 2.4)
        place = arc(centre, (reach, reach * flat), angle, angle, tilt=tilt)[0]
        tone = fills[at]
        size = dice.between(13, 34) * (0.75 + reach / 900)
        planet(canvas, place, size, [tone, mixed(tone, tones.near, 0.35), tone], tilt=tilt)


# --- Climate --------------------------------------------------------------------------------------


def cloud(canvas: Canvas, place: Point, size: float, tone: Colour) -> None:
    """Paint a flat cloud of a few rounds."""
    x, y = place
    canvas.box((x - size, y), (2 * size, size * 0.42), tone, radius=size * 0.21)
    canvas.disc((x - size * 0.3, y), size * 0.4, tone)
    canvas.disc((x + size * 0.28, y + size * 0.04), size * 0.3, tone)


def sky(canvas: Canvas, tones: Palette, dice: Dice, *, height: float) -> Point:
    """Paint a sun in its halo and some clouds; return where the sun stands."""
    sun = (dice.between(150, 650), height)
    for radius, share in ((250, 0.3), (180, 0.6), (125, 1)):
        canvas.disc(sun, radius, mixed(tones.ground, tones.paper, share * 0.8))
    canvas.disc(sun, dice.between(52, 76), tones.accent)
    for away in (-1, 1, 2):
        x = sun[0] + away * dice.between(165, 300)
        cloud(canvas, (x, dice.between(48, 120)), dice.between(34, 62), tones.paper)
    return sun


def turbine(canvas: Canvas, foot: Point, size: float, tone: Colour, turn: float) -> None:
    """Paint a wind turbine."""
    x, y = foot
    head = (x, y - size)
    canvas.polygon(
        [(x - size * 0.03, y), (x + size * 0.03, y), (x + 1.4, head[1]), (x - 1.4, head[1])], tone
    )
    for blade in range(3):
        angle = turn + TURN * blade / 3
        ahead, aside = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
        canvas.polygon(
            [
                (head[0] + size * (a * ahead[0] + b * aside[0]),
                 head[1] + size * (a * ahead[1] + b * aside[1]))
                for a, b in ((0, -0.025), (0.16, -0.045), (0.62, 0), (0, 0.025))
            ],
            tone,
        )  # fmt: skip
    canvas.disc(head, size * 0.045, tone)


def climate_hills(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint hill behind hill, with turbines or firs on them."""
    sky(canvas, tones, dice, height=dice.between(120, 190))
    layers = steps(tones.near, tones.far, 5)
    windy = dice.chance(0.5)
    for at, tone in enumerate(layers):
        hill = ridge(dice, 205 + at * 48, 34 - at * 3, longest=820 - at * 60)
        if windy and at in {1, 2}:
            for third in range(3):
                x, y = hill[dice.whole(8, 36) + third * 50 + at * 6]
                turbine(canvas, (x, y + 8), dice.between(80, 110), tones.paper, dice.between(0, 2))
        canvas.polygon(hill, tone)
        if not windy and at in {1, 2, 3}:
            for _ in range(14):
                x, y = hill[dice.whole(4, len(hill) - 6)]
                size = dice.between(16, 30) + at * 5
                fir = mixed(tone, tones.far, 0.55) if tone != tones.far else tones.middle
                canvas.polygon(
                    [(x - size * 0.3, y + 6), (x, y - size), (x + size * 0.3, y + 6)], fir
                )


def boat(canvas: Canvas, place: Point, size: float, tones: Palette) -> None:
    """Paint a boat under sail."""
    x, y = place
    hull = [(x - size, y), (x + size, y), (x + size * 0.6, y + size * 0.45)]
    canvas.polygon([*hull, (x - size * 0.6, y + size * 0.45)], tones.far)
    canvas.box((x - 1, y - size * 1.9), (2.5, size * 1.9), tones.far)
    canvas.polygon([(x + 4, y - size * 1.8), (x + 4, y - 4), (x + size, y - 4)], tones.paper)
    canvas.polygon([(x - 4, y - size * 1.5), (x - 4, y - 4), (x - size * 0.7, y - 4)], tones.accent)


def climate_waves(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint wave before wave under a low sun."""
    sun = sky(canvas, tones, dice, height=dice.between(150, 200))
    layers = steps(mixed(tones.near, tones.ground, 0.25), tones.far, 6)
    calm, sails = dice.between(0.6, 1.15), [dice.whole(1, 3) for _ in range(dice.whole(0, 2))]
    for at, tone in enumerate(layers):
        span, high = (110 + at * 26) * dice.between(0.85, 1.2), (9 + at * 3.4) * calm
        shift, base = dice.between(0, span), 212 + at * 37
        crest = [
            (float(x), base - high * (abs(math.sin((x + shift) / span * math.pi)) ** 0.8) * 1.6)
            for x in range(-10, WIDTH + 11, 2)
        ]
        for _ in range(sails.count(at)):
            boat(canvas, (dice.between(70, 730), base - high * 2.2), 22 + at * 6, tones)
        closed = [(-10.0, HEIGHT + 10.0), *crest, (WIDTH + 10.0, HEIGHT + 10.0)]
        canvas.polygon(closed, tone)
        rim = mixed(tone, tones.paper, 0.5 - at * 0.05)
        canvas.line(crest, rim, width=1.6 + at * 0.4)
        if at:
            wide = 96 - at * 12
            canvas.box(
                (sun[0] - wide / 2 + dice.between(-14, 14), base + 12),
                (wide, 5),
                tones.accent,
                radius=2.5,
            )


def climate_ice(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint peaks of ice above still water."""
    sun = sky(canvas, tones, dice, height=dice.between(82, 110))
    shore = 300.0
    peaks = sorted(
        ((dice.between(-40, 60) + at * 132, dice.between(80, 185)) for at in range(7)),
        key=lambda peak: -peak[1],
    )
    canvas.polygon(ridge(dice, 245, 26), mixed(tones.near, tones.ground, 0.45))
    for at, (x, high) in enumerate(peaks):
        tone = mixed(tones.near, tones.middle, 0.15 + at * 0.1)
        left, right, top = x - high * 0.85, x + high * 0.8, (x, shore - high)
        knee = (x + high * dice.between(-0.12, 0.22), shore)
        canvas.polygon([(left, shore), top, (right, shore)], mixed(tone, tones.far, 0.4))
        canvas.polygon([(left, shore), top, knee], tone)
        low = shore - high * 0.62
        run = 0.38
        snow = [
            top,
            (x + high * 0.8 * run, low),
            (x + high * 0.17, low - 11),
            (x + high * 0.06, low + 9),
            (x - high * 0.12, low - 9),
            (x - high * 0.85 * run, low),
        ]
        canvas.polygon(snow, tones.paper)
    canvas.box((0, shore), (WIDTH, HEIGHT - shore), tones.middle)
    canvas.box((0, shore + 46), (WIDTH, HEIGHT), mixed(tones.middle, tones.far, 0.45))
    canvas.box((0, shore + 86), (WIDTH, HEIGHT), tones.far)
    for at in range(22):
        y = shore + 8 + at * 5
        wide = dice.between(24, 120)
        near_sun = dice.chance(0.45)
        x = (sun[0] - wide / 2 + dice.between(-20, 20)) if near_sun else dice.between(-40, WIDTH)
        tone = tones.accent if near_sun else mixed(tones.middle, tones.paper, 0.4)
        canvas.box((x, y), (wide, 3), tone, radius=1.5)


# --- Cities ---------------------------------------------------------------------------------------


def windows(canvas: Canvas, corner: Point, size: Point, lit: Colour, dice: Dice) -> None:
    """Light some windows of a house front."""
    (left, top), (wide, high) = corner, size
    columns, rows = max(int((wide - 8) // 13), 1), int((high - 14) // 17)
    space = (wide - columns * 7) / (columns + 1)
    share = dice.between(0.2, 0.6)
    for row in range(rows):
        for column in range(columns):
            if dice.chance(share):
                x = left + space + column * (7 + space)
                canvas.box((x, top + 12 + row * 17), (7, 9), lit)


def cities_skyline(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint towers behind towers, some windows lit."""
    sun = (dice.between(150, 650), dice.between(120, 190))
    canvas.disc(sun, 190, mixed(tones.ground, tones.accent, 0.28))
    canvas.disc(sun, 128, mixed(tones.ground, tones.accent, 0.55))
    canvas.disc(sun, dice.between(62, 84), tones.accent)
    plan = ((tones.near, 140, 270, 0), (tones.middle, 100, 220, 1), (tones.far, 50, 165, 2))
    for tone, lowest, highest, depth in plan:
        x = dice.between(-50, -10)
        while x < WIDTH:
            wide, high = dice.between(42, 84), dice.between(lowest, highest)
            top = HEIGHT - high - (2 - depth) * 14
            canvas.box((x, top), (wide, HEIGHT), tone)
            cap = dice.whole(0, 4)
            if cap == 0:
                canvas.polygon([(x, top + 1), (x + wide / 2, top - 30), (x + wide, top + 1)], tone)
            elif cap == 1:
                canvas.box((x + wide * 0.2, top - 16), (wide * 0.6, 17), tone)
                canvas.box((x + wide * 0.48, top - 48), (3, 34), tone)
            elif cap == 2:  # noqa: PLR2004 (a kind of roof)
                canvas.disc((x + wide / 2, top + 1), wide / 2 - 0.5, tone)
            if depth:
                glow = mixed(tone, tones.accent, 0.85 if depth > 1 else 0.45)
                windows(canvas, (x, top), (wide, HEIGHT - top), glow, dice)
            x += wide + dice.between(-6, 16 - depth * 5)
    canvas.box((0, HEIGHT - 22), (WIDTH, 22), tones.paper)


def cities_fronts(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a row of narrow houses along a street."""
    sun = (dice.between(120, 680), 95.0)
    canvas.disc(sun, 130, mixed(tones.ground, tones.accent, 0.4))
    canvas.disc(sun, 62, tones.accent)
    far = dice.between(-30, 0)
    while far < WIDTH:
        wide = dice.between(40, 110)
        canvas.box((far, HEIGHT - dice.between(250, 330)), (wide, HEIGHT), tones.near)
        far += wide
    walls = [tones.middle, tones.far, mixed(tones.middle, tones.far, 0.5)]
    walls += [mixed(tones.middle, tones.accent, 0.55), mixed(tones.near, tones.middle, 0.5)]
    x, last, street = -18.0, -1, HEIGHT - 42
    while x < WIDTH:
        wide, high = dice.between(84, 112), dice.between(150, 235)
        kind = (last + dice.whole(1, len(walls) - 1)) % len(walls)
        last, top = kind, street - high
        wall, roof = walls[kind], dice.whole(0, 2)
        slate = mixed(tones.paper, wall, 0.25)
        if roof == 0:
            canvas.polygon([(x, top), (x + wide / 2, top - 46), (x + wide, top)], slate)
            canvas.box((x + wide * 0.7, top - 42), (12, 34), slate)
        elif roof == 1:
            stairs = [(0, 0), (0, 18), (0.18, 18), (0.18, 36), (0.36, 36), (0.36, 52)]
            up = [(x + wide * share, top - rise + 1) for share, rise in stairs]
            down = [(2 * x + wide - a, b) for a, b in reversed(up)]
            canvas.polygon(up + down, wall)
        else:
            canvas.box((x - 3, top - 12), (wide + 6, 13), slate)
        canvas.box((x, top), (wide, high), wall)
        front(canvas, (x, top), (wide, high), tones, dice)
        x += wide
    canvas.box((0, street), (WIDTH, 42), tones.paper)
    for x in range(-20, WIDTH, 64):
        canvas.box((x, HEIGHT - 20), (34, 4), mixed(tones.paper, tones.near, 0.5), radius=2)


def front(canvas: Canvas, corner: Point, size: Point, tones: Palette, dice: Dice) -> None:
    """Give a house its door and windows."""
    (x, top), (wide, high) = corner, size
    dark = mixed(tones.paper, tones.far, 0.2)
    columns = 3 if wide > 96 else 2  # noqa: PLR2004 (a broad house)
    gap = wide / columns
    arched = dice.chance(0.4)
    for row in range(int((high - 70) // 42) + 1):
        for column in range(columns):
            place = (x + gap * (column + 0.5) - 9, top + 18 + row * 42)
            glass = tones.accent if dice.chance(0.4) else dark
            canvas.box(place, (18, 26), glass)
            if arched:
                canvas.disc((place[0] + 9, place[1] + 0.5), 9, glass)
            canvas.box((place[0] - 3, place[1] + 26), (24, 3), mixed(tones.accent, dark, 0.35))
    door = (x + gap * (dice.whole(0, columns - 1) + 0.5) - 11, top + high - 38)
    canvas.box(door, (22, 38), dark)
    canvas.disc((door[0] + 17, door[1] + 20), 1.8, tones.accent)


def cities_blocks(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a town from above, block by block."""
    wide, high = 92.0, 46.0
    canvas.polygon(arc((400, 215), (520, 300)), mixed(tones.ground, tones.near, 0.5))
    park = dice.whole(-2, 2)
    for row in range(-7, 10):
        for column in range(-7, 10):
            x = 400 + (column - row) * wide * 0.72
            y = 130 + (column + row) * high * 0.9
            if not (0 < x + 90 < WIDTH + 180 and 0 < y + 40 < HEIGHT + 260):
                continue
            calm = dice.chance(0.16) or column == park
            rise = 5.0 if calm else dice.between(36, 140) * (0.6 + 0.4 * math.cos((x - 400) / 300))
            tone = mixed(tones.near, tones.ground, 0.35) if calm else dice.one(
                (tones.middle, tones.far, tones.near, tones.middle, tones.accent)
            )  # fmt: skip
            block(canvas, (x, y), (wide * 0.58, high * 0.66, rise), tone, tones)


def block(
    canvas: Canvas, foot: Point, size: tuple[float, float, float], tone: Colour, tones: Palette
) -> None:
    """Paint one block with its two walls and its roof."""
    (x, y), (half, deep, rise) = foot, size
    dark = min(tones.paper, tones.ground, key=sum)
    left, right = mixed(tone, dark, 0.28), mixed(tone, dark, 0.52)
    for side, wall in ((x - half, left), (x + half, right)):
        canvas.polygon([(side, y), (x, y + deep), (x, y + deep - rise), (side, y - rise)], wall)
    roof = [(x - half, y - rise), (x, y + deep - rise), (x + half, y - rise), (x, y - deep - rise)]
    canvas.polygon(roof, tone)
    for floor in range(int((rise - 14) // 18)):
        low = y - rise + 11 + floor * 18
        for share in (0.22, 0.5, 0.78):
            a, b = x - half + half * (share - 0.08), x - half + half * (share + 0.08)
            shift, drop = deep * (share - 0.08), deep * (share + 0.08)
            corners = [(a, low + shift), (b, low + drop), (b, low + drop + 9), (a, low + shift + 9)]
            canvas.polygon(corners, mixed(tone, tones.accent, 0.8))


# --- AI -------------------------------------------------------------------------------------------


def node(canvas: Canvas, place: Point, size: float, tone: Colour, ground: Colour) -> None:
    """Paint a node of a network with a gap around it."""
    canvas.disc(place, size + 4, ground)
    canvas.disc(place, size, tone)


def ai_layers(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint nodes in layers, each tied to the next, with one path lit."""
    canvas.disc((dice.between(250, 550), 210), 250, mixed(tones.ground, tones.near, 0.45))
    canvas.disc((dice.between(250, 550), 210), 165, tones.near)
    sizes = [dice.whole(3, 6) for _ in range(dice.whole(5, 6))]
    across = 620 / (len(sizes) - 1)
    layers = [
        [(90 + at * across, 210 + (row - (size - 1) / 2) * 66) for row in range(size)]
        for at, size in enumerate(sizes)
    ]
    tie = mixed(tones.near, tones.middle, 0.75)
    for here, there in pairwise(layers):
        for start in here:
            for end in sorted(there, key=partial(math.dist, start))[:3]:
                canvas.line([start, end], tie, width=2)
    path = [dice.one(layer) for layer in layers]
    canvas.line(path, tones.accent, width=5)
    for layer, chosen in zip(layers, path, strict=True):
        for place in layer:
            lit = place == chosen
            tone = tones.accent if lit else dice.one((tones.far, tones.far, tones.paper))
            node(canvas, place, 19 if lit else dice.between(11, 16), tone, tones.near)
            if lit:
                canvas.disc(place, 7, tones.paper)


def ai_web(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint nodes strewn over the sheet, each tied to its neighbours."""
    hub = (dice.between(260, 540), dice.between(170, 250))
    for radius, tone in zip((330, 240, 150), steps(tones.ground, tones.near, 4)[1:], strict=True):
        canvas.disc(hub, radius, tone)
    places = [hub]
    for _ in range(900):
        place = (dice.between(30, WIDTH - 30), dice.between(30, HEIGHT - 30))
        gap = 62 if math.dist(place, hub) > 160 else 78  # noqa: PLR2004 (room around the hub)
        if all(math.dist(place, other) > gap for other in places):
            places.append(place)
    for place in places:
        for other in sorted(places, key=partial(math.dist, place))[1:4]:
            canvas.line([place, other], mixed(tones.near, tones.middle, 0.9), width=2)
    for place in sorted(places[1:], key=partial(math.dist, hub))[:9]:
        canvas.line([hub, place], tones.accent, width=3.5)
    for place in places[1:]:
        size = max(17 - math.dist(place, hub) / 36, 5.5) * dice.between(0.8, 1.25)
        tone = dice.one((tones.far, tones.far, tones.paper, tones.middle))
        node(canvas, place, size, tone, mixed(tones.ground, tones.near, 0.7))
    node(canvas, hub, 36, tones.accent, tones.near)
    canvas.disc(hub, 22, tones.paper)
    canvas.disc(hub, 11, tones.ground)


def ai_circuit(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a chip with paths that lead away from it in right angles."""
    middle = (dice.between(320, 480), 210.0)
    canvas.box((0, 60), (WIDTH, 300), mixed(tones.ground, tones.near, 0.45))
    canvas.box((0, 130), (WIDTH, 160), tones.near)
    half = 78
    for at in range(9):
        for side in (-1, 1):
            shift = (at - 4) * 17
            bend = middle[0] + side * (half + dice.between(46, 120))
            level = 210 + shift * dice.between(1.7, 2.9)
            run = abs(level - 210 - shift)
            end = bend + side * (run + dice.between(30, 190))
            path = [(middle[0], 210 + shift), (bend, 210.0 + shift), (bend + side * run, level)]
            lit = dice.chance(0.22)
            tone = tones.accent if lit else dice.one((tones.middle, tones.middle, tones.far))
            canvas.line([*path, (end, level)], tone, width=5 if lit else 3)
            node(canvas, (end, level), 9 if lit else 6, tone, tones.ground)
    for at in range(6):
        for side in (-1, 1):
            x = middle[0] + (at - 2.5) * 22
            end = 210 + side * dice.between(120, 185)
            tone = tones.accent if dice.chance(0.2) else tones.middle
            canvas.line([(x, 210), (x, end)], tone, width=3)
            node(canvas, (x, end), 6, tone, tones.ground)
    canvas.box((middle[0] - half, 210 - half), (2 * half, 2 * half), tones.far, radius=16)
    canvas.box((middle[0] - 58, 152), (116, 116), tones.ground, radius=10)
    for row in range(4):
        for column in range(4):
            tone = dice.one((tones.middle, tones.far, tones.accent, tones.paper, tones.near))
            place = (middle[0] - 46 + column * 24, 164 + row * 24)
            canvas.box(place, (20, 20), tone, radius=4)


# --- Health ---------------------------------------------------------------------------------------


def health_pulse(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a heartbeat across soft rounds."""
    centre = (dice.between(250, 550), 210.0)
    for radius, share in ((330, 0.4), (235, 0.7), (150, 1)):
        canvas.disc(centre, radius, mixed(tones.ground, tones.near, share))
    canvas.disc(centre, 92, mixed(tones.near, tones.middle, 0.5))
    for right in range(40, WIDTH, 40):
        for low in range(30, HEIGHT, 40):
            canvas.disc((right, low), 1.5, mixed(tones.near, tones.middle, 0.55))
    points: list[Point] = [(-20.0, 210.0)]
    x = dice.between(10, 50)
    while x < WIDTH:
        tall = dice.between(0.75, 1.2) * (130 if abs(x + 60 - centre[0]) < 120 else 78)  # noqa: PLR2004
        beat = ((0, 0), (18, -0.14), (34, 0), (46, 0.12), (62, -1), (80, 0.62), (94, 0))
        points += [(x + ahead, 210 + tall * rise) for ahead, rise in beat]
        points += arc((x + 124, 210), (17, tall * 0.16), TURN / 2, TURN)
        x += dice.between(175, 215)
    points.append((WIDTH + 20.0, 210.0))
    canvas.line([(a, b + 7) for a, b in points], tones.middle, width=7, alpha=0.35)
    canvas.line(points, tones.far, width=7)
    peak = min(points, key=lambda point: point[1])
    canvas.disc(peak, 17, tones.paper)
    canvas.disc(peak, 10, tones.accent)


def health_cells(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint cells with their kernels, one of them unlike the others."""
    canvas.polygon(blob(dice, (400, 210), 330), mixed(tones.ground, tones.near, 0.55))
    places: list[tuple[float, float, float]] = []
    for _ in range(700):
        size = dice.between(46, 92) if len(places) < 9 else dice.between(20, 40)  # noqa: PLR2004
        x, y = dice.between(0, WIDTH), dice.between(0, HEIGHT)
        if all(math.dist((x, y), (a, b)) > (size + c) * 1.1 for a, b, c in places):
            places.append((x, y, size))
    odd = min(places[:9], key=lambda cell: math.dist(cell[:2], (400, 210)))
    for cell in places:
        x, y, size = cell
        skin, flesh, kernel = dice.one(
            (
                (tones.middle, tones.near, tones.far),
                (tones.near, tones.paper, tones.middle),
                (tones.far, tones.middle, tones.paper),
            )
        )
        if cell == odd:
            skin, flesh, kernel = tones.accent, mixed(tones.accent, tones.paper, 0.4), tones.accent
        edge = Dice(f"{x}{y}")
        canvas.polygon(blob(edge, (x, y), size, wobble=0.07), skin)
        edge = Dice(f"{x}{y}")
        canvas.polygon(blob(edge, (x, y), size * 0.84, wobble=0.07), flesh)
        shift = size * 0.2
        core = (x + dice.between(-shift, shift), y + dice.between(-shift, shift))
        canvas.disc(core, size * 0.34, kernel)
        for _ in range(5 if size > 40 else 0):  # noqa: PLR2004 (room for grains)
            angle = dice.between(0, TURN)
            grain = (x + size * 0.64 * math.cos(angle), y + size * 0.64 * math.sin(angle))
            canvas.disc(grain, size * 0.055, skin)


def health_helix(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a double helix across the sheet."""
    canvas.disc((dice.between(180, 620), 210), 235, mixed(tones.ground, tones.near, 0.6))
    for _ in range(26):
        place = (dice.between(0, WIDTH), dice.between(0, HEIGHT))
        tone = mixed(tones.near, tones.middle, dice.between(0, 0.5))
        canvas.disc(place, dice.between(3, 10), tone)
    lean, turn, span = dice.between(-0.16, 0.16), dice.between(0, TURN), dice.between(300, 400)

    def strand(x: float, phase: float) -> Point:
        return x, 210 + (x - 400) * lean + 102 * math.sin(x / span * TURN + turn + phase)

    for x in range(-40, WIDTH + 41, 24):
        one, other = strand(x, 0), strand(x, TURN / 2)
        centre = (float(x), (one[1] + other[1]) / 2)
        canvas.line([one, centre], dice.one((tones.middle, tones.accent)), width=6)
        canvas.line([centre, other], tones.middle, width=6)
    rows = [[strand(x, phase) for x in range(-40, WIDTH + 41, 4)] for phase in (0, TURN / 2)]
    canvas.line(rows[1], tones.middle, width=13)
    canvas.line(rows[0], tones.far, width=15)
    for x in range(-40, WIDTH + 41, 24):
        canvas.disc(strand(x, 0), 3.6, tones.paper)


def health_capsules(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint capsules, tablets and crosses laid out like a pattern."""
    canvas.polygon(blob(dice, (400, 210), 300), mixed(tones.ground, tones.near, 0.6))
    pairs = (
        (tones.far, tones.paper),
        (tones.accent, mixed(tones.accent, tones.paper, 0.55)),
        (tones.middle, tones.near),
        (tones.far, tones.middle),
    )
    for row in range(4):
        for column in range(-1, 7):
            x = 70 + column * 134 + (row % 2) * 67 + dice.between(-8, 8)
            y = 48 + row * 108 + dice.between(-6, 6)
            kind = dice.whole(0, 3)
            one, other = dice.one(pairs)
            angle = dice.between(0, TURN)
            if kind <= 1:
                ahead = (math.cos(angle) * 27, math.sin(angle) * 27)
                ends = [(x - ahead[0], y - ahead[1]), (x + ahead[0], y + ahead[1])]
                canvas.line([(a + 3, b + 6) for a, b in ends], tones.middle, width=37, alpha=0.28)
                canvas.line([ends[0], (x, y)], one, width=37)
                half = [(0, -18.5), (27, -18.5), (27, 18.5), (0, 18.5)]
                unit = (math.cos(angle), math.sin(angle))
                canvas.disc(ends[1], 18.2, other)
                canvas.polygon(
                    [(x + a * unit[0] - b * unit[1], y + a * unit[1] + b * unit[0])
                     for a, b in half],
                    other,
                )  # fmt: skip
            elif kind == 2:  # noqa: PLR2004 (a kind of remedy)
                canvas.disc((x + 3, y + 6), 28, tones.middle, alpha=0.28)
                canvas.disc((x, y), 28, one)
                canvas.disc((x, y), 21, mixed(one, other, 0.3))
                canvas.line(arc((x, y), (15, 0.1), 0, TURN / 2, tilt=angle), one, width=4)
            else:
                canvas.box((x - 8, y - 25), (16, 50), one, radius=4)
                canvas.box((x - 25, y - 8), (50, 16), one, radius=4)


# --- Culture --------------------------------------------------------------------------------------


def cut_paper(canvas: Canvas, points: Sequence[Point], tone: Colour) -> None:
    """Lay a piece of paper down, with its shadow."""
    canvas.polygon([(x + 5, y + 8) for x, y in points], (20, 14, 30), alpha=0.2)
    canvas.polygon(points, tone)


def leaf(dice: Dice, centre: Point, size: float, lobes: int) -> list[Point]:
    """Return the outline of a lobed leaf, as scissors would cut it."""
    turn = dice.between(0, TURN)
    points = []
    for step in range(240):
        angle = TURN * step / 240
        reach = size * (0.6 + 0.4 * math.cos(lobes * angle)) * (0.86 + 0.14 * math.cos(angle))
        points.append(
            (
                centre[0] + reach * math.cos(angle + turn),
                centre[1] + 0.94 * reach * math.sin(angle + turn),
            )
        )
    return points


def culture_cutouts(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Lay sheets of paper side by side, with leaves and rounds cut out of others."""
    papers = [tones.near, tones.middle, tones.far, tones.accent, tones.paper]
    shift = dice.whole(0, 4)
    edges = [0.0, *(WIDTH * (at + 1) / 4 + dice.between(-50, 50) for at in range(3)), WIDTH * 1.0]
    for at, (left, right) in enumerate(pairwise(edges)):
        sheet, shape = papers[(at + shift) % 5], papers[(at + shift + dice.whole(1, 2)) % 5]
        split = dice.between(150, 270)
        lower = papers[(at + shift + 3) % 5]
        canvas.box((left, 0), (right - left + 1, HEIGHT), sheet)
        canvas.box((left, split), (right - left + 1, HEIGHT - split), lower)
        middle = ((left + right) / 2, split / 2 + 4)
        size = min(right - left, split) * 0.46
        under = ((left + right) / 2, (split + HEIGHT) / 2)
        room = min(right - left, HEIGHT - split) * 0.46
        for place, reach, back in ((middle, size, sheet), (under, room, lower)):
            tone = shape if shape != back else tones.ground
            if dice.chance(0.6):
                cut_paper(canvas, leaf(dice, place, reach * 1.12, dice.whole(4, 8)), tone)
            else:
                cut_paper(canvas, blob(dice, place, reach * 0.8, wobble=0.2), tone)
                inside = tones.ground if tone != tones.ground else tones.near
                canvas.polygon(blob(dice, place, reach * 0.36, wobble=0.2), inside)


def culture_tiles(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint tiles of quarter and half rounds, no two rows alike."""
    size = 105.0
    fills = [tones.near, tones.middle, tones.far, tones.accent, tones.paper, tones.ground]
    for row in range(4):
        for column in range(8):
            x, y = column * size - 20, row * size
            back = dice.one(fills)
            rest = [tone for tone in fills if tone != back]
            one, other = dice.one(rest[:3]), dice.one(rest)
            canvas.box((x, y), (size, size), back)
            corner = dice.whole(0, 3)
            turn = corner * TURN / 4
            tips = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
            tip, middle = tips[corner], (x + size / 2, y + size / 2)
            kind = dice.whole(0, 4)
            if kind <= 1:
                for reach, tone in ((size, one), (size * 0.66, other), (size * 0.33, one)):
                    edge = arc(tip, (reach, reach), turn, turn + TURN / 4)
                    canvas.polygon([tip, *edge], tone)
            elif kind == 2:  # noqa: PLR2004 (a kind of tile)
                canvas.disc(middle, size * 0.4, one)
                canvas.disc(middle, size * 0.2, other)
            elif kind == 3:  # noqa: PLR2004 (a kind of tile)
                half = size / 2
                for away in (-1, 1):
                    place = (middle[0] + away * half * math.cos(turn),
                             middle[1] + away * half * math.sin(turn))  # fmt: skip
                    start = turn + (TURN / 4 if away > 0 else -TURN / 4)
                    edge = arc(place, (half, half), start, start + TURN / 2)
                    canvas.polygon(edge, one if away > 0 else other)
            else:
                canvas.polygon([tip, tips[(corner + 1) % 4], tips[(corner + 2) % 4]], one)


def culture_stage(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Paint a stage: arch in arch, a curtain, and what plays on it."""
    x = dice.between(330, 470)
    arches = [tones.far, tones.middle, tones.near, tones.paper, tones.ground]
    for at, tone in enumerate(arches):
        half, top = 372 - at * 42, 16 + at * 30
        points = arc((x, top + half * 0.62), (half, half * 0.62), TURN / 2, TURN)
        cut_paper(canvas, [*points, (x + half, HEIGHT + 20.0), (x - half, HEIGHT + 20.0)], tone)
    moon = (x + dice.between(-60, 60), 262.0)
    canvas.disc(moon, 76, tones.accent)
    actor = dice.whole(0, 2)
    dark = min(tones, key=sum)
    if actor == 0:
        cut_paper(canvas, leaf(dice, (x, 292), 116, dice.whole(5, 7)), tones.middle)
    elif actor == 1:
        cut_paper(canvas, blob(dice, (x, 322), 96, wobble=0.2), tones.far)
        canvas.disc((x - 24, 296), 12, tones.ground)
        canvas.disc((x + 26, 296), 12, tones.ground)
    else:
        for at in range(5):
            tall, foot = dice.between(80, 190), x - 120 + at * 60
            cut_paper(
                canvas,
                [(foot - 34, 400), (foot, 400 - tall), (foot + 34, 400)],
                (tones.middle, tones.far, tones.near)[at % 3],
            )
    canvas.box((0, 388), (WIDTH, 32), dark)
    for at in range(9):
        canvas.disc((x - 256 + at * 64, 388), 11, tones.accent if at % 2 else tones.paper)


def culture_disc(canvas: Canvas, tones: Palette, dice: Dice) -> None:
    """Lay a record, strips and half rounds over each other."""
    lean = dice.between(-140, 140)
    dark = min((tone for tone in tones if tone != tones.ground), key=sum)
    pale = [tone for tone in (tones.near, tones.paper, tones.accent) if tone != dark]
    for at in range(3):
        x, wide = at * 290 + dice.between(-60, 60), dice.between(80, 170)
        strip = [(x, -20.0), (x + wide, -20.0), (x + wide + lean, 440.0), (x + lean, 440.0)]
        cut_paper(canvas, strip, pale[at % len(pale)])
    centre = (dice.between(270, 530), dice.between(190, 230))
    radius = dice.between(140, 170)
    cut_paper(canvas, arc(centre, (radius, radius)), dark)
    for at in range(6):
        canvas.ring(centre, radius - 14 - at * 12, mixed(dark, tones.far, 0.5), width=1.6)
    canvas.disc(centre, radius * 0.36, tones.middle)
    canvas.disc(centre, radius * 0.2, tones.accent if tones.accent != dark else tones.near)
    canvas.disc(centre, 5, dark)
    side = 1 if centre[0] < WIDTH / 2 else -1
    far = (centre[0] + side * dice.between(210, 250), dice.between(120, 300))
    turn, size = dice.between(0, TURN), dice.between(80, 115)
    cut_paper(canvas, arc(far, (size, size), turn, turn + TURN / 2), tones.middle)
    other = (centre[0] - side * dice.between(190, 230), dice.between(110, 310))
    cut_paper(canvas, leaf(dice, other, dice.between(90, 120), dice.whole(5, 8)), tones.far)
    turn = dice.between(0, TURN)
    near = (centre[0] + side * radius * 0.9, centre[1] + dice.between(90, 130))
    cut_paper(canvas, arc(near, (70, 70), turn, turn + TURN / 2), tones.far)


# --------------------------------------------------------------------------------------------------

COMPOSITIONS: dict[str, tuple[Callable[[Canvas, Palette, Dice], None], ...]] = {
    "AI": (ai_layers, ai_web, ai_circuit),
    "Climate": (climate_hills, climate_waves, climate_ice),
    "Space": (space_rings, space_horizon, space_orbits),
    "Health": (health_pulse, health_cells, health_helix, health_capsules),
    "Cities": (cities_skyline, cities_fronts, cities_blocks),
    "Culture": (culture_cutouts, culture_tiles, culture_stage, culture_disc),
}


def picture(slug: str, topic: str) -> Image.Image:
    """Return the picture of an article."""
    dice = Dice(f"{MIX}/{slug}")
    tones = dice.one(PALETTES[topic])
    compose = dice.one(COMPOSITIONS[topic])
    canvas = Canvas(WIDTH, HEIGHT, tones.ground)
    compose(canvas, tones, dice)
    return canvas.finished()


def mark_waves(canvas: Canvas) -> None:
    """Paint two waves."""
    for y in (25, 41):
        points = [(float(x), y + 5 * math.sin((x - 12) / 20 * TURN)) for x in range(12, 53)]
        canvas.line(points, WHITE, width=6)


def mark_target(canvas: Canvas) -> None:
    """Paint a disc in a ring."""
    canvas.ring((32, 32), 21, WHITE, width=5)
    canvas.disc((32, 32), 9, WHITE)


def mark_peaks(canvas: Canvas) -> None:
    """Paint two peaks."""
    canvas.polygon([(9, 48), (26, 18), (36, 36), (42, 27), (55, 48)], WHITE)


def mark_half(canvas: Canvas) -> None:
    """Paint a half round over a bar."""
    canvas.polygon(arc((32, 37), (20, 20), TURN / 2, TURN), WHITE)
    canvas.box((12, 42), (40, 6), WHITE, radius=2)


def mark_diamond(canvas: Canvas) -> None:
    """Paint four small diamonds as one."""
    for x, y in ((32, 19), (19, 32), (45, 32), (32, 45)):
        canvas.polygon([(x, y - 11), (x + 11, y), (x, y + 11), (x - 11, y)], WHITE)


def mark_bars(canvas: Canvas) -> None:
    """Paint three bars that rise."""
    for x, high in ((13, 16), (27, 27), (41, 38)):
        canvas.box((x, 51 - high), (10, high), WHITE, radius=2)


WHITE = (255, 255, 255)
MARKS = (mark_waves, mark_target, mark_peaks, mark_half, mark_diamond, mark_bars)


def icon(place: int) -> Image.Image:
    """Return the icon of the provider at that place among all: a white mark on its colour."""
    ground = ICON_GROUNDS[place % len(ICON_GROUNDS)]
    canvas = Canvas(ICON, ICON, ground, finer=FINER_ICON)
    MARKS[place % len(MARKS)](canvas)
    return canvas.finished_cut_out(14)


def articles() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every article's slug and first topic with its front matter, folder by folder."""
    for file in sorted(CONTENT.glob("*/*.md")):
        front = yaml.safe_load(file.read_text(encoding="utf-8").split("---\n")[1])
        yield file.stem[len("2025-12-31-") :], front["topics"][0], front


def save(image: Image.Image, target: Path) -> None:
    """Write a picture as a PNG, as small as it gets."""
    target.parent.mkdir(parents=True, exist_ok=True)
    image.save(target, "PNG", optimize=True)
    print(f"{target.relative_to(CONTENT)}: {target.stat().st_size:,} bytes")


def main() -> None:
    """Paint what the front matter of the content names and the folder lacks."""
    domains: set[str] = set()
    for slug, topic, front in articles():
        domains.add(front["provider"]["domain"])
        target = CONTENT / "pictures" / f"{slug}.png"
        if front.get("images") and not target.exists():
            save(picture(slug, topic), target)
    for place, domain in enumerate(sorted(domains)):
        target = CONTENT / "pictures" / "providers" / f"{domain}.png"
        if not target.exists():
            save(icon(place), target)


if __name__ == "__main__":
    main()
