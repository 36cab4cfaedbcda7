"""Marks texts for translation where they stand in tables and are translated only when shown."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Return `text` as it is; `QCoreApplication.translate(context, text)` later says it in the current language.

    The same as PySide6's, which is typed as returning `object` (6.11).
    """
    del context
    return text
