"""Small disks that are full or read-only when a test wants them to be."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def small_disk(place: Path, *, megabytes: int) -> Iterator[Path]:
    """Give a disk of its own; skips the test where this user may make none."""
    place.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    made = mount and subprocess.run([mount, *options], capture_output=True, check=False)  # noqa: S603
    if not made or made.returncode:
        pytest.skip("mounting a small disk needs more rights than these")
    try:
        yield place
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(place)], check=True)  # noqa: S603


def make_read_only(disk: Path) -> None:
    """Let nothing be written to a small disk any more."""
    mount = shutil.which("mount") or "mount"
    subprocess.run([mount, "-o", "remount,ro", str(disk)], check=True)  # noqa: S603


def fill(disk: Path, *, leave: int = 0) -> Path:
    """Fill a disk but for so many bytes; return the file that does it."""
    filler = disk / "filler"
    size = shutil.disk_usage(disk).free - leave
    with filler.open("wb") as file:
        try:
            while size > 0:
                size -= file.write(bytes(min(size, 4096)))
                file.flush()
        except OSError:  # so full it is
            pass
    return filler
