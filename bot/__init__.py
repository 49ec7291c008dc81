"""Gazette: a Discord bot that posts curated articles."""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("gazette")
