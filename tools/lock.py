"""Writes the lock files: every distribution with its hashes, and no address of an index.

requirements.lock holds what the bot runs on, requirements-dev.lock adds the sandbox and the tools,
requirements-bench.lock holds what the bot is measured beside. All hold for every Python from 3.11
on, by markers. Versions that still fit stay as they are; delete a lock to take newer ones.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "# Written by `make lock` from pyproject.toml; do not edit.\n"
BUILD = ["hatchling", "editables"]
OLDEST = "3.11"


def compile_lock(wanted: list[str], target: Path, constraint: Path | None) -> None:
    """Write the lock of these requirements, in agreement with another where one is given."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "wanted.in"), Path(folder, "wanted.txt")
        lines = [*wanted, *([f"-c {constraint}"] if constraint else [])]
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if target.exists():
            result.write_bytes(target.read_bytes())
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
            *("--python-version", OLDEST, "--generate-hashes", "--no-strip-extras"),
            *("--no-annotate", "--no-header"),
            *("--output-file", str(result), str(source)),
        ]
        subprocess.run(command, check=True)  # noqa: S603 (no input from outside)
        text = result.read_text(encoding="utf-8")
    target.write_text(HEADER + text, encoding="utf-8")
    print(f"{target.name}: {sum('==' in line for line in text.splitlines())} distributions")


def main() -> None:
    """Write all lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    tools = project["dependency-groups"]["dev"]
    compile_lock(runtime, ROOT / "requirements.lock", None)
    compile_lock(
        [*runtime, *tools, *BUILD], ROOT / "requirements-dev.lock", ROOT / "requirements.lock"
    )
    peers = project["dependency-groups"]["bench"]
    compile_lock(peers, ROOT / "requirements-bench.lock", ROOT / "requirements-dev.lock")


if __name__ == "__main__":
    main()
