"""What a check found, and where the files are that it speaks of."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from bot.core.fault import Fault, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Counts, faults in the order of their places, and what was mended.

    `places` leads from the path of a fault to its file. `mended` are faults that stand no longer;
    `unmended` says of a file why it was not written.
    """

    files: int
    articles: int
    drafts: int
    faults: tuple[Fault, ...]
    fixable: frozenset[Fault]
    places: Mapping[str, Path]
    mended: tuple[Fault, ...] = ()
    unmended: tuple[tuple[str, str], ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many faults are of that severity."""
        return sum(fault.severity is severity for fault in self.faults)

    def place(self, path: str) -> str:
        """Return the path of a fault's file from where a reader of the report stands."""
        return from_here(self.places.get(path, Path(path)))


def merged(known: Iterable[Fault], more: Iterable[Fault]) -> tuple[dict[Fault, Fault], list[Fault]]:
    """Return what became of each of the second faults, and all faults in order.

    Where both tell of one thing, the severity is that of the first and the words are those of the
    second, which has looked closer.
    """
    unmatched = defaultdict(list)
    for fault in known:
        unmatched[_key(fault)].append(fault)
    became: dict[Fault, Fault] = {}
    for fault in more:
        same = unmatched.pop(_key(fault), None)
        became[fault] = replace(fault, severity=same[0].severity) if same else fault
    faults = [*became.values(), *chain.from_iterable(unmatched.values())]
    return became, sorted(faults, key=lambda fault: (fault.path, fault.line, fault.field))


def from_here(file: Path) -> str:
    """Return a file's path from the working folder, or whole where it lies elsewhere.

    On GitHub, where steps run in any folder, it is the path from the top of the repository.
    """
    real = Path(os.path.realpath(file.parent), file.name)
    for base in (os.environ.get("GITHUB_WORKSPACE"), "."):
        if base and real.is_relative_to(home := os.path.realpath(base)):
            return real.relative_to(home).as_posix()
    return real.as_posix()


def _key(fault: Fault) -> object:
    return fault.path, fault.line, fault.field, fault.rule
