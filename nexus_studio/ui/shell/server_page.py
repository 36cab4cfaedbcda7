"""ServerPage: how the project's own database server is, live, with Start and Stop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.servers import ServerKind, ServerState, ServerStatus
from nexus_studio.core.errors import StudioError
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.tasks import Latest, Task
from nexus_studio.ui.kit.wording import progress_sentence, sentence
from nexus_studio.ui.kit.wording_servers import STATES

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.servers import ServerHelpers

LOOK_MS = 1500
"""Milliseconds between an answer and the next question, while the page is in sight."""

_SIGN = 20  # pixels
_SIGNS = {
    ServerState.RUNNING: ("success", "success"),
    ServerState.STARTING: ("running", "info"),
    ServerState.UNHEALTHY: ("warning", "warning"),
    ServerState.RESTARTING: ("warning", "warning"),
    ServerState.PAUSED: ("pending", "text-muted"),
    ServerState.STOPPED: ("stop", "text-muted"),
    ServerState.MISSING: ("stop", "text-muted"),
}
_FORCE = "embedded.in_use"
_TAKEN = "compose.port_taken"

Helpers = Callable[[TaskContext], "ServerHelpers"]


class ServerPage(QWidget):
    """The server's state, what can be done about it, and what went wrong. It looks again while it is seen."""

    connect_asked = Signal(object)  # ServerStatus of a server that runs
    env_changed = Signal()  # `.env` was written: whoever shows it reads it again
    looked = Signal()  # an answer or an error is shown

    def __init__(self, context: UiContext, environment: Environment, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("server_page")
        self._context = context
        self._environment = environment
        self._helpers: Helpers | None = None
        self._status: ServerStatus | None = None
        self._error: StudioError | None = None
        self._acting: Task | None = None
        self._sign_shown = ("pending", "text-muted")
        self._looking = Latest(context.runner, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._make_parts()
        self._arrange()
        self._refresh()

    def open(self, helpers: Helpers) -> None:
        """Show the server of another folder; `helpers` is called in workers."""
        self._helpers = helpers
        self._status = self._error = None
        self._refresh()
        self.look()

    @property
    def status(self) -> ServerStatus | None:
        """What was seen last."""
        return self._status

    @property
    def is_acting(self) -> bool:
        """Whether the server is being started or stopped right now."""
        return self._acting is not None and self._acting.is_running

    def look(self) -> None:
        """Ask how the server is."""
        helpers, kind = self._helpers, self._kind.currentData()
        if helpers is not None and self.isVisible() and not self._looking.is_busy:
            self._looking.start(lambda ctx: helpers(ctx).status(ctx, kind), self._show_status, self._look_failed)

    def start_server(self) -> None:
        """Start the server."""
        kind = self._kind.currentData()
        self._act(self.tr("Starting the database server"), lambda helpers, ctx: helpers.start(ctx, kind))

    def stop_server(self) -> None:
        """Stop the server, after asking."""
        self._ask_stop(although_used=False)

    def showEvent(self, event: QShowEvent) -> None:
        """Look while in sight."""
        super().showEvent(event)
        self.look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self.rest()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours: a label holds a picture, not an icon."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._sign.setPixmap(icon(*self._sign_shown).pixmap(_SIGN, _SIGN))

    def rest(self) -> None:
        """Stop looking until the page is shown again."""
        self._timer.stop()
        self._looking.cancel()

    # Answers

    def _show_status(self, status: ServerStatus) -> None:
        self._status = status
        if not self.is_acting and self._error is not None and self._error.code != _TAKEN:
            self._error = None
        self._refresh()
        if self.isVisible():
            self._timer.start()
        self.looked.emit()

    def _look_failed(self, error: StudioError) -> None:
        self._status, self._error = None, error
        self._refresh()
        if self.isVisible():
            self._timer.start()  # what failed once may answer the next time
        self.looked.emit()

    def _acted(self, status: object) -> None:
        self._error = None
        if isinstance(status, ServerStatus):
            self._status = status
        self._ended()

    def _act_failed(self, error: StudioError) -> None:
        self._error = error
        self._ended()
        if error.code == _FORCE:
            self._ask_stop(although_used=True)

    def _ended(self) -> None:
        self._refresh()
        self.look()
        self.looked.emit()

    # Doing

    def _act(self, title: str, work: Callable[[ServerHelpers, TaskContext], object]) -> None:
        helpers = self._helpers
        if helpers is None or self.is_acting:
            return
        self._error = None
        self._step.setText(title)
        task = self._context.runner.operate(
            title, lambda ctx: work(helpers(ctx), ctx), owner=self, done=self._acted, failed=self._act_failed
        )
        self._acting = task
        task.progressed.connect(self._show_progress)
        task.finished.connect(self._refresh)
        self._refresh()

    def _use_port(self) -> None:
        port = self._error.facts.get("free_port") if self._error is not None else None
        if not isinstance(port, int):
            return
        free, kind = port, self._kind.currentData()

        def take_and_start(helpers: ServerHelpers, ctx: TaskContext) -> object:
            helpers.take_port(free, ctx)
            return helpers.start(ctx, kind)

        self._act(self.tr("Starting the database server"), take_and_start)
        if self._acting is not None:
            self._acting.finished.connect(self.env_changed)

    def _ask_stop(self, *, although_used: bool) -> None:
        status = self._status
        if status is None:
            return
        text = self.tr("Whoever works with it loses the connection. Its data stay.")
        if although_used:
            text = self.tr("Other programs work with it, and lose their connections. Its data stay.")
        confirmation = Confirmation(
            self.tr("Stop the database server?"), text, self.tr("Stop"), destructive=although_used, act="server.stop"
        )
        profile = ConnectionProfile(
            status.name, host="localhost", port=status.port, database=status.name, environment=self._environment
        )
        kind = self._kind.currentData()

        def stop() -> None:
            self._act(
                self.tr("Stopping the database server"),
                lambda helpers, ctx: helpers.stop(ctx, kind, although_used=although_used),
            )

        ask(confirmation, profile, self, stop)

    def _choose_kind(self) -> None:
        self._status = self._error = None
        self._looking.cancel()
        self._refresh()
        self.look()

    # Showing

    def _show_progress(self, progress: Progress) -> None:
        self._step.setText(progress_sentence(progress))

    def _refresh(self) -> None:
        status, error, is_acting = self._status, self._error, self.is_acting
        self._say_status(status, error)
        self._say_error(error if not is_acting else None)
        for widget in (self._bar, self._step, self._cancel):
            widget.setVisible(is_acting)
        is_up = status is not None and status.is_up
        is_refused = rail(act("server.stop"), self._environment) is Rail.REFUSED
        self._start.setVisible(not is_up)
        self._start.setEnabled(status is not None and not is_acting)
        self._stop.setVisible(is_up)
        self._stop.setEnabled(not is_acting and not is_refused)
        self._stop.setToolTip(self.tr("Not allowed while you are connected to production") if is_refused else "")
        self._connect.setVisible(is_up)
        self._connect.setEnabled(not is_acting)
        self._kind.setEnabled(not is_acting)

    def _say_status(self, status: ServerStatus | None, error: StudioError | None) -> None:
        if status is None:
            self._sign_shown = ("error", "danger") if error is not None else ("pending", "text-muted")
            title = self.tr("Its state can't be told") if error is not None else self.tr("Looking…")
            lines: tuple[str, ...] = ()
        else:
            self._sign_shown = _SIGNS[status.state]
            title = QCoreApplication.translate("env", STATES[status.state])
            lines = self._lines(status)
        self._sign.setPixmap(icon(*self._sign_shown).pixmap(_SIGN, _SIGN))
        self._title.setText(title)
        self._facts.setText("\n".join(lines))
        self._facts.setVisible(bool(lines))

    def _lines(self, status: ServerStatus) -> tuple[str, ...]:
        is_compose = status.kind is ServerKind.COMPOSE
        what = self.tr("Docker compose service “{name}”") if is_compose else self.tr("Embedded server")
        lines = [what.format(name=status.name)]
        if status.place:
            where = self.tr("Listens at {place}") if status.is_up else self.tr("Will listen at {place}")
            lines.append(where.format(place=status.place))
        if status.detail:
            lines.append(self.tr("Docker says: {words}").format(words=status.detail))
        if is_compose and status.is_up and not status.has_health:
            lines.append(self.tr("The compose file has no health check for it."))
        if status.exit_code:
            lines.append(self.tr("It ended with code {code}.").format(code=status.exit_code))
        if not is_compose and status.is_up:
            lines.append(self.tr("Used by %Ln program(s) now", "", status.users))
            if status.is_kept:
                lines.append(self.tr("It runs on when all of them have left."))
        if status.is_docker_missing:
            lines.append(self.tr("The project has a compose service, but docker is not installed."))
        if status.is_plugin_missing:
            lines.append(self.tr("The project has a compose service, but docker's compose plugin is not installed."))
        return tuple(lines)

    def _say_error(self, error: StudioError | None) -> None:
        self._trouble.setVisible(error is not None)
        if error is None:
            return
        said = sentence(error)
        self._trouble_title.setText(said.title)
        self._trouble_text.setText("\n".join(filter(None, (said.explanation, said.server_line))))
        self._trouble_text.setVisible(bool(self._trouble_text.text()))
        port = error.facts.get("free_port")
        self._port.setVisible(error.code == _TAKEN and bool(error.facts.get("variable")))
        self._port.setText(self.tr("Use port {port}").format(port=port))
        self._port.setAccessibleName(self._port.text())
        self._port.setToolTip(
            self.tr("Writes {variable} to .env, and starts").format(variable=error.facts.get("variable"))
        )
        self._again.setVisible(error.code != _FORCE)

    # Building

    def _make_parts(self) -> None:
        self._kind = QComboBox(self)
        self._kind.setObjectName("server.kind")
        self._kind.setAccessibleName(self.tr("Which server"))
        self._kind.addItem(self.tr("The project's own: docker compose, else embedded"), None)
        self._kind.addItem(self.tr("Docker compose"), ServerKind.COMPOSE)
        self._kind.addItem(self.tr("Embedded server"), ServerKind.EMBEDDED)
        self._kind.currentIndexChanged.connect(self._choose_kind)
        self._sign = QLabel(self)
        self._sign.setFixedSize(_SIGN, _SIGN)
        self._title = _label("server.state", self, "strong")
        self._facts = _label("server.facts", self, "muted")
        self._start = _button("server.start", self.tr("Start"), self.start_server, self, look="primary", sign="play")
        self._stop = _button("server.stop", self.tr("Stop…"), self.stop_server, self, sign="stop")
        self._connect = _button("server.connect", self.tr("Connect"), self._ask_connect, self, sign="connect")
        self._step = _label("server.step", self, "muted")
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._cancel = _button("server.cancel", self.tr("Cancel"), self._cancel_acting, self)
        self._trouble = QFrame(self)
        self._trouble.setObjectName("server.trouble")
        self._trouble.setProperty("card", True)
        self._trouble.setProperty("severity", "error")
        self._trouble_title = _label("server.trouble_title", self._trouble, "strong")
        self._trouble_text = _label("server.trouble_text", self._trouble)
        self._trouble_text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._port = _button(
            "server.use_port", self.tr("Use another port"), self._use_port, self._trouble, look="primary"
        )
        self._again = _button("server.again", self.tr("Try again"), self._try_again, self._trouble)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._title)
        words.addWidget(self._facts)
        head.addLayout(words, 1)
        buttons = QHBoxLayout()
        for button in (self._start, self._stop, self._connect):
            buttons.addWidget(button)
        buttons.addStretch(1)
        card = QFrame(self)
        card.setProperty("card", True)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 12, 16, 12)
        inside.setSpacing(12)
        inside.addLayout(head)
        inside.addLayout(buttons)
        doing = QHBoxLayout()
        doing.addWidget(self._step)
        doing.addWidget(self._bar, 1)
        doing.addWidget(self._cancel)
        inside.addLayout(doing)
        trouble = QVBoxLayout(self._trouble)
        trouble.setContentsMargins(12, 10, 12, 10)
        trouble.addWidget(self._trouble_title)
        trouble.addWidget(self._trouble_text)
        ways = QHBoxLayout()
        for button in (self._port, self._again):
            ways.addWidget(button)
        ways.addStretch(1)
        trouble.addLayout(ways)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._kind)
        column.addWidget(card)
        column.addWidget(self._trouble)
        column.addStretch(1)

    def _ask_connect(self) -> None:
        if self._status is not None:
            self.connect_asked.emit(self._status)

    def _cancel_acting(self) -> None:
        if self._acting is not None:
            self._acting.cancel()

    def _try_again(self) -> None:
        if self._status is not None and not self._status.is_up and self._error is not None:
            self.start_server()
        else:
            self._error = None
            self._refresh()
            self.look()


def _label(name: str, parent: QWidget, look: str = "") -> QLabel:
    made = QLabel(parent)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    if look:
        made.setProperty(look, True)
    return made


def _button(
    name: str, words: str, clicked: Callable[[], object], parent: QWidget, *, look: str = "", sign: str = ""
) -> QPushButton:
    made = QPushButton(words, parent)
    made.setObjectName(name)
    made.setAccessibleName(words)
    made.setAutoDefault(False)
    if look:
        made.setProperty(look, True)
    if sign:
        made.setIcon(icon(sign, "accent-text" if look == "primary" else "text"))
    made.clicked.connect(partial(_called, clicked))
    return made


def _called(run: Callable[[], object], _checked: bool = False) -> None:
    run()
