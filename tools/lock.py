"""Writes the lock files: every distribution with its hashes, and no address of an index.

requirements.lock holds what the bot runs on, requirements-dev.lock adds the sandbox and the tools.
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


def compile_lock(wanted: list[str], target: Path, constraint: Path | None) -> None:
    """Write the lock of these requirements, in agreement with another where one is given."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "wanted.in")
        lines = [*wanted, *([f"-c {constraint}"] if constraint else [])]
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [
            *(sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes"),
            *("--allow-unsafe", "--strip-extras", "--no-annotate", "--no-header"),
            *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"),
            *("--output-file", str(Path(folder, "wanted.txt")), str(source)),
        ]
        subprocess.run(command, check=True)  # noqa: S603 (no input from outside)
        text = Path(folder, "wanted.txt").read_text(encoding="utf-8")
    target.write_text(HEADER + text, encoding="utf-8")
    print(f"{target.name}: {sum('==' in line for line in text.splitlines())} distributions")


def main() -> None:
    """Write both lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    tools = project["dependency-groups"]["dev"]
    compile_lock(runtime, ROOT / "requirements.lock", None)
    compile_lock(
        [*runtime, *tools, *BUILD], ROOT / "requirements-dev.lock", ROOT / "requirements.lock"
    )


if __name__ == "__main__":
    main()
