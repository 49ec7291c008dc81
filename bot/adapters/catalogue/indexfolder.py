"""The folder that keeps the search index, and the seal that says it is whole and of what."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from pathlib import Path

_SEAL = "seal.json"
_REWRITTEN = frozenset({"meta.json", ".managed.json"})  # all others are written once
_LOCKS = ".lock"


class IndexFolder:
    """Knows whether what lies in the folder is what was last written there.

    The seal holds the sums of all files. It is broken before anything changes, so that neither a
    crash nor a damaged disk leaves an index that is trusted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sums: dict[str, int] = {}
        self._sealed = ""

    def examine(self) -> str:
        """Return the generation that is written on an unbroken seal, or nothing."""
        try:
            seal: Any = json.loads((self.folder / _SEAL).read_bytes())
            sums = self._summed({})
        except (OSError, ValueError):
            return ""
        if not isinstance(seal, dict) or seal.get("sums") != sums:
            return ""
        self._sums, self._sealed = sums, str(seal.get("generation", ""))
        return self._sealed

    def emptied(self) -> Path:
        """Return the folder with nothing in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        self._sums, self._sealed = {}, ""
        return self.folder

    def break_seal(self) -> None:
        """Say that the index is about to change."""
        (self.folder / _SEAL).unlink(missing_ok=True)
        self._sealed = ""

    def seal(self, generation: str) -> None:
        """Say that the index is whole, and of which generation."""
        if generation == self._sealed:
            return
        self._sums = self._summed(self._sums)
        text = json.dumps({"generation": generation, "sums": self._sums})
        temporary = self.folder / f"{_SEAL}.new"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.folder / _SEAL)
        self._sealed = generation

    def _summed(self, known: dict[str, int]) -> dict[str, int]:
        """Return the sum of each file; those of files that are never rewritten may be known."""
        return {
            file.name: known[file.name]
            if file.name in known and file.name not in _REWRITTEN
            else crc32(file.read_bytes())
            for file in sorted(self.folder.iterdir())
            if not file.name.startswith(_SEAL) and not file.name.endswith(_LOCKS)
        }
