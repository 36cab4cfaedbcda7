"""Drafts that a window leaves behind as a process does that is killed, and what a window offers of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nexus_studio.services.draftfiles import owner_of
from nexus_studio.services.paths import Paths
from nexus_studio.ui.panels.data.draft_offer import DraftOffer
from nexus_studio.ui.panels.data.table_page import TablePage
from nexus_studio.ui.shell.studio import Studio
from tests.support.fix_window import PATIENCE_MS, data_panel

DEAD = "1-deadbeef"


def draft_files() -> list[Path]:
    return sorted((Paths.default().data / "drafts").rglob("*.draft"))


def wait_written(qtbot: QtBot, text: str) -> Path:
    """Wait until a file holds a text, and no other one has to be written."""

    def is_there() -> bool:
        return any(text in file.read_text() for file in draft_files())

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
    return next(file for file in draft_files() if text in file.read_text())


def as_left(file: Path) -> Path:
    """Copy a draft as one of a process that is gone."""
    left = file.with_name(file.name.replace(owner_of(file), DEAD))
    left.write_bytes(file.read_bytes())
    return left


def close(qtbot: QtBot, window: Studio) -> None:
    """Let the edits go and leave the database."""
    for page in data_panel(window).pages():
        assert page.changes is not None
        page.changes.clear()
    window.disconnect_now()
    qtbot.waitUntil(lambda: not [file for file in draft_files() if owner_of(file) != DEAD], timeout=PATIENCE_MS)


def offer_of(qtbot: QtBot, page: TablePage) -> DraftOffer:
    qtbot.waitUntil(lambda: page.findChild(DraftOffer) is not None, timeout=PATIENCE_MS)
    offer = page.findChild(DraftOffer)
    assert isinstance(offer, DraftOffer)
    return offer


def press(qtbot: QtBot, offer: DraftOffer, name: str) -> None:
    button = offer.findChild(QPushButton, name)
    assert isinstance(button, QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def wait_staged(qtbot: QtBot, page: TablePage, rows: int) -> None:
    def is_there() -> bool:
        return page.changes is not None and page.changes.counts.total == rows

    qtbot.waitUntil(is_there, timeout=PATIENCE_MS)
