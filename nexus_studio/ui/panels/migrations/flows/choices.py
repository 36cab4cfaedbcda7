"""Revisions to choose from, in a combo box, named by message and id."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox

from nexus_studio.core.admin.migrations import RevisionReport

_MOST_VISIBLE = 16
_LEAST_LETTERS = 32


def named(report: RevisionReport) -> str:
    """Name a revision for people: its message, then its id."""
    message = report.file.message if report.file is not None else ""
    return f"{message}  {report.revision}".strip()


def fill(box: QComboBox, choices: Sequence[tuple[str, str]], chosen: str) -> None:
    """Offer (value, words) pairs; `chosen` may be the beginning of a value."""
    box.clear()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(_LEAST_LETTERS)
    box.setMaxVisibleItems(_MOST_VISIBLE)
    for value, words in choices:
        box.addItem(words, value)
    values = [value for value, _ in choices]
    if chosen:
        begun = [place for place, value in enumerate(values) if value == chosen or value.startswith(chosen)]
        box.setCurrentIndex(begun[0] if begun else 0)
