"""The connection dialog: what its fields say is what the connection is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QLineEdit
from pytestqt.qtbot import QtBot

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.shell.connect_dialog import ConnectDialog
from nexus_studio.ui.shell.doors import Target
from tests.support.widgets import child


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


def test_the_health_url_is_kept_when_another_url_is_pasted(qtbot: QtBot) -> None:
    profile = ConnectionProfile("shop", host="db", database="shop", health_url="https://shop.example/api/health")
    dialog = ConnectDialog(None, Target(profile, None))
    qtbot.addWidget(dialog)
    assert child(dialog, QLineEdit, "connect.health").text() == profile.health_url
    child(dialog, QLineEdit, "connect.url").setText("postgresql://ada@other:5433/shop_b")
    assert dialog.target().profile.database == "shop_b"
    assert dialog.target().profile.health_url == profile.health_url
    child(dialog, QLineEdit, "connect.health").setText("  ")
    assert dialog.target().profile.health_url == ""


def test_whose_ways_a_prisma_project_goes_and_whether_updated_at_is_set(qtbot: QtBot) -> None:
    profile = ConnectionProfile("shop", host="db", database="shop", prisma_version="6.19.3", fills_updated_at=True)
    dialog = ConnectDialog(None, Target(profile, None))
    qtbot.addWidget(dialog)
    child(dialog, QLineEdit, "connect.url").setText("postgresql://ada@other:5433/shop_b")
    assert dialog.target().profile.prisma_version == "6.19.3"
    assert dialog.target().profile.fills_updated_at
    field = child(dialog, QLineEdit, "connect.prisma_version")
    field.clear()
    qtbot.keyClicks(field, "7.10.1 or so")
    assert field.text() == "7.10.1", "no letter is taken"
    child(dialog, QCheckBox, "connect.fills_updated_at").click()
    assert dialog.target().profile.prisma_version == "7.10.1"
    assert not dialog.target().profile.fills_updated_at
