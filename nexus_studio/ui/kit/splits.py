"""Splitters that remember where a person has put them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter, QWidget

from nexus_studio.core.settings import Option
from nexus_studio.ui.kit.settings import SettingsHolder


def fill_split(split: QSplitter, name: str, parts: Sequence[tuple[QWidget, int]], sizes: Sequence[int] = ()) -> None:
    """Put parts side by side (or one below the other), none of which can be made to vanish.

    Args:
        split: Where to.
        name: Its objectName.
        parts: Each with its share of what room there is to spare.
        sizes: How they begin, in pixels; the shares where nothing is said.
    """
    split.setObjectName(name)
    split.setChildrenCollapsible(False)
    for part, share in parts:
        split.addWidget(part)
        split.setStretchFactor(split.count() - 1, share)
    split.setSizes(list(sizes or (share for _, share in parts)))


def restore_split(split: QSplitter, settings: SettingsHolder, option: Option[str]) -> None:
    """Put a splitter where it was when it was kept, if ever."""
    if saved := settings.get(option):
        split.restoreState(QByteArray.fromBase64(saved.encode()))


def keep_split(split: QSplitter, settings: SettingsHolder, option: Option[str]) -> None:
    """Keep where a splitter is."""
    settings.set(option, split.saveState().toBase64().toStdString())
