"""`python -m bot` is the same program as `gazette`."""

from __future__ import annotations

from bot.cli import main

if __name__ == "__main__":
    main()
