"""Numbers as the command line takes them. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from typing import Final

MOST: Final = (1 << 63) - 1
"""The biggest number that PostgreSQL and SQLite can be asked about."""


def positive(text: str) -> int:
    """Read a whole number from 1 on."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no whole number") from None
    if not 1 <= number <= MOST:
        raise argparse.ArgumentTypeError("must be 1 or more" if number < 1 else "is too big")
    return number
