"""A line that gives way: nothing said and no room are no trouble, and all comes back with the room."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from nexus_studio.ui.kit.elided import ElidedLabel


def test_nothing_said_needs_no_room(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setContentsMargins(8, 0, 8, 0)
    label.show()
    label.resize(2, 20)  # less than its margins
    label._fit()
    assert label.text() == ""
    label.say()
    assert label.whole == ""


def test_a_lone_piece_is_cut_and_comes_back(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.say("a title too long for a narrow pane")
    label.setContentsMargins(8, 0, 8, 0)
    label.show()
    label.resize(80, 20)
    assert label.text().endswith("…")
    assert label.accessibleName() == label.whole == "a title too long for a narrow pane"
    label.resize(label.sizeHint())
    assert label.text() == label.whole
