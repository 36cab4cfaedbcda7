"""The welcome page: what to do when nothing is open yet."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.ui.kit.icons import icon

_WIDTH = 420
_LOGO = 64


class WelcomePage(QWidget):
    """Three ways in, the way to the project's own server, and the saved connections below them."""

    demo_asked = Signal()
    new_connection_asked = Signal()
    folder_asked = Signal()
    server_asked = Signal()
    profile_chosen = Signal(object)  # ConnectionProfile
    removal_asked = Signal(object)  # ConnectionProfile

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self._profiles: tuple[ConnectionProfile, ...] = ()
        self._column = QFrame(self)
        self._column.setFixedWidth(_WIDTH)
        self._logo = QLabel(self._column)
        self._logo.setPixmap(icon("app").pixmap(_LOGO, _LOGO))
        self._logo.setFixedSize(_LOGO, _LOGO)
        self._title = QLabel(self._column)
        self._title.setProperty("title", True)
        self._subtitle = QLabel(self._column)
        self._subtitle.setProperty("muted", True)
        self._subtitle.setWordWrap(True)
        self._demo = self._button("welcome.demo", "play", primary=True)
        self._new = self._button("welcome.new", "plus")
        self._folder = self._button("welcome.folder", "folder")
        self._server = self._button("welcome.server", "terminal")
        self._saved_title = QLabel(self._column)
        self._saved_title.setProperty("muted", True)
        self._saved = QVBoxLayout()
        self._saved.setSpacing(4)
        self._arrange()
        self._demo.clicked.connect(self.demo_asked)
        self._new.clicked.connect(self.new_connection_asked)
        self._folder.clicked.connect(self.folder_asked)
        self._server.clicked.connect(self.server_asked)
        self.setFocusProxy(self._demo)
        self._retranslate()

    def show_profiles(self, profiles: tuple[ConnectionProfile, ...]) -> None:
        """List the saved connections."""
        self._profiles = profiles
        while (item := self._saved.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number, profile in enumerate(profiles):
            button = QPushButton(f"{profile.name}  ·  {profile.place}", self._column)
            button.setObjectName(f"welcome.profile_{number}")
            button.setAccessibleName(profile.name)
            button.setIcon(icon("database", f"env-{profile.environment.value}"))
            button.setProperty("row", True)
            button.clicked.connect(lambda _checked=False, chosen=profile: self.profile_chosen.emit(chosen))
            remove = QAction(icon("trash"), self.tr("Remove this connection…"), button)
            remove.triggered.connect(lambda _checked=False, chosen=profile: self.removal_asked.emit(chosen))
            button.addAction(remove)
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
            self._saved.addWidget(button)
        self._saved_title.setVisible(bool(profiles))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _button(self, name: str, icon_name: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(self._column)
        button.setObjectName(name)
        button.setProperty("primary", primary)
        button.setIcon(icon(icon_name, "accent-text" if primary else "text"))
        button.setMinimumHeight(40)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _arrange(self) -> None:
        column = QVBoxLayout(self._column)
        column.setSpacing(8)
        for widget in (self._logo, self._title, self._subtitle):
            column.addWidget(widget)
        column.addSpacing(16)
        for button in (self._demo, self._new, self._folder, self._server):
            column.addWidget(button)
        column.addSpacing(16)
        column.addWidget(self._saved_title)
        column.addLayout(self._saved)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        middle = QHBoxLayout()  # an aligned widget would be as high as its wrapped words are on one line
        middle.addStretch(1)
        middle.addWidget(self._column)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)

    def _retranslate(self) -> None:
        self._title.setText(self.tr("Nexus Studio"))
        self._subtitle.setText(
            self.tr("A window on one PostgreSQL database: look, fix, and see exactly what is written.")
        )
        texts = (
            (self._demo, self.tr("Start the demo database")),
            (self._new, self.tr("New connection…")),
            (self._folder, self.tr("Open a project folder…")),
            (self._server, self.tr("Server and .env…")),
        )
        for button, text in texts:
            button.setText(text)
            button.setAccessibleName(text)
        self._saved_title.setText(self.tr("Saved connections"))
