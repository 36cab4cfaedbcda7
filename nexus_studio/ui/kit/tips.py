"""Tooltips of what others have written: names, statements. Qt would take markup in them for its own."""

from __future__ import annotations

import html
from typing import Final

_MOST: Final = 1500  # characters; more would fill the screen


def plain_tip(text: str) -> str:
    """Return a text as a tooltip that wraps and shows it as it is, its beginning where it is long; "" for none."""
    if not text:
        return ""
    shown = text if len(text) <= _MOST else f"{text[:_MOST]}…"
    return "<qt>" + html.escape(shown).replace("\n", "<br>") + "</qt>"
