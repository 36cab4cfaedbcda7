"""The dialog "Server and .env": live state, start and stop, a taken port, and the file as a form."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nexus_studio.core.admin.servers import ServerKind, ServerState
from nexus_studio.core.profiles import Environment
from nexus_studio.services import composeserver
from nexus_studio.services.servers import ServerHelpers
from nexus_studio.ui.kit.confirm import ConfirmDialog
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.elided import ElidedLabel
from nexus_studio.ui.shell import server_page
from nexus_studio.ui.shell.env_row import EnvRow
from nexus_studio.ui.shell.server_dialog import ServerDialog
from tests.support.fix_docker import FakeDocker, port_of
from tests.support.fix_window import PATIENCE_MS, OpenWindow
from tests.support.widgets import child, unnamed_widgets, unreachable_widgets

Open = Callable[..., ServerDialog]


@pytest.fixture
def open_dialog(
    open_window: OpenWindow, shop: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Open:
    """A function that opens the dialog on the shop over the window's welcome page, and waits for its first answers."""
    monkeypatch.setattr(composeserver, "POLL_S", 0.01)
    monkeypatch.setattr(server_page, "LOOK_MS", 50)
    monkeypatch.chdir(tmp_path)

    def open_on(environment: Environment = Environment.DEVELOPMENT) -> ServerDialog:
        window = open_window(None, wait=False)
        context: UiContext = window.context
        dialog = ServerDialog(
            context, lambda folder, _ctx: ServerHelpers(folder, tmp_path / "embedded"), shop, environment, window
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        qtbot.waitUntil(lambda: has_answers(dialog), timeout=PATIENCE_MS)
        return dialog

    return open_on


def has_answers(dialog: ServerDialog) -> bool:
    is_said = dialog.server.status is not None or child(dialog, QFrame, "server.trouble").isVisible()
    return is_said and dialog.env.report is not None


def shows(dialog: ServerDialog, folder: Path) -> bool:
    return has_answers(dialog) and child(dialog, ElidedLabel, "server.folder").whole == str(folder)


def click(root: QWidget, name: str) -> None:
    button = child(root, QPushButton, name)
    assert button.isVisible(), name
    assert button.isEnabled(), name
    button.click()


def state_of(dialog: ServerDialog) -> ServerState | None:
    status = dialog.server.status
    return status.state if status is not None else None


def confirm(dialog: ServerDialog, qtbot: QtBot) -> None:
    asked = next(each for each in dialog.server.findChildren(ConfirmDialog) if each.isVisible())
    with qtbot.waitSignal(asked.finished):
        child(asked, QPushButton, "confirm_do").click()


def close(dialog: QDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()


def test_the_service_is_started_seen_live_and_stopped(
    open_dialog: Open, fake_docker_on_path: FakeDocker, qtbot: QtBot
) -> None:
    dialog = open_dialog()
    state = child(dialog, QLabel, "server.state")
    assert state.text() == "Never started yet"
    assert unnamed_widgets(dialog) == []
    assert unreachable_widgets(dialog) == []
    fake_docker_on_path.set(health=["starting", "healthy"])
    click(dialog, "server.start")
    qtbot.waitUntil(lambda: state.text() == "Running" and not dialog.server.is_acting, timeout=PATIENCE_MS)
    assert "healthy" in child(dialog, QLabel, "server.facts").text()
    fake_docker_on_path.set(health=["unhealthy"])  # somebody broke it: the dialog sees that by itself
    qtbot.waitUntil(lambda: state.text() == "Running, but not well", timeout=PATIENCE_MS)
    click(dialog, "server.stop")
    assert fake_docker_on_path.state["container"] == "running"  # not before it is confirmed
    confirm(dialog, qtbot)
    qtbot.waitUntil(lambda: state_of(dialog) is ServerState.STOPPED, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not dialog.server.is_acting, timeout=PATIENCE_MS)
    assert child(dialog, QPushButton, "server.start").isVisible()
    close(dialog, qtbot)


@pytest.mark.parametrize("environment", Environment)
def test_stop_in_every_environment(
    open_dialog: Open, fake_docker_on_path: FakeDocker, qtbot: QtBot, environment: Environment
) -> None:
    fake_docker_on_path.set(container="running", health=["healthy"])
    dialog = open_dialog(environment)
    button = child(dialog, QPushButton, "server.stop")
    assert button.isEnabled() == (environment is not Environment.PRODUCTION)
    button.click()
    asked = [each for each in dialog.server.findChildren(ConfirmDialog) if each.isVisible()]
    assert len(asked) == (environment is not Environment.PRODUCTION)
    for each in asked:
        assert not child(each, QLineEdit, "confirm_name").isVisible()
        with qtbot.waitSignal(each.finished):
            each.reject()
    assert fake_docker_on_path.state["container"] == "running"
    close(dialog, qtbot)


def test_a_taken_port_is_changed_by_one_click(
    open_dialog: Open, fake_docker_on_path: FakeDocker, shop: Path, qtbot: QtBot
) -> None:
    port = port_of(shop)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        dialog = open_dialog()
        click(dialog, "server.start")
        title = child(dialog, QLabel, "server.trouble_title")
        qtbot.waitUntil(lambda: title.isVisible() and not dialog.server.is_acting, timeout=PATIENCE_MS)
        assert title.text() == f"Port {port} is taken"
        assert f"({os.getpid()}) holds port" in child(dialog, QLabel, "server.trouble_text").text()
        with qtbot.waitSignal(dialog.server.env_changed, timeout=PATIENCE_MS):
            click(dialog, "server.use_port")
        qtbot.waitUntil(lambda: state_of(dialog) is ServerState.RUNNING, timeout=PATIENCE_MS)
    free = fake_docker_on_path.state["port"]
    assert free > port
    assert f"POSTGRES_PORT={free}\n" in (shop / ".env").read_text()
    assert not title.isVisible()
    qtbot.waitUntil(lambda: dialog.env.row("POSTGRES_PORT") is not None, timeout=PATIENCE_MS)
    close(dialog, qtbot)


def test_docker_that_does_not_run_leaves_the_embedded_server(
    open_dialog: Open, fake_docker_on_path: FakeDocker, qtbot: QtBot
) -> None:
    fake_docker_on_path.set(fails={"ps": [1, "Cannot connect to the Docker daemon. Is the docker daemon running?"]})
    dialog = open_dialog()
    assert child(dialog, QLabel, "server.trouble_title").text() == "Docker is installed, but does not run"
    assert not child(dialog, QPushButton, "server.start").isEnabled()
    kind = child(dialog, QComboBox, "server.kind")
    kind.setCurrentIndex(kind.findData(ServerKind.EMBEDDED))
    qtbot.waitUntil(lambda: state_of(dialog) is ServerState.MISSING, timeout=PATIENCE_MS)
    assert child(dialog, QPushButton, "server.start").isEnabled()
    fake_docker_on_path.set(fails={})
    kind.setCurrentIndex(kind.findData(ServerKind.COMPOSE))
    qtbot.waitUntil(lambda: dialog.server.status is not None, timeout=PATIENCE_MS)
    assert not child(dialog, QFrame, "server.trouble").isVisible()
    close(dialog, qtbot)


def test_docker_without_compose_leaves_the_embedded_server_unasked(
    open_dialog: Open, fake_docker_on_path: FakeDocker, qtbot: QtBot
) -> None:
    fake_docker_on_path.set(fails={"ps": [1, "docker: 'compose' is not a docker command."]})
    dialog = open_dialog()
    assert state_of(dialog) is ServerState.MISSING
    assert "docker's compose plugin is not installed" in child(dialog, QLabel, "server.facts").text()
    assert not child(dialog, QFrame, "server.trouble").isVisible()
    assert child(dialog, QPushButton, "server.start").isEnabled()
    close(dialog, qtbot)


def row(dialog: ServerDialog, name: str) -> EnvRow:
    found = dialog.env.row(name)
    assert found is not None
    return found


def test_the_file_is_created_and_edited_as_a_form(
    open_dialog: Open, fake_docker_on_path: FakeDocker, shop: Path, qtbot: QtBot
) -> None:
    assert fake_docker_on_path.calls == []
    dialog = open_dialog()
    dialog.show_env()
    child(dialog, QCheckBox, "env.strong").setChecked(True)
    with qtbot.waitSignal(dialog.env.saved, timeout=PATIENCE_MS):
        click(dialog, "env.create")
    file = shop / ".env"
    made = file.read_text()
    assert "POSTGRES_PASSWORD=postgres" not in made
    assert child(dialog, QLabel, "env.summary").text() == "The file is in order."

    secret = child(dialog, QLineEdit, "env.value_POSTGRES_PASSWORD")
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    eye = child_action(secret, "env.show_POSTGRES_PASSWORD")
    eye.trigger()
    assert secret.echoMode() is QLineEdit.EchoMode.Normal
    eye.trigger()
    assert secret.echoMode() is QLineEdit.EchoMode.Password

    save = child(dialog, QPushButton, "env.save")
    assert not save.isEnabled()
    port = child(dialog, QLineEdit, "env.value_POSTGRES_PORT")
    port.setText("70000")
    child(dialog, QLineEdit, "env.new_name").setText("MAIL_FROM")
    click(dialog, "env.add")
    child(dialog, QLineEdit, "env.value_MAIL_FROM").setText("a shop")
    child(dialog, QToolButton, "env.remove_POSTGRES_USER").click()
    assert save.isEnabled()
    with qtbot.waitSignal(dialog.env.saved, timeout=PATIENCE_MS):
        click(dialog, "env.save")
    assert file.read_text() == (
        made.replace(f"POSTGRES_PORT={port_of(shop)}", "POSTGRES_PORT=70000").replace("POSTGRES_USER=postgres\n", "")
        + 'MAIL_FROM="a shop"\n'
    )
    assert unnamed_widgets(dialog) == []
    said = [label.text() for label in row(dialog, "POSTGRES_PORT").findChildren(QLabel)]
    assert "It is no port: a number from 1 to 65535." in said
    assert [label.text() for label in row(dialog, "POSTGRES_USER").findChildren(QLabel)][-1].startswith("It is missing")
    close(dialog, qtbot)


def child_action(field: QLineEdit, name: str) -> QAction:
    return next(each for each in field.actions() if each.objectName() == name)


def test_what_somebody_else_changed_is_not_overwritten(
    open_dialog: Open, fake_docker_on_path: FakeDocker, shop: Path, qtbot: QtBot
) -> None:
    assert fake_docker_on_path.calls == []
    file = shop / ".env"
    file.write_text("POSTGRES_PORT=1\nKEY='two\nlines'\n")
    dialog = open_dialog()
    dialog.show_env()
    assert child(dialog, QLineEdit, "env.value_KEY").isReadOnly()
    child(dialog, QLineEdit, "env.value_POSTGRES_PORT").setText("2")
    file.write_text("POSTGRES_PORT=3\n")
    with qtbot.waitSignal(dialog.env.shown, timeout=PATIENCE_MS):
        click(dialog, "env.save")
    assert "meanwhile" in child(dialog, QLabel, "env.trouble_text").text()
    assert file.read_text() == "POSTGRES_PORT=3\n"
    assert child(dialog, QLineEdit, "env.value_POSTGRES_PORT").text() == "2"  # what was typed is not lost

    dialog.reject()  # asks first
    asked = next(each for each in dialog.findChildren(ConfirmDialog) if each.isVisible())
    with qtbot.waitSignal(asked.finished):
        asked.reject()
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.env.shown, timeout=PATIENCE_MS):
        click(dialog, "env.again")
    assert child(dialog, QLineEdit, "env.value_POSTGRES_PORT").text() == "3"
    close(dialog, qtbot)


def test_the_ways_to_the_dialog(
    open_window: OpenWindow, fake_docker_on_path: FakeDocker, shop: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fake_docker_on_path.calls == []
    monkeypatch.chdir(shop)
    window = open_window(None, wait=False)
    welcome = child(window, QPushButton, "welcome.server")
    qtbot.waitUntil(lambda: welcome.isVisible() and window._actions is not None, timeout=PATIENCE_MS)
    assert window._actions is not None
    action = window._actions.action("shell.server")
    for way in (welcome.click, action.trigger, lambda: window._cure("server.open")):
        way()
        dialog = window.findChild(ServerDialog, "server_dialog")
        assert dialog is not None
        qtbot.waitUntil(partial(shows, dialog, shop), timeout=PATIENCE_MS)
        close(dialog, qtbot)
    window._fill_connection_menu()
    assert "Server and .env…" in [each.text() for each in window._connection_menu.actions()]
