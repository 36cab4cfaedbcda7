"""What fills the main window: places panels, connection pages, bars and actions; it holds no other logic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.data.filters import Filter
from nexus_studio.core.effects import Effects
from nexus_studio.core.errors import ConnectionFailed, ConnectionLost, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.settings import UI_LANGUAGE, UI_THEME, WINDOW_GEOMETRY
from nexus_studio.ui.kit.actions import ActionTable
from nexus_studio.ui.kit.confirm import Confirmation, ask
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.environments import environment_name
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.notices import NoticeButton, NoticeStrip
from nexus_studio.ui.kit.pages import ErrorPage
from nexus_studio.ui.kit.panels import PaletteEntry, Panel, PanelSpec, PanelState
from nexus_studio.ui.kit.tasks import Task
from nexus_studio.ui.kit.wording import NextStep, set_masking
from nexus_studio.ui.shell.actions import panel_action, panel_actions, shell_actions
from nexus_studio.ui.shell.connect_dialog import ConnectDialog, PasswordDialog, warning_text
from nexus_studio.ui.shell.connection import ConnectionController
from nexus_studio.ui.shell.doors import Doors, Target
from nexus_studio.ui.shell.main_window import MainWindow
from nexus_studio.ui.shell.notice_history import NoticeHistory
from nexus_studio.ui.shell.palette import Palette
from nexus_studio.ui.shell.safety_desk import SafetyDesk, as_declared
from nexus_studio.ui.shell.server_dialog import ServerDialog
from nexus_studio.ui.shell.status_bar import StatusBar
from nexus_studio.ui.shell.top_bar import TopBar
from nexus_studio.ui.shell.waiting import WaitingPage
from nexus_studio.ui.shell.welcome import WelcomePage

if TYPE_CHECKING:  # see doors.py
    from nexus_studio.services.workspace import Workspace

_RAIL_WIDTH = 100
_TO_PANEL = "panel."  # and its id: a step that leads to another panel
LOST = "connection.lost"
CLOSED = "connection.closed"
LOCKED = "session.locked"
DISAGREES = "environment.disagrees"
OPEN_DECLARED = "environment.open_declared"

_RAIL_LETTERS = 10  # of a title on one line of the rail


def _broken(title: str) -> str:
    """Break a title that is too long for the rail at the space nearest to its middle."""
    spaces = [place for place, letter in enumerate(title) if letter == " "]
    if len(title) <= _RAIL_LETTERS or not spaces:
        return title
    place = min(spaces, key=lambda each: abs(each - len(title) / 2))
    return f"{title[:place]}\n{title[place + 1 :]}"


class Studio(QWidget):
    """Rail, panels, pages, bars: the central widget of a `MainWindow`, with its menus and status bar."""

    def __init__(self, window: MainWindow, context: UiContext, doors: Doors) -> None:
        super().__init__(window)
        self.setObjectName("studio")
        self.frame = window
        self.context = context
        self.connection = ConnectionController(context.runner, doors, self)
        self.safety = SafetyDesk(context, doors, self)
        self._doors = doors
        self._panels: dict[str, Panel] = {}
        self._specs: dict[str, PanelSpec] = {}
        self._failed_target: Target | None = None
        self._failure: StudioError | None = None
        self._workspace: Workspace | None = None
        self._saved_profiles: tuple[ConnectionProfile, ...] = ()
        self._build()
        self._wire()
        self._show_page(self._waiting)
        window.setWindowIcon(icon("app"))
        window.setCentralWidget(self)
        window.setStatusBar(self._status)
        window.may_close = self._closing

    # what app.py and the tests call

    def begin(self) -> None:
        """Import the panels in the background, then connect to what was asked for."""
        self.context.runner.query(self._doors.panels, owner=self, done=self._install)

    def panel(self, panel_id: str) -> Panel | None:
        """Return a panel by id; None before it was made."""
        return self._panels.get(panel_id)

    @property
    def current_panel(self) -> Panel | None:
        """The panel in sight; None while none is."""
        if self._pages.currentWidget() is not self._panel_stack:
            return None
        widget = self._panel_stack.currentWidget()
        return widget if isinstance(widget, Panel) else None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _closing(self) -> bool:
        if not all(panel.may_close() for panel in self._panels.values()):
            return False
        self.context.settings.set(WINDOW_GEOMETRY, self.frame.saved_geometry())
        for panel in self._panels.values():
            panel.leave()
        self.connection.cancel()
        return True

    # building

    def _build(self) -> None:
        self._connection_menu = QMenu(self)
        self._settings_menu = QMenu(self)
        self._connection_menu.aboutToShow.connect(self._fill_connection_menu)
        self._settings_menu.aboutToShow.connect(self._fill_settings_menu)
        self._top = TopBar(self._connection_menu, self._settings_menu, self)
        self._strip = NoticeStrip(self.context.notices, self)
        self._rail = QFrame(self)
        self._rail.setObjectName("rail")
        self._rail.setFixedWidth(_RAIL_WIDTH)
        self._rail_buttons = QButtonGroup(self)
        self._rail_line = QVBoxLayout(self._rail)
        self._rail_line.setContentsMargins(6, 8, 6, 8)
        self._rail_line.setSpacing(4)
        self._rail_line.addStretch(1)
        self._rail.hide()
        self._welcome = WelcomePage(self)
        self._waiting = WaitingPage(self)
        self._error = ErrorPage(self)
        self._panel_stack = QStackedWidget(self)
        self._pages = QStackedWidget(self)
        for page in (self._welcome, self._waiting, self._error, self._panel_stack):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addWidget(self._strip)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addWidget(self._pages, 1)
        column.addLayout(row, 1)
        self._status = StatusBar(self.context.runner, self.frame)
        self._actions: ActionTable | None = None  # made once the panels have told theirs

    def _wire(self) -> None:
        connection = self.connection
        connection.waiting.connect(self._show_waiting)
        connection.opened.connect(self._show_workspace)
        connection.failed.connect(self._show_failure)
        connection.nothing_to_open.connect(self.show_welcome)
        connection.closed.connect(self._forget_workspace)
        connection.restored.connect(self._restored)
        connection.is_sure = self.safety.is_sure
        connection.doubted.connect(self.safety.ask_about)
        self._wire_safety()
        self._welcome.demo_asked.connect(connection.start_demo)
        self._welcome.new_connection_asked.connect(self.ask_connection)
        self._welcome.folder_asked.connect(self.ask_folder)
        self._welcome.server_asked.connect(self.ask_server)
        self._welcome.profile_chosen.connect(connection.connect_to_profile)
        self._welcome.removal_asked.connect(self.ask_removal)
        self._waiting.cancelled.connect(self._give_up)
        self._error.chosen.connect(self._cure)
        self._top.palette_asked.connect(self.show_palette)
        self._top.theme_toggled.connect(self.toggle_theme)
        self._strip.history_asked.connect(lambda: NoticeHistory(self.context.notices, self).open())
        self.context.notices.chosen.connect(self._cure)
        self.context.runner.failed_unheard.connect(self._task_failed)
        self.context.bus.published.connect(self._spread)

    def _wire_safety(self) -> None:
        self._top.unlock_asked.connect(self.ask_unlock)
        self._top.lock_asked.connect(self.lock)
        self.safety.target_chosen.connect(self.connection.connect_to)
        self.safety.given_up.connect(self._give_up)
        self.safety.declared.connect(self._open_declared)
        keeper = self.safety.keeper
        keeper.changed.connect(self._access_changed)
        keeper.ticked.connect(self._show_lock)
        keeper.run_out.connect(self._tell_run_out)

    def _install(self, specs: tuple[PanelSpec, ...]) -> None:
        declared = [
            *(action for spec in specs for action in spec.actions),
            *panel_actions(specs, self.show_panel),
            *shell_actions(self),
        ]
        self._actions = ActionTable(sorted(declared, key=lambda action: action.group), lambda: self.current_panel, self)
        self._actions.install(self.frame)
        for spec in specs:
            self._specs[spec.id] = spec
            button = QToolButton(self._rail)
            button.setObjectName(f"rail.{spec.id}")
            button.setCheckable(True)
            button.setProperty("rail", True)
            button.setIcon(icon(spec.icon))
            button.setIconSize(QSize(20, 20))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self.show_panel, spec.id))
            self._rail_buttons.addButton(button)
            self._rail_line.insertWidget(self._rail_line.count() - 1, button)
        self._retranslate()
        self.connection.start()

    def _retranslate(self) -> None:
        for spec in self._specs.values():
            button = self._rail.findChild(QToolButton, f"rail.{spec.id}")
            if isinstance(button, QToolButton):
                button.setText(_broken(spec.translated_title).replace("&", "&&"))
                button.setAccessibleName(spec.translated_title)
                button.setToolTip(self._actions.action(panel_action(spec.id)).toolTip() if self._actions else "")
        self._refresh_actions()

    # pages

    def show_welcome(self) -> None:
        """Show the three ways in."""
        self._show_page(self._welcome)
        self._welcome.setFocus()
        self._read_profiles()

    def quit(self) -> None:
        """Close the window, unless staged edits are to be kept."""
        self.frame.close()

    def show_panel(self, panel_id: str) -> None:
        """Bring a panel to the front, making it when it is wanted for the first time."""
        if self._workspace is None:
            return
        panel = self._panels.get(panel_id)
        if panel is None:
            panel = self._specs[panel_id].make(self.context)
            panel.state_changed.connect(self._refresh_actions)
            panel.open_relation.connect(self.open_relation)
            panel.stage_asked.connect(self.stage)
            panel.stage_all_asked.connect(self.stage_all)
            panel.failed.connect(self._panel_failed)
            panel.step_asked.connect(self._cure)
            self._panels[panel_id] = panel
            self._panel_stack.addWidget(panel)
            panel.open(self._workspace)
        self._panel_stack.setCurrentWidget(panel)
        button = self._rail.findChild(QToolButton, f"rail.{panel_id}")
        if isinstance(button, QToolButton):
            button.setChecked(True)
        self._show_page(self._panel_stack)
        panel.setFocus()

    def _show_page(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self._rail.setVisible(page is self._panel_stack)
        self._refresh_actions()

    def _show_waiting(self, target: Target | None, task: Task) -> None:
        if self._workspace is not None:
            return
        self._waiting.show_task(target.profile.place if target else "", task)
        self._show_page(self._waiting)

    def _show_workspace(self, workspace: Workspace) -> None:
        self._workspace = workspace
        set_masking(workspace.session.profile.masking)
        target = self.connection.target
        for panel in self._panels.values():
            panel.open(workspace)
        self._top.show_connection(workspace.session.profile, read_only=workspace.session.is_read_only)
        self._status.show_workspace(workspace)
        self.safety.watch(workspace)
        self._show_lock()
        self.frame.setWindowTitle(f"{workspace.session.profile.place} — Nexus Studio")
        self.context.notices.withdraw(LOST)
        if target is not None and target.warnings:
            text = " ".join(warning_text(code, parameter) for code, parameter in target.warnings)
            self.context.notices.warning(text, key="url.warnings")
        if self._specs:
            self.show_panel(next(iter(self._specs)))
        for spec in self._specs.values():
            if spec.at_start is not None:
                spec.at_start(self.context, workspace, self)
        self._read_profiles()

    def _show_failure(self, target: Target | None, error: StudioError) -> None:
        self._failed_target, self._failure = target, error
        if self._workspace is not None:
            self._lost(error)
            return
        steps: tuple[NextStep, ...] = ()
        if error.code == DISAGREES:
            name = environment_name(Environment(str(error.facts["declared"])))
            steps = (NextStep(OPEN_DECLARED, self.tr("Open as “{environment}”").format(environment=name)),)
        self._error.show_error(error, steps)
        self._show_page(self._error)

    def _forget_workspace(self) -> None:
        self._workspace = None
        set_masking(False)
        self._status.show_widget(None)
        for panel in self._panels.values():
            panel.leave()
            self._panel_stack.removeWidget(panel)
            panel.deleteLater()
        self._panels.clear()
        self.safety.watch(None)
        self._top.show_connection(None)
        self._status.show_workspace(None)
        self.frame.setWindowTitle("Nexus Studio")

    # lost and found

    def _task_failed(self, task: Task, error: StudioError) -> None:
        self._tell(error, what=task.title)

    def _panel_failed(self, error: StudioError) -> None:
        self._tell(error, key="panel")

    def _tell(self, error: StudioError, *, what: str = "", key: str = "") -> None:
        if error.code == CLOSED:
            return  # leftover work met a session that was closed on purpose
        if isinstance(error, ConnectionLost | ConnectionFailed) and self._workspace is not None:
            self._lost(error)
        else:
            self.context.notices.failed(error, what=what, key=key)

    def _lost(self, error: StudioError) -> None:
        """Say that the line is cut; everything staged stays, and the way back is one click."""
        self._status.show_workspace(self._workspace, lost=True)
        again = NoticeButton(self.tr("Reconnect"), self.connection.check)
        what = self.tr("The connection is lost")
        if any(panel.state().dirty for panel in self._panels.values()):
            what = self.tr("The connection is lost; your edits are kept")
        self.context.notices.failed(error, what=what, buttons=(again,), key=LOST)

    def _restored(self) -> None:
        self.context.notices.withdraw(LOST)
        self.context.notices.success(self.tr("Connected again"), key=LOST)
        self._status.show_workspace(self._workspace)
        for panel in self._panels.values():
            if self._workspace is not None:
                panel.open(self._workspace)

    def _give_up(self) -> None:
        self.connection.cancel()
        self.show_welcome()

    # what actions and next steps do

    def _cure(self, step: str) -> None:
        """Do the next step that an error's page or notice offers, by its id."""
        target = self._failed_target or self.connection.target
        steps: dict[str, Callable[[], object]] = {
            "connection.retry": self.connection.check if self._workspace is not None else self.connection.retry,
            "connection.reconnect": self.connection.check,
            "connection.new": self.ask_connection,
            "connection.edit": lambda: self.ask_connection(target),
            "demo.start": self.connection.check if self._is_demo else self.switch_to_demo,
            "project.open": self.ask_folder,
            "server.open": self.ask_server,
            "session.unlock": self.ask_unlock,
            "compose.copy": lambda: QGuiApplication.clipboard().setText("docker compose up -d"),
        }
        if step in steps:
            steps[step]()
        elif step.startswith(_TO_PANEL):
            self.show_panel(step.removeprefix(_TO_PANEL))
        elif step == OPEN_DECLARED and target is not None and self._failure is not None:
            self.connection.connect_to(as_declared(target, str(self._failure.facts["declared"])))
        elif step == "database.create" and target is not None:
            self.connection.create_database(target)
        elif step == "connection.password" and target is not None:
            self.ask_password(target)
        elif (panel := self.current_panel) is not None:
            panel.cure(step)

    # production's lock

    @property
    def can_unlock(self) -> bool:
        """Whether there is production to unlock."""
        return self.safety.keeper.can_unlock

    @property
    def is_unlocked(self) -> bool:
        """Whether production is unlocked now."""
        return self.safety.keeper.is_unlocked

    def ask_unlock(self) -> None:
        """Ask why production is to be unlocked."""
        self.safety.ask_unlock()

    def lock(self) -> None:
        """Lock production again."""
        self.safety.keeper.lock()

    def ask_declaration(self) -> None:
        """Ask what the database shall say that it is for."""
        self.safety.ask_declaration()

    def _show_lock(self) -> None:
        keeper = self.safety.keeper
        self._top.show_lock(can_unlock=keeper.can_unlock, minutes=keeper.minutes_left)

    def _access_changed(self) -> None:
        self.context.notices.withdraw(LOCKED)
        self._show_lock()
        self._status.show_workspace(self._workspace)
        for panel in self._panels.values():
            panel.access_changed()
        self._refresh_actions()

    def _tell_run_out(self) -> None:
        text = self.tr("The time is over: production is locked again")
        if any(panel.state().dirty for panel in self._panels.values()):
            text = self.tr("The time is over: production is locked again; your edits are kept")
        self.context.notices.warning(text, buttons=(NoticeButton(self.tr("Unlock…"), self.ask_unlock),), key=LOCKED)

    def _open_declared(self, kind: Environment | None) -> None:
        """Open the database again as what it says now; a saved connection is marked so too."""
        target = self.connection.target
        if target is None or kind is None or kind is target.profile.environment:
            self.context.notices.success(self.tr("The database says it now"))
            return
        changed = as_declared(target, kind.value)
        if target.source == "profile":
            self._save(changed, remember=False)
        self.disconnect_now()
        if self._workspace is None:
            self.connection.connect_to(changed)

    @property
    def _is_demo(self) -> bool:
        target = self.connection.target
        return target is not None and target.profile.environment is Environment.DEMO

    def ask_connection(self, target: Target | None = None) -> None:
        """Open the connection dialog."""
        dialog = ConnectDialog(self, target)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._connect_chosen)
        dialog.open()

    def ask_removal(self, profile: ConnectionProfile) -> None:
        """Forget a saved connection and its password, after asking."""
        question = Confirmation(
            self.tr("Remove a connection"),
            self.tr("“{name}” and its saved password will be forgotten. The database itself is not touched.").format(
                name=profile.name
            ),
            self.tr("Remove"),
            destructive=True,
            writes=False,
        )

        def remove() -> None:
            self.context.runner.query(
                lambda ctx: self._doors.remove_profile(profile.name, ctx),
                owner=self,
                done=lambda _: self._read_profiles(),
            )

        ask(question, profile, self, remove)

    def ask_password(self, target: Target) -> None:
        """Ask for the password and try again with it."""
        dialog = PasswordDialog(target.profile, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def accepted() -> None:
            answer = Target(target.profile, dialog.secret, source=target.source)
            if dialog.is_to_be_remembered:
                self._save(answer, remember=True)
            self.connection.connect_to(answer)

        dialog.accepted.connect(accepted)
        dialog.open()

    def ask_folder(self) -> None:
        """Choose a project folder and connect to what its .env names."""
        dialog = QFileDialog(self, self.tr("Open a project folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.connection.open_folder(Path(path)))
        dialog.open()

    def ask_server(self) -> None:
        """Show the project's own server and its .env: those of what is open, else of where this was started."""
        target = self._failed_target or self.connection.target
        environment = target.profile.environment if target is not None else Environment.DEVELOPMENT
        dialog = ServerDialog(self.context, self._doors.servers, _folder_of(target), environment, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.folder_asked.connect(self._switch_to_folder)
        dialog.demo_asked.connect(self.switch_to_demo)
        dialog.open()

    def _switch_to_folder(self, folder: Path) -> None:
        if self._workspace is not None:
            self.disconnect_now()
        if self._workspace is None:
            self.connection.open_folder(folder)

    def disconnect_now(self) -> None:
        """Leave the database and go back to the welcome page, unless staged edits are to be kept."""
        if all(panel.may_close() for panel in self._panels.values()):
            self.connection.close()
            self.show_welcome()

    def open_relation(self, name: RelationName, condition: Filter | None = None) -> None:
        """Show a relation in the panel that browses rows: the first of the rail."""
        self.show_panel(next(iter(self._specs)))
        panel = self.current_panel
        if panel is not None:
            panel.show_relation(name, condition)

    def stage(self, name: RelationName, changes: tuple[RowChange, ...]) -> None:
        """Stage changes in the panel that browses rows, and show them there: nothing is saved."""
        self.show_panel(next(iter(self._specs)))
        panel = self.current_panel
        if panel is not None:
            panel.stage(name, changes)

    def stage_all(self, changes: Mapping[RelationName, tuple[RowChange, ...]], takes_back: str = "") -> None:
        """Stage changes of several relations there, to be saved in one transaction; see `Panel.stage_all`."""
        self.show_panel(next(iter(self._specs)))
        panel = self.current_panel
        if panel is not None:
            panel.stage_all(changes, takes_back)

    def show_palette(self) -> None:
        """Open the palette over the window."""
        actions = self._actions.entries() if self._actions is not None else ()
        entries = [
            PaletteEntry(spec.translated_title, _keys(action), spec.icon or "command", action.trigger)
            for spec, action in actions
            if action.isEnabled() and spec.id != "shell.palette"
        ]
        panel = self.current_panel
        if panel is not None:
            entries = [*panel.palette_entries(), *entries]
        palette = Palette(entries, self)
        width = min(640, self.width() - 80)
        palette.resize(width, 420)
        palette.move(self.mapToGlobal(QPoint((self.width() - width) // 2, 48)))
        palette.show()

    def toggle_theme(self) -> None:
        """Change between light and dark."""
        mode = "light" if self.context.theme.is_dark else "dark"
        self.context.settings.set(UI_THEME, mode)

    def _connect_chosen(self, target: Target, save: bool, remember: bool) -> None:
        if save and target.profile.environment is not Environment.DEMO:
            self._save(target, remember=remember)
        if self._workspace is not None:
            self.disconnect_now()
        if self._workspace is None:
            self.connection.connect_to(target)

    def _save(self, target: Target, *, remember: bool) -> None:
        def done(remembered: bool) -> None:
            self._read_profiles()
            if remember and not remembered:
                self.context.notices.warning(
                    self.tr("There is no system keyring here: the password will be asked for each time.")
                )

        self.context.runner.query(lambda ctx: self._doors.save_profile(target, remember, ctx), owner=self, done=done)

    def _spread(self, effects: Effects) -> None:
        for panel in self._panels.values():
            panel.on_effects(effects)

    def _refresh_actions(self) -> None:
        panel = self.current_panel
        state = panel.state() if panel is not None else PanelState()
        if self._actions is not None:
            self._actions.refresh(state)
        self._status.show_widget(panel.status_widget() if panel is not None else None)

    def _fill_connection_menu(self) -> None:
        menu = self._connection_menu
        menu.clear()
        menu.addAction(icon("plus"), self.tr("New connection…"), self.ask_connection)
        menu.addAction(icon("folder"), self.tr("Open a project folder…"), self.ask_folder)
        menu.addAction(icon("play"), self.tr("Start the demo database"), self.switch_to_demo)
        menu.addAction(icon("terminal"), self.tr("Server and .env…"), self.ask_server)
        if self._saved_profiles:
            menu.addSeparator()
            self._add_title(menu, self.tr("Saved connections"))
            for profile in self._saved_profiles:
                ink = f"env-{profile.environment.value}"
                menu.addAction(icon("database", ink), profile.name, partial(self._switch_to, profile))
        if self._workspace is not None:
            menu.addSeparator()
            if self.can_unlock:
                menu.addAction(icon("unlock"), self.tr("Unlock production…"), self.ask_unlock)
            if self.is_unlocked:
                menu.addAction(icon("lock"), self.tr("Lock production again"), self.lock)
            menu.addAction(icon("pin"), self.tr("Say what this database is for…"), self.ask_declaration)
            menu.addAction(self.tr("Edit this connection…"), lambda: self.ask_connection(self.connection.target))
            menu.addAction(icon("close"), self.tr("Disconnect"), self.disconnect_now)

    def _switch_to(self, profile: ConnectionProfile) -> None:
        if self._workspace is not None:
            self.disconnect_now()
        if self._workspace is None:
            self.connection.connect_to_profile(profile)

    def _keep_profiles(self, profiles: tuple[ConnectionProfile, ...]) -> None:
        self._saved_profiles = profiles
        self._welcome.show_profiles(profiles)

    def _read_profiles(self) -> None:
        self.context.runner.query(self._doors.profiles, owner=self, done=self._keep_profiles)

    def switch_to_demo(self) -> None:
        """Leave what is open, if the person agrees, and start the demo."""
        if self._workspace is not None:
            self.disconnect_now()
        if self._workspace is None:
            self.connection.start_demo()

    def _fill_settings_menu(self) -> None:
        menu = self._settings_menu
        menu.clear()
        settings = self.context.settings
        themes = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        self._add_title(menu, self.tr("Theme"))
        for mode, text in themes.items():
            action = menu.addAction(text, partial(settings.set, UI_THEME, mode))
            action.setCheckable(True)
            action.setChecked(settings.get(UI_THEME) == mode)
        menu.addSeparator()
        self._add_title(menu, self.tr("Language"))
        for code, text in {"system": self.tr("As the system"), "en": "English", "fr": "Français"}.items():
            action = menu.addAction(text, partial(settings.set, UI_LANGUAGE, code))
            action.setCheckable(True)
            action.setChecked(settings.get(UI_LANGUAGE) == code)

    @staticmethod
    def _add_title(menu: QMenu, text: str) -> None:
        """Put a title into a menu: Fusion with a style sheet draws sections without their text."""
        title = menu.addAction(text)
        title.setEnabled(False)


def _folder_of(target: Target | None) -> Path | None:
    """Return the folder of the .env that named a database, else of its project; None where neither is known."""
    if target is None:
        return None
    source = Path(target.source)
    return source.parent if source.name == ".env" else target.profile.project


def _keys(action: QAction) -> str:
    """Write an action's shortcut as the language does."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
