"""The connection dialog: what its fields say is what the connection is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.shell.connect_dialog import ConnectDialog
from nexus_studio.ui.shell.doors import Target


def test_a_project_and_its_interpreter(qtbot: QtBot) -> None:
    profile = ConnectionProfile("shop", database="shop", project=Path("/srv/shop"), python=Path("/srv/venv/bin/python"))
    dialog = ConnectDialog(target=Target(profile, None))
    qtbot.addWidget(dialog)
    assert dialog.target().profile == profile
    field = dialog.findChild(QLineEdit, "connect.python")
    assert field is not None
    field.clear()
    assert dialog.target().profile.python is None
    qtbot.keyClicks(field, " /opt/python ")
    assert dialog.target().profile.python == Path("/opt/python")
